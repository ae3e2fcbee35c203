#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# What the process is: its directory, environment, ids, limits, capabilities and knobs.

load ../helpers/suite

setup() {
	require containers busybox jq
	suite_begin
}

# One line of the process's own /proc/self/status.
says_status() { # NAME VALUE
	run_ok runlet run --bundle "$BUNDLE" "$ID"
	local value
	value=$(awk -v name="$1:" '$1 == name { $1 = ""; print substr($0, 2) }' <<< "$output")
	[ "$value" = "$2" ] || { echo "$1 is $value, not $2"; return 1; }
}

# The five sets as masks, in the order of /proc/PID/status: inheritable, permitted, effective,
# bounding, ambient.
says_capabilities() { # INH PRM EFF BND AMB
	run_ok runlet run --bundle "$BUNDLE" "$ID"
	local sets
	sets=$(awk '/^Cap/ { print $2 }' <<< "$output" | sed 's/^0*\(.\)/\1/' | xargs)
	[ "$sets" = "$*" ] || { echo "the sets are $sets, not $*"; return 1; }
}

# ---- where and with what ---------------------------------------------------------------------

@test "the process is where cwd says" {
	bundle_make pwd
	bundle_edit '.process.cwd = "/home"'
	container_run
	said_only /home
}

@test "a cwd that is missing is made" {
	bundle_make 'pwd; stat -c %a:%u /deep /deep/er'
	bundle_edit '.process.cwd = "/deep/er"'
	container_run
	said_only $'/deep/er\n755:0\n755:0'
}

@test "a cwd that only the user may enter is entered" {
	require root
	bundle_make pwd
	install -d -m 700 -o 1000 "$BUNDLE/rootfs/own"
	bundle_edit '.process.cwd = "/own" | .process.user = { uid: 1000, gid: 1000 }'
	container_run
	said_only /own
}

# As with runc and crun: WORKDIR /root and another user go together.
@test "a cwd that only root may enter is entered while we are root" {
	bundle_make 'pwd; ls 2>&1'
	install -d -m 700 "$BUNDLE/rootfs/roots"
	bundle_edit '.process.cwd = "/roots" | .process.user = { uid: 1000, gid: 1000 }'
	run_ends 1 runlet run --bundle "$BUNDLE" "$ID"
	said /roots
	said "Permission denied"
}

@test "a cwd that neither root nor the user may enter is refused" {
	require root userns
	bundle_make pwd
	bundle_has_user_namespace
	install -d -m 700 -o 1001 "$BUNDLE/rootfs/foreign" # an id that is nobody's in there
	bundle_edit '.process.cwd = "/foreign/deep" | .process.user = { uid: 1000, gid: 1000 }'
	run_fails 1 'chdir to cwd ("/foreign/deep") set in config.json: Permission denied' \
		runlet run --bundle "$BUNDLE" "$ID"
}

# Descriptors 10 and 12 are the caller's; which of the others are ours, and of what, nobody promises.
@test "a cwd that leads through a descriptor does not lead out of the root" {
	bundle_make 'ls . .. ../..; pwd'
	mkdir -p "$WORK/deep/deeper"
	touch "$WORK/deep/deeper/canary" "$WORK/deep/canary" "$WORK/canary"
	local fd end
	for fd in 3 4 5 6 7 8 9 10 11 12 13 14 15 16; do
		for end in "" /../..; do
			bundle_edit --arg cwd "/proc/self/fd/$fd$end" '.process.cwd = $cwd'
			run_quietly runlet run --bundle "$BUNDLE" "$ID" 10< "$WORK/deep/deeper" 12< "$WORK"
			said_not canary
			[ "$status" = 0 ] || [[ $errors == *cwd* ]] || explain "should have been about cwd" "$fd$end"
			case $fd in 10 | 12) [ "$status" = 1 ] ;; esac
		done
	done
}

@test "a cwd that is a link stays in the root" {
	bundle_make 'pwd -P'
	mkdir "$WORK/outside"
	ln -s "$WORK/outside/made" "$BUNDLE/rootfs/work"
	bundle_edit '.process.cwd = "/work"'
	container_run
	said_only "$WORK/outside/made"
	[ ! -e "$WORK/outside/made" ]
	[ -d "$BUNDLE/rootfs$WORK/outside/made" ]
}

@test "the environment is what env lists, and nothing of the caller's" {
	bundle_make
	bundle_edit '.process.args = ["/bin/env"] | .process.env = ["PATH=/bin", "HOME=/x", "A=1", "EMPTY=", "B=a=b c"]'
	SECRET=1 container_run
	said_only $'PATH=/bin\nHOME=/x\nA=1\nEMPTY=\nB=a=b c'
}

