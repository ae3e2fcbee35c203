#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# What a user reads when something is wrong: one line that begins with the place, and the lines around it.

load ../helpers/suite

setup() {
	require realm busybox jq overlay
	suite_begin
	CONTEXT=$WORK/context
}

teardown() {
	[ ! -d "$STORE" ] || store_is_clean
	suite_end
}

# Fails with this as the last line.
complains() { # LINE [OPTIONS…]
	run_quietly cooper build --progress=quiet "${@:2}" "$CONTEXT"
	[ "$status" = 1 ] || explain "should have ended with 1" cooper build || return
	[ "$(tail -n 1 <<< "$errors")" = "cooper: build: $1" ] || explain "should have said \"$1\"" cooper build
}

@test "a parse error has its line and an excerpt" {
	printf '%s\n' 'FROM scratch' '' 'COPPY a b' 'LABEL x=y' | context_make
	complains 'Dockerfile:3: there is no instruction "COPPY"; did you mean COPY?'
	[[ $errors == *">>> COPPY a b"* ]]
}

@test "the lines of a long instruction are all marked" {
	printf '%s\n' 'FROM scratch' 'COPY one \' '  two \' '  /d/' 'LABEL x=y' | context_make
	complains 'Dockerfile:2: COPY: "one": not found'
	[[ $errors == *">>> COPY one"* && $errors == *">>>   two"* && $errors == *">>>   /d/"* ]]
	[[ $errors != *">>> LABEL"* ]]
}

@test "an error in a needed stage has that stage's line, once" {
	printf '%s\n' 'FROM scratch AS one' 'COPY missing /' 'FROM scratch' 'COPY --from=one / /' | context_make
	complains 'Dockerfile:2: COPY: "missing": not found'
}

@test "values that expand to nothing are told" {
	printf '%s\n' 'ARG NOTHING' 'FROM ${NOTHING}' | context_make
	complains 'Dockerfile:2: FROM: the image to begin with is blank: "${NOTHING}" expands to nothing'
	printf '%s\n' 'FROM scratch' 'USER $NOBODY' | context_make
	complains 'Dockerfile:2: USER: the user "$NOBODY" is blank'
	printf '%s\n' 'FROM scratch' 'WORKDIR $NOWHERE' | context_make
	complains 'Dockerfile:2: WORKDIR: the directory "$NOWHERE" is blank'
}

@test "what must be given says so" {
	printf '%s\n' 'FROM scratch' 'ARG V' 'LABEL v="${V:?say which}"' | context_make
	run_fails 'say which' cooper build "$CONTEXT"
	run_ok cooper build --build-arg V=1 "$CONTEXT"
}

@test "devices and privileges of the host are refused with their line" {
	printf '%s\n' 'FROM scratch' 'COPY busybox /bin/sh' 'RUN --security=insecure true' | context_make
	complains 'Dockerfile:3: RUN: --security=insecure: this build may not leave its sandbox'
	printf '%s\n' 'FROM scratch' 'COPY busybox /bin/sh' 'RUN --device=vendor.com/class=x true' | context_make
	run_fails 'Dockerfile:3: RUN: --device=vendor.com/class=x' cooper build "$CONTEXT"
}

@test "a context that is not there, or no directory" {
	run_fails 'open the context "/not/there": No such file or directory' cooper build /not/there
	touch "$WORK/file"
	run_fails 'Not a directory' cooper build "$WORK/file"
}

@test "options are judged" {
	printf 'FROM scratch\n' | context_make
	run_fails '--tag' cooper build -t 'Bad Name' "$CONTEXT"
	run_fails '--network: "bridge" is neither host nor none' cooper build --network bridge "$CONTEXT"
	run_fails '--build-arg: "=x" has no name' cooper build --build-arg =x "$CONTEXT"
	run_fails '--progress: "loud" is not one of' cooper build --progress loud "$CONTEXT"
	run_fails 'unknown command "biuld"; did you mean "build"?' cooper biuld
}

@test "what a terminal would obey is not passed on in an excerpt" {
	printf 'FROM scratch\nCOPPY \033[31mred\033[0m x\n' | context_make
	run_quietly cooper build "$CONTEXT"
	[[ $errors != *$'\033'* ]]
}
