#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# ADD: what COPY does, and archives that become what is in them.

load ../helpers/suite

setup() {
	require realm busybox jq overlay
	suite_begin
	CONTEXT=$WORK/context
	mkdir -p "$CONTEXT" "$WORK/tree/sub"
	printf 'of one' > "$WORK/tree/one"
	printf 'of two' > "$WORK/tree/sub/two"
	chmod 750 "$WORK/tree/sub"
	touch -d @1234567890 "$WORK/tree/one"
	as_owner chown -R 12:34 "$WORK/tree/one"
}

teardown() {
	[ ! -d "$STORE" ] || store_is_clean
	suite_end
}

pack() { # FILE [OPTIONS…]
	as_owner tar -C "$WORK/tree" -cf "$CONTEXT/$1" "${@:2}" .
}

add() { # INSTRUCTION…
	{
		echo "FROM scratch"
		printf '%s\n' "$@"
	} | context_make
	image_build
	image_unpack
}

@test "an archive is unpacked, whatever it is called and however compressed" {
	require gzip bzip2 xz zstd
	pack plain
	pack gzip.txt -z
	pack bzip2 -j
	pack xz -J
	pack zstd --zstd
	add 'ADD plain /plain/' 'ADD gzip.txt /gzip/' 'ADD bzip2 /bzip2/' 'ADD xz /xz' 'ADD zstd /zstd'
	local how
	for how in plain gzip bzip2 xz zstd; do
		file_is "$how/one" "644 12:34" "of one"
		file_is "$how/sub/two" "644 0:0" "of two"
		file_is "$how/sub" "750 0:0"
		[ "$(stat -c %Y "$ROOT/$how/one")" = 1234567890 ]
	done
}

@test "libarchive is loaded for what it unpacks, and its absence is an error there only" {
	require gzip xz
	mkdir "$WORK/libraries"
	touch "$WORK/libraries/libarchive.so.13"
	pack plain
	pack gzip -z
	export LD_LIBRARY_PATH=$WORK/libraries
	add 'ADD plain /plain/' 'ADD gzip /gzip/'
	file_is plain/one "644 12:34" "of one"
	file_is gzip/one "644 12:34" "of one"
	pack xz -J
	printf 'FROM scratch\nADD xz /xz/\n' | context_make
	run_fails 'libarchive.so.13: file too short' cooper build "$CONTEXT"
	unset LD_LIBRARY_PATH
	run_ok cooper build "$CONTEXT"
}

@test "what only sounds like an archive is copied" {
	context_file not.tar.gz 'no archive at all'
	context_file text 'hello'
	: > "$CONTEXT/empty.tar"
	head -c 10240 /dev/zero > "$CONTEXT/zeroes.tar"
	add 'ADD not.tar.gz text empty.tar zeroes.tar /d/'
	file_is d/not.tar.gz "644 0:0" "no archive at all"
	file_is d/text "644 0:0" hello
	[ "$(stat -c %s "$ROOT/d/empty.tar")" = 0 ]
	[ "$(stat -c %s "$ROOT/d/zeroes.tar")" = 10240 ]
}

@test "COPY and --unpack=false leave archives alone" {
	pack a.tar
	add 'COPY a.tar /copied/' 'ADD --unpack=false a.tar /added/'
	[ -f "$ROOT/copied/a.tar" ]
	[ -f "$ROOT/added/a.tar" ]
}

@test "--chown is for everything in an archive" {
	pack a.tar
	add 'ADD --chown=5:6 a.tar /x/'
	file_is x "755 5:6"
	file_is x/one "644 5:6"
	file_is x/sub/two "644 5:6"
}

@test "an archive's own directory does not change the destination" {
	chmod 700 "$WORK/tree"
	pack a.tar
	add 'COPY --chmod=711 a.tar /there/x' 'ADD a.tar /there/'
	file_is there "711 0:0"
}

@test "archives keep hard links, links, attributes and what is on the way" {
	require setfattr getfattr
	as_owner ln "$WORK/tree/one" "$WORK/tree/sub/again"
	ln -s /elsewhere "$WORK/tree/link"
	as_owner setfattr -n user.note -v here "$WORK/tree/one"
	pack a.tar --xattrs --format=pax
	add 'ADD a.tar /deep/er'
	[ "$ROOT/deep/er/one" -ef "$ROOT/deep/er/sub/again" ]
	[ "$(readlink "$ROOT/deep/er/link")" = /elsewhere ]
	[ "$(getfattr --only-values -n user.note "$ROOT/deep/er/one")" = here ]
}

@test "an archive lands where a link in the image leads, inside the image" {
	mkdir -p "$CONTEXT/base/real"
	ln -s /real "$CONTEXT/base/link"
	pack a.tar
	add 'COPY base /' 'ADD a.tar /link/'
	file_is real/one "644 12:34" "of one"
}

@test "an archive that climbs out is refused" {
	python3 - "$CONTEXT/evil.tar" <<- 'END'
		import io, sys, tarfile
		with tarfile.open(sys.argv[1], "w") as tar:
		    entry = tarfile.TarInfo("../../climbed"); entry.size = 1
		    tar.addfile(entry, io.BytesIO(b"x"))
	END
	printf 'FROM scratch\nADD evil.tar /d/\n' | context_make
	run_fails 'Dockerfile:2: ADD: ' cooper build "$CONTEXT"
	said_not "$WORK/climbed"
}

@test "several archives and files go to one directory" {
	pack a.tar
	context_file plain text
	add 'ADD a.tar plain /d/'
	file_is d/one "644 12:34"
	file_is d/plain "644 0:0" text
}

@test "what is elsewhere is not fetched, and said so" {
	printf 'FROM scratch\nADD https://example.com/x /\n' | context_make
	run_fails 'Dockerfile:2: ADD: "https://example.com/x" is not in the build context' cooper build "$CONTEXT"
}
