// SPDX-License-Identifier: Apache-2.0

package gateway

import (
	"net/http"
	"runtime/debug"
	"time"

	"github.com/palta-gateway/palta/internal/gateway/rest"
)

// Deadlines of a request that sets none of its own.
const (
	// writeTimeout bounds the whole answer; tunnels and downloads move it on with every piece.
	writeTimeout = 60 * time.Second
	// leftoverTimeout bounds what a client goes on sending after it was answered.
	leftoverTimeout = 5 * time.Second
)

// middleware is what every request passes on its way to next.
func (g *Gateway) middleware(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		g.requests.Add(1)
		defer g.requests.Done()
		r = g.origins.Resolve(r)
		secure(w.Header())
		control := http.NewResponseController(w)
		// Writers that know no deadlines, as in tests, do without.
		_ = control.SetWriteDeadline(time.Now().Add(writeTimeout))
		answer := &answerWriter{ResponseWriter: w}
		defer g.recoverPanic(answer, r)
		next.ServeHTTP(answer, r)
		if !answer.upgraded {
			_ = control.SetReadDeadline(time.Now().Add(leftoverTimeout))
		}
	})
}

// secure sets the headers that hold for every answer.
func secure(header http.Header) {
	header.Set("Content-Security-Policy", contentPolicy)
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("X-Frame-Options", "SAMEORIGIN")
	header.Set("Referrer-Policy", "no-referrer")
}

// recoverPanic answers a request whose handler panicked; the others are not affected.
func (g *Gateway) recoverPanic(w *answerWriter, r *http.Request) {
	failure := recover()
	if failure == nil {
		return
	}
	if failure == http.ErrAbortHandler { //nolint:errorlint // a value that is recovered, and never wrapped
		panic(failure)
	}
	g.logger.Error("request panicked", "method", r.Method, "path", r.URL.Path, "panic", failure, "stack", string(debug.Stack()))
	if w.begun || w.upgraded {
		panic(http.ErrAbortHandler) // the client must not take half an answer for a whole one
	}
	rest.WriteInternalError(w)
}

// answerWriter notes whether the answer has begun.
type answerWriter struct {
	http.ResponseWriter
	begun    bool
	upgraded bool
}

// WriteHeader begins the answer.
func (w *answerWriter) WriteHeader(status int) {
	w.begun = true
	w.upgraded = w.upgraded || status == http.StatusSwitchingProtocols
	w.ResponseWriter.WriteHeader(status)
}

// Write continues the answer.
func (w *answerWriter) Write(b []byte) (int, error) {
	w.begun = true
	return w.ResponseWriter.Write(b)
}

// Unwrap gives http.ResponseController the writer beneath.
func (w *answerWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }
