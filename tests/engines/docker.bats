#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Docker with runlet as its runtime: daemons of its own for this file, on sockets in its directory,
# without bridge and packet rules.

load ../helpers/suite
load ../helpers/engine

setup_file() {
	engine_begin containerd ctr dockerd docker || return 0
	printf 'version = 2\nroot = "%s/c"\nstate = "%s/cs"\n[grpc]\naddress = "%s/c.socket"\n[ttrpc]\naddress = "%s/t.socket"\n' \
		"$ENGINE" "$ENGINE" "$ENGINE" "$ENGINE" > "$ENGINE/config.toml"
	echo 'disabled_plugins = ["io.containerd.grpc.v1.cri"]' | cat - "$ENGINE/config.toml" > "$ENGINE/containerd.toml"
	engine_daemon containerd "ctr --address $ENGINE/c.socket version" containerd --config "$ENGINE/containerd.toml"
	export CONTAINERD=$DAEMON DOCKER_HOST=unix://$ENGINE/socket DOCKER_CONFIG=$ENGINE DOCKER_BUILDKIT=0
	echo '{}' > "$ENGINE/daemon.json"
	engine_daemon dockerd "docker version" dockerd --config-file "$ENGINE/daemon.json" --containerd "$ENGINE/c.socket" \
		--data-root "$ENGINE/data" --exec-root "$ENGINE/exec" --pidfile "$ENGINE/pid" --host "$DOCKER_HOST" \
		--iptables=false --ip6tables=false --bridge=none --storage-driver vfs --cgroup-parent "/${ENGINE##*/}" \
		--add-runtime "runlet=$RUNLET" --default-runtime runlet
	export DOCKERD=$DAEMON
	tar -C "$ENGINE/image" -c . | docker import --change 'ENV PATH=/bin' - cask > /dev/null 2>&1 3>&-
}

teardown_file() {
	[ -z "${DOCKERD:-}" ] || engine_stop "$DOCKERD"
	[ -z "${CONTAINERD:-}" ] || engine_stop "$CONTAINERD"
	engine_end
}

setup() {
	require root containerd ctr dockerd docker busybox
	suite_begin
	NAME=cask-$BATS_TEST_NUMBER
}

teardown() {
	[ -n "${NAME:-}" ] || return 0
	docker rm -f "$NAME" > /dev/null 2>&1 3>&- || true
	suite_end
}

docker() {
	timeout --foreground 60 docker "$@"
}

docker_run() { # OPTIONS… IMAGE COMMAND…
	docker run "${ENGINE_LIMITS[@]}" "$@"
}

docker_up() { # [OPTIONS…]
	run_ok docker_run --detach --name "$NAME" "$@" cask sleep 1000
}

@test "info names runlet, its version and nothing wrong with it" {
	run_ok docker info --format '{{.DefaultRuntime}} {{json .Warnings}}'
	said runlet
	said_not "unknown output format"
}

@test "run prints what the container prints and ends as it ends" {
	run_ok docker_run --rm cask sh -c 'id -u; echo rolled'
	said_only "$(printf '0\nrolled')"
	run_ends 7 docker_run --rm cask sh -c 'exit 7'
}

@test "a command that is not there, or cannot be run, has the codes of runc" {
	run_fails 127 'exec: "nosuch": executable file not found in $PATH' docker_run --rm cask nosuch
	run_fails 127 "o such file or directory" docker_run --rm cask /bin/nosuch
	run_fails 126 "permission denied" docker_run --rm cask /etc
	run_fails 126 "permission denied" docker_run --rm cask /etc/passwd
}

@test "run -it has a terminal, and so has exec -it" {
	require script
	in_terminal docker run "${ENGINE_LIMITS[@]}" --rm -it cask sh -c 'tty; test -t 0 && echo interactive'
	said /dev/pts/0
	said interactive
	docker_up
	in_terminal docker exec -it "$NAME" sh -c 'tty; test -t 1 && echo interactive'
	said /dev/pts/
	said interactive
}

