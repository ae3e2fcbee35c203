#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Wrong Dockerfiles: for each the exact words of the complaint, and nothing left behind.
#
# tests/golden/errors/dockerfile/ holds what cannot be understood, tests/golden/errors/build/ what
# cannot be done: there a case is a build context, and error.txt is what standard error says.

load ../helpers/suite

# The store holds no image, no layer, and nothing that is half made.
store_is_clean() {
	run_ok cooper images -q
	said_only ""
	[ -z "$(find "$STORE/tmp" "$STORE/layers" -mindepth 1)" ]
}

@test "what cannot be understood is refused in the words of the goldens" {
	local case count=0
	for case in "$SOURCE"/tests/golden/errors/dockerfile/*/; do
		mkdir -p "$WORK/context"
		cp "$case/Dockerfile" "$WORK/context/Dockerfile"
		run_fails 1 "" cooper build "$WORK/context"
		[ "$(tail -n 1 <<< "$errors")" = "cooper: build: $(head -n 1 "$case/error.txt")" ] ||
			explain "should have said what $case says" "$(head -n 1 "$case/error.txt")"
		count=$((count + 1))
	done
	[ "$count" -ge 60 ]
	store_is_clean
}

# One of tests/golden/errors/build.
refused() { # NAME
	require busybox
	local case=$SOURCE/tests/golden/errors/build/$1
	cp -a "$case" "$WORK/context"
	cp "$(command -v busybox)" "$WORK/context/busybox"
	run_fails 1 "" cooper build --progress plain "$WORK/context"
	sed -n "s#$WORK#WORK#g; /^cooper: /p" <<< "$errors" > "$WORK/said" || true
	[ -z "${GOLDEN_UPDATE:-}" ] || cp "$WORK/said" "$case/error.txt"
	diff "$case/error.txt" "$WORK/said"
	run_ok cooper images -q
	said_only ""
	[ -z "$(find "$STORE/tmp" -mindepth 1)" ]
}

@test "archive climbs" { refused archive-climbs; }
@test "argument demanded" { refused argument-demanded; }
@test "base not there" { refused base-not-there; }
@test "directory onto file" { refused directory-onto-file; }
@test "from argument empty" { refused from-argument-empty; }
@test "ignore pattern" { refused ignore-pattern; }
@test "no dockerfile" { refused no-dockerfile; }
@test "owner not there" { refused owner-not-there; }
@test "run fails" { refused run-fails; }
@test "run not there" { refused run-not-there; }
@test "run without shell" { refused run-without-shell; }
@test "source ignored" { refused source-ignored; }
@test "source not there" { refused source-not-there; }
@test "stage itself" { refused stage-itself; }
@test "stage not there" { refused stage-not-there; }
@test "stage source not there" { refused stage-source-not-there; }
@test "user not there" { refused user-not-there; }
