#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# What becomes of a store when something goes wrong: commands that fail late or are killed, full disks,
# files that are damaged or gone, and several commands at once. tests/faults/ has each system call's turn.

load ../helpers/suite

setup() {
	require root busybox jq overlay
	suite_begin
	CONTEXT=$WORK/context
	export SOURCE_DATE_EPOCH=1700000000
	context_file kept/f kept
	printf '%s\n' 'FROM scratch' 'COPY busybox /bin/sh' 'COPY kept /kept' 'RUN echo made > /made' \
		'CMD ["/bin/sh", "-c", "echo alive"]' | context_make
}

teardown() {
	while umount "$WORK/bundle/rootfs" 2> /dev/null; do :; done
	umount "$WORK/small" 2> /dev/null || true
	suite_end
}

digest() { # [IMAGE]
	cooper inspect "${1:-$ID}" | jq -r '.[0].Digest'
}

# Read without cooper's help: what names stand on is there, and what is there is whole.
store_is_sound() {
	local blobs=$STORE/blobs/sha256 digest blob
	[ -z "$(cd "$blobs" && find . -type f -printf '%P\0' | xargs -0r sha256sum | awk '$1 != $2')" ]
	for digest in $(jq -r '.manifests[].digest[7:]' "$STORE/index.json"); do
		for blob in "$digest" $(jq -r '(.config, .layers[]).digest[7:]' "$blobs/$digest"); do
			[ -f "$blobs/$blob" ] || return 1
		done
	done
}

# ---- commands that fail late or are killed ------------------------------------------------------

@test "what is in the way of a bundle stays, and is named" {
	image_build
	mkdir -p "$WORK/bundle/rootfs"
	echo mine > "$WORK/bundle/rootfs/mine"
	run_fails 'holds "rootfs", which is in the way' cooper bundle "$ID" "$WORK/bundle"
	run_fails 'holds "rootfs", which is in the way' cooper bundle --overlay "$ID" "$WORK/bundle"
	[ "$(ls -A "$WORK/bundle")" = rootfs ]
	[ "$(cat "$WORK/bundle/rootfs/mine")" = mine ]
}

@test "a bundle that cannot be made leaves no directory and no mount" {
	image_build
	local how
	for how in --read-only --overlay; do
		run_fails 'find the user' cooper bundle $how --user nobody-at-all "$ID" "$WORK/bundle"
		[ ! -e "$WORK/bundle" ]
		not grep -q "$WORK/bundle" /proc/self/mountinfo
	done
}

@test "a bundle that was half made when its maker was killed is made again" {
	image_build
	run_ok cooper bundle --overlay "$ID" "$WORK/bundle"
	rm "$WORK/bundle/config.json"
	echo half > "$WORK/bundle/config.json.new1"
	run_fails 'is in the way' cooper bundle "$ID" "$WORK/bundle"
	: > "$WORK/bundle/.unfinished"
	run_ok cooper bundle --overlay "$ID" "$WORK/bundle"
	[ "$(grep -c " $WORK/bundle/rootfs " /proc/self/mountinfo)" = 1 ]
	[ "$(cat "$WORK/bundle/rootfs/made")" = made ]
	[ ! -e "$WORK/bundle/.unfinished" ]
	[ ! -e "$WORK/bundle/config.json.new1" ]
	run_fails 'is a bundle already' cooper bundle --overlay "$ID" "$WORK/bundle"
}

@test "a bundle that somebody is making is left to him" {
	image_build
	mkdir "$WORK/bundle"
	: > "$WORK/bundle/.unfinished"
	run_fails 'is being made by another cooper' flock "$WORK/bundle/.unfinished" \
		"$COOPER" --root "$STORE" bundle "$ID" "$WORK/bundle"
	[ "$(ls -A "$WORK/bundle")" = .unfinished ]
}

@test "an archive that cannot be written whole leaves the one that was there" {
	image_build
	echo old > "$WORK/archive"
	local layer
	layer=$(cooper inspect "$ID" | jq -r '.[0].RootFS.Layers[0]')
	printf X | dd of="$STORE/blobs/sha256/${layer#sha256:}" bs=1 seek=5000 conv=notrunc status=none
	run_fails 'digest mismatch' cooper save -o "$WORK/archive" "$ID"
	[ "$(cat "$WORK/archive")" = old ]
	[ "$(echo "$WORK"/archive*)" = "$WORK/archive" ]
}

