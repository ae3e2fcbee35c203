#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Builds with --enable-sanitize below the build directory, in sanitize/, and runs all unit tests and
# these suites there, or all of tests/sanitize, tests/runtime and tests/builder. Results are counted by
# `tests/tally.sh . sanitize`. Without root the suites are left out.
# Usage: run.sh SOURCE CC [SUITE…], in the build directory; with "build" in place of suites it runs nothing.
source=${1:?the source directory} compiler=${2:?a compiler}
shift 2
: "${MAKE:=make}"
# shellcheck disable=SC2046
[ $# -gt 0 ] || set -- tests/sanitize/sanitize.bats \
	$(cd "$source" && printf '%s\n' tests/runtime/*.bats tests/builder/*.bats)

mkdir -p sanitize && cd sanitize || exit 1
if [ ! -f Makefile ]; then
	"$source/configure" --quiet --enable-sanitize CC="$compiler" CFLAGS='-O1 -g' || exit 1
fi
$MAKE --quiet all || exit 1
if [ "$*" = build ]; then
	exec $MAKE --quiet check TESTS=
fi

failed=0
find tests -name '*.trs' -delete
$MAKE check-units || failed=1

# Where runlet and cooper leave what they died of (report.c). Any user's may.
head -c 1048576 /dev/zero > tests/sanitize/reports && chmod 666 tests/sanitize/reports
if [ "$(id -u)" = 0 ]; then
	$MAKE check-root ROOT_TESTS="$*" || failed=1
fi
exit $failed
