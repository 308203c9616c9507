# SPDX-License-Identifier: Apache-2.0

export CGO_ENABLED ?= 0
GO ?= go
BUILD := build
BIN := $(BUILD)/palta
TOOLS := $(BUILD)/tools
LINT_VERSION := v2.15.0
WEB_SOURCES := $(shell find web -path '*/node_modules' -prune -o -path web/app/dist -prune -o -type f -print)
DATA ?= $(BUILD)/data

.DEFAULT_GOAL := help
.PHONY: help setup setup-test build run dev web test test-unit test-web race integration browser screenshots fuzz bench lint verify parity settings generate ci clean

help: ## print the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | sort | expand -t 16

setup: ## install what building needs and lacks
	@sh test/setup.sh build

setup-test: ## install what testing needs and lacks
	@sh test/setup.sh test

web: web/app/dist/index.html ## build the web client
web/app/dist/index.html: $(WEB_SOURCES) | setup
	cd web && npm run --silent build
	@touch $@

build: $(BIN) ## build the static binary with the web client in it
.PHONY: $(BIN)
$(BIN): web
	$(GO) build -trimpath -tags ui -ldflags '-s -w' -o $(BIN) ./cmd/palta

run: build ## build and serve on http://127.0.0.1:8080/guacamole/, data in build/data
	$(BIN) serve --data-directory $(DATA)

dev: setup ## serve without the built web client, beside Vite
	cd web && npm run --silent dev & $(GO) run ./cmd/palta serve --data-directory $(DATA)

test: setup-test build ## everything: unit, web, race, integration and browser tests
	$(MAKE) test-unit test-web race integration browser

test-unit: ## what needs no server and no browser
	$(GO) test ./...

test-web: setup ## the web client's own checks and tests
	cd web && npm run --silent check && npm run --silent test

race: ## unit tests under the race detector
	CGO_ENABLED=1 $(GO) test -race -short ./internal/...

integration: setup-test ## against real servers on loopback
	$(GO) test -tags integration -count=1 -p 2 -timeout 15m ./internal/... ./cmd/... ./test/...

browser: setup-test build ## whole journeys in Chromium and Firefox
	cd web/client && npm run --silent test:browser
	PALTA_BINARY=$(abspath $(BIN)) PALTA_SCREENSHOTS=$(abspath $(BUILD)/screenshots) \
	  $(GO) test -tags browser -count=1 -timeout 20m ./test/browser/...

screenshots: browser ## renew the documents' pictures from the browser tests
	mkdir -p docs/images && cp $(BUILD)/screenshots/*.png docs/images/

FUZZTIME ?= 60s
fuzz: ## every fuzz target for FUZZTIME
	@$(GO) list ./... | while read -r pkg; do \
	  for target in $$($(GO) test -list '^Fuzz' $$pkg | grep ^Fuzz); do \
	    echo "$$pkg $$target"; \
	    $(GO) test -run '^$$' -fuzz "^$$target$$" -fuzztime $(FUZZTIME) $$pkg || exit 1; \
	  done; \
	done

bench: ## benchmarks beside the code
	$(GO) test -run '^$$' -bench . -benchmem ./...

$(TOOLS)/golangci-lint-$(LINT_VERSION):
	GOBIN=$(abspath $(TOOLS)) $(GO) install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$(LINT_VERSION)
	mv $(TOOLS)/golangci-lint $@

lint: $(TOOLS)/golangci-lint-$(LINT_VERSION) setup ## linters and formatters
	$(TOOLS)/golangci-lint-$(LINT_VERSION) run --build-tags integration,browser
	cd web && npx biome ci --error-on-warnings .

bench-whole: ## whole daemons side by side (see bench/doc.go)
	$(GO) test -tags bench -run "^$$" -bench . -benchtime 1x -timeout 30m ./bench

parity: ## write docs/parity.md from the features and the tests that show them
	$(GO) run ./test/parity

settings: ## write docs/manual/settings.md from the table of options
	$(GO) run ./test/manual

generate: parity settings ## everything that is generated
verify: generate ## fails if what is generated differs from what is committed
	git diff --exit-code -- docs/parity.md docs/manual/settings.md

ci: verify lint test ## all of continuous integration
	$(MAKE) $(BIN) && file $(BIN) | grep -q 'statically linked'

clean: ## remove what was built
	rm -rf $(BUILD) web/app/dist
