#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Further processes in a living container.

load ../helpers/suite

setup() {
	require containers busybox jq
	suite_begin
}

# A process document for --process: process_make '.args = ["/bin/id"]'
process_make() { # [JQ FILTER]
	jq ".process | ${1:-.}" "$BUNDLE/config.json" > "$WORK/process.json"
}

@test "exec runs a command in the container's namespaces and root" {
	bundle_make 'exec sleep 60'
	container_up
	container_exec 'hostname; ls /bin/busybox; for n in ipc mnt net pid uts; do readlink /proc/self/ns/$n; done'
	said cask
	local kind
	for kind in ipc mnt net pid uts; do
		said "$(readlink "/proc/$(container_pid)/ns/$kind")"
	done
}

# bats test_tags=vm
@test "exec enters every kind of namespace, the user's first" {
	require userns timens
	bundle_make 'exec sleep 60'
	bundle_has_user_namespace
	bundle_edit '.linux.namespaces += [{ type: "cgroup" }, { type: "time" }]'
	container_up
	container_exec 'id -u; for n in cgroup ipc mnt net pid time user uts; do readlink /proc/self/ns/$n; done'
	said 0
	local kind
	for kind in cgroup ipc mnt net pid time user uts; do
		said "$(readlink "/proc/$(container_pid)/ns/$kind")"
	done
}

@test "exec ends as its process did, or with 128 and the signal" {
	bundle_make 'exec sleep 60'
	container_up
	run_ends 9 runlet exec "$ID" /bin/sh -c 'exit 9'
	run_ends 143 runlet exec "$ID" /bin/sh -c 'kill -TERM $$'
	run_ends 137 runlet exec "$ID" /bin/sh -c 'kill -KILL $$'
}

@test "what exec itself fails at ends with 255" {
	bundle_make 'exec sleep 60'
	container_up
	run_fails 255 'executable file not found in $PATH' runlet exec "$ID" nosuchprogram
	run_fails 255 "permission denied" runlet exec "$ID" /etc/passwd
	run_fails 255 "no such file or directory" runlet exec "$ID" /bin/nosuchprogram
	run_fails 255 "no command" runlet exec "$ID"
	run_fails 255 "does not exist" runlet exec "$ID-not" true
	run_fails 255 "cwd" runlet exec --cwd /etc/passwd "$ID" true
	container_is running
}

@test "exec passes its streams through" {
	bundle_make 'exec sleep 60'
	container_up
	echo 'over the rim' > "$WORK/input"
	INPUT=$WORK/input run_ok runlet exec "$ID" /bin/sh -c 'cat; echo aside >&2'
	said_only "over the rim"
	[ "$errors" = aside ]
}

@test "exec passes signals on" {
	bundle_make 'exec sleep 60'
	container_up
	COOPERAGE_TEST=$ID "$RUNLET" --root "$STATE" exec "$ID" /bin/sh -c \
		'trap "echo caught; exit 3" USR1; echo up; while :; do sleep 0.05; done' > "$WORK/said" 2>&1 3>&- &
	local job=$! status=0
	until_ok grep -q up "$WORK/said"
	kill -USR1 "$job"
	wait "$job" || status=$?
	[ "$status" = 3 ]
	grep -q caught "$WORK/said"
}

@test "options end at the id: what follows belongs to the command" {
	bundle_make 'exec sleep 60'
	container_up
	run_ok runlet exec "$ID" echo --cwd /x -e
	said_only "--cwd /x -e"
	run_ok runlet exec -- "$ID" echo -t
	said_only -t
}

@test "exec --detach comes back while the process lives, and writes its pid" {
	bundle_make 'exec sleep 60'
	container_up
	run_ok runlet exec --detach --pid-file "$WORK/pid" "$ID" sleep 50
	said_only ""
	grep -qz sleep "/proc/$(cat "$WORK/pid")/cmdline"
	[ "$(tr -d 0-9 < "$WORK/pid" | wc -c)" = 0 ]
	kill "$(cat "$WORK/pid")"
}

