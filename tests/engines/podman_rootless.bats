#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Podman of a user who is not root, with runlet as its runtime: there it is called as root of Podman's
# user namespace. No network, which would need programs and devices of the host's, and a store that
# needs no overlay.

load ../helpers/suite
load ../helpers/engine
load ../helpers/user

# One store for the whole file, since an image takes its time to be imported.
setup_file() {
	command -v podman newuidmap > /dev/null && busybox_is_static || return 0
	WORK=$(mktemp -d /tmp/cooperage-podman-XXXXXX)
	chmod 755 "$WORK"
	ID=test-$$
	export ENGINE=$WORK
	user_begin
	programs_are_reachable && user_ids > /dev/null || return 0
	engine_root "$WORK/image"
	tar -C "$WORK/image" -cf "$WORK/image.tar" .
	podman_of_user import --change 'ENV PATH=/bin' "$WORK/image.tar" cask > /dev/null 2>&1 3>&-
}

teardown_file() {
	[ -n "${ENGINE:-}" ] || return 0
	engine_paths
	podman_of_user rm -f -a -t 0 > /dev/null 2>&1 3>&- || true
	podman_of_user system migrate > /dev/null 2>&1 3>&- || true
	as_user podman unshare rm -rf "$USER_HOME/store" > /dev/null 2>&1 3>&- || true
	rm -rf --one-file-system "$ENGINE"
}

# What setup_file made, for as_user.
engine_paths() {
	USER_HOME=$ENGINE/home
	USER_RUN=$USER_HOME/run
	ETC=$ENGINE/etc
}

setup() {
	require podman busybox userns newuidmap newgidmap reachable
	[ -n "${ENGINE:-}" ] || skip "needs subordinate ids"
	suite_begin
	engine_paths
	[ ! -d "$ETC" ] || ln -s "$ETC" "$WORK/etc"
	NAME=cask-$$-$BATS_TEST_NUMBER
}

teardown() {
	[ -n "${NAME:-}" ] || return 0
	podman_of_user rm -f -t 0 "$NAME" > /dev/null 2>&1 3>&- || true
	suite_end
}

podman_of_user() {
	as_user timeout --foreground 120 podman --root "$USER_HOME/store" --runroot "$USER_RUN/podman" --storage-driver vfs \
		--cgroup-manager cgroupfs --events-backend file --log-level error --runtime "$USER_HOME/runlet" "$@"
}

podman_run() { # OPTIONS… COMMAND…
	podman_of_user run "${ENGINE_LIMITS[@]}" "$@"
}

podman_up() { # OPTIONS…
	run_ok podman_run --detach --name "$NAME" "$@" cask sleep 1000
}

in_podman_terminal() { # COMMAND LINE
	export -f podman_of_user podman_run as_user
	export USER_HOME USER_RUN WORK ID STAVE
	in_terminal bash -c "ENGINE_LIMITS=(${ENGINE_LIMITS[*]}); $1"
}

@test "run prints what the container prints and ends as it ends" {
	run_ok podman_run --rm cask echo rolled
	said_only rolled
	run_ends 7 podman_run --rm cask sh -c 'exit 7'
	run_ends 127 podman_run --rm cask no-such-program
	run_ends 126 podman_run --rm cask /etc
}

@test "root and others are who they are outside by the user's subordinate ids" {
	run_ok podman_run --rm cask sh -c 'id -u; cat /proc/self/uid_map'
	[[ $output =~ 1[[:space:]]+$(user_ids)[[:space:]]+65536 ]] || explain "should have mapped $(user_ids)" run
	run_ok podman_run --rm --user 1000:1000 --group-add 5 cask id
	said "uid=1000(web) gid=1000"
	said 5
	run_ok podman_run --rm --userns keep-id cask id -u
	said_only "$(user_id)"
}

@test "exec runs beside the container's process" {
	podman_up
	run_ok podman_of_user exec "$NAME" cat /proc/1/comm
	said sleep
	run_ends 9 podman_of_user exec "$NAME" sh -c 'exit 9'
	run_ends 127 podman_of_user exec "$NAME" no-such-program
	run_ok podman_of_user exec --user web --workdir /tmp "$NAME" sh -c 'id -un; pwd'
	said web
	said /tmp
	run_ok podman_of_user top "$NAME" pid comm
	said sleep
	run_ok podman_of_user stop -t 1 "$NAME"
	run_ok podman_of_user inspect --format '{{.State.Status}}' "$NAME"
	said_only exited
}

@test "run -it and exec -it have a terminal" {
	require script
	in_podman_terminal 'podman_run --rm -it cask sh -c "tty; test -t 0 && echo interactive; sleep 1"'
	said /dev/pts/0
	said interactive
	podman_up
	in_podman_terminal "podman_of_user exec -it $NAME sh -c 'tty; sleep 1'"
	said /dev/pts/
}

@test "read-only, tmpfs and volumes" {
	mkdir "$WORK/volume"
	echo staves > "$WORK/volume/file"
	user_owns "$WORK/volume"
	run_ok podman_run --rm --read-only --tmpfs /data -v "$WORK/volume:/mnt" cask sh -c '
		touch /x 2> /dev/null && echo writable
		touch /data/x && echo scratch
		cat /mnt/file; echo hoops > /mnt/back'
	said scratch
	said staves
	said_not writable
	[ "$(cat "$WORK/volume/back")" = hoops ]
	run_fails "" podman_run --rm -v "$WORK/volume:/mnt:ro" cask touch /mnt/x
}

@test "capabilities, no_new_privileges, host name, devices and limits are as asked for" {
	run_ok podman_run --rm --cap-drop all --security-opt no-new-privileges --hostname barrel cask sh -c '
		hostname; grep -E "CapEff|NoNewPrivs" /proc/self/status; ulimit -n; head -c 3 /dev/zero | wc -c'
	said barrel
	said 0000000000000000
	said "NoNewPrivs:	1"
	said 1024
	run_ok podman_run --rm --sysctl kernel.shmmax=1048576 cask cat /proc/sys/kernel/shmmax
	said_only 1048576
}

@test "the host's network and the host's processes" {
	run_ok podman_of_user run --rm --network host --ulimit nofile=1024:1024 cask readlink /proc/self/ns/net
	said_only "$(readlink /proc/self/ns/net)"
	run_ok podman_run --rm --pid host cask readlink /proc/self/ns/pid
	said_only "$(readlink /proc/self/ns/pid)"
}

@test "a user namespace of its own within Podman's" {
	run_ok podman_run --rm --uidmap 0:1:1000 --gidmap 0:1:1000 cask cat /proc/self/uid_map
	[[ $output =~ 0[[:space:]]+1[[:space:]]+1000 ]] || explain "should have mapped 1" run
}

@test "pause, unpause and stats where the user has a cgroup of version 2" {
	require user cgroup2 cgroup:memory
	podman_up
	run_ok podman_of_user pause "$NAME"
	run_ok podman_of_user inspect --format '{{.State.Status}}' "$NAME"
	said_only paused
	run_ok podman_of_user unpause "$NAME"
	run_ok podman_of_user exec "$NAME" true
	run_ok podman_of_user stats --no-stream --format '{{.PIDs}}' "$NAME"
	said_only 1
}
