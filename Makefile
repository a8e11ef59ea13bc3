# Everything here sets up what it needs itself; a Swift toolchain is all that must be there.

PREFIX ?= /usr/local
SWIFT ?= swift
SANITIZER_FLAGS = --disable-xctest

UNAME := $(shell uname -s)
ifeq ($(UNAME),Linux)
# The Swift and C++ runtimes inside: the command then needs libsqlite3 and libc only, and starts a fifth
# sooner without libstdc++ to load. The linker takes the archive of it, because the folder that comes first
# holds nothing else; nobody loads the command as a library, so that it needs to export nothing.
ARCHIVES = $(CURDIR)/.build/archives
# 50,000 pointers that the loader adds the command's place to take 1.3 MB as a list, and 11 kB as a map of
# bits, which the toolchain's own linker writes and glibc reads from 2.36 on (musl knows it too, but has no
# such version to ask for). A command that was built beside an older one gets the list; an older loader than
# it was built for refuses it by name, as it does for any function that it does not have.
RELOCATIONS := $(shell getconf GNU_LIBC_VERSION 2>/dev/null | \
	awk '$$2 >= 2.36 { print "-Xlinker -zpack-relative-relocs" }')
RELEASE_FLAGS = -c release --static-swift-stdlib -Xswiftc "-L$(ARCHIVES)" -Xlinker --as-needed \
	-Xlinker --no-export-dynamic -Xswiftc -Xclang-linker -Xswiftc -static-libgcc \
	-Xswiftc -use-ld=lld $(RELOCATIONS)
else
RELEASE_FLAGS = -c release
# Homebrew keeps its SQLite where pkg-config does not look by itself.
export PKG_CONFIG_PATH := $(shell brew --prefix sqlite 2>/dev/null)/lib/pkgconfig:$(PKG_CONFIG_PATH)
endif

.PHONY: help demo test test-faults test-release test-thread test-address test-all soak guarantees fuzz \
	fuzz-corpus format format-check build release benchmark benchmark-check benchmark-days benchmark-scale hammer-arm64 \
	install uninstall clean setup setup-tests

help:
	@echo 'make demo          build, run three workloads under varve, and show what it knows of them'
	@echo 'make test          run the tests'
	@echo 'make test-faults   try every fault of the file system and every crash, not some of each'
	@echo 'make test-all      run them in debug, release, and under two sanitizers'
	@echo 'make soak          let runs come and go for an hour (SOAK_SECONDS), and see that nothing grows'
	@echo 'make guarantees    run the tests, and put what they counted into docs/guarantees.md'
	@echo 'make fuzz          feed what reads foreign bytes by libFuzzer, FUZZ_SECONDS=60 for each target'
	@echo 'make benchmark     measure it against the least that it could cost (some minutes)'
	@echo 'make benchmark-check  fail if a ratio has become much higher than it was'
	@echo 'make release       build the command to hand out, stripped, and say what it needs'
	@echo 'make install       install the command, its completions and its manual below PREFIX ($(PREFIX))'
	@echo 'make format        format the sources; format-check only looks'

setup:
	@Scripts/setup.sh

# A browser for the tests of pages, which are skipped where there is none.
setup-tests: setup
	@Scripts/setup-tests.sh

build: setup
	@Scripts/setup-archives.sh "$(ARCHIVES)"
	$(SWIFT) build $(RELEASE_FLAGS) --product varve

# The command alone, as it would be handed out.
release: build
	@Scripts/release.sh "$$($(SWIFT) build $(RELEASE_FLAGS) --show-bin-path)/varve" "$(CURDIR)/.build/varve"

demo: build
	@Scripts/demo.sh "$$($(SWIFT) build $(RELEASE_FLAGS) --show-bin-path)/varve" "$(CURDIR)/.build/demo"

# Tests that compute would keep those waiting that watch programs run, so these come after them.
test: setup-tests
	$(SWIFT) test --skip EndToEndTests --skip FaultTests
	$(SWIFT) test --skip-build --filter FaultTests
	$(SWIFT) test --skip-build --filter EndToEndTests

# Every call of the file system, and every moment of a crash; `make test` tries some of each.
test-faults: setup
	VARVE_FAULTS=all $(SWIFT) test --filter FaultTests

test-release: setup-tests
	$(SWIFT) test -c release -Xswiftc -enable-testing --scratch-path .build-release

test-thread: setup-tests
	$(SWIFT) test --sanitize=thread --scratch-path .build-thread $(SANITIZER_FLAGS)

test-address: setup-tests
	LSAN_OPTIONS=suppressions=$(CURDIR)/Tests/leaks.supp:print_suppressions=0 $(SWIFT) test --sanitize=address --scratch-path .build-address $(SANITIZER_FLAGS)

test-all: test test-release test-thread test-address

# The command as the tests build it: what leaks, leaks there too.
soak: setup
	$(SWIFT) build --product varve
	Scripts/soak.sh "$$($(SWIFT) build --show-bin-path)/varve" "$(CURDIR)/.build/soak"

FIGURES = $(CURDIR)/.build/figures

guarantees:
	rm -rf "$(FIGURES)"
	VARVE_FIGURES="$(FIGURES)" $(MAKE) test
	Scripts/guarantees.sh "$(FIGURES)" docs/guarantees.md

# Seconds for each target; FUZZ_TARGETS names some, else there are all. Linux, whose toolchain brings the
# fuzzer along. The tests feed the same targets for a short time each.
FUZZ_SECONDS ?= 60

