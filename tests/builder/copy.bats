#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# COPY: where files come from, where they land, and what they look like there.

load ../helpers/suite

setup() {
	require realm busybox jq overlay
	suite_begin
	CONTEXT=$WORK/context
	context_file a 'of a'
	context_file b 'of b'
	context_file dir/one 'of one'
	context_file dir/.hidden 'of hidden'
	context_file dir/sub/two 'of two'
}

teardown() {
	[ ! -d "$STORE" ] || store_is_clean
	suite_end
}

# Builds these instructions on scratch, and unpacks.
copy() { # INSTRUCTION…
	{
		echo "FROM scratch"
		printf '%s\n' "$@"
	} | context_make
	image_build
	image_unpack
}

copy_fails() { # TEXT INSTRUCTION…
	local text=$1
	shift
	{
		echo "FROM scratch"
		printf '%s\n' "$@"
	} | context_make
	run_fails "$text" cooper build "$CONTEXT"
}

@test "a directory gives its contents, with and without a slash behind the destination" {
	copy 'COPY dir /x' 'COPY dir/ /y/'
	local d
	for d in x y; do
		file_is "$d/one" "644 0:0" "of one"
		file_is "$d/.hidden" "644 0:0" "of hidden"
		file_is "$d/sub/two" "644 0:0" "of two"
		[ ! -e "$ROOT/$d/dir" ]
	done
}

@test "a file becomes the destination, or goes into it" {
	copy 'COPY a /new' 'COPY dir /there' 'COPY a /there' 'COPY a /slash/'
	file_is new "644 0:0" "of a"
	file_is there/a "644 0:0" "of a"
	file_is slash/a "644 0:0" "of a"
	file_is slash "755 0:0"
}

@test "a destination that is a link to a directory is that directory" {
	ln -s real "$CONTEXT/dir/link"
	mkdir "$CONTEXT/dir/real"
	copy 'COPY dir /' 'COPY a /link' 'COPY b /link/deep/b'
	file_is real/a "644 0:0" "of a"
	file_is real/deep/b "644 0:0" "of b"
	[ -L "$ROOT/link" ]
}

@test "relative destinations begin at the working directory" {
	copy 'WORKDIR /w' 'COPY a .' 'COPY a ./' 'COPY b c' 'WORKDIR in' 'COPY b .'
	file_is w/a "644 0:0" "of a"
	file_is w/c "644 0:0" "of b"
	file_is w/in/b "644 0:0" "of b"
}

@test "several sources need a directory to go to" {
	copy 'COPY a b /d/'
	file_is d/a "644 0:0" "of a"
	file_is d/b "644 0:0" "of b"
	copy_fails 'several files need a directory to go to: the destination "/d" must end with "/"' 'COPY a b /d'
}

@test "a wildcard that matches one file may give it another name" {
	copy 'COPY a* /renamed'
	file_is renamed "644 0:0" "of a"
}

@test "wildcards do not cross slashes, and match hidden files" {
	context_file x1.txt 1
	context_file x2.txt 2
	context_file deep/x3.txt 3
	copy 'COPY x?.txt /one/' 'COPY x[13].txt /class/' 'COPY */x*.txt /below/' 'COPY dir/* /star/'
	[ "$(ls "$ROOT/one")" = "x1.txt"$'\n'"x2.txt" ]
	[ "$(ls "$ROOT/class")" = x1.txt ]
	[ "$(ls "$ROOT/below")" = x3.txt ]
	file_is star/.hidden "644 0:0"
	file_is star/two "644 0:0"
}

@test "a source that is not there is named, a pattern that matches nothing is not missed" {
	copy_fails 'Dockerfile:2: COPY: "missing": not found' 'COPY missing /'
	copy 'COPY missing* /' 'COPY a missing* /'
	file_is a "644 0:0"
}

