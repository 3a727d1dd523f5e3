# Front door. Everything real happens in Meson (C) and in tools/ (setup, tests, lint).
#
# Each target first installs the Debian packages it misses, saying which (tools/setup.sh);
# AUTH0DB_SKIP_SETUP=1 turns that off.
SHELL = /bin/bash
.SHELLFLAGS = -o pipefail -c
BUILD ?= build
PYTHON ?= /usr/bin/python3
PREFIX ?= /usr/local

# Where `make build` puts the extension, so that PYTHONPATH=python finds auth0db._native.
NATIVE = python/auth0db/_native.abi3.so

.PHONY: all build demo test bare stress bench fuzz mutants lint format install wheel clean help

all: build

help:
	@echo 'make build              the command (build/auth0db), the library, the Django extension'
	@echo 'make demo               a Django site moves its users to a local Auth0 tenant'
	@echo 'make demo KEEP=1        ... and stays up, so that you can try the logins yourself'
	@echo 'make demo USERS=n       ... with n users instead of 1,000'
	@echo 'make test               every suite; SUITE=name runs one, SUITE=list names them'
	@echo 'make bare               both of them on a bare Debian 12 and 13 (debootstrap, root); RELEASE=13 for one,'
	@echo '                        COMMAND=demo or test for one of them'
	@echo 'make stress             a crowd at the site for SECONDS (300), 16 workers x 8 threads; then'
	@echo '                        the importer killed at each of its writes'
	@echo 'make bench              how fast passwords are verified and converted; do refusals take the same time?'
	@echo 'make fuzz               fuzz every parser for FUZZ_SECONDS (60) each'
	@echo 'make mutants            every refusal and comparison of FILE= (or of all that decide whom to believe),'
	@echo '                        changed one by one: which changes does no test see?'
	@echo 'make lint               clang-format, clang-tidy, pyflakes, shellcheck'
	@echo 'make install            library, headers, command, man pages; PREFIX=, DESTDIR='
	@echo 'make wheel              dist/*.whl with the Django app and its extension'
	@echo 'make clean              remove everything that was built'

build: setup-build $(BUILD)/build.ninja
	@ninja --quiet -C $(BUILD) | sed -e '/^ninja: no work to do/d' -e '/^Cleaning\.\.\./d' \
	    -e '/^The Meson build system/,/^Found ninja/{/ERROR/!d}'
	@ln -sfn $$(realpath -m --relative-to=python/auth0db $(BUILD)/python/_native.abi3.so) $(NATIVE)

$(BUILD)/build.ninja:
	@echo 'auth0db: building; the first time takes a minute'
	@meson setup $(BUILD) >/dev/null || { cat $(BUILD)/meson-logs/meson-log.txt; exit 1; }

.PHONY: setup-build setup-wheel setup-demo setup-test setup-lint
setup-build setup-wheel setup-demo setup-test setup-lint: setup-%:
	@tools/setup.sh $*

demo: setup-demo build
	@KEEP=$(KEEP) USERS=$(USERS) AUTH0DB_BUILD=$(abspath $(BUILD)) \
	    PYTHONPATH=$(abspath python) $(PYTHON) examples/legacy_site/demo.py

test: setup-test
	@$(PYTHON) tools/test.py $(SUITE)

bare:
	@KEEP=$(KEEP) USERS=$(USERS) SUITE="$(SUITE)" tools/bare.sh $(if $(COMMAND),--only $(COMMAND)) $(RELEASE)

stress: setup-test build
	@STRESS_SECONDS=$(or $(SECONDS),300) STRESS_WORKERS=16 STRESS_THREADS=8 AUTH0DB_BUILD=$(abspath $(BUILD)) \
	    PYTHONPATH=$(abspath python) $(PYTHON) -m pytest -p no:cacheprovider -q -s tests/stress
	@BULK_KILL_STEP=1 AUTH0DB_BUILD=$(abspath $(BUILD)) \
	    $(PYTHON) -m pytest -p no:cacheprovider -q -s tests/bulk -k killed_anywhere

bench: setup-demo build
	@tools/bench.sh

fuzz: setup-test
	@tools/fuzz.sh $(TARGET)

mutants: setup-test build
	@AUTH0DB_BUILD=$(abspath $(BUILD)) nice $(PYTHON) tests/mutation/generate.py $(FILE)

lint: setup-lint build
	@tools/lint.sh check

format: setup-lint
	@tools/lint.sh fix

install: build
	@meson configure $(BUILD) -Dprefix=$(PREFIX)
	@meson install -C $(BUILD) --quiet --tags runtime,command,devel,man

wheel: setup-wheel
	@tools/wheel.sh

clean:
	@rm -rf build build-* dist demo-run $(NATIVE)