@test "of variables of one name the last one counts" {
	bundle_make
	bundle_edit '.process.args = ["/bin/env"] | .process.env = ["A=1", "PATH=/bin", "HOME=/x", "A=2"]'
	container_run
	said "A=2"
	said_not "A=1"
}

@test "HOME comes from the container's passwd when nobody sets it" {
	bundle_make 'echo $HOME'
	bundle_edit '.process.env = ["PATH=/bin"]'
	container_run
	said_only /root
	bundle_edit '.process.user.uid = 1000'
	container_run
	said_only /home
	bundle_edit '.process.user.uid = 4711'
	container_run
	said_only /
}

@test "an empty HOME is none" {
	bundle_make 'echo $HOME'
	bundle_edit '.process.env = ["PATH=/bin", "HOME="]'
	container_run
	said_only /root
}

@test "the program is found on the container's PATH" {
	bundle_make
	mkdir "$BUNDLE/rootfs/tools"
	printf '#!/bin/sh\necho found by $0\n' > "$BUNDLE/rootfs/tools/hoop"
	chmod 755 "$BUNDLE/rootfs/tools/hoop"
	bundle_edit '.process.args = ["hoop"] | .process.env = ["PATH=/nowhere:/tools:/bin"]'
	container_run
	said_only "found by /tools/hoop"
}

@test "arguments arrive as they are" {
	bundle_make
	bundle_edit '.process.args = ["/bin/sh", "-c", "for a; do echo \"<$a>\"; done", "sh", "", "a b", "$HOME", "\"", "é\n"]'
	container_run
	said_only $'<>\n<a b>\n<$HOME>\n<">\n<é\n>'
}

# ---- who -------------------------------------------------------------------------------------

@test "user, group and additional groups are what the document says" {
	require root # for an id that no user has
	bundle_make 'grep -E "^(Uid|Gid|Groups)" /proc/self/status'
	bundle_edit '.process.user = { uid: 1000, gid: 1001, additionalGids: [50, 4294967294] }'
	container_run
	said $'Uid:\t1000\t1000\t1000\t1000'
	said $'Gid:\t1001\t1001\t1001\t1001'
	[[ $output =~ Groups:.*50\ 1001\ 4294967294 ]]
}

@test "no group of the caller is kept, unless the annotation asks for it" {
	require root
	bundle_make 'grep ^Groups /proc/self/status'
	run_ok setpriv --groups 77,78 "$RUNLET" --root "$STATE" run --bundle "$BUNDLE" "$ID"
	said_not 77
	bundle_edit '.annotations = { "run.oci.keep_original_groups": "1" }'
	run_ok setpriv --groups 77,78 "$RUNLET" --root "$STATE" run --bundle "$BUNDLE" "$ID"
	said "77 78"
}

@test "the umask is 0022 unless set" {
	bundle_make umask
	(umask 077 && container_run && said_only 0022)
	bundle_edit '.process.user.umask = 63'
	container_run
	said_only 0077
	bundle_edit '.process.user.umask = 0'
	container_run
	said_only 0000
}

# ---- limits ----------------------------------------------------------------------------------

@test "resource limits are set, soft and hard" {
	bundle_make 'cat /proc/self/limits'
	bundle_edit '.process.rlimits = [
		{ type: "RLIMIT_NOFILE", soft: 100, hard: 200 },
		{ type: "RLIMIT_CORE", soft: 0, hard: 0 },
		{ type: "RLIMIT_CPU", soft: 1000, hard: 111111 },
		{ type: "RLIMIT_NPROC", soft: 300, hard: 400 }]'
	sed -i 's/111111/18446744073709551615/' "$BUNDLE/config.json" # which jq would round
	container_run
	[[ $output =~ Max\ open\ files\ +100\ +200 ]]
	[[ $output =~ Max\ core\ file\ size\ +0\ +0 ]]
	[[ $output =~ Max\ cpu\ time\ +1000\ +unlimited ]]
	[[ $output =~ Max\ processes\ +300\ +400 ]]
}

