#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Filters of system calls: each action, comparisons of arguments, errors, flags, and the cache.

load ../helpers/suite

setup() {
	require containers busybox jq seccomp probe
	[ "$(uname -m)" = x86_64 ] || skip "needs the numbers of x86_64"
	suite_begin
}

# A filter that allows all but what these rules say.
filter() { # RULES [JQ FILTER]
	bundle_edit --argjson rules "$1" '.linux.seccomp = { defaultAction: "SCMP_ACT_ALLOW",
		architectures: ["SCMP_ARCH_X86_64"], syscalls: $rules } | '"${2:-.}"
}

# Calls getpriority (140) unless told otherwise: it harms nobody, and nothing needs it.
calls() { # [NUMBER ARGUMENT…]
	[ $# -gt 0 ] || set -- 140 0 0
	bundle_probes call "$@"
}

# ---- actions ---------------------------------------------------------------------------------

@test "without a filter there is none" {
	bundle_make 'grep -E "^Seccomp(_filters)?:" /proc/self/status'
	container_run
	said $'Seccomp:\t0'
}

@test "a filter is in force, for every process of the container" {
	bundle_make 'exec sleep 60'
	filter '[{ "names": ["getpriority"], "action": "SCMP_ACT_ERRNO" }]'
	container_up
	until_ok grep -qx sleep "/proc/$(container_pid)/comm"
	grep -q $'^Seccomp:\t2' "/proc/$(container_pid)/status"
	grep -q $'^Seccomp_filters:\t1' "/proc/$(container_pid)/status"
	container_exec 'grep ^Seccomp: /proc/self/status'
	said_only $'Seccomp:\t2'
}

# bats test_tags=vm
@test "ERRNO: the call fails, with EPERM or the number asked for" {
	bundle_make
	calls
	filter '[{ "names": ["getpriority"], "action": "SCMP_ACT_ERRNO" }]'
	container_run
	said_only "error 1"
	filter '[{ "names": ["getpriority"], "action": "SCMP_ACT_ERRNO", "errnoRet": 28 }]'
	container_run
	said_only "error 28"
	filter '[{ "names": ["getpriority"], "action": "SCMP_ACT_ERRNO", "errnoRet": 0 }]'
	container_run
	said_only "result 0"
}

@test "ALLOW: what is listed goes, the rest gets the default" {
	bundle_make
	filter '[{ "names": ["getpriority"], "action": "SCMP_ACT_ALLOW" }]'
	calls
	container_run
	said_only "result 20"
}

@test "the default action is for what no rule names, with a number of its own" {
	bundle_make
	bundle_edit '.linux.seccomp = { defaultAction: "SCMP_ACT_ERRNO", defaultErrnoRet: 38, architectures: ["SCMP_ARCH_X86_64"],
		syscalls: [{ action: "SCMP_ACT_ALLOW", names: ["execve", "exit_group", "exit", "write", "writev", "brk", "mmap", "munmap",
		"mprotect", "arch_prctl", "set_tid_address", "set_robust_list", "rseq", "prlimit64", "readlinkat", "readlink", "getrandom", "fstat",
		"newfstatat", "futex", "uname", "close", "read", "openat", "ioctl"] }] }'
	calls
	container_run
	said_only "error 38"
}

@test "KILL and KILL_PROCESS end the process with SIGSYS" {
	bundle_make
	calls
	local action
	for action in SCMP_ACT_KILL SCMP_ACT_KILL_PROCESS SCMP_ACT_KILL_THREAD; do
		filter "[{ \"names\": [\"getpriority\"], \"action\": \"$action\" }]"
		run_ends 159 runlet run --bundle "$BUNDLE" "$ID"
		said_only ""
	done
}

@test "TRAP sends SIGSYS, which can be caught" {
	bundle_make
	calls
	filter '[{ "names": ["getpriority"], "action": "SCMP_ACT_TRAP" }]'
	run_ends 159 runlet run --bundle "$BUNDLE" "$ID"
	bundle_runs 'trap "echo caught; exit 3" SYS; mkdir /x'
	filter '[{ "names": ["mkdir", "mkdirat"], "action": "SCMP_ACT_TRAP" }]'
	run_quietly runlet run --bundle "$BUNDLE" "$ID"
	[ "$status" != 0 ]
	[ ! -e "$BUNDLE/rootfs/x" ]
}

