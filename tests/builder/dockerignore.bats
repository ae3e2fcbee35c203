#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# .dockerignore: what is left out of the context.

load ../helpers/suite

setup() {
	require realm busybox jq overlay
	suite_begin
	CONTEXT=$WORK/context
	local file
	for file in a.txt b.md dir/c.txt dir/d.md dir/deep/e.txt keep/f.txt; do
		context_file "$file" "$file"
	done
}

teardown() {
	[ ! -d "$STORE" ] || store_is_clean
	suite_end
}

# What COPY . takes with these patterns, without the Dockerfile and busybox.
taken() { # PATTERN…
	printf '%s\n' "$@" Dockerfile busybox .dockerignore > "$CONTEXT/.dockerignore"
	printf 'FROM scratch\nCOPY . /\n' | context_make
	image_build -q
	image_unpack
	(cd "$ROOT" && find . -type f | sed 's,^\./,,' | sort | tr '\n' ' ')
}

@test "patterns leave out files at their place" {
	[ "$(taken '*.md')" = "a.txt dir/c.txt dir/d.md dir/deep/e.txt keep/f.txt " ]
	[ "$(taken '*/*.md')" = "a.txt b.md dir/c.txt dir/deep/e.txt keep/f.txt " ]
	[ "$(taken '**/*.md' '/a.txt')" = "dir/c.txt dir/deep/e.txt keep/f.txt " ]
	[ "$(taken 'dir')" = "a.txt b.md keep/f.txt " ]
	[ "$(taken 'dir/**')" = "a.txt b.md keep/f.txt " ]
}

@test "exceptions take back, the last line wins" {
	[ "$(taken '*' '!a.txt')" = "a.txt " ]
	[ "$(taken 'dir' '!dir/deep')" = "a.txt b.md dir/deep/e.txt keep/f.txt " ]
	[ "$(taken '*' '!**/*.txt' 'keep')" = "a.txt dir/c.txt dir/deep/e.txt " ]
	[ "$(taken '!dir/c.txt' 'dir')" = "a.txt b.md keep/f.txt " ]
}

@test "directories that hold nothing any more are not there" {
	taken '*' '!dir/deep/e.txt' > /dev/null
	[ ! -e "$ROOT/keep" ]
	[ -d "$ROOT/dir/deep" ]
}

@test "comments, blanks and a bare dot mean nothing" {
	[ "$(taken '# b.md' '' '   ' '.' 'dir')" = "a.txt b.md keep/f.txt " ]
}

@test "what is left out is not found, and the file that says so is named" {
	printf 'a.txt\n' > "$CONTEXT/.dockerignore"
	printf 'FROM scratch\nCOPY a.txt /\n' | context_make
	run_fails 'Dockerfile:2: COPY: "a.txt": not found: .dockerignore leaves it out' cooper build "$CONTEXT"
	printf 'FROM scratch\nCOPY [ab].* /\n' | context_make
	image_build
	image_unpack
	[ "$(ls "$ROOT")" = b.md ]
}

@test "a Dockerfile's own ignore file takes the place of the context's" {
	printf '*.txt\n' > "$CONTEXT/.dockerignore"
	mkdir "$WORK/files"
	printf 'FROM scratch\nCOPY a.txt b.m* /d/\n' > "$WORK/files/other"
	printf '*.md\n' > "$WORK/files/other.dockerignore"
	context_make < /dev/null
	image_build -f "$WORK/files/other"
	image_unpack
	[ "$(ls "$ROOT/d")" = a.txt ]
}

@test "the Dockerfile and the ignore file may be left out themselves" {
	printf '*\n!a.txt\n' > "$CONTEXT/.dockerignore"
	printf 'FROM scratch\nCOPY . /\n' | context_make
	image_build
	image_unpack
	[ "$(ls -A "$ROOT")" = a.txt ]
}

@test "what is taken from a stage is not filtered" {
	printf '**/*.txt\n' > "$CONTEXT/.dockerignore"
	context_make <<- 'END'
		FROM scratch AS one
		COPY <<EOF /x.txt
		x
		EOF
		FROM scratch
		COPY --from=one / /
	END
	image_build
	image_unpack
	[ -e "$ROOT/x.txt" ]
}

@test "a pattern that makes no sense has its line" {
	printf 'fine\n[\n' > "$CONTEXT/.dockerignore"
	printf 'FROM scratch\nCOPY . /\n' | context_make
	run_fails '.dockerignore:2: ' cooper build "$CONTEXT"
}

@test "an ignore file that leads out of the context is not read" {
	echo secret-pattern > "$WORK/secret"
	ln -s "$WORK/secret" "$CONTEXT/.dockerignore"
	printf 'FROM scratch\nCOPY a.txt /\n' | context_make
	run_quietly cooper build "$CONTEXT"
	said_not secret-pattern
	rm "$CONTEXT/.dockerignore"
	mkfifo "$CONTEXT/.dockerignore"
	run_fails 'is no regular file' timeout 10 "$COOPER" --root "$STORE" build "$CONTEXT"
}
