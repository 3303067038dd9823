# Everything runs on a machine that has rustup's stable toolchain, a C compiler and Python 3. What
# else a target needs it brings when it is missing: Rust tools where cargo keeps them; Python packages,
# a JDK and Maven, PostgreSQL and Swift into the git-ignored .tools/.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
# Recipes share cargo's lock and the screen; running them at once gains nothing.
.NOTPARALLEL:

CARGO ?= cargo
PYTHON ?= python3
FUZZ_SECONDS ?= 60

CARGO_DENY_VERSION := 0.20.2
CARGO_FUZZ_VERSION := 0.13.2
VENV := .tools/venv
WITH_JDK := "$(CURDIR)/tests/tools/with-jdk.sh"
WITH_POSTGRES := "$(CURDIR)/tests/tools/with-postgres.sh"

.PHONY: help
help: ## Lists the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: quickstart
quickstart: ## A license file and eight decisions; seats counted over HTTP; going on without an authority
	@$(CARGO) build --quiet --example quickstart --example authority --example desktop_app
	@$(CARGO) run --quiet --example quickstart
	@$(CARGO) run --quiet --example authority
	@$(CARGO) run --quiet --example desktop_app

# --- Tests ------------------------------------------------------------------------------------

.PHONY: test
test: check quickstart test-quickstart test-examples test-rust test-fuzz test-vectors test-interop test-python test-wheel test-swift test-kotlin test-openapi test-size ## Runs everything that proves the tree; CI calls this

.PHONY: test-quickstart
test-quickstart: ## Runs the command that the quickstart prints to be pasted
	$$($(CARGO) run --quiet --example quickstart | sed -n 's/^ *\(cargo run .*\)/\1/p') | grep -q verified

.PHONY: test-examples
test-examples: ## Runs the examples that the quickstart leaves out, each with an authority of its own
	$(CARGO) run --quiet --example web_site
	$(CARGO) run --quiet --example air_gapped

.PHONY: test-rust
test-rust: ## Unit tests, vectors, properties, command transcripts, doc tests
	@# cargo leaves a test out, without a word, whose features are not all on.
	COUNTERSIGN_SOAK_SECONDS=60 $(WITH_POSTGRES) $(CARGO) test --workspace --exclude countersign-ffi --exclude countersign-bindgen \
		--features countersign-client/blocking,countersign-client/machine
	$(CARGO) test --package countersign-ffi --lib

.PHONY: test-fuzz
test-fuzz: ## Compiles the fuzz targets (the properties in test-rust run the same parsers)
	$(CARGO) check --locked --manifest-path fuzz/Cargo.toml --no-default-features

.PHONY: test-vectors
test-vectors: $(VENV)/ready ## Compares the vectors in the tree with what their program makes
	$(VENV)/bin/python tests/vectors/make/make.py --check

.PHONY: test-interop
test-interop: $(VENV)/ready ## Exchanges documents with JOSE libraries of other authors
	tests/interop/run.sh

.PHONY: test-python
test-python: $(VENV)/ready ## Types, vectors and sessions of the Python package, against a real authority
	bindings/python/test.sh

.PHONY: test-wheel
test-wheel: $(VENV)/ready ## Installs the wheel in a fresh environment and runs the example with it
	PYTHON="$(PYTHON)" bindings/python/test_wheel.sh

.PHONY: wheel
wheel: $(VENV)/ready ## Builds the Python package into target/wheels; ZIG=1 for every Linux since 2014
	@bindings/python/wheel.sh

.PHONY: test-swift
test-swift: $(VENV)/ready ## The Swift package: vectors, a real authority, its reference and its example
	CARGO="$(CARGO)" bindings/swift/test.sh

.PHONY: swift
swift: ## Builds the library, generates its Swift code and builds the package
	CARGO="$(CARGO)" bindings/swift/build.sh size
	PATH="$$(bindings/swift/install-swift.sh):$$PATH" swift build --quiet --package-path bindings/swift -c release --product Countersign

.PHONY: test-kotlin
test-kotlin: ## Tests the Kotlin package and its examples
	CARGO="$(CARGO)" $(WITH_JDK) bindings/kotlin/test.sh

.PHONY: test-openapi
test-openapi: $(VENV)/ready ## Asks a running authority all that its OpenAPI document allows
	CARGO="$(CARGO)" SCHEMATHESIS=$(VENV)/bin/schemathesis $(WITH_POSTGRES) tests/schemathesis/run.sh

.PHONY: test-size
test-size: ## Holds the stripped library to its size limit
	tests/size/run.sh

# --- Packages of other languages --------------------------------------------------------------

.PHONY: kotlin
kotlin: ## Builds the Kotlin package, its sources and its reference, and installs them locally
	CARGO="$(CARGO)" bindings/kotlin/build.sh size
	cd bindings/kotlin && $(WITH_JDK) mvn --batch-mode --no-transfer-progress -Ppublish -DskipTests install

# --- Checks -----------------------------------------------------------------------------------

.PHONY: check
check: check-lock check-format check-lint doc-rust check-features check-dependencies ## Lock, format, lints, docs, features alone, dependencies

.PHONY: check-lock
check-lock: # Fails where Cargo.lock is behind the manifests
	$(CARGO) metadata --locked --format-version 1 > /dev/null

.PHONY: check-format
check-format: | rustfmt
	$(CARGO) fmt --all --check

.PHONY: check-lint
check-lint: | clippy
	$(CARGO) clippy --workspace --exclude countersign-bench --all-targets --all-features -- -D warnings
	$(CARGO) clippy --package countersign-bench --all-targets -- -D warnings