fuzz: setup
	@SWIFT='$(SWIFT)' Scripts/fuzz.sh $(FUZZ_SECONDS) $(FUZZ_TARGETS)

# What fuzzing has found interesting becomes a part of the tests.
fuzz-corpus: setup
	@SWIFT='$(SWIFT)' Scripts/fuzz.sh --corpus $(FUZZ_TARGETS)

BENCHMARK = $(SWIFT) run -c release --package-path Benchmarks varve-benchmark

BENCHMARK_DAY = Benchmarks/.build/day.csv

# 100 sandboxes, a sample each 10 s: 50 MB of CSV.
$(BENCHMARK_DAY):
	@echo 'writing $@ …'
	@mkdir -p $(@D)
	@$(SWIFT) run -c release --package-path Benchmarks day > $@.part
	@mv $@.part $@

VARVE = $$($(SWIFT) build $(RELEASE_FLAGS) --show-bin-path)/varve
RESULTS = --results Benchmarks/.build/results

# The table at the end says of each target whether it is met.
benchmark: build $(BENCHMARK_DAY)
	@rm -f Benchmarks/.build/results
	$(BENCHMARK) registry $(RESULTS)
	$(BENCHMARK) contention
	$(BENCHMARK) sampler $(RESULTS)
	$(BENCHMARK) start --varve "$(VARVE)" $(RESULTS)
	$(BENCHMARK) codec $(RESULTS)
	$(BENCHMARK) queries --day $(BENCHMARK_DAY) $(RESULTS)
	$(BENCHMARK) queries --day $(BENCHMARK_DAY) --plain
	$(BENCHMARK) process --day $(BENCHMARK_DAY) --varve "$(VARVE)" $(RESULTS)
	$(BENCHMARK) recorder --hours 1 $(RESULTS)
	$(BENCHMARK) idle-cost --varve "$(VARVE)" $(RESULTS)
	@echo
	$(BENCHMARK) summary $(RESULTS)

THRESHOLDS = --thresholds Benchmarks/thresholds.json

# Ratios, not times: they hold on a slow machine, and on a busy one as far as that is possible.
benchmark-check: build $(BENCHMARK_DAY)
	$(BENCHMARK) registry $(THRESHOLDS)
	$(BENCHMARK) sampler $(THRESHOLDS)
	$(BENCHMARK) codec $(THRESHOLDS)
	$(BENCHMARK) queries --day $(BENCHMARK_DAY) $(THRESHOLDS)
	$(BENCHMARK) process --day $(BENCHMARK_DAY) --varve "$(VARVE)" $(THRESHOLDS)

# How it grows: a catalog up to 100,000 runs and 10 million intervals, a recorder up to 10,000 slots, 1,000
# `varve run` at once. Some ten minutes, 1 GB of disk for a while.
benchmark-scale: build
	$(BENCHMARK) scale-catalog
	$(BENCHMARK) scale-recorder --varve "$(VARVE)"
	$(BENCHMARK) scale-runs --varve "$(VARVE)"

# The slot's seqlock in C11, here and as an arm64 program under qemu-user.
hammer-arm64:
	@Scripts/hammer-arm64.sh

# Ten days of 100 sandboxes: the size of it all, and that nothing grows once the oldest is forgotten.
benchmark-days: setup
	$(BENCHMARK) ten-days
	$(BENCHMARK) ten-days --keep-detail 3 --keep-summaries 6 --check

format:
	$(SWIFT) format --in-place --recursive --configuration .swift-format Package.swift Sources Tests migrations Benchmarks/Package.swift Benchmarks/Sources Fuzz/Package.swift Fuzz/Sources

format-check:
	$(SWIFT) format lint --strict --recursive --configuration .swift-format Package.swift Sources Tests migrations Benchmarks/Package.swift Benchmarks/Sources Fuzz/Package.swift Fuzz/Sources

BASH_COMPLETIONS = $(DESTDIR)$(PREFIX)/share/bash-completion/completions
ZSH_COMPLETIONS = $(DESTDIR)$(PREFIX)/share/zsh/site-functions
FISH_COMPLETIONS = $(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d
MANUALS = $(DESTDIR)$(PREFIX)/share/man/man1

# What the shells and man(1) know of the command, it tells itself.
install: build
	install -d "$(DESTDIR)$(PREFIX)/bin" "$(BASH_COMPLETIONS)" "$(ZSH_COMPLETIONS)" "$(FISH_COMPLETIONS)" "$(MANUALS)"
	install -m 755 "$$($(SWIFT) build $(RELEASE_FLAGS) --show-bin-path)/varve" "$(DESTDIR)$(PREFIX)/bin/varve"
	umask 022 && varve="$(DESTDIR)$(PREFIX)/bin/varve" && \
		"$$varve" --generate-completion-script bash > "$(BASH_COMPLETIONS)/varve" && \
		"$$varve" --generate-completion-script zsh > "$(ZSH_COMPLETIONS)/_varve" && \
		"$$varve" --generate-completion-script fish > "$(FISH_COMPLETIONS)/varve.fish" && \
		"$$varve" generate-manual > "$(MANUALS)/varve.1"

uninstall:
	rm -f "$(DESTDIR)$(PREFIX)/bin/varve" "$(BASH_COMPLETIONS)/varve" "$(ZSH_COMPLETIONS)/_varve" \
		"$(FISH_COMPLETIONS)/varve.fish" "$(MANUALS)/varve.1"

clean:
	rm -rf .build .build-*
