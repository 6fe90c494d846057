# volpipe - `make help` lists the targets.
#
# Nothing is listed here by hand: a tool is one source in tools/, a library file is any source in
# common/ or formats/, a test is any tests/*.sh or tests/unit/*.c. A tool that needs an outside
# library of its own says so in one LIBS_<tool> line below.

VERSION := 0.1.0

CC       ?= cc
CXX      ?= c++
CFLAGS   ?= -O2 -g
CXXFLAGS ?= $(CFLAGS)
PREFIX   ?= /usr/local
DESTDIR  ?=
bindir   ?= $(PREFIX)/bin
mandir   ?= $(PREFIX)/share/man
bashdir  ?= $(PREFIX)/share/bash-completion/completions
zshdir   ?= $(PREFIX)/share/zsh/site-functions
PYTHON   ?= /usr/bin/python3
BUILD    ?= build
DATA     ?= ../shared/data
ORACLE   ?= ../shared/oracle
# 1: warnings are errors (CI)
WERROR   ?=

B := $(BUILD)

.DEFAULT_GOAL := all

# ---- packages ----

BUILD_PACKAGES := build-essential pkg-config libdcmtk-dev libnifti-dev libopenjp2-7-dev zlib1g-dev libbz2-dev libmd-dev \
                  libminc-dev libhdf5-dev libtiff-dev libarchive-dev
TEST_PACKAGES  := perl dcmtk dcm2niix teem-apps mandoc jq pigz time strace zsh bash-completion shellcheck xz-utils \
                  python3-numpy python3-nibabel python3-pydicom python3-scipy python3-skimage python3-h5py python3-tifffile \
                  python3-pil dicom3tools minc-tools hdf5-tools libtiff-tools plastimatch
APT := $(if $(filter 0,$(shell id -u)),,sudo) env DEBIAN_FRONTEND=noninteractive apt-get

deps: ## install what the build needs (Debian, Ubuntu)
	$(APT) update
	$(APT) install -y --no-install-recommends $(BUILD_PACKAGES)
	-$(APT) install -y --no-install-recommends libisal-dev

deps-test: deps ## install what the build and the tests need
	$(APT) install -y --no-install-recommends $(TEST_PACKAGES)

# Goals beside deps run afterwards, in a make of their own: what deps installs changes what is found
# below.
ifneq ($(filter deps deps-test,$(MAKECMDGOALS)),)
LATER := $(filter-out deps deps-test,$(MAKECMDGOALS))
.PHONY: $(LATER) deps deps-test
$(LATER): $(filter deps deps-test,$(MAKECMDGOALS))
	$(MAKE) $@
else

# ---- sources ----

