#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# --output: where else the result of a build goes.

load ../helpers/suite

setup() {
	require realm busybox jq overlay
	suite_begin
	CONTEXT=$WORK/context
	printf '%s\n' 'FROM scratch' 'COPY --chown=5:6 busybox /bin/sh' 'RUN echo made > /made' 'CMD ["/bin/sh"]' | context_make
}

teardown() {
	[ ! -d "$STORE" ] || store_is_clean
	suite_end
}

@test "a directory gets the root file system" {
	run_ok cooper build -o "$WORK/out" "$CONTEXT"
	[ "$(cat "$WORK/out/made")" = made ]
	local owner=5:6
	[ "$(id -u)" = 0 ] || owner=$(id -u):$(id -g) # who could not remove them otherwise
	[ "$(stat -c %u:%g "$WORK/out/bin/sh")" = "$owner" ]
	[ "$(ls "$WORK/out")" = "bin"$'\n'"made" ]
	run_ok cooper build -o "type=local,dest=$WORK/other" "$CONTEXT"
	cmp "$WORK/out/bin/sh" "$WORK/other/bin/sh"
}

@test "a tar holds it too, also on standard output" {
	run_ok cooper build -o "type=tar,dest=$WORK/out.tar" "$CONTEXT"
	[ "$(tar -xOf "$WORK/out.tar" made)" = made ]
	cooper build -q -o - "$CONTEXT" > "$WORK/piped.tar"
	cmp "$WORK/out.tar" "$WORK/piped.tar"
}

@test "a layout, as an archive or a directory" {
	run_ok cooper build -t "$ID" -o "type=oci,dest=$WORK/oci.tar" -o "type=oci,tar=false,dest=$WORK/oci" "$CONTEXT"
	[ "$(jq -r .imageLayoutVersion "$WORK/oci/oci-layout")" = 1.0.0 ]
	local manifest
	manifest=$(jq -r '.manifests[0].digest' "$WORK/oci/index.json")
	[[ $(jq -r '.layers[0].mediaType' "$WORK/oci/blobs/sha256/${manifest#sha256:}") == *+gzip ]]
	STORE=$WORK/other run_ok cooper load -i "$WORK/oci.tar"
	STORE=$WORK/other run_ok cooper run --rm "$ID" /bin/sh -c 'read x < /made; echo $x'
	said_only made
}

@test "each blob of a layout is what its name says" {
	run_ok cooper build -t "$ID" -o "type=oci,tar=false,dest=$WORK/oci,compression=zstd" "$CONTEXT"
	local blob
	for blob in "$WORK"/oci/blobs/sha256/*; do
		[ "$(sha256sum < "$blob" | cut -d' ' -f1)" = "${blob##*/}" ]
	done
}

@test "an archive for docker" {
	run_ok cooper build -t "$ID" -o "type=docker,dest=$WORK/docker.tar" "$CONTEXT"
	[ "$(tar -xOf "$WORK/docker.tar" manifest.json | jq -r '.[0].RepoTags[0]')" = "$ID:latest" ]
}

@test "the same build gives the same bytes" {
	run_ok cooper build -o "type=oci,dest=$WORK/one.tar" "$CONTEXT"
	STORE=$WORK/other run_ok cooper build -o "type=oci,dest=$WORK/two.tar" "$CONTEXT"
	cmp "$WORK/one.tar" "$WORK/two.tar"
}

@test "what cannot be understood is refused before anything is built" {
	run_fails '--output: type "nonsense" is not one of: image, oci, docker, tar, local' cooper build -o type=nonsense "$CONTEXT"
	run_fails 'does not say where to' cooper build -o type=oci "$CONTEXT"
	run_fails 'the option "what" is not known' cooper build -o type=oci,dest=x,what=1 "$CONTEXT"
	[ ! -e "$STORE/index.json" ] || [ "$(cooper images -q)" = "" ]
}
