#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Images in the store: listing, naming, saving, loading.

load ../helpers/suite

setup() {
	require realm busybox jq overlay
	suite_begin
	CONTEXT=$WORK/context
	printf '%s\n' 'FROM scratch' 'COPY busybox /bin/sh' 'LABEL l=m' 'CMD ["/bin/sh", "-c", "echo alive"]' | context_make
	image_build
}

teardown() {
	[ ! -d "$STORE" ] || store_is_clean
	suite_end
}

@test "images are listed as a table, as JSON, and as ids" {
	run_ok cooper images
	[[ ${output%%$'\n'*} =~ ^REPOSITORY\ +TAG\ +IMAGE\ ID\ +CREATED\ +SIZE$ ]]
	said "$ID "
	run_ok cooper images --format json
	[ "$(jq -r '.[0].Names[0]' <<< "$output")" = "docker.io/library/$ID:latest" ]
	[ "$(jq -r '.[0].Id' <<< "$output")" = "$(image_config .Id | tr -d '"')" ]
	[ "$(jq '.[0].Size' <<< "$output")" -gt 1000000 ]
	run_ok cooper images -q
	[[ $output =~ ^[0-9a-f]{12}$ ]]
	run_ok cooper images --no-trunc -q
	[[ $output =~ ^sha256:[0-9a-f]{64}$ ]]
	run_ok cooper images nothing
	[ "$(wc -l <<< "$output")" = 1 ]
	run_ok cooper images -q "$ID"
	[ -n "$output" ]
}

@test "an empty store has no images" {
	STORE=$WORK/empty
	run_ok cooper images -q
	said_only ''
	run_ok cooper images --format json
	said_only '[]'
}

@test "an image gets another name, and keeps the first" {
	run_ok cooper tag "$ID" other:1 quay.io/some/where:2
	[ "$(IMAGE=other:1 image_config .Id)" = "$(image_config .Id)" ]
	[ "$(image_config '.RepoTags | length')" = 3 ]
	run_ok cooper tag other:1 other:2
	run_fails 'the image "nothing" is not in the store' cooper tag nothing x
	run_fails '' cooper tag "$ID" 'Not A Name'
}

@test "an image is found by its name, its digest and the beginning of it" {
	local digest
	digest=$(image_config .Digest | tr -d '"')
	run_ok cooper inspect "$digest"
	run_ok cooper inspect "${digest:7:12}"
	run_ok cooper inspect "docker.io/library/$ID:latest"
	run_fails 'the image "nothing:1" is not in the store' cooper inspect nothing:1
}

@test "inspect tells of several, history from the newest" {
	run_ok cooper tag "$ID" second
	run_ok cooper inspect "$ID" second
	[ "$(jq length <<< "$output")" = 2 ]
	run_ok cooper history --no-trunc "$ID"
	[[ $(sed -n 2p <<< "$output") == *'CMD ["/bin/sh" "-c" "echo alive"]'* ]]
	[[ $(sed -n 4p <<< "$output") == *'COPY busybox /bin/sh'* ]]
	run_ok cooper history --format json "$ID"
	[ "$(jq -r .CreatedBy <<< "$output" | tail -n 1)" = "COPY busybox /bin/sh" ]
	[ "$(jq -s 'map(select(.Layer)) | length' <<< "$output")" = 1 ]
}

@test "what is saved can be loaded, in each form" {
	local before form
	before=$(image_config .Id)
	for form in docker-archive oci-archive oci-dir; do
		run_ok cooper save --format "$form" -o "$WORK/$form" "$ID"
		run_ok env STORE= "$COOPER" --root "$WORK/store-$form" load -i "$WORK/$form"
		said "docker.io/library/$ID:latest"
		[ "$(STORE=$WORK/store-$form image_config .Id)" = "$before" ]
		STORE=$WORK/store-$form image_run
		said_only alive
	done
}

@test "an archive goes through pipes" {
	cooper save "$ID" | STORE=$WORK/other cooper load -q
	STORE=$WORK/other image_run
	said_only alive
}

@test "layers can be compressed on the way out, and are the same inside" {
	local how
	for how in gzip zstd; do
		run_ok cooper save --format oci-dir --compression "$how" -o "$WORK/$how" "$ID"
		STORE=$WORK/store-$how run_ok cooper load "$WORK/$how"
		[ "$(STORE=$WORK/store-$how image_config .Id)" = "$(image_config .Id)" ]
	done
	[ "$(find "$WORK/gzip/blobs" -size +400k | wc -l)" = 1 ]
}

@test "peers read what we save" {
	require skopeo
	run_ok cooper save -o "$WORK/docker.tar" "$ID"
	run_ok skopeo inspect --config "docker-archive:$WORK/docker.tar"
	[ "$(jq -c .config.Cmd <<< "$output")" = '["/bin/sh","-c","echo alive"]' ]
	run_ok cooper save --format oci-dir --compression gzip -o "$WORK/layout" "$ID"
	run_ok skopeo inspect "oci:$WORK/layout"
}

@test "we read what peers save" {
	require skopeo
	run_ok cooper save --format oci-dir -o "$WORK/layout" "$ID"
	run_ok skopeo copy "oci:$WORK/layout:docker.io/library/$ID:latest" "docker-archive:$WORK/theirs.tar:theirs:1" ||
		run_ok skopeo copy "oci:$WORK/layout" "docker-archive:$WORK/theirs.tar:theirs:1"
	STORE=$WORK/other run_ok cooper load -i "$WORK/theirs.tar"
	STORE=$WORK/other IMAGE=theirs:1 image_run
	said_only alive
}

@test "what is no archive is not loaded, and leaves nothing" {
	echo nonsense > "$WORK/x"
	STORE=$WORK/other run_fails '' cooper load -i "$WORK/x"
	[ "$(STORE=$WORK/other cooper images -q)" = "" ]
	run_fails 'No such file' cooper load -i "$WORK/missing"
}

@test "the store is nobody else's" {
	[ "$(stat -c %a "$STORE")" = 700 ]
	(umask 000 && cooper build -q "$CONTEXT")
	[ -z "$(find "$STORE" -path "$STORE/layers" -prune -o -type f -perm /022 -print)" ]
}

@test "an image goes with its last name" {
	run_ok cooper tag "$ID" second
	run_ok cooper rmi "$ID"
	said "Untagged: docker.io/library/$ID:latest"
	said_not Deleted
	IMAGE=second image_run
	run_ok cooper rmi second
	said "Deleted: sha256:"
	[ "$(cooper images -q)" = "" ]
	run_fails 'the image "second" is not in the store' cooper rmi second
	run_ok cooper rmi -f second
}

@test "an image with several names is removed by its digest only by force" {
	run_ok cooper tag "$ID" second
	local digest
	digest=$(image_config .Digest | tr -d '"')
	run_fails 'has 2 names' cooper rmi "$digest"
	run_ok cooper rmi -f "$digest"
	[ "$(cooper images -q)" = "" ]
	run_ok cooper rmi --all
}

@test "what builds remember stays until it is pruned, and then all is gone" {
	run_ok cooper rmi "$ID"
	image_build --progress=plain
	[[ $errors == *CACHED* ]]
	run_ok cooper rmi "$ID"
	run_ok cooper prune -n -a
	said "would remove"
	[ "$(find "$STORE/blobs" -type f | wc -l)" -gt 0 ]
	run_ok cooper prune -a
	[ "$(find "$STORE/blobs" "$STORE/layers" -mindepth 2 | wc -l)" = 0 ]
	image_build --progress=plain
	[[ $errors != *CACHED* ]]
}

@test "prune removes images without a name, and keeps the others" {
	context_file f 1
	printf '%s\n' 'FROM scratch' 'COPY f /' | context_make
	IMAGE=moving image_build
	context_file f 2
	IMAGE=moving image_build
	[ "$(cooper images -q | wc -l)" = 3 ]
	run_ok cooper prune
	[ "$(cooper images -q | wc -l)" = 2 ]
	image_run
	said_only alive
}

@test "layers that a bundle lies on are kept" {
	require root # whose mounts last: rootless.bats has what users do
	run_ok cooper bundle --overlay "$ID" "$WORK/bundle"
	run_ok cooper rmi "$ID"
	run_ok cooper prune -a
	run_ok "$RUNLET" --root "$STATE" run --bundle "$WORK/bundle" "$ID"
	said_only alive
	umount "$WORK/bundle/rootfs"
	rm -r "$WORK/bundle"
	run_ok cooper prune -a
	run_ok cooper prune -a
	[ -z "$(ls "$STORE/layers")" ]
}

@test "prune clears away containers that have ended, not those that run" {
	run_ok cooper run --name ended "$ID"
	cooper run --rm --name "$ID" "$ID" /bin/sh -c 'echo up; while [ ! -e /stop ]; do :; done' > "$WORK/out" 3>&- &
	local pid=$!
	until_ok grep -q up "$WORK/out"
	run_ok cooper prune
	[ "$(ls "$STORE/containers")" = "$ID" ]
	run_ok "$RUNLET" kill "$ID" KILL
	wait "$pid" || true
	[ -z "$(ls "$STORE/containers")" ]
}