@test "a detached process is the caller's child: nothing of runlet stays between" {
	bundle_make 'exec sleep 60'
	container_up
	cat > "$WORK/engine" <<- 'END'
		#!/bin/sh
		"$@" && cut -d' ' -f4 "/proc/$(cat "$PIDFILE")/stat" && echo $$
	END
	PIDFILE=$WORK/pid run_ok setsid env PIDFILE="$WORK/pid" python3 -c '
import ctypes, os, subprocess, sys
ctypes.CDLL(None).prctl(36, 1, 0, 0, 0)
subprocess.check_call(sys.argv[1:])
pid = open(os.environ["PIDFILE"]).read()
print(open("/proc/%s/stat" % pid).read().split()[3] == str(os.getpid()))
os.kill(int(pid), 9)
print(os.waitpid(int(pid), 0)[1])' "$RUNLET" --root "$STATE" exec -d --pid-file "$WORK/pid" "$ID" sleep 50
	said_only $'True\n9'
}

@test "cwd, environment, user and groups are what the options say" {
	bundle_make 'exec sleep 60'
	container_up
	run_ok runlet exec --cwd /home "$ID" pwd
	said_only /home
	run_ok runlet exec -e A=1 --env B='2 3' "$ID" env
	said A=1
	said "B=2 3"
	said PATH=/bin
	run_ok runlet exec -e PATH=/bin:/x -e PATH=/bin "$ID" env
	said PATH=/bin
	said_not /x
	run_ok runlet exec --user 1000:50 "$ID" id
	said "uid=1000(web) gid=50(staff) groups=50(staff)"
	run_ok runlet exec -u 1000 "$ID" id -g
	said_only 0
	run_ok runlet exec -u 1000:1000 -g 7 --additional-gids 8 "$ID" id -G
	said_only "1000 7 8"
}

@test "HOME is the user's, not the first process's" {
	bundle_make 'exec sleep 60'
	bundle_edit '.process.env = ["PATH=/bin"]'
	container_up
	run_ok runlet exec -u 1000 "$ID" sh -c 'echo $HOME'
	said_only /home
}

@test "--user takes numbers that exist and nothing else" {
	require root
	bundle_make 'exec sleep 60'
	printf '0:x:0:0::/:/bin/sh\n1:x:0:0::/:/bin/sh\nbob:x:1000:1000::/:/bin/sh\n' > "$BUNDLE/rootfs/etc/passwd"
	container_up
	local user
	for user in 1=1:0 1:2=1:2 4294967294=4294967294:0; do
		run_ok runlet exec --user "${user%%=*}" "$ID" sh -c 'echo $(id -u):$(id -g)'
		said_only "${user#*=}"
	done
	for user in 4294967295 4294967296 -1 1:-1 "" : 0x10 " 1" 1e3 99999999999999999999 nosuch 1:2:3; do
		run_fails 255 "--user" runlet exec "--user=$user" "$ID" id
	done
}

@test "--cap adds to the sets that a process has, not to the inheritable ones" {
	bundle_make 'exec sleep 60'
	container_up
	run_ok runlet exec --cap CAP_NET_RAW -c CAP_CHOWN "$ID" grep ^Cap /proc/self/status
	[ "$(awk '{ print $2 }' <<< "$output" | sed 's/^0*\(.\)/\1/' | xargs)" = "0 20002421 20002421 20002421 0" ]
	run_ok runlet --log-level warning exec --cap CAP_NOTHING "$ID" true
	[[ $errors == *CAP_NOTHING* ]]
}

@test "--no-new-privs is set for a container that has not set it" {
	bundle_make 'exec sleep 60'
	bundle_edit '.process.noNewPrivileges = false'
	container_up
	run_ok runlet exec "$ID" grep NoNewPrivs /proc/self/status
	said_only $'NoNewPrivs:\t0'
	run_ok runlet exec --no-new-privs "$ID" grep NoNewPrivs /proc/self/status
	said_only $'NoNewPrivs:\t1'
}

