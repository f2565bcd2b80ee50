# SPDX-License-Identifier: MPL-2.0
# Targets for set-up, tests, checks and benchmarks; included by GNUmakefile.

.PHONY: deps deps-demo deps-check deps-lint
deps: ## install what building needs (Debian packages; root or sudo)
	@tests/install-packages build
deps-demo:
	@tests/install-packages build demo
deps-check:
	@tests/install-packages build demo check
deps-lint:
	@tests/install-packages build lint

# Packages change what pkg-config says, so what builds starts a make of its own.
.PHONY: demo
demo: deps-demo ## install what is missing, build, and show the main job in a throw-away home
	@$(MAKE) all
	@tests/demo $(CURDIR)/$(B)

.PHONY: check
check: deps-check ## install what tests need, build, and run all tests (15 minutes at most)
	@$(MAKE) check-built

.PHONY: check-built
check-built: all tests layers
	@tests/run $(B) all

.PHONY: check-long
check-long: deps-check ## every test, also those that take longer than a quarter of an hour
	@$(MAKE) all tests layers
	@tests/run $(B) long

.PHONY: quick
quick: all tests ## unit and command-line tests only, without browsers
	@tests/run $(B) unit cli meta

.PHONY: tests
tests: $(units) $(helpers) $(fuzzers) $(B)/tests/faults/shim.so $(B)/tests/meta/unconfined.so

# Never instrumented: they are loaded before the sanitizers' own libraries.
$(B)/tests/%.so: tests/%.c
	@mkdir -p $(@D)
	$(call say,LD,$@)$(CC) -D_GNU_SOURCE -O1 $(WARNINGS) -shared -fPIC -o $@ $< -ldl

# The corpus in the tree is read; what is found on the way stays in the build folder.
SECONDS ?= 60
.PHONY: fuzz fuzz-built
fuzz: ## give damaged files to the formats for SECONDS=60 each (needs clang)
	@$(MAKE) SAN=fuzz CC=clang fuzz-built
fuzz-built: $(fuzzers)
	@tests/fuzz/measure $(B) $(SECONDS)
	@! find $(B) -maxdepth 1 -type f | grep -E -- '-(crash|timeout|oom|leak)-[^/]*$$'

# Long forms, with what they counted. An hour and a half on two cores.
.PHONY: faults
faults: all tests ## kill, fail and crash every writing command, in the long forms, and print figures
	@TRUSTCTL_LONG=1 TEST_SECONDS=$${TEST_SECONDS:-7200} PROVE_OPTIONS=--comments tests/run $(B) faults

.PHONY: coverage
coverage: ## run unit and command-line tests, and print which part of core they ran
	@$(MAKE) SAN=cov all tests
	@find build/cov -name '*.gcda' -delete
	@tests/run build/cov unit cli tests/clients/probe.bats || echo 'some tests failed under gcov; the figures count what ran' >&2
	@tests/meta/coverage build/cov/obj

# A minute for each that survives the first tests, seconds for the others.
.PHONY: mutants
mutants: all tests ## change decisions of core one at a time; the unit tests must notice each
	@tests/mutants/run $(MUTANTS)

.PHONY: bench
bench: all tests ## time the main jobs side by side with certutil
	@tests/bench/bench $(CURDIR)/$(B)

# ---- checks of the source ------------------------------------------------------------------
.PHONY: layers
layers: all ## check the direction of includes by the compiler's own dependency files
	@tests/meta/layers $(O)
	@tests/meta/linkage $(B)

.PHONY: headers
headers: ## compile every header alone
	@for h in $(headers); do case $$h in *_nss.h|core/worker/*) x='$(NSS_CFLAGS)';; *) x=;; esac; \
	    echo "#include \"$$h\"" | $(CC) $(ALL_CFLAGS) $$x -Werror -fsyntax-only -x c - || exit 1; done

.PHONY: lint
lint: deps-lint ## install what is missing; clang-tidy, cppcheck, shellcheck, and warnings of both compilers as errors
	@$(MAKE) all headers
	@tests/meta/lint

.PHONY: format
format: ## format the C sources
	clang-format -i $(core_src) $(worker_src) $(import_src) $(export_src) $(cli_src) $(unit_src) \
	    $(help_src) $(fuzz_src) $(headers)

# ---- installing ----------------------------------------------------------------------------
.PHONY: install
install: all ## install under prefix (default /usr/local), below DESTDIR
	$(INSTALL) -d $(DESTDIR)$(bindir) $(DESTDIR)$(libexecdir)/trustctl $(DESTDIR)$(mandir)/man1 \
	    $(DESTDIR)$(datadir)/bash-completion/completions $(DESTDIR)$(datadir)/zsh/site-functions \
	    $(DESTDIR)$(datadir)/fish/vendor_completions.d
	$(INSTALL) -m 755 $(B)/trustctl $(DESTDIR)$(bindir)/trustctl
	$(INSTALL) -m 755 $(B)/trustctl-nss $(DESTDIR)$(libexecdir)/trustctl/trustctl-nss
	$(INSTALL) -m 644 $(pages) $(DESTDIR)$(mandir)/man1/
	$(INSTALL) -m 644 $(B)/completions/bash $(DESTDIR)$(datadir)/bash-completion/completions/trustctl
	$(INSTALL) -m 644 $(B)/completions/zsh $(DESTDIR)$(datadir)/zsh/site-functions/_trustctl
	$(INSTALL) -m 644 $(B)/completions/fish $(DESTDIR)$(datadir)/fish/vendor_completions.d/trustctl.fish