@test "a source may not leave the context" {
	echo secret > "$WORK/secret"
	ln -s ../secret "$CONTEXT/climb"
	ln -s "$WORK/secret" "$CONTEXT/absolute"
	copy_fails 'not found' 'COPY ../secret /'
	copy_fails 'not found' 'COPY climb /'
	copy_fails 'not found' 'COPY absolute /'
	copy_fails 'not found' 'COPY ../../../../../etc/hostname /'
}

@test "links are followed as a source, and copied as links below one" {
	ln -s a "$CONTEXT/to-a"
	ln -s dir "$CONTEXT/to-dir"
	ln -s ../a "$CONTEXT/dir/up"
	ln -s /nowhere "$CONTEXT/dir/dangling"
	copy 'COPY to-a /' 'COPY to-dir /d/'
	[ ! -L "$ROOT/to-a" ]
	file_is to-a "644 0:0" "of a"
	[ "$(readlink "$ROOT/d/up")" = ../a ]
	[ "$(readlink "$ROOT/d/dangling")" = /nowhere ]
}

@test "files of the context become root's, and keep their modes" {
	chmod 4751 "$CONTEXT/dir/one"
	chmod 1755 "$CONTEXT/dir/sub"
	as_owner chown -R 1234:4321 "$CONTEXT/dir"
	as_owner chmod 4751 "$CONTEXT/dir/one"
	copy 'COPY dir /d/'
	file_is d/one "4751 0:0"
	file_is d/sub "1755 0:0"
}

@test "times are kept to the second" {
	touch -d @1234567890 "$CONTEXT/a" "$CONTEXT/dir/one"
	copy 'COPY a dir /d/'
	[ "$(stat -c %Y "$ROOT/d/a")" = 1234567890 ]
	[ "$(stat -c %Y "$ROOT/d/one")" = 1234567890 ]
}

@test "--chown takes numbers and names of the image, for all that is made" {
	context_file etc/passwd $'root:x:0:0::/:\nme:x:77:88::/home/me:/bin/sh\n'
	context_file etc/group $'root:x:0:\nus:x:99:\n'
	copy 'COPY etc /etc/' 'COPY --chown=5 a /n/a' 'COPY --chown=5:6 a /nn/a' 'COPY --chown=me a /u/a' \
		'COPY --chown=me:us dir /ug/'
	file_is n/a "644 5:5"
	file_is n "755 5:5"
	file_is nn/a "644 5:6"
	file_is u/a "644 77:88"
	file_is ug/sub/two "644 77:99"
	copy_fails 'there is no user "nobody-here" in /etc/passwd' 'COPY etc /etc/' 'COPY --chown=nobody-here a /'
	copy_fails 'there is no group "none-here" in /etc/group' 'COPY etc /etc/' 'COPY --chown=me:none-here a /'
}

@test "--chmod takes octal and symbolic modes" {
	copy 'COPY --chmod=4711 a /octal' 'COPY --chmod=u=rwX,go=rX dir /sym/' 'COPY --chmod=700 a /new/a'
	file_is octal "4711 0:0"
	file_is sym/one "644 0:0"
	file_is sym/sub "755 0:0"
	file_is new "700 0:0"
}

@test "an existing directory keeps its looks, those in it get the source's" {
	mkdir -p "$CONTEXT/first/sub" "$CONTEXT/second/sub"
	chmod 711 "$CONTEXT/first/sub"
	chmod 750 "$CONTEXT/second/sub"
	copy 'COPY --chmod=700 a /top/a' 'COPY first /top/' 'COPY second /top/'
	file_is top "700 0:0"
	file_is top/sub "750 0:0"
}

@test "a file does not take the place of a directory, nor the other way round" {
	context_file other/sub 'a file'
	context_file third/one/x 'in a directory'
	copy_fails '"/d/sub" is a directory in the image, and a file here' 'COPY dir /d/' 'COPY other /d/'
	copy_fails '"/d/one" is no directory in the image, and one here' 'COPY dir /d/' 'COPY third /d/'
	copy_fails 'the destination "/d/one/" is no directory in the image' 'COPY dir /d/' 'COPY a /d/one/'
}

