// SPDX-License-Identifier: Apache-2.0

package broker

import (
	"maps"
	"path"
	"strings"
	"time"

	"github.com/palta-gateway/palta/internal/directory"
	"github.com/palta-gateway/palta/internal/gateway/login"
)

// Layouts of the tokens for dates and times: yyyyMMdd and HHmmss.
const (
	dateLayout = "20060102"
	timeLayout = "150405"
)

// Expand replaces parameter tokens in value:
//
//	${NAME}           the value; left as it is if there is none
//	${NAME:UPPER}     in upper case, likewise LOWER
//	${NAME:OPTIONAL}  empty if there is none
//	$${NAME}          literally ${NAME}
//
// A value is not looked at again, so a token in a password stays as it is.
func Expand(value string, tokens map[string]string) string {
	if !strings.Contains(value, "${") {
		return value
	}
	var out strings.Builder
	for {
		start := strings.Index(value, "${")
		if start < 0 {
			break
		}
		name, modifier, size := parseToken(value[start:])
		if size == 0 {
			out.WriteString(value[:start+2])
			value = value[start+2:]
			continue
		}
		token := value[start : start+size]
		if escaped := start > 0 && value[start-1] == '$'; escaped {
			out.WriteString(value[:start-1])
			out.WriteString(token)
		} else {
			out.WriteString(value[:start])
			out.WriteString(tokenValue(token, name, modifier, tokens))
		}
		value = value[start+size:]
	}
	out.WriteString(value)
	return out.String()
}

// parseToken reads ${NAME} or ${NAME:MODIFIER} at the start of text; size is 0 if there is none.
func parseToken(text string) (name, modifier string, size int) {
	end := strings.IndexByte(text, '}')
	if end < 0 {
		return "", "", 0
	}
	name, modifier, _ = strings.Cut(text[2:end], ":")
	if name == "" || strings.IndexFunc(name, notTokenRune) >= 0 {
		return "", "", 0
	}
	return name, modifier, end + 1
}

func notTokenRune(r rune) bool {
	return (r < '0' || r > '9') && (r < 'A' || r > 'Z') && (r < 'a' || r > 'z') && r != '_'
}

// tokenValue returns what stands in the place of a token.
func tokenValue(token, name, modifier string, tokens map[string]string) string {
	value, ok := tokens[name]
	if !ok {
		if modifier == "OPTIONAL" {
			return ""
		}
		return token
	}
	switch modifier {
	case "UPPER":
		return strings.ToUpper(value)
	case "LOWER":
		return strings.ToLower(value)
	}
	return value
}

// expandAll returns the parameters with tokens replaced.
func expandAll(parameters, tokens map[string]string) map[string]string {
	expanded := make(map[string]string, len(parameters))
	for name, value := range parameters {
		expanded[name] = Expand(value, tokens)
	}
	return expanded
}

// loginTokens returns the tokens that a login brings.
func loginTokens(session *login.Login) map[string]string {
	identity := session.Identity()
	credentials := identity.Credentials
	tokens := map[string]string{
		"GUAC_DATE": session.Start().Format(dateLayout),
		"GUAC_TIME": session.Start().Format(timeLayout),
	}
	for name, value := range map[string]string{
		"GUAC_USERNAME":        credentials.Username,
		"GUAC_PASSWORD":        credentials.Password.Reveal(),
		"GUAC_CLIENT_ADDRESS":  credentials.RemoteAddr,
		"GUAC_CLIENT_HOSTNAME": credentials.RemoteHost,
	} {
		if value != "" {
			tokens[name] = value
		}
	}
	maps.Copy(tokens, identity.Tokens)
	return tokens
}

// connectionTokens adds the tokens of one connection and one use of it.
func connectionTokens(
	tokens map[string]string, connection *directory.Connection, hostname, uuid, recordings string, start time.Time,
) {
	maps.Copy(tokens, map[string]string{
		"JDBC_STARTDATE":       start.Format(dateLayout),
		"JDBC_STARTTIME":       start.Format(timeLayout),
		"JDBC_CONNECTION_NAME": connection.Name,
		"JDBC_CONNECTION_ID":   connection.Identifier,
		"JDBC_PROTOCOL":        connection.Protocol,
		"JDBC_HOSTNAME":        hostname,
		"HISTORY_UUID":         uuid,
		"HISTORY_PATH":         path.Join(recordings, uuid),
	})
}