@test "TRACE without a tracer is ENOSYS; LOG lets the call pass" {
	bundle_make
	calls
	filter '[{ "names": ["getpriority"], "action": "SCMP_ACT_TRACE", "errnoRet": 7 }]'
	container_run
	said_only "error 38"
	filter '[{ "names": ["getpriority"], "action": "SCMP_ACT_LOG" }]'
	container_run
	said_only "result 20"
}

@test "of two rules for one call, the one without conditions holds" {
	bundle_make
	calls
	filter '[{ "names": ["getpriority", "mkdir"], "action": "SCMP_ACT_ERRNO", "errnoRet": 5 },
		{ "names": ["nosuchcall", "getpriority"], "action": "SCMP_ACT_ERRNO", "errnoRet": 5 }]'
	container_run
	said_only "error 5"
}

@test "calls that this machine does not have are passed over" {
	bundle_make
	calls
	filter '[{ "names": ["nosuchcall", "s390_runtime_instr", "arm_fadvise64_64"], "action": "SCMP_ACT_ERRNO" }]'
	container_run
	said_only "result 20"
}

# ---- arguments -------------------------------------------------------------------------------

@test "each comparison of an argument, on both sides of its line" {
	bundle_make
	# operator, value, an argument that matches, one that does not
	local row operator value match other
	for row in "EQ 5 5 6" "NE 5 6 5" "LT 5 4 5" "LE 5 5 6" "GE 5 5 4" "GT 5 6 5" \
		"EQ 1311768467463790320 1311768467463790320 305419896" "GT 4294967295 4294967296 4294967295" \
		"LT 4294967296 4294967295 8589934592"; do
		read -r operator value match other <<< "$row"
		bundle_edit --arg operator "SCMP_CMP_$operator" '.linux.seccomp = { defaultAction: "SCMP_ACT_ALLOW",
			architectures: ["SCMP_ARCH_X86_64"], syscalls: [{ names: ["getpriority"], action: "SCMP_ACT_ERRNO", errnoRet: 99,
			args: [{ index: 4, value: 4711, op: $operator }] }] }'
		calls 140 0 0 0 0 "$match"
		sed -i "s/4711/$value/" "$BUNDLE/config.json" # which jq would round
		container_run
		[ "$output" = "error 99" ] || explain "should have matched" "$row"
		sed -i "s/\"$match\"/\"$other\"/" "$BUNDLE/config.json"
		container_run
		[ "$output" = "result 20" ] || explain "should not have matched" "$row"
	done
}

@test "MASKED_EQ compares what the mask lets through" {
	bundle_make
	filter '[{ "names": ["getpriority"], "action": "SCMP_ACT_ERRNO", "errnoRet": 99,
		"args": [{ "index": 3, "value": 240, "valueTwo": 32, "op": "SCMP_CMP_MASKED_EQ" }] }]'
	calls 140 0 0 0 0x2f
	container_run
	said_only "error 99"
	calls 140 0 0 0 0x3f
	container_run
	said_only "result 20"
}

@test "conditions on several arguments must all hold; on one argument, any" {
	bundle_make
	filter '[{ "names": ["getpriority"], "action": "SCMP_ACT_ERRNO", "errnoRet": 99, "args": [
		{ "index": 2, "value": 1, "op": "SCMP_CMP_EQ" }, { "index": 3, "value": 2, "op": "SCMP_CMP_EQ" }] }]'
	calls 140 0 0 1 2
	container_run
	said_only "error 99"
	calls 140 0 0 1 3
	container_run
	said_only "result 20"
	filter '[{ "names": ["getpriority"], "action": "SCMP_ACT_ERRNO", "errnoRet": 99, "args": [
		{ "index": 2, "value": 1, "op": "SCMP_CMP_EQ" }, { "index": 2, "value": 2, "op": "SCMP_CMP_EQ" }] }]'
	calls 140 0 0 2
	container_run
	said_only "error 99"
	calls 140 0 0 3
	container_run
	said_only "result 20"
}

@test "two rules for one call with different conditions" {
	bundle_make
	filter '[
		{ "names": ["getpriority"], "action": "SCMP_ACT_ERRNO", "errnoRet": 11, "args": [{ "index": 2, "value": 1, "op": "SCMP_CMP_EQ" }] },
		{ "names": ["getpriority"], "action": "SCMP_ACT_ERRNO", "errnoRet": 12, "args": [{ "index": 2, "value": 2, "op": "SCMP_CMP_EQ" }] }]'
	calls 140 0 0 1
	container_run
	said_only "error 11"
	calls 140 0 0 2
	container_run
	said_only "error 12"
	calls 140 0 0 3
	container_run
	said_only "result 20"
}

