// SPDX-License-Identifier: Apache-2.0

package main

import (
	"log/slog"
	"path/filepath"
	"strings"

	"github.com/palta-gateway/palta/internal/config"
	"github.com/palta-gateway/palta/internal/extension"
	"github.com/palta-gateway/palta/internal/gateway"
)

// instead says by namespace what takes the place of upstream's own extensions.
var instead = map[string]string{
	"mysql":      "the built-in database has accounts and connections",
	"postgresql": "the gateway itself speaks with PostgreSQL, by the settings that begin with postgresql-",
	"sqlserver":  "the built-in database has accounts and connections",
	"header":     "header-enabled switches on the gateway's own login by header",
	"ban":        "failed logins are slowed down without an extension",
}

// extensions loads those of GUACAMOLE_HOME. One that cannot be used does not keep the gateway from starting.
func extensions(cfg *config.Config, logger *slog.Logger) gateway.Extensions {
	set, failures := extension.Load(filepath.Join(cfg.Home, "extensions"), cfg.API.ExtensionPriority)
	for _, err := range failures {
		logger.Error("extension was not loaded", "error", err)
	}
	for _, e := range set {
		logger.Info("extension was loaded", "name", e.Name, "namespace", e.Namespace, "archive", e.Archive)
		for _, warning := range e.Warnings {
			logger.Warn("part of an extension has no effect", "archive", e.Archive, "reason", warning)
		}
		if len(e.Java) == 0 {
			continue
		}
		advice := instead[e.Namespace]
		if advice == "" {
			advice = "what the classes do is missing; logins and connections come from the gateway's own providers"
		}
		logger.Warn("classes of an extension do not run here", "archive", e.Archive, "classes", strings.Join(e.Java, ", "), "instead", advice)
	}
	return gateway.Extensions{Set: set, Hosts: cfg.API.ExtensionHosts, AllowedLanguages: cfg.API.AllowedLanguages}
}