@test "an archive is written through a link, and into a pipe" {
	image_build
	ln -s there "$WORK/archive"
	run_ok cooper save -o "$WORK/archive" "$ID"
	[ -L "$WORK/archive" ]
	mkfifo "$WORK/pipe"
	cat "$WORK/pipe" > "$WORK/through" 3>&- &
	run_ok cooper save -o "$WORK/pipe" "$ID"
	wait
	cmp "$WORK/through" "$WORK/there"
}

@test "what a killed command left is gone after the next one" {
	image_build
	mkdir -p "$STORE/tmp/1-dead/1/tree" "$STORE/runtime/cooper-1-dead.1"
	echo x > "$STORE/leases/1-dead"
	run_ok cooper tag "$ID" other
	[ ! -e "$STORE/tmp/1-dead" ]
	[ ! -e "$STORE/leases/1-dead" ]
	run_ok cooper prune
	[ -z "$(ls "$STORE/runtime")" ]
}

# ---- what cannot be seen ------------------------------------------------------------------------

# Each time that the command looks for a name ($LOOKS: or at something) in turn, it is not told. After each of
# them, "$@" must hold.
each_look_fails() { # COMMAND -- JUDGE…
	local command=() k=1
	while [ "$1" != -- ]; do
		command+=("$1")
		shift
	done
	shift
	for (( ; ; k++)); do
		rm -f "$WORK/report"
		run_quietly "$FAULT" -o "$WORK/report" -s "${LOOKS:-faccessat,faccessat2}" -k "$k" -a fail:EIO \
			"$COOPER" --root "$STORE" --runtime "$RUNLET" "${command[@]}"
		grep -q ^hit= "$WORK/report" || break
		"$@" || { cat "$WORK/report"; return 1; }
	done
	[ "$k" -gt 1 ]
}

layers_are_there() {
	[ "$(ls "$STORE/layers")" = "$layers" ]
}

@test "a blob that cannot be looked at is not taken for damaged" {
	require faults
	image_build
	LOOKS=newfstatat each_look_fails tag "$ID" other -- store_is_sound
}

@test "what an archive goes to is not replaced because it cannot be looked at" {
	require faults strace
	image_build
	mkfifo "$WORK/pipe"
	run_fails 'look at "'"$WORK/pipe"'": Input/output error' strace -o /dev/null -P "$WORK/pipe" \
		-e trace=newfstatat,?lstat -e inject=newfstatat,?lstat:error=EIO \
		"$COOPER" --root "$STORE" save -o "$WORK/pipe" "$ID"
	[ -p "$WORK/pipe" ]
}

@test "an archive that cannot be read is not copied as a file" {
	require strace
	tar -C "$CONTEXT" -cf "$CONTEXT/archive.tar" Dockerfile
	printf 'FROM scratch\nADD archive.tar /\n' > "$CONTEXT/Dockerfile"
	run_ok cooper build "$CONTEXT"
	local right=$output n
	for ((n = 1; ; n++)); do
		run_quietly strace -f -o "$WORK/trace" -P "$CONTEXT/archive.tar" -e trace=read \
			-e inject=read:error=EIO:when=$n "$COOPER" --root "$STORE" --runtime "$RUNLET" build --no-cache "$CONTEXT"
		grep -q INJECTED "$WORK/trace" || break
		if [ "$status" = 0 ]; then said_only "$right"; else [[ $errors == *"Input/output error"* ]]; fi
	done
	[ "$n" -gt 2 ]
}

@test "a bundle that cannot be seen keeps its layers" {
	require faults
	image_build
	run_ok cooper bundle --overlay "$ID" "$WORK/bundle"
	run_ok cooper rmi "$ID"
	local layers
	layers=$(ls "$STORE/layers")
	[ -n "$layers" ]
	each_look_fails prune --all -- layers_are_there
	umount "$WORK/bundle/rootfs"
	rm -rf "$WORK/bundle"
	run_ok cooper prune --all
	[ -z "$(ls "$STORE/layers")" ]
}

@test "prune that is killed forgets no bundle" {
	require faults
	image_build
	run_ok cooper bundle --overlay "$ID" "$WORK/bundle"
	local k layers
	layers=$(ls "$STORE/layers")
	for ((k = 1; ; k++)); do
		image_build
		run_ok cooper rmi "$ID"
		rm -f "$WORK/report"
		run_quietly "$FAULT" -o "$WORK/report" -s renameat,unlinkat -k "$k" -a kill \
			"$COOPER" --root "$STORE" --runtime "$RUNLET" prune --all
		grep -q ^hit= "$WORK/report" || break
		run_ok cooper prune --all
		layers_are_there || { cat "$WORK/report"; return 1; }
	done
	[ "$k" -gt 3 ]
}