# ---- machines and flags ----------------------------------------------------------------------

@test "without architectures the machine's own holds" {
	bundle_make
	calls
	filter '[{ "names": ["getpriority"], "action": "SCMP_ACT_ERRNO", "errnoRet": 9 }]' 'del(.linux.seccomp.architectures)'
	container_run
	said_only "error 9"
}

@test "calls by the numbers of another machine do not get past the filter" {
	bundle_make
	filter '[{ "names": ["getpriority"], "action": "SCMP_ACT_ERRNO", "errnoRet": 9 }]'
	calls 0x4000008c 0 0 # of x32
	run_quietly runlet run --bundle "$BUNDLE" "$ID"
	said_not "result 20"
	filter '[{ "names": ["getpriority"], "action": "SCMP_ACT_ERRNO", "errnoRet": 9 }]' \
		'.linux.seccomp.architectures = ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32"]'
	run_quietly runlet run --bundle "$BUNDLE" "$ID"
	said_not "result 20"
}

@test "flags of the filter are taken, and what is none is refused" {
	bundle_make
	calls
	local flag
	for flag in SECCOMP_FILTER_FLAG_TSYNC SECCOMP_FILTER_FLAG_LOG SECCOMP_FILTER_FLAG_SPEC_ALLOW; do
		filter '[{ "names": ["getpriority"], "action": "SCMP_ACT_ERRNO", "errnoRet": 9 }]' ".linux.seccomp.flags = [\"$flag\"]"
		container_run
		said_only "error 9"
	done
	filter '[]' '.linux.seccomp.flags = ["SECCOMP_FILTER_FLAG_NONE"]'
	run_fails 1 "seccomp.flags[0]" runlet run --bundle "$BUNDLE" "$ID"
}

@test "speculation is left to the machine unless flags are listed without SPEC_ALLOW" {
	grep -q '^Speculation_Store_Bypass' /proc/self/status || skip "needs a kernel that tells"
	bundle_make
	bundle_edit '.process.args = ["/bin/grep", "^Speculation_Store_Bypass", "/proc/self/status"]'
	container_run
	local usual=$output
	filter '[{ "names": ["getpriority"], "action": "SCMP_ACT_ERRNO" }]'
	container_run
	said_only "$usual"
}

@test "wrong filters are refused by where they are wrong" {
	bundle_make
	calls
	filter '[{ "names": [], "action": "SCMP_ACT_ERRNO" }]'
	run_fails 1 "syscalls[0].names" runlet run --bundle "$BUNDLE" "$ID"
	filter '[{ "names": ["getpriority"], "action": "SCMP_ACT_NOTHING" }]'
	run_fails 1 "syscalls[0].action" runlet run --bundle "$BUNDLE" "$ID"
	filter '[{ "names": ["getpriority"], "action": "SCMP_ACT_ERRNO", "args": [{ "index": 6, "value": 1, "op": "SCMP_CMP_EQ" }] }]'
	run_fails 1 "syscalls[0].args[0].index" runlet run --bundle "$BUNDLE" "$ID"
	filter '[{ "names": ["getpriority"], "action": "SCMP_ACT_ERRNO", "args": [{ "index": 1, "value": 1, "op": "SCMP_CMP_NEAR" }] }]'
	run_fails 1 "syscalls[0].args[0].op" runlet run --bundle "$BUNDLE" "$ID"
	filter '[]' '.linux.seccomp.architectures = ["SCMP_ARCH_ABACUS"]'
	run_fails 1 "architectures[0]" runlet run --bundle "$BUNDLE" "$ID"
	container_is_gone
}

# ---- with and without privileges -------------------------------------------------------------

@test "a filter needs no privilege of the process, with no_new_privs or without" {
	bundle_make
	calls
	filter '[{ "names": ["getpriority"], "action": "SCMP_ACT_ERRNO", "errnoRet": 9 }]'
	local nnp
	for nnp in true false; do
		bundle_edit --argjson nnp "$nnp" '.process.noNewPrivileges = $nnp | .process.user = { uid: 1000, gid: 1000 } |
			.process.capabilities = {}'
		container_run
		said_only "error 9"
	done
}

@test "a filter may forbid nearly everything that runlet does itself" {
	bundle_make
	calls
	filter '[{ "names": ["setresuid", "setresgid", "setgroups", "capset", "capget", "mount", "pivot_root", "chdir", "fchdir", "umask",
		"setns", "unshare", "socket", "close_range", "getcwd", "keyctl"], "action": "SCMP_ACT_KILL_PROCESS" },
		{ "names": ["getpriority"], "action": "SCMP_ACT_ERRNO", "errnoRet": 9 }]'
	container_run
	said_only "error 9"
}