@test "each of the sixteen limits has a name" {
	bundle_make true
	bundle_edit '.process.rlimits = [("AS", "CORE", "CPU", "DATA", "FSIZE", "LOCKS", "MEMLOCK", "MSGQUEUE", "NICE",
		"NOFILE", "NPROC", "RSS", "RTPRIO", "RTTIME", "SIGPENDING", "STACK") |
		{ type: ("RLIMIT_" + .), soft: 0, hard: 0 }] |
		(.process.rlimits[] | select(.type | test("AS|DATA|STACK|NOFILE|FSIZE|CPU"))) |= (.soft = 8000000 | .hard = 8000000) |
		(.process.rlimits[] | select(.type == "RLIMIT_NOFILE")) |= (.soft = 64 | .hard = 64)'
	bundle_edit '.process.args = ["/bin/cat", "/proc/self/limits"]'
	container_run
	[[ $output =~ Max\ address\ space\ +8000000\ +8000000 ]]
	[[ $output =~ Max\ stack\ size\ +8000000\ +8000000 ]]
	[[ $output =~ Max\ realtime\ timeout\ +0\ +0 ]]
	[[ $output =~ Max\ pending\ signals\ +0\ +0 ]]
}

@test "a limit that we may not raise is refused and named" {
	capability_is sys_resource && skip "needs a root without CAP_SYS_RESOURCE"
	bundle_make true
	bundle_edit '.process.rlimits = [{ type: "RLIMIT_NOFILE", soft: 1048576, hard: 1048576 }]'
	run_fails 1 "RLIMIT_NOFILE" runlet run --bundle "$BUNDLE" "$ID"
	container_is_gone
}

# bats test_tags=vm
@test "a limit that we may raise is raised" {
	require cap:sys_resource
	bundle_make 'ulimit -Hn'
	bundle_edit '.process.rlimits = [{ type: "RLIMIT_NOFILE", soft: 64, hard: 1048576 }]'
	run_ok prlimit --nofile=512:1024 "$RUNLET" --root "$STATE" run --bundle "$BUNDLE" "$ID"
	said_only 1048576
}

@test "the oom score is raised, and stays as it is when nothing is said" {
	bundle_make 'cat /proc/self/oom_score_adj'
	bundle_edit '.process.oomScoreAdj = 345'
	container_run
	said_only 345
	bundle_edit 'del(.process.oomScoreAdj)'
	container_run
	said_only "$(cat /proc/self/oom_score_adj)"
}

# bats test_tags=vm
@test "the oom score is lowered by who may" {
	require cap:sys_resource
	bundle_make 'cat /proc/self/oom_score_adj'
	bundle_edit '.process.oomScoreAdj = -500'
	container_run
	said_only -500
}

@test "the oom score is raised inside a user namespace too" {
	require userns
	bundle_make 'cat /proc/self/oom_score_adj'
	bundle_has_user_namespace
	bundle_edit '.process.oomScoreAdj = 345'
	container_run
	said_only 345
}

# ---- capabilities ----------------------------------------------------------------------------

@test "each of the five sets holds what the document lists for it" {
	bundle_make 'grep ^Cap /proc/self/status'
	bundle_edit '.process.capabilities = {
		bounding:    ["CAP_CHOWN", "CAP_KILL", "CAP_NET_RAW"],
		permitted:   ["CAP_CHOWN", "CAP_KILL"],
		effective:   ["CAP_CHOWN", "CAP_KILL"],
		inheritable: ["CAP_KILL"],
		ambient:     ["CAP_KILL"] } | .process.user = { uid: 1000, gid: 1000 }'
	says_capabilities 20 20 20 2021 20
}

@test "root's program gets what the bounding set allows" {
	bundle_make 'grep ^Cap /proc/self/status'
	bundle_edit '.process.capabilities = { bounding: ["CAP_CHOWN", "CAP_KILL"], permitted: ["CAP_CHOWN"],
		effective: ["CAP_CHOWN"] } | .process.noNewPrivileges = false'
	says_capabilities 0 21 21 21 0
}

@test "a user's program has none that are not ambient" {
	bundle_make 'grep ^Cap /proc/self/status'
	bundle_edit '.process.user = { uid: 1000, gid: 1000 }'
	says_capabilities 0 0 0 20000420 0
}

@test "empty sets are none at all" {
	bundle_make 'grep ^Cap /proc/self/status'
	bundle_edit '.process.capabilities = {}'
	says_capabilities 0 0 0 0 0
}

@test "no_new_privs is set when the document says so, and only then" {
	bundle_make 'cat /proc/self/status'
	says_status NoNewPrivs 1
	bundle_edit '.process.noNewPrivileges = false'
	says_status NoNewPrivs 0
	bundle_edit 'del(.process.noNewPrivileges)'
	says_status NoNewPrivs 0
}

@test "with no_new_privs a set-uid program stays its caller's" {
	require probe
	bundle_make
	bundle_probes ids
	chmod 4755 "$BUNDLE/rootfs/bin/probe"
	bundle_edit '.process.user = { uid: 1000, gid: 1000 }'
	container_run
	said_only 1000:1000
	bundle_edit '.process.noNewPrivileges = false'
	container_run
	said_only 0:1000
}