@test "hard links stay links, holes stay holes, and fifos fifos" {
	ln "$CONTEXT/dir/one" "$CONTEXT/dir/sub/again"
	truncate -s 64M "$CONTEXT/dir/hole"
	mkfifo -m 640 "$CONTEXT/dir/fifo"
	copy 'COPY dir /d/'
	[ "$ROOT/d/one" -ef "$ROOT/d/sub/again" ]
	[ "$(stat -c %s "$ROOT/d/hole")" = 67108864 ]
	[ "$(stat -c %b "$ROOT/d/hole")" -lt 1000 ]
	[ -p "$ROOT/d/fifo" ]
	file_is d/fifo "640 0:0"
}

@test "capabilities and attributes of users come along" {
	require setfattr getfattr setcap getcap
	setfattr -n user.note -v here "$CONTEXT/dir/one"
	as_owner setcap cap_net_raw+ep "$CONTEXT/dir/one"
	copy 'COPY --chown=7 dir /d/'
	[ "$(as_owner getfattr --only-values -n user.note "$ROOT/d/one")" = here ]
	[[ $(as_owner getcap "$ROOT/d/one") == *cap_net_raw* ]]
}

@test "documents become files, expanded unless their end is quoted" {
	copy 'ENV NAME=world' 'COPY <<first <<"second" /d/' 'hello $NAME' 'first' 'hello $NAME' 'second' \
		'COPY --chmod=600 --chown=3 <<-END /one' $'\ttabs go' 'END'
	file_is d/first "644 0:0" "hello world"
	file_is d/second "644 0:0" 'hello $NAME'
	file_is one "600 3:3" "tabs go"
}

@test "variables are expanded in sources, destinations and flags" {
	copy 'ARG F=a' 'ENV D=/var/x O=9:8' 'COPY --chown=$O ${F} $D/'
	file_is var/x/a "644 9:8" "of a"
}

@test "names with blanks are written as JSON" {
	context_file 'with blank' text
	copy 'COPY ["with blank", "/to here"]'
	file_is 'to here' "644 0:0" text
}

@test "--exclude leaves out, and takes back" {
	context_file dir/x.md 1
	context_file dir/sub/y.md 2
	context_file dir/sub/keep.md 3
	copy 'COPY --exclude=*.md dir /one/' 'COPY --exclude=**/*.md --exclude=!**/keep.md dir /all/'
	[ ! -e "$ROOT/one/x.md" ]
	file_is one/sub/y.md "644 0:0"
	[ ! -e "$ROOT/all/x.md" ]
	[ ! -e "$ROOT/all/sub/y.md" ]
	file_is all/sub/keep.md "644 0:0"
}

@test "--parents keeps the path, from the root or from the pivot" {
	chmod 711 "$CONTEXT/dir"
	copy 'COPY --parents dir/sub/two /p/' 'COPY --parents dir/./sub/two /q/' 'COPY --parents **/two /r/' \
		'COPY --parents dir/sub /s/'
	file_is p/dir "711 0:0"
	file_is p/dir/sub/two "644 0:0" "of two"
	file_is q/sub/two "644 0:0" "of two"
	file_is r/dir/sub/two "644 0:0" "of two"
	file_is s/dir/sub/two "644 0:0" "of two"
	[ ! -e "$ROOT/s/dir/one" ]
	copy_fails '"dir/missing": not found' 'COPY --parents dir/missing /'
}

@test "--link is taken" {
	copy 'COPY --link a /x'
	file_is x "644 0:0" "of a"
}

@test "a copy that changes nothing still makes its layer" {
	copy 'COPY a /x' 'COPY a /x'
	[ "$(layer_count)" = 2 ]
}