@test "a build that cannot be seen keeps its containers" {
	require faults
	image_build
	mkdir -p "$STORE/tmp/1-alive" "$STORE/runtime/cooper-1-alive.1"
	flock --no-fork "$STORE/tmp/1-alive" sleep 300 > /dev/null 2>&1 3>&- &
	local keeper=$!
	until not flock --nonblock "$STORE/tmp/1-alive" true; do sleep 0.1; done
	each_look_fails build --no-cache -t "$ID" "$CONTEXT" -- test -d "$STORE/runtime/cooper-1-alive.1"
	kill "$keeper"
	wait "$keeper" || true
	run_ok cooper prune
	[ ! -e "$STORE/runtime/cooper-1-alive.1" ]
}

# ---- several commands at once -------------------------------------------------------------------

# Runs cooper up to the call that is told (its name, an argument as it is written, which of those) and holds it
# there for some seconds; `let_go` waits for its end.
hold_at() { # CALL PATH N ARGUMENTS…
	require strace plain
	strace -qq -o "$WORK/held" -e "trace=$1" ${2:+-P "$2"} -e "inject=$1:delay_enter=3000000:when=$3" \
		"$COOPER" --root "$STORE" --runtime "$RUNLET" "${@:4}" > "$WORK/said" 2>&1 3>&- &
	held=$!
	until_ok is_held "$1" "$3"
}

is_held() { # CALL N
	[ "$(grep -c "^$1" "$WORK/held")" = "$2" ]
}

let_go() {
	[ -z "$(grep DELAYED "$WORK/held")" ] || { echo "it was held too short for this test"; return 1; }
	wait "$held" || { cat "$WORK/said"; return 1; }
	grep -q DELAYED "$WORK/held"
}

@test "a store that another command makes at the same time is nobody else's directory" {
	hold_at getdents64 '' 1 images
	run_ok cooper images
	let_go
}

@test "prune takes it well that a command ends meanwhile" {
	image_build
	flock --no-fork "$STORE/leases/1-another" sleep 300 > /dev/null 2>&1 3>&- &
	local another=$!
	until not flock --nonblock "$STORE/leases/1-another" true; do sleep 0.1; done
	hold_at openat 1-another 2 prune
	rm "$STORE/leases/1-another"
	let_go
	kill "$another"
	wait "$another" || true
}

with_cache() { # COMMAND
	printf '%s\n' 'FROM scratch' 'COPY busybox /bin/sh' "RUN --mount=type=cache,target=/c $1" | context_make
}

@test "prune leaves the cache mount that a build uses" {
	with_cache 'echo > /c/begun; while [ ! -e /c/enough ]; do sleep 0.1; done; mv /c/begun /c/ended'
	cooper build "$CONTEXT" > "$WORK/said" 2>&1 3>&- &
	local builder=$! content
	until_ok compgen -G "$STORE/mounts/*/content/begun"
	content=$(echo "$STORE"/mounts/*/content)
	run_ok cooper prune --all
	: > "$content/enough"
	wait "$builder" || { cat "$WORK/said"; return 1; }
	[ -e "$content/ended" ]
	run_ok cooper prune --all
	[ -z "$(ls "$STORE/mounts" "$STORE/contexts" | grep -v :)" ]
}

@test "run makes its directory again if prune removes it before it is locked" {
	image_build
	hold_at flock "$STORE/containers/$ID" 1 run --name "$ID" "$ID"
	run_ok cooper prune
	let_go
	[ "$(cat "$WORK/said")" = alive ]
	[ "$(ls "$STORE/containers")" = "$ID" ]
}

@test "prune leaves a container that took the name of one that is gone" {
	image_build
	mkdir -p "$STORE/containers/$ID"
	hold_at flock "$STORE/containers/$ID" 1 prune
	mv "$STORE/containers/$ID" "$WORK/old"
	mkdir -p "$STORE/containers/$ID/new"
	rmdir "$WORK/old"
	let_go
	[ -d "$STORE/containers/$ID/new" ]
}

@test "a build makes again what prune removes just before it is used" {
	with_cache 'echo > /c/f'
	hold_at flock "$STORE/mounts/$(printf /c | sha256sum | cut -d ' ' -f 1)" 1 build "$CONTEXT"
	run_ok cooper prune --all
	let_go
	compgen -G "$STORE/mounts/*/content/f"
}

# ---- files that are damaged or gone -------------------------------------------------------------

# Makes one thing of a file; what stands on it must not be silently used.
damage() { # HOW FILE
	case $1 in
	truncated) truncate -s "$(($(stat -c %s "$2") / 2))" "$2" ;;
	emptied) : > "$2" ;;
	flipped) python3 -c '