@test "exec runs beside the container's process and ends as its command ends" {
	docker_up
	run_ok docker exec "$NAME" cat /proc/1/comm
	said_only sleep
	run_ends 9 docker exec "$NAME" sh -c 'exit 9'
	run_fails 'executable file not found' docker exec "$NAME" nosuch
	run_ok docker exec --user web --env A=b --workdir /tmp "$NAME" sh -c 'id -un; echo $A; pwd'
	said_only "$(printf 'web\nb\n/tmp')"
}

@test "pause stops its processes, unpause lets them go on" {
	docker_up
	run_ok docker pause "$NAME"
	run_ok docker inspect --format '{{.State.Status}}' "$NAME"
	said_only paused
	run_fails "paused" docker exec "$NAME" true
	run_ok docker unpause "$NAME"
	run_ok docker exec "$NAME" true
}

@test "top and stats see its processes and its memory; update changes its limits" {
	docker_up --memory 64m --pids-limit 40
	run_ok docker exec --detach "$NAME" sleep 50
	run_ok docker top "$NAME" -o pid,comm
	[ "$(grep -c sleep <<< "$output")" = 2 ]
	run_ok docker stats --no-stream --format '{{.PIDs}} {{.MemUsage}}' "$NAME"
	said "2 "
	said "/ 64MiB"
	run_ok docker update --memory 80m --memory-swap 80m "$NAME"
	run_ok docker stats --no-stream --format '{{.MemUsage}}' "$NAME"
	said "/ 80MiB"
}

@test "kill and stop end it; rm leaves nothing" {
	docker_up
	run_ok docker kill "$NAME"
	run_ok docker wait "$NAME"
	said_only 137
	run_ok docker rm "$NAME"
	docker_up
	run_ok docker stop --time 1 "$NAME"
	run_ok docker rm "$NAME"
	run_fails "No such container" docker inspect --type container "$NAME"
}

@test "restart and start bring it back with what it had written" {
	docker_up
	run_ok docker exec "$NAME" sh -c 'echo hooped > /data/barrel'
	run_ok docker restart --time 0 "$NAME"
	run_ok docker exec "$NAME" cat /data/barrel
	said_only hooped
	run_ok docker stop --time 0 "$NAME"
	run_ok docker start "$NAME"
	run_ok docker exec "$NAME" cat /data/barrel
	said_only hooped
}

@test "a container that takes more memory than it may is killed" {
	require cgroup:memory
	run_ends 137 docker_run --name "$NAME" --memory 32m cask sh -c 'x=a; while :; do x=$x$x$x$x; done'
	run_ok docker inspect --format '{{.State.OOMKilled}}' "$NAME"
	said_only true
}

@test "read-only, tmpfs, volumes, user, capabilities, host name and privileges" {
	echo staves > "$WORK/file"
	run_ok docker_run --rm --read-only --tmpfs /scratch --volume "$WORK/file:/tmp/file:ro" --user 1000:1000 --cap-drop all \
		--hostname barrel --security-opt no-new-privileges --init cask sh -c '
		cat /tmp/file; hostname; id -u; touch /scratch/x && echo scratch; touch /x 2> /dev/null || echo sealed
		cat /proc/1/comm; grep -E "CapBnd|NoNewPrivs|Seccomp:" /proc/self/status'
	said_only "$(printf 'staves\nbarrel\n1000\nscratch\nsealed\ndocker-init\nCapBnd:\t0000000000000000\nNoNewPrivs:\t1\nSeccomp:\t2')"
}

@test "a privileged container sees the host's devices and keeps its capabilities" {
	run_ok docker_run --rm --privileged cask sh -c 'test -c /dev/kmsg && echo devices; grep Seccomp: /proc/self/status'
	said devices
	said "Seccomp:	0"
}

@test "build runs each RUN in a container of ours" {
	mkdir "$WORK/context"
	printf 'FROM cask\nRUN echo hooped > /data/barrel && cat /data/barrel\nUSER web\nRUN id -un\n' > "$WORK/context/Dockerfile"
	run_ok docker build --no-cache --network none --tag built "$WORK/context"
	said hooped
	said web
	run_ok docker_run --rm built cat /data/barrel
	said_only hooped
}