.PHONY: check-features
check-features: # Each feature of the libraries alone, and each client with the roots that are not the default
	for features in '' issue uniffi; do \
		$(CARGO) check --package countersign --no-default-features --features "$$features" || exit 1; \
	done
	for features in '' async blocking machine qr native-roots webpki-roots async,webpki-roots blocking,webpki-roots; do \
		$(CARGO) check --package countersign-client --no-default-features --features "$$features" || exit 1; \
	done
	for features in '' client bench; do \
		$(CARGO) check --package countersign-ffi --no-default-features --features "$$features" || exit 1; \
	done

.PHONY: check-dependencies
check-dependencies: | cargo-deny
	$(CARGO) deny check bans licenses sources

.PHONY: doc
doc: doc-rust doc-python doc-swift doc-kotlin ## Builds the API documentation of all languages

.PHONY: doc-rust
doc-rust: ## Builds that of Rust, warnings refused
	RUSTDOCFLAGS="-D warnings" $(CARGO) doc --workspace --exclude countersign-bench --no-deps --all-features

.PHONY: doc-kotlin
doc-kotlin: ## Builds the reference of the Kotlin package in target/kotlin/dokka
	CARGO="$(CARGO)" bindings/kotlin/build.sh
	cd bindings/kotlin && $(WITH_JDK) mvn --batch-mode --no-transfer-progress compile dokka:dokka

.PHONY: doc-python
doc-python: $(VENV)/ready ## Writes the reference of the Python package into target/doc/python
	bindings/python/doc.sh

.PHONY: doc-swift
doc-swift: ## Writes the reference of the Swift package into target/doc/swift, as a DocC archive
	CARGO="$(CARGO)" bindings/swift/doc.sh

# --- Longer runs ------------------------------------------------------------------------------

.PHONY: bench
bench: ## Prints the tables of benchmarks: the core beside other libraries (with instruction counts where valgrind is installed), a fleet of products, the authority beside raw limits
	$(CARGO) bench --quiet --package countersign-bench --features peers --bench costs
	$(CARGO) bench --quiet --package countersign-bench --features peers --bench fleet
	$(WITH_POSTGRES) $(CARGO) bench --quiet --package countersign-server --bench authority
	bindings/python/bench.sh
	CARGO="$(CARGO)" bindings/swift/bench.sh
	$(MAKE) bench-kotlin

.PHONY: bench-swift
bench-swift: ## Prints what calls out of Swift cost
	CARGO="$(CARGO)" bindings/swift/bench.sh

.PHONY: bench-kotlin
bench-kotlin: ## Prints what a call from Kotlin costs
	CARGO="$(CARGO)" $(WITH_JDK) bindings/kotlin/bench.sh

.PHONY: fuzz
fuzz: | nightly cargo-fuzz ## Runs each fuzz target for FUZZ_SECONDS (60), on the vectors first
	$(PYTHON) fuzz/seed.py
	for target in $$($(CARGO) +nightly fuzz list); do \
		$(CARGO) +nightly fuzz run "$$target" -- -max_total_time=$(FUZZ_SECONDS) || exit 1; \
	done

.PHONY: openapi
openapi: ## Records the OpenAPI document in docs/openapi.json
	$(CARGO) run --quiet --package countersign-server -- openapi > docs/openapi.json.new
	mv docs/openapi.json.new docs/openapi.json

.PHONY: vectors
vectors: $(VENV)/ready ## Writes tests/vectors anew
	$(VENV)/bin/python tests/vectors/make/make.py

# --- Tools, installed when missing ------------------------------------------------------------

.PHONY: rustfmt
rustfmt:
	@$(CARGO) fmt --version > /dev/null 2>&1 || rustup component add rustfmt

.PHONY: clippy
clippy:
	@$(CARGO) clippy --version > /dev/null 2>&1 || rustup component add clippy

.PHONY: nightly
nightly:
	@rustup run nightly rustc --version > /dev/null 2>&1 || rustup toolchain install nightly --profile minimal

# Built for a quick build, not for a quick tool: it runs for a second.
.PHONY: cargo-deny
cargo-deny:
	@$(CARGO) deny --version > /dev/null 2>&1 || \
		CARGO_PROFILE_RELEASE_LTO=off CARGO_PROFILE_RELEASE_CODEGEN_UNITS=16 CARGO_PROFILE_RELEASE_OPT_LEVEL=1 \
		$(CARGO) install cargo-deny --locked --version $(CARGO_DENY_VERSION)

.PHONY: cargo-fuzz
cargo-fuzz:
	@$(CARGO) fuzz --version > /dev/null 2>&1 || \
		$(CARGO) install cargo-fuzz --locked --version $(CARGO_FUZZ_VERSION)

# PyCA cryptography makes the vectors; PyJWT reads and writes documents in the interop tests;
# schemathesis asks the authority. The rest is the Python package's: maturin builds it, pytest tests it,
# mypy and pyright read its types, FastAPI and httpx are its example's, pdoc writes its reference.
$(VENV)/ready: Makefile
	$(PYTHON) -m venv $(VENV)
	$(VENV)/bin/python -m pip install --quiet --disable-pip-version-check "cryptography>=44,<51" "PyJWT>=2.10,<3" "pytest>=8,<10" "schemathesis>=4,<5" \
		"maturin>=1.16,<2" "mypy>=1.18,<3" "pyright>=1.1.400,<2" "typing-extensions>=4.12" "fastapi>=0.115,<1" "httpx>=0.27,<1" "pdoc>=15,<17"
	touch $@