@test "--process reads the whole process from a document" {
	bundle_make 'exec sleep 60'
	container_up
	process_make '.args = ["/bin/sh", "-c", "pwd; id -u; echo $X; umask; ulimit -n"] | .cwd = "/tmp" |
		.user = { uid: 33, gid: 33, umask: 7 } | .env = ["PATH=/bin", "X=y"] |
		.rlimits = [{ type: "RLIMIT_NOFILE", soft: 99, hard: 99 }]'
	run_ok runlet exec --process "$WORK/process.json" "$ID"
	said_only $'/tmp\n33\ny\n0007\n99'
}

@test "--process wants a document that is right" {
	bundle_make 'exec sleep 60'
	container_up
	run_fails 255 "nowhere.json" runlet exec --process "$WORK/nowhere.json" "$ID"
	process_make '.args = 7'
	run_fails 255 "args" runlet exec --process "$WORK/process.json" "$ID"
	process_make '.cwd = "relative" | .args = ["/bin/true"]'
	run_fails 255 "cwd" runlet exec --process "$WORK/process.json" "$ID"
	process_make 'del(.args)'
	run_fails 255 "args" runlet exec --process "$WORK/process.json" "$ID"
	process_make '.rlimits = [{ type: "RLIMIT_CORE", soft: 0, hard: 0 }, { type: "RLIMIT_CORE", soft: 0, hard: 0 }] | .args = ["/bin/true"]'
	run_fails 255 "rlimits" runlet exec --process "$WORK/process.json" "$ID"
}

@test "the oom score of a process is its own" {
	bundle_make 'exec sleep 60'
	container_up
	process_make '.args = ["/bin/cat", "/proc/self/oom_score_adj"] | .oomScoreAdj = 456'
	run_ok runlet exec --process "$WORK/process.json" "$ID"
	said_only 456
}

@test "execCPUAffinity binds what exec adds, and only that" {
	[ "$(nproc)" -gt 1 ] || skip "needs two CPUs"
	bundle_make 'exec sleep 60'
	bundle_edit '.process.execCPUAffinity = { initial: "0", final: "1" }'
	container_up
	grep -q '^Cpus_allowed_list:.0-' "/proc/$(container_pid)/status"
	run_ok runlet exec "$ID" grep Cpus_allowed_list /proc/self/status
	said_only $'Cpus_allowed_list:\t1'
	process_make '.args = ["/bin/grep", "Cpus_allowed_list", "/proc/self/status"] | .execCPUAffinity = { initial: "0" }'
	run_ok runlet exec --process "$WORK/process.json" "$ID"
	said_only $'Cpus_allowed_list:\t0'
	process_make '.args = ["/bin/true"] | .execCPUAffinity = { final: "700" }'
	run_fails 255 'set the CPU affinity to "700"' runlet exec --process "$WORK/process.json" "$ID"
}

@test "seccomp, personality and io priority of the container hold for exec too" {
	bundle_make 'exec sleep 60'
	bundle_edit '.linux.seccomp = { defaultAction: "SCMP_ACT_ALLOW", architectures: ["SCMP_ARCH_X86_64"],
		syscalls: [{ names: ["mkdir", "mkdirat"], action: "SCMP_ACT_ERRNO", errnoRet: 28 }] } |
		.linux.personality = { domain: "LINUX32" }'
	container_up
	run_fails 1 "No space left on device" runlet exec "$ID" mkdir /x
	run_ok runlet exec "$ID" uname -m
	said_only i686
}

@test "exec wants a container that runs" {
	bundle_make true
	container_create
	run_ok runlet exec "$ID" echo "before start"
	said_only "before start"
	container_start
	container_becomes stopped
	run_fails 255 "cannot exec in a stopped container" runlet exec "$ID" true
}

@test "exec in a paused container is refused, or waits for it" {
	require cgroups
	bundle_make 'exec sleep 60'
	container_up
	run_ok runlet pause "$ID"
	container_is paused
	run_fails 255 "cannot exec in a paused container" runlet exec "$ID" true
	run_ok runlet exec --ignore-paused --detach --pid-file "$WORK/pid" "$ID" sleep 40 &
	local job=$!
	sleep 0.3
	run_ok runlet resume "$ID"
	wait "$job"
	until_ok grep -qz sleep "/proc/$(cat "$WORK/pid")/cmdline"
}

