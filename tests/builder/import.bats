#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Root file systems become images.

load ../helpers/suite

setup() {
	require realm busybox jq overlay
	suite_begin
	CONTEXT=$WORK/context
	mkdir -p "$WORK/tree/bin" "$WORK/tree/etc"
	cp "$(command -v busybox)" "$WORK/tree/bin/sh"
	echo 'me:x:5:6::/:' > "$WORK/tree/etc/passwd"
	as_owner chown 5:6 "$WORK/tree/etc/passwd"
	as_owner tar -C "$WORK/tree" -cf "$WORK/root.tar" .
}

teardown() {
	[ ! -d "$STORE" ] || store_is_clean
	suite_end
}

@test "an archive becomes an image that runs" {
	run_ok cooper import "$WORK/root.tar" "$ID"
	[[ $output =~ ^sha256:[0-9a-f]{64}$ ]]
	[ "$(layer_count)" = 1 ]
	run_ok cooper run --rm "$ID" /bin/sh -c 'echo from inside'
	said_only "from inside"
	image_unpack
	file_is etc/passwd "644 5:6"
}

@test "it may come from standard input, and compressed" {
	require gzip
	gzip -k "$WORK/root.tar"
	INPUT=$WORK/root.tar.gz run_ok cooper import - "$ID"
	local zipped=$output
	run_ok cooper import "$WORK/root.tar" other
	[ "$output" = "$zipped" ]
}

@test "changes are instructions" {
	run_ok cooper import -c 'CMD ["/bin/sh", "-c", "echo $A"]' -c 'ENV A=b C="d e"' -c 'WORKDIR /w' -c 'USER me' \
		-c 'LABEL l=m' -c 'EXPOSE 80' -m 'a remark' "$WORK/root.tar" "$ID"
	[ "$(image_config .Config.Cmd)" = '["/bin/sh","-c","echo $A"]' ]
	[[ $(image_config .Config.Env) == *'"C=d e"'* ]]
	[ "$(image_config .Config.WorkingDir)" = '"/w"' ]
	[ "$(image_config .Config.User)" = '"me"' ]
	[[ $(image_config .History) == *'a remark'* ]]
	run_ok cooper run --rm "$ID"
	said_only b
}

@test "a change that needs files is refused" {
	run_fails 'RUN changes files, and has no place in a change' cooper import -c 'RUN true' "$WORK/root.tar"
	run_fails 'FROM has no place in a change' cooper import -c 'FROM x' "$WORK/root.tar"
	run_fails '--change:2: ' cooper import -c 'NONSENSE' "$WORK/root.tar"
	[ "$(cooper images -q)" = "" ]
}

@test "the same archive gives the same image" {
	run_ok cooper import "$WORK/root.tar"
	local first=$output
	STORE=$WORK/other
	run_ok cooper import "$WORK/root.tar"
	[ "$output" = "$first" ]
}

@test "what is no archive is refused, and nothing stays" {
	echo 'no archive' > "$WORK/text"
	run_fails '' cooper import "$WORK/text" "$ID"
	head -c 3000 "$WORK/root.tar" > "$WORK/short"
	run_fails '' cooper import "$WORK/short" "$ID"
	[ "$(cooper images -q)" = "" ]
}

@test "an imported image is a base" {
	run_ok cooper import "$WORK/root.tar" base
	printf 'FROM base\nRUN echo done > /told\n' | context_make
	image_build
	image_unpack
	file_is told "644 0:0" done
}