TOOLS     := $(patsubst tools/%.c,%,$(wildcard tools/*.c))
LIB_C     := $(wildcard common/*.c common/*/*.c formats/*.c formats/*/*.c)
LIB_CXX   := $(wildcard formats/*/*.cc)
LIB_O     := $(LIB_C:%.c=$B/obj/%.o) $(LIB_CXX:%.cc=$B/obj/%.o)
UNIT      := $(patsubst tests/unit/%.c,%,$(wildcard tests/unit/*.c))
TEST_SH   := $(filter-out tests/lib.sh,$(wildcard tests/*.sh))
HELPERS   := $(patsubst tests/%.c,%,$(wildcard tests/*.c))
MKSERIES_C := $(wildcard tests/mkseries/*.c)
BIN       := $(TOOLS:%=$B/bin/%)
PAGES     := $(TOOLS:%=$B/man/%.1) $(patsubst man/%,$B/man/%,$(wildcard man/*.[57]))
DEPS      := $(LIB_O:.o=.d) $(TOOLS:%=$B/obj/tools/%.d)

# ---- flags ----

# ISA-L compresses several times faster than zlib; it exists for x86-64 and arm64 only.
ISAL := $(shell printf '\#include <isa-l.h>\n' | $(CC) $(CPPFLAGS) -E - >/dev/null 2>&1 && echo 1)

WARN := -Wall -Wextra -Wpedantic $(if $(WERROR),-Werror)
# libminc is loaded when a MINC 2 file is met (formats/minc_lib.h), under the name that programs linked to it ask for
MINC_SO := $(shell objdump -p "$$($(CC) -print-file-name=libminc2.so)" 2>/dev/null | awk '/SONAME/ { print $$2 }')
# so is libarchive, when an archive is (formats/dicom/members_inside.h)
ARCHIVE_SO := $(shell objdump -p "$$($(CC) -print-file-name=libarchive.so)" 2>/dev/null | awk '/SONAME/ { print $$2 }')

# no fused multiply-add: the same bits on every machine
C_   := -std=c17 -D_GNU_SOURCE -pthread -ffp-contract=off $(WARN) -Wstrict-prototypes -Wmissing-prototypes
CXX_ := -std=c++17 -D_GNU_SOURCE -pthread -ffp-contract=off $(WARN)
CPP_ := -DVOLPIPE_VERSION='"$(VERSION)"' -I/usr/include/nifti $(shell pkg-config --cflags libopenjp2 hdf5 2>/dev/null) \
        -DMINC_SO='"$(or $(MINC_SO),libminc2.so)"' -DARCHIVE_SO='"$(or $(ARCHIVE_SO),libarchive.so.13)"' \
        $(if $(ISAL),-DHAVE_ISAL)

# All libraries stand on every link line; --as-needed keeps those that a tool really uses, so that
# only the DICOM tools load DCMTK.
LIBS := -ldcmjpls -ldcmjpeg -lijg8 -lijg12 -lijg16 -ldcmimgle -ldcmdata -loflog -lofstd -lopenjp2 \
        -lnifti2 -ltiff $(if $(ISAL),-lisal) -lz -lbz2 -lmd -lstdc++ -lm
LINK = $(CC) -pthread $(CFLAGS) $(LDFLAGS) -Wl,--as-needed -o $@

# Includes go one way: tools -> formats -> common. A room of common/ is compiled seeing only the
# nouns (common/*.h) and itself; formats see the nouns, io, alg and themselves; tools see all.
NOUNS     := $(wildcard common/*.h)
INC_common  = -I$B/inc/nouns
INC_formats = -I$B/inc/formats -Iformats
INC_tools   = -Icommon -Iformats
INC_tests   = -Icommon -Iformats

.PHONY: all check demo bench asan conformance hostile install uninstall man lint format deps deps-test \
        clean help completions unit-bins helpers
.DELETE_ON_ERROR:
.SECONDARY:

all: $(BIN) man completions ## build the tools, the pages and the completions (default)

# ---- compiling ----

$B/inc/.made: $(NOUNS)
	@mkdir -p $B/inc/nouns $B/inc/formats
	@for h in $(NOUNS); do \
		ln -sf "$(CURDIR)/$$h" $B/inc/nouns/; ln -sf "$(CURDIR)/$$h" $B/inc/formats/; done
	@ln -sfn "$(CURDIR)/common/io" $B/inc/formats/io
	@ln -sfn "$(CURDIR)/common/alg" $B/inc/formats/alg
	@touch $@

$B/obj/common/%.o: common/%.c $B/inc/.made Makefile
	@mkdir -p $(@D)
	$(CC) $(C_) $(CPP_) $(INC_common) $(CPPFLAGS) $(CFLAGS) $(OPT) -MMD -MP -c $< -o $@

# kernels: gcc vectorises only from -O3 on
$B/obj/common/alg/%.o: OPT = -O3

$B/obj/formats/%.o: formats/%.c $B/inc/.made Makefile
	@mkdir -p $(@D)
	$(CC) $(C_) $(CPP_) $(INC_formats) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c $< -o $@

$B/obj/formats/%.o: formats/%.cc $B/inc/.made Makefile
	@mkdir -p $(@D)
	$(CXX) $(CXX_) $(CPP_) $(INC_formats) $(CPPFLAGS) $(CXXFLAGS) -MMD -MP -c $< -o $@

$B/obj/tools/%.o: tools/%.c Makefile
	@mkdir -p $(@D)
	$(CC) $(C_) $(CPP_) $(INC_tools) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c $< -o $@

$B/libvolpipe.a: $(LIB_O)
	@rm -f $@
	$(AR) rcs $@ $^

$B/bin/%: $B/obj/tools/%.o $B/libvolpipe.a
	@mkdir -p $(@D)
	$(LINK) $< $B/libvolpipe.a $(LIBS_$*) $(LIBS)

-include $(DEPS)

# ---- pages and completions, from the option tables ----

man: $(PAGES) ## the man pages, in build/man

$B/man/%.1: man/%.1.in $B/bin/% man/assemble.awk
	@mkdir -p $(@D)
	$B/bin/$* --man | awk -f man/assemble.awk - man/$*.1.in > $@

$B/man/%: man/%
	@mkdir -p $(@D)
	sed 's/@VERSION@/$(VERSION)/' $< > $@

completions: $(TOOLS:%=$B/completions/bash/%) $(TOOLS:%=$B/completions/zsh/_%)

$B/completions/bash/%: $B/bin/%
	@mkdir -p $(@D)
	$< --complete bash > $@

$B/completions/zsh/_%: $B/bin/%
	@mkdir -p $(@D)
	$< --complete zsh > $@

# ---- tests ----

# test files at a time
JOBS ?= $(shell nproc)

TEST_ENV = PATH="$(abspath $B)/bin:$$PATH" BUILD="$(abspath $B)" TESTBIN="$(abspath $B)/tests" \
           PYTHON="$(PYTHON)" LC_ALL=C.UTF-8

$B/tests/unit/%: tests/unit/%.c $B/libvolpipe.a $(wildcard tests/unit/*.h)
	@mkdir -p $(@D)
	$(LINK) $(C_) $(CPP_) $(INC_tests) $(CPPFLAGS) $< $B/libvolpipe.a $(LIBS)

$B/tests/mkseries: $(MKSERIES_C) $(wildcard tests/mkseries/*.h)
	@mkdir -p $(@D)
	$(LINK) $(C_) $(CPP_) $(CPPFLAGS) $(MKSERIES_C) -lopenjp2 -lz -lm

$B/tests/%: tests/%.c $B/libvolpipe.a
	@mkdir -p $(@D)
	$(LINK) $(C_) $(CPP_) $(INC_tests) $(CPPFLAGS) $< $B/libvolpipe.a $(LIBS)

unit-bins: $(UNIT:%=$B/tests/unit/%)
helpers: $(if $(MKSERIES_C),$B/tests/mkseries) $(HELPERS:%=$B/tests/%)

check: all unit-bins helpers ## run all tests (make deps-test installs what they need)
	$(TEST_ENV) prove -j $(JOBS) $(PROVEFLAGS) $(sort $(UNIT:%=$B/tests/unit/%)) $(sort $(TEST_SH))

conformance: all ## real scanner files against independent references ($(DATA))
	$(TEST_ENV) $(PYTHON) tests/conformance/run.py --bin $B/bin --data $(DATA) --work $B/conformance
	$(TEST_ENV) $(PYTHON) -W ignore tests/conformance/recipes.py --oracle $(ORACLE) --data $(DATA) --work $B/conformance

hostile: all helpers ## series made to mislead, through the converters that are installed, judged by truth
	$(TEST_ENV) $(PYTHON) -W ignore tests/hostile table

asan: ## all tests under the address and undefined-behaviour sanitizers
	$(MAKE) BUILD=$B/asan PROVEFLAGS="$(PROVEFLAGS)" \
		CFLAGS="-O1 -g -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=undefined" \
		check

bench: all helpers ## measure against the peers that are installed; prints ratios
	$(TEST_ENV) $(PYTHON) tests/bench/run.py $(BENCHFLAGS)

demo: $(BIN) helpers ## make a sample series, turn it into demo/ct.nii.gz, and leave a picture
	$(TEST_ENV) sh tests/demo

# ---- the rest ----

install: all ## install below $(DESTDIR)$(PREFIX)
	install -d $(DESTDIR)$(bindir) $(DESTDIR)$(mandir)/man1 $(DESTDIR)$(mandir)/man5 \
		$(DESTDIR)$(bashdir) $(DESTDIR)$(zshdir)
	install -m 755 $(BIN) $(DESTDIR)$(bindir)
	install -m 644 $(filter %.1,$(PAGES)) $(DESTDIR)$(mandir)/man1
	install -m 644 $(filter %.5,$(PAGES)) $(DESTDIR)$(mandir)/man5
	install -m 644 $(TOOLS:%=$B/completions/bash/%) $(DESTDIR)$(bashdir)
	install -m 644 $(TOOLS:%=$B/completions/zsh/_%) $(DESTDIR)$(zshdir)

uninstall: ## remove what install put there
	rm -f $(TOOLS:%=$(DESTDIR)$(bindir)/%) $(TOOLS:%=$(DESTDIR)$(mandir)/man1/%.1) \
		$(patsubst man/%,$(DESTDIR)$(mandir)/man5/%,$(wildcard man/*.5)) \
		$(TOOLS:%=$(DESTDIR)$(bashdir)/%) $(TOOLS:%=$(DESTDIR)$(zshdir)/_%)

lint: man ## include directions, clang-tidy, shellcheck, mandoc: whichever are installed
	sh tests/lint $B

format: ## clang-format the lines that differ from HEAD
	git diff -U0 --no-color HEAD -- '*.c' '*.h' '*.cc' | clang-format-diff -p1 -i

clean: ## remove everything built
	rm -rf $B demo

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{ printf "  %-12s %s\n", $$1, $$2 }' Makefile

endif