@test "a container whose first process ends takes the others along" {
	bundle_make 'sleep 0.5; exit 0'
	container_up
	run_ends 137 runlet exec "$ID" sleep 60
	container_becomes stopped
}

@test "the container's own files cannot lead exec astray" {
	bundle_make 'exec sleep 60'
	container_up
	container_exec 'rm /bin/sh /etc/passwd /etc/group; ln -s /proc/self/fd /bin/sh; ln -s /proc/1/exe /etc/passwd
		ln -s / /etc/group; rm /dev/null; mkfifo /dev/null; ln -s /proc/self/fd/7 /d'
	run_ok timeout 10 "$RUNLET" --root "$STATE" exec "$ID" /bin/echo fine
	said_only fine
	run_fails 255 "cwd" timeout 10 "$RUNLET" --root "$STATE" exec --cwd /d "$ID" /bin/pwd
	run_ok timeout 10 "$RUNLET" --root "$STATE" delete --force "$ID"
}

@test "many at once" {
	bundle_make 'exec sleep 60'
	container_up
	local n
	for n in 1 2 3 4 5 6 7 8 9 10; do
		COOPERAGE_TEST=$ID "$RUNLET" --root "$STATE" exec "$ID" echo "number $n" > "$WORK/out.$n" 2>&1 3>&- &
	done
	wait
	for n in 1 2 3 4 5 6 7 8 9 10; do
		[ "$(cat "$WORK/out.$n")" = "number $n" ]
	done
}

@test "--cap is ambient too where the document makes it inheritable" {
	bundle_make 'exec sleep 60'
	bundle_edit '.process.capabilities.inheritable = ["CAP_CHOWN"] | .process.capabilities.bounding += ["CAP_CHOWN"]'
	container_up
	run_ok runlet exec --cap CAP_CHOWN --cap CAP_NET_RAW --user 1000 "$ID" grep ^CapAmb /proc/self/status
	said 0000000000000001
}

@test "--cgroup leads below the container's cgroup, by controller, more than once, and not out of it" {
	require root cgroup1 cgroup:memory cgroup:pids
	bundle_make 'exec sleep 60'
	container_up
	mkdir "$(container_cgroup memory)/left" "$(container_cgroup pids)/right"
	run_ok runlet exec --cgroup memory:left --cgroup pids:right "$ID" sleep 0
	run_ok runlet exec --detach --pid-file "$WORK/pid" --cgroup memory:left --cgroup pids:right "$ID" sleep 60
	local place
	place=$(cat "/proc/$(cat "$WORK/pid")/cgroup")
	[[ $place == *:memory:/cooperage-$ID/left* ]]
	[[ $place == *:pids:/cooperage-$ID/right* ]]
	[[ $place == *:freezer:/cooperage-$ID* ]]
	run_fails 255 "cgroup" runlet exec --cgroup .. "$ID" true
	run_fails 255 "cgroup" runlet exec --cgroup memory:left/../.. "$ID" true
	run_fails 255 "No such file or directory" runlet exec --cgroup pids:left "$ID" true
	run_fails 255 "names no hierarchy" runlet exec --cgroup barrels:left "$ID" true
}

@test "a process is not bound to the CPUs that its caller is bound to" {
	[ "$(nproc)" -gt 1 ] || skip "needs two CPUs"
	require taskset
	bundle_make 'grep Cpus_allowed_list /proc/self/status; exec sleep 60'
	run_ok taskset -c 1 "$RUNLET" --root "$STATE" create --bundle "$BUNDLE" "$ID"
	CONTAINER_OUTPUT=$output_file
	container_start
	container_prints $'Cpus_allowed_list:\t0-'
	run_ok taskset -c 1 "$RUNLET" --root "$STATE" exec "$ID" grep Cpus_allowed_list /proc/self/status
	said $'Cpus_allowed_list:\t0-'
}
