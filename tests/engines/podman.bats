#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Podman with runlet as its runtime: what a user types, and what Podman makes of our answers.
#
# Limits cannot be raised without CAP_SYS_RESOURCE, so each container is given lower ones.

load ../helpers/suite
load ../helpers/engine

# A store of its own for the whole file; an image of busybox in it.
setup_file() {
	engine_begin podman || return 0
	tar -C "$ENGINE/image" -c . | podman_with_runlet import --change 'ENV PATH=/bin' - cask > /dev/null 2>&1 3>&-
}

teardown_file() {
	[ -z "${ENGINE:-}" ] || podman_with_runlet rm -f -a -t 0 > /dev/null 2>&1 3>&- || true
	engine_end
}

setup() {
	require root podman busybox
	suite_begin
	NAME=cask-$$-$BATS_TEST_NUMBER
}

teardown() {
	[ -n "${NAME:-}" ] || return 0
	podman_with_runlet rm -f -t 0 "$NAME" > /dev/null 2>&1 3>&- || true
	suite_end
}

podman_with_runlet() {
	timeout --foreground 60 podman --root "$ENGINE/root" --runroot "$ENGINE/run" \
		--cgroup-manager cgroupfs --runtime "${BUILD:-$PWD/build}/runlet" "$@"
}

# Options that every container here needs.
podman_run() { # OPTIONS… COMMAND…
	podman_with_runlet run "${ENGINE_LIMITS[@]}" "$@"
}

podman_up() { # OPTIONS…
	run_ok podman_run --detach --name "$NAME" "$@" cask sleep 1000
}

# As a user of the shell would, functions of this file included. What runs there lingers: Podman may
# attach after the end of what is shorter, and then shows nothing of it.
in_podman_terminal() { # COMMAND LINE
	export -f podman_with_runlet podman_run
	in_terminal bash -c "ENGINE_LIMITS=(${ENGINE_LIMITS[*]}); $1"
}

@test "run prints what the container prints and ends as it ends" {
	run_ok podman_run --rm cask echo rolled
	said_only rolled
	run_ends 7 podman_run --rm cask sh -c 'exit 7'
}

@test "a command that is not there, or cannot be run, has the codes of crun" {
	run_ends 127 podman_run --rm cask no-such-program
	run_ends 127 podman_run --rm cask /bin/no-such-program
	run_ends 126 podman_run --rm cask /etc
	run_ends 126 podman_run --rm cask /etc/passwd
	run_ends 125 podman_run --rm --no-such-option cask true
}

@test "run -it has a terminal" {
	require script
	in_podman_terminal 'podman_run --rm -it cask sh -c "tty; test -t 0 && echo interactive; sleep 0.3"'
	said /dev/pts/0
	said interactive
}

@test "exec runs beside the container's process and ends as its command ends" {
	podman_up
	run_ok podman_with_runlet exec "$NAME" cat /proc/1/comm
	said sleep
	run_ends 9 podman_with_runlet exec "$NAME" sh -c 'exit 9'
	run_ends 127 podman_with_runlet exec "$NAME" no-such-program
	run_ends 126 podman_with_runlet exec "$NAME" /etc
	run_ok podman_with_runlet exec --user web --env A=b --workdir /tmp "$NAME" sh -c 'id -un; echo $A; pwd'
	said "web"
	said "/tmp"
}

@test "exec -it has a terminal" {
	require script
	podman_up
	export NAME
	in_podman_terminal 'podman_with_runlet exec -it $NAME sh -c "tty; test -t 1 && echo interactive; sleep 0.3"'
	said /dev/pts/
	said interactive
}

@test "pause stops its processes, unpause lets them go on" {
	podman_up
	run_ok podman_with_runlet pause "$NAME"
	run_ok podman_with_runlet inspect --format '{{.State.Status}}' "$NAME"
	said_only paused
	run_fails 255 "state improper" podman_with_runlet exec "$NAME" true
	run_ok podman_with_runlet unpause "$NAME"
	run_ok podman_with_runlet exec "$NAME" true
}