@test "a profile of four hundred calls" {
	bundle_make 'echo fine; mkdir /x && echo made; /bin/probe call 167 0 0' # swapon
	cp "$PROBE" "$BUNDLE/rootfs/bin/probe"
	local profile=/usr/share/containers/seccomp.json
	[ -e "$profile" ] || skip "needs the profile that Podman brings"
	bundle_edit --slurpfile profile "$profile" '.linux.seccomp = ($profile[0] | del(.archMap) |
		.syscalls |= map(select((.includes // {}) | .caps == null and .minKernel == null and
			(.arches == null or (.arches | index("amd64") != null))) | del(.comment, .excludes, .includes)))
		| .process.capabilities = null'
	container_run
	said fine
	said made
	[[ $output == *"error 1" || $output == *"error 38" ]]
}

# ---- the cache -------------------------------------------------------------------------------

@test "the second container with a filter does not compile it again" {
	bundle_make
	calls
	filter '[{ "names": ["getpriority"], "action": "SCMP_ACT_ERRNO", "errnoRet": 9 }]'
	container_run
	[ "$(find "$STATE/.seccomp" -type f | wc -l)" = 1 ]
	local before
	before=$(find "$STATE/.seccomp" -type f -printf '%p %i %T@\n')
	container_run
	said_only "error 9"
	[ "$(find "$STATE/.seccomp" -type f -printf '%p %i %T@\n')" = "$before" ]
	filter '[{ "names": ["getpriority"], "action": "SCMP_ACT_ERRNO", "errnoRet": 10 }]'
	container_run
	said_only "error 10"
	[ "$(find "$STATE/.seccomp" -type f | wc -l)" = 2 ]
}

@test "the cache is its owner's alone" {
	bundle_make
	calls
	filter '[{ "names": ["getpriority"], "action": "SCMP_ACT_ERRNO", "errnoRet": 9 }]'
	(umask 0 && container_run)
	[ "$(stat -c %a "$STATE/.seccomp")" = 700 ]
	[ -z "$(find "$STATE/.seccomp" -type f -perm /077)" ]
}

@test "a damaged cache is not believed" {
	bundle_make
	calls
	filter '[{ "names": ["getpriority"], "action": "SCMP_ACT_ERRNO", "errnoRet": 9 }]'
	container_run
	local file size n
	file=$(find "$STATE/.seccomp" -type f)
	size=$(stat -c %s "$file")
	for n in 0 1 8 $((size / 2)) $((size - 1)); do
		cp "$file" "$WORK/whole"
		truncate -s "$n" "$file"
		container_run
		said_only "error 9"
	done
	printf 'x' | dd of="$file" bs=1 seek=$((size - 3)) conv=notrunc status=none
	container_run
	said_only "error 9"
}

@test "a container runs where there can be no cache" {
	bundle_make
	calls
	filter '[{ "names": ["getpriority"], "action": "SCMP_ACT_ERRNO", "errnoRet": 9 }]'
	mkdir "$STATE"
	echo text > "$STATE/.seccomp"
	container_run
	said_only "error 9"
	rm "$STATE/.seccomp"
	ln -s "$WORK" "$STATE/.seccomp"
	container_run
	said_only "error 9"
	[ -z "$(find "$WORK" -maxdepth 1 -newer "$STATE/.seccomp" -type f -name '*[0-9a-f][0-9a-f][0-9a-f][0-9a-f]*' ! -name 'output*' ! -name 'errors*')" ]
}

@test "an action, an operator and a flag for each that features lists" {
	run_ok runlet features
	[ "$(jq -r '.linux.seccomp.actions | sort | join(" ")' <<< "$output")" = \
		"SCMP_ACT_ALLOW SCMP_ACT_ERRNO SCMP_ACT_KILL SCMP_ACT_KILL_PROCESS SCMP_ACT_KILL_THREAD SCMP_ACT_LOG SCMP_ACT_NOTIFY SCMP_ACT_TRACE SCMP_ACT_TRAP" ]
	[ "$(jq -r '.linux.seccomp.operators | sort | join(" ")' <<< "$output")" = \
		"SCMP_CMP_EQ SCMP_CMP_GE SCMP_CMP_GT SCMP_CMP_LE SCMP_CMP_LT SCMP_CMP_MASKED_EQ SCMP_CMP_NE" ]
}