import sys
with open(sys.argv[1], "r+b") as f:
    data = bytearray(f.read())
    data[len(data) // 2] ^= 1
    f.seek(0)
    f.write(data)' "$2" ;;
	removed) rm "$2" ;;
	directory) rm "$2" && mkdir "$2" ;;
	link) mv "$2" "$WORK/elsewhere" && ln -s "$WORK/elsewhere" "$2" ;;
	fifo) rm "$2" && mkfifo "$2" ;;
	esac
}

@test "each blob in turn: what is damaged is never used, and built again" {
	require python3
	image_build
	local before how blob
	before=$(digest)
	cooper save "$ID" > "$WORK/whole.tar"
	cp -a "$STORE" "$WORK/good"
	for how in truncated flipped removed directory fifo; do
		for blob in "$WORK"/good/blobs/sha256/*; do
			rm -rf "$STORE" "$WORK/elsewhere"
			cp -a "$WORK/good" "$STORE"
			damage "$how" "$STORE/blobs/sha256/${blob##*/}"
			run_quietly timeout 20 "$COOPER" --root "$STORE" save -o "$WORK/archive.tar" "$ID"
			[ "$status" != 124 ] || explain "hangs" "$how ${blob##*/}"
			[ "$status" = 1 ] || explain "should have failed" "$how ${blob##*/}"
			[[ $errors == *"${blob##*/}"* ]] || explain "should have named" "$how ${blob##*/}"
			run_ok timeout 60 "$COOPER" --root "$STORE" build -t "$ID" "$CONTEXT"
			[ "$(digest)" = "$before" ]
			run_ok cooper save -o "$WORK/archive.tar" "$ID"
			cmp "$WORK/archive.tar" "$WORK/whole.tar" || explain "should have healed" "$how ${blob##*/}"
			rm -f "$WORK/archive.tar"
		done
	done
}

@test "what builds remember: damaged, it is as good as nothing" {
	require python3
	image_build
	local before how file
	before=$(digest)
	cp -a "$STORE" "$WORK/good"
	for how in truncated emptied flipped directory fifo; do
		for file in $(cd "$WORK/good" && find cache contexts -type f); do
			rm -rf "$STORE" "$WORK/elsewhere"
			cp -a "$WORK/good" "$STORE"
			damage "$how" "$STORE/$file"
			run_quietly timeout 20 "$COOPER" --root "$STORE" build -t "$ID" "$CONTEXT"
			[ "$status" = 0 ] || explain "should have gone well" "$how $file"
			[ "$(digest)" = "$before" ]
		done
	done
}

@test "what a layer says of itself: damaged, the layer is made again" {
	require python3
	image_build
	local how file
	cp -a "$STORE" "$WORK/good"
	for how in truncated flipped removed directory link; do
		for file in $(cd "$WORK/good" && find layers -maxdepth 2 -name about); do
			rm -rf "$STORE" "$WORK/elsewhere"
			cp -a "$WORK/good" "$STORE"
			damage "$how" "$STORE/$file"
			run_quietly timeout 20 "$COOPER" --root "$STORE" run --rm "$ID"
			[ "$output" = alive ] || explain "should have run" "$how $file"
		done
	done
}

@test "index.json, format and oci-layout: damaged, it is said which; gone, no name is lost by it" {
	image_build
	cp -a "$STORE" "$WORK/good"
	local how file
	for file in index.json format; do
		for how in truncated emptied directory fifo; do
			rm -rf "$STORE"
			cp -a "$WORK/good" "$STORE"
			damage "$how" "$STORE/$file"
			run_quietly timeout 20 "$COOPER" --root "$STORE" tag "$ID" other
			[ "$status" = 1 ] || explain "should have failed" "$how $file"
			[[ $errors == *"$STORE"*"$file"* ]] || explain "should have named" "$how $file"
		done
	done
	rm -rf "$STORE"
	cp -a "$WORK/good" "$STORE"
	rm "$STORE/format"
	run_ok cooper tag "$ID" other
	[ "$(digest other)" = "$(digest)" ]
	rm "$STORE/oci-layout"
	run_ok cooper tag "$ID" other
	store_is_sound
}

@test "an index that cannot be read is no reason to call an image removed" {
	image_build
	echo nonsense > "$STORE/index.json"
	run_fails 'index.json' cooper rmi --force "$ID"
}