@test "top and stats see its processes and its memory" {
	podman_up
	run_ok podman_with_runlet top "$NAME" pid comm
	said sleep
	run_ok podman_with_runlet stats --no-stream --format '{{.PIDs}} {{.MemUsage}}' "$NAME"
	said "1 "
}

@test "kill and stop end it; rm leaves nothing" {
	podman_up
	run_ok podman_with_runlet kill --signal KILL "$NAME"
	run_ok podman_with_runlet wait "$NAME"
	said_only 137
	run_ok podman_with_runlet rm "$NAME"
	podman_up
	run_ok podman_with_runlet stop -t 1 "$NAME"
	run_ok podman_with_runlet rm "$NAME"
	run_fails "no such container" podman_with_runlet inspect --type container "$NAME"
}

@test "memory, cpus and pids are limited" {
	require cgroup:memory cgroup:cpu cgroup:pids
	run_ok podman_run --rm --memory 64m --cpus 0.5 --pids-limit 50 --volume /sys/fs/cgroup:/cg:ro cask sh -c '
		own() { awk -F: -v c="$1" "\$2 == c { print \$3 }" /proc/self/cgroup; }
		cat /cg/memory$(own memory)/memory.limit_in_bytes /cg/cpu$(own cpu)/cpu.cfs_quota_us /cg/pids$(own pids)/pids.max'
	said 67108864
	said 50000
	said 50
}

@test "a container that takes more memory than it may is killed" {
	require cgroup:memory
	run_ends 137 podman_run --rm --memory 32m cask sh -c 'x=a; while :; do x=$x$x$x$x; done'
}

@test "read-only, tmpfs and volumes" {
	mkdir -p "$WORK/volume"
	echo staves > "$WORK/volume/file"
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

@test "user, capabilities, host name and limits are as asked for" {
	run_ok podman_run --rm --user 1000:1000 --cap-drop all --hostname barrel cask sh -c '
		id -u; hostname; grep CapEff /proc/self/status; ulimit -n'
	said 1000
	said barrel
	said 0000000000000000
	said 1024
	run_ok podman_run --rm --ulimit core=0:0 cask sh -c 'ulimit -c'
	said_only 0
}

@test "a seccomp profile of one's own is in force" {
	jq -n '{ defaultAction: "SCMP_ACT_ALLOW", syscalls: [{ names: ["mkdir", "mkdirat"], action: "SCMP_ACT_ERRNO" }] }' \
		> "$WORK/profile.json"
	run_fails "Operation not permitted" podman_run --rm --security-opt "seccomp=$WORK/profile.json" cask mkdir /tmp/x
	run_ok podman_run --rm --security-opt "seccomp=$WORK/profile.json" cask sh -c 'grep Seccomp: /proc/self/status'
	said 2
}

@test "kernel parameters of its namespaces" {
	run_ok podman_run --rm --sysctl net.ipv4.ip_forward=1 --sysctl kernel.shmmax=1048576 cask \
		cat /proc/sys/net/ipv4/ip_forward /proc/sys/kernel/shmmax
	said_only "$(printf '1\n1048576')"
	run_fails "" podman_run --rm --sysctl kernel.panic=1 cask true
}

@test "an init of Podman's own" {
	require catatonit
	run_ok podman_run --rm --init cask cat /proc/1/comm
	said_only podman-init
}

@test "root in the container is nobody outside with --uidmap" {
	run_ok podman_run --rm --uidmap 0:100000:65536 --gidmap 0:100000:65536 cask sh -c 'id -u; cat /proc/self/uid_map'
	said 100000
}

@test "no_new_privileges and devices" {
	run_ok podman_run --rm --security-opt no-new-privileges --device /dev/zero:/dev/nought cask sh -c '
		grep NoNewPrivs /proc/self/status; head -c 3 /dev/nought | wc -c'
	said "NoNewPrivs:	1"
	said 3
}