# ---- knobs -----------------------------------------------------------------------------------

@test "the scheduler's policy and nice value are set" {
	bundle_make 'cat /proc/self/stat'
	bundle_edit '.process.scheduler = { policy: "SCHED_BATCH", nice: 7 }'
	container_run
	[ "$(cut -d' ' -f19,41 <<< "$output")" = "7 3" ]
	bundle_edit '.process.scheduler = { policy: "SCHED_IDLE" }'
	container_run
	[ "$(cut -d' ' -f41 <<< "$output")" = 5 ]
}

@test "a deadline for the scheduler is set" {
	require root
	bundle_make 'exec sleep 60'
	bundle_edit 'del(.linux.cgroupsPath) | .process.scheduler =
		{ policy: "SCHED_DEADLINE", runtime: 1000000, deadline: 10000000, period: 10000000, flags: ["SCHED_FLAG_RESET_ON_FORK"] }'
	container_create
	container_start
	run_ok chrt --pid "$(container_pid)"
	said SCHED_DEADLINE
	said "1000000/10000000/10000000"
}

@test "the io priority is set" {
	require ionice
	bundle_make 'exec sleep 60'
	bundle_edit '.process.ioPriority = { class: "IOPRIO_CLASS_BE", priority: 6 }'
	container_up
	run_ok ionice -p "$(container_pid)"
	said_only "best-effort: prio 6"
}

@test "the personality of a 32-bit machine is set" {
	bundle_make 'uname -m; cat /proc/self/personality'
	bundle_edit '.linux.personality = { domain: "LINUX32" } | .process.capabilities = null'
	container_run
	said 00000008
	bundle_edit '.linux.personality = { domain: "LINUX" }'
	container_run
	said 00000000
}

@test "the memory policy is set" {
	bundle_make 'cat /proc/self/numa_maps'
	bundle_edit '.linux.memoryPolicy = { mode: "MPOL_BIND", nodes: "0", flags: ["MPOL_F_STATIC_NODES"] }'
	container_run
	said "bind=static:0"
	bundle_edit '.linux.memoryPolicy = { mode: "MPOL_BIND", nodes: "77" }'
	run_fails 1 "set the memory policy" runlet run --bundle "$BUNDLE" "$ID"
	bundle_edit '.linux.memoryPolicy = { mode: "MPOL_BIND", nodes: "0-" }'
	run_fails 1 "linux.memoryPolicy.nodes: must be a list" runlet run --bundle "$BUNDLE" "$ID"
}

# ---- what it starts with ---------------------------------------------------------------------

@test "the process leads a session of its own" {
	bundle_make 'cat /proc/self/stat'
	bundle_edit '.process.args = ["/bin/cat", "/proc/self/stat"]'
	container_run
	[ "$(cut -d' ' -f1,5,6 <<< "$output")" = "1 1 1" ]
}

@test "no signal is blocked or ignored, whatever the caller did" {
	bundle_make
	bundle_edit '.process.args = ["/bin/grep", "^Sig", "/proc/self/status"]'
	run_ok env --ignore-signal=PIPE,USR1,HUP --block-signal=TERM,CHLD "$RUNLET" --root "$STATE" run \
		--bundle "$BUNDLE" "$ID"
	said $'SigBlk:\t0000000000000000'
	said $'SigIgn:\t0000000000000000'
}

@test "a session keyring is made for it, unless the caller's is kept" {
	bundle_make 'cat /proc/keys'
	bundle_edit '.linux.maskedPaths = []'
	# In this order: the kernel removes a keyring some time after its last user is gone.
	container_run --no-new-keyring
	said_not "_ses.$ID"
	container_run
	said "_ses.$ID"
}

@test "a program that only CAP_DAC_OVERRIDE lets its user start is started" {
	bundle_make
	bundle_edit '.process.args = ["/echo", "rolled"] | .process.user = { uid: 1000, gid: 1000 }'
	cp "$BUNDLE/rootfs/bin/busybox" "$BUNDLE/rootfs/echo"
	chmod 700 "$BUNDLE/rootfs/echo"
	run_fails 1 "permission denied" runlet run --bundle "$BUNDLE" "$ID"
	bundle_edit '.process.capabilities |=
		with_entries(if .key | IN("bounding", "effective", "permitted") then .value += ["CAP_DAC_OVERRIDE"] else . end)'
	container_run
	said_only rolled
}

@test "of several HOMEs the last one counts, and is none if it is empty" {
	bundle_make 'echo $HOME'
	bundle_edit '.process.env = ["PATH=/bin", "HOME=/over", "HOME="]'
	container_run
	said_only /root
}
