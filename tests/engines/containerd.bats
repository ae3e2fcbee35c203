#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# containerd with runlet as its runtime: a daemon of its own for this file, on sockets in its directory.

load ../helpers/suite
load ../helpers/engine

setup_file() {
	engine_begin containerd ctr skopeo || return 0
	cat > "$ENGINE/config.toml" << END
version = 2
root = "$ENGINE/root"
state = "$ENGINE/state"
disabled_plugins = ["io.containerd.grpc.v1.cri"]
[grpc]
  address = "$ENGINE/socket"
[ttrpc]
  address = "$ENGINE/socket.ttrpc"
END
	export CTR_SPACE=${ENGINE##*/}
	engine_daemon containerd "ctr --address $ENGINE/socket version" containerd --config "$ENGINE/config.toml"
	export CONTAINERD=$DAEMON
	image_import > /dev/null 2>&1 3>&-
}

# An image by umoci's and skopeo's means: ctr itself only imports.
image_import() {
	umoci init --layout "$ENGINE/oci"
	umoci new --image "$ENGINE/oci:cask"
	umoci insert --image "$ENGINE/oci:cask" "$ENGINE/image" /
	umoci config --image "$ENGINE/oci:cask" --config.env PATH=/bin
	skopeo --insecure-policy copy "oci:$ENGINE/oci:cask" "oci-archive:$ENGINE/cask.tar:docker.io/library/cask:latest"
	containerd_ctl images import --snapshotter native "$ENGINE/cask.tar"
}

teardown_file() {
	[ -n "${CONTAINERD:-}" ] || return 0
	engine_stop "$CONTAINERD"
	engine_end
}

setup() {
	require root containerd ctr skopeo umoci busybox
	suite_begin
	NAME=cask-$BATS_TEST_NUMBER
}

teardown() {
	[ -n "${NAME:-}" ] || return 0
	containerd_ctl task rm --force "$NAME" > /dev/null 2>&1 3>&- || true
	containerd_ctl container rm "$NAME" > /dev/null 2>&1 3>&- || true
	suite_end
}

containerd_ctl() {
	timeout --foreground 60 ctr --address "$ENGINE/socket" --namespace "$CTR_SPACE" "$@"
}

containerd_run() { # [OPTIONS…]; then the command as ${COMMAND[@]}
	containerd_ctl run --snapshotter native --runc-binary "$RUNLET" "$@" docker.io/library/cask:latest "$NAME" "${COMMAND[@]}"
}

containerd_up() { # [OPTIONS…]
	COMMAND=(sleep 1000)
	run_ok containerd_run --detach "$@"
}

task_is() { # STATUS
	containerd_ctl task ls | grep -q "^$NAME .* $1"
}

@test "run prints what the container prints and ends as it ends" {
	COMMAND=(sh -c 'id -u; echo rolled; sleep 0.2; exit 7')
	run_ends 7 containerd_run --rm
	said_only "$(printf '0\nrolled')"
}

@test "a command that is not there is named" {
	COMMAND=(nosuch)
	run_fails 'exec: "nosuch": executable file not found in $PATH' containerd_run --rm
	COMMAND=(/etc/passwd)
	run_fails 'permission denied' containerd_run --rm
}

@test "run -t has a terminal" {
	require script
	in_terminal ctr --address "$ENGINE/socket" --namespace "$CTR_SPACE" run --rm -t --snapshotter native \
		--runc-binary "$RUNLET" docker.io/library/cask:latest "$NAME" sh -c 'tty; sleep 0.2'
	said /dev/pts/0
}

@test "exec runs beside the container's process and ends as its command ends" {
	containerd_up
	run_ends 9 containerd_ctl task exec --exec-id e1 "$NAME" sh -c 'cat /proc/1/comm; sleep 0.2; exit 9'
	said sleep
	run_fails 'executable file not found' containerd_ctl task exec --exec-id e2 "$NAME" nosuch
	run_ok containerd_ctl task exec --exec-id e3 --user 1000 --cwd /tmp "$NAME" sh -c 'id -u; pwd; sleep 0.2'
	said "$(printf '1000\n/tmp')"
}

@test "exec -t has a terminal" {
	require script
	containerd_up
	in_terminal ctr --address "$ENGINE/socket" --namespace "$CTR_SPACE" task exec -t --exec-id e1 "$NAME" sh -c 'tty; sleep 0.2'
	said /dev/pts/
}

@test "pause stops its processes, resume lets them go on" {
	containerd_up
	run_ok containerd_ctl task pause "$NAME"
	task_is PAUSED
	run_fails "" containerd_ctl task exec --exec-id e1 "$NAME" true
	run_ok containerd_ctl task resume "$NAME"
	task_is RUNNING
	run_ok containerd_ctl task exec --exec-id e2 "$NAME" true
}

@test "ps and metrics see its processes and its memory" {
	containerd_up
	run_ok containerd_ctl task exec --detach --exec-id e1 "$NAME" sleep 50
	run_ok containerd_ctl task ps "$NAME"
	[ "$(grep -c '^[0-9]' <<< "$output")" = 2 ]
	run_ok containerd_ctl task metrics "$NAME"
	said memory
	run_ok containerd_ctl task kill --exec-id e1 --signal KILL "$NAME"
}

@test "kill ends it, and rm leaves nothing" {
	containerd_up
	run_ok containerd_ctl task kill --signal KILL "$NAME"
	until_ok task_is STOPPED
	run_quietly containerd_ctl task rm "$NAME" # ends with 137 or 0, as its version has it
	run_ok containerd_ctl container rm "$NAME"
	run_ok containerd_ctl task ls
	said_not "$NAME"
	[ ! -e "/run/containerd/runc/$CTR_SPACE/$NAME" ]
}

@test "limits are in the container's cgroup when the task is there" {
	require cgroup1 cgroup:memory cgroup:cpu
	containerd_up --memory-limit 33554432 --cpus 0.5
	[ "$(cat "/sys/fs/cgroup/memory/$CTR_SPACE/$NAME/memory.limit_in_bytes")" = 33554432 ]
	[ "$(cat "/sys/fs/cgroup/cpu/$CTR_SPACE/$NAME/cpu.cfs_quota_us")" = 50000 ]
}
