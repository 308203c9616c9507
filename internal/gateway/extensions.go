// SPDX-License-Identifier: Apache-2.0

package gateway

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/palta-gateway/palta/internal/extension"
)

// builtInLanguages are those of the web client itself.
var builtInLanguages = map[string]string{"en": "English"}

// Extensions are what changes the web client: themes, texts and languages, under upstream's paths.
type Extensions struct {
	// Set is what is installed.
	Set extension.Set
	// Hosts are other servers from which style sheets and HTML patches may load pictures, fonts and styles, such as https://fonts.example
	// or https://*.example. Without it the page loads from the gateway alone.
	Hosts []string
	// AllowedLanguages are the keys of the languages that are offered; empty means all.
	AllowedLanguages []string
}

// texts returns what extensions say in each language that is offered. There is always one: what is not allowed is left out, English if
// nothing remains.
func (e Extensions) texts() map[string]extension.Messages {
	texts := e.Set.Translations()
	for key, name := range builtInLanguages {
		if texts[key] == nil {
			texts[key] = make(extension.Messages)
		}
		if _, ok := texts[key]["NAME"].(string); !ok {
			texts[key]["NAME"] = name
		}
	}
	english := texts["en"]
	if len(e.AllowedLanguages) > 0 {
		maps.DeleteFunc(texts, func(key string, _ extension.Messages) bool { return !slices.Contains(e.AllowedLanguages, key) })
	}
	if len(texts) == 0 {
		texts["en"] = english
	}
	return texts
}

// languages returns the languages' own names. One that does not say it is shown by its key, as upstream does.
func (e Extensions) languages() map[string]string {
	names := make(map[string]string)
	for key, messages := range e.texts() {
		names[key] = key
		if name, ok := messages["NAME"].(string); ok {
			names[key] = name
		}
	}
	return names
}

// install adds the files of extensions to those of the web client, and what loads them to its page.
func (e Extensions) install(a assets, logger *slog.Logger) error {
	e.reportExternal(logger)
	styles, scripts := e.Set.Styles(), e.Set.Scripts()
	a["app.css"] = newAsset(styles, mediaTypes[".css"], cacheNever)
	a["app.js"] = newAsset(scripts, mediaTypes[".js"], cacheNever)
	for key, messages := range e.texts() {
		text, err := json.Marshal(messages)
		if err != nil {
			return fmt.Errorf("gateway: texts in the language %q: %w", key, err)
		}
		a["translations/"+key+".json"] = newAsset(text, mediaTypes[".json"], cacheNever)
	}
	for _, installed := range e.Set {
		for _, file := range installed.Resources {
			a["app/ext/"+installed.Namespace+"/"+file.Path] = newAsset(file.Content, file.Media, cacheNever)
		}
	}
	if icon := e.Set.SmallIcon(); icon != nil {
		a["images/logo-64.png"] = newAsset(icon.Content, icon.Media, cacheNever)
	}
	if icon := e.Set.LargeIcon(); icon != nil {
		a["images/logo-144.png"] = newAsset(icon.Content, icon.Media, cacheNever)
	}
	page, ok := a[pageName]
	if !ok || len(e.Set) == 0 {
		return nil
	}
	content, err := e.page(page.content, digest(styles), digest(scripts))
	if err != nil {
		return err
	}
	changed := newAsset(content, page.media, page.cache)
	changed.policy = e.policy(logger)
	a[pageName] = changed
	return nil
}

var pageIcon = regexp.MustCompile(`<link rel="icon"[^>]*>`)

// page returns the page with extensions in it. Their styles stand in the body, behind all that the web client puts into the head, also
// later; their scripts run before the web client draws anything. A meta element tells it what else there is to ask for.
func (e Extensions) page(page []byte, styles, scripts string) ([]byte, error) {
	const head, body, end = "</head>", "<body>", "</body>"
	for _, mark := range []string{head, body, end} {
		if !bytes.Contains(page, []byte(mark)) {
			return nil, errors.New("gateway: extensions cannot be put into the page of this web client: it has no " + mark)
		}
	}
	content := slices.DeleteFunc([]string{"patches", "texts"}, func(what string) bool {
		return what == "patches" && len(e.Set.Patches()) == 0 || what == "texts" && len(e.Set.Translations()) == 0
	})
	for _, change := range []struct{ mark, with string }{
		{head, `<meta name="palta-extensions" content="` + strings.Join(content, " ") + `">` + head},
		{body, body + `<link rel="stylesheet" href="app.css?b=` + styles + `">`},
		{end, `<script src="app.js?b=` + scripts + `"></script>` + end},
	} {
		page = bytes.Replace(page, []byte(change.mark), []byte(change.with), 1)
	}
	if e.Set.SmallIcon() != nil {
		page = pageIcon.ReplaceAllLiteral(page, []byte(`<link rel="icon" href="images/logo-64.png">`))
	}
	return page, nil
}
