#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Hooks: programs of the bundle's author that run at six points of a container's life.

load ../helpers/suite

setup() {
	require containers busybox jq
	suite_begin
	KINDS="prestart createRuntime createContainer startContainer poststart poststop"
}

# Adds a hook that runs a script: the host's shell, or the container's for startContainer.
hook() { # KIND SCRIPT [JQ FILTER FOR THE HOOK]
	bundle_edit --arg kind "$1" --arg script "$2" '.hooks[$kind] += [
		{ path: "/bin/sh", args: ["sh", "-c", $script], env: ["PATH=/usr/sbin:/usr/bin:/sbin:/bin"] } | '"${3:-.}"']'
}

# Where hooks on both sides of the wall can write: $NOTES outside is /notes inside.
notes_make() {
	NOTES=$BUNDLE/rootfs/notes
	mkdir "$NOTES"
}

notes_in() { # KIND
	[ "$1" = startContainer ] && echo /notes || echo "$NOTES"
}

@test "each kind of hook runs once, in this order, around the process" {
	bundle_make 'echo process >> /notes/order'
	notes_make
	local kind
	for kind in $KINDS; do
		hook "$kind" "echo $kind 1 >> $(notes_in "$kind")/order"
		hook "$kind" "echo $kind 2 >> $(notes_in "$kind")/order"
	done
	container_create
	[ "$(cat "$NOTES/order")" = "$(printf '%s\n' {prestart,createRuntime,createContainer}\ {1,2})" ]
	container_start
	container_becomes stopped
	local early
	early=$(grep -v -e process -e poststart "$NOTES/order")
	[ "$early" = "$(printf '%s\n' {prestart,createRuntime,createContainer,startContainer}\ {1,2})" ]
	[ "$(grep -n 'startContainer 2' "$NOTES/order" | cut -d: -f1)" -lt "$(grep -n process "$NOTES/order" | cut -d: -f1)" ]
	[ "$(grep poststart "$NOTES/order" | xargs)" = "poststart 1 poststart 2" ]
	run_ok runlet delete "$ID"
	[ "$(tail -n 2 "$NOTES/order" | xargs)" = "poststop 1 poststop 2" ]
	[ "$(wc -l < "$NOTES/order")" = 13 ]
}

@test "each gets the container's state on its standard input" {
	bundle_make 'exec sleep 60'
	notes_make
	bundle_edit '.annotations = { "org.example.wood": "oak" }'
	local kind
	for kind in $KINDS; do
		hook "$kind" "cat > $(notes_in "$kind")/$kind"
	done
	container_create
	local pid
	pid=$(container_pid)
	container_start
	run_ok runlet delete --force "$ID"
	for kind in $KINDS; do
		[ "$(jq -r .id "$NOTES/$kind")" = "$ID" ]
		[ "$(jq -r .bundle "$NOTES/$kind")" = "$BUNDLE" ]
		[ "$(jq -c .annotations "$NOTES/$kind")" = '{"org.example.wood":"oak"}' ]
		[[ $(jq -r .ociVersion "$NOTES/$kind") == 1.* ]]
	done
	[ "$(cd "$NOTES" && jq -r .status $KINDS | xargs)" = "creating creating creating created running stopped" ]
	[ "$(cd "$NOTES" && jq -r .pid prestart createRuntime poststart | xargs)" = "$pid $pid $pid" ]
	# As the hook itself knows the process.
	[ "$(cd "$NOTES" && jq -r .pid createContainer startContainer | xargs)" = "1 1" ]
	[ "$(jq -r .pid "$NOTES/poststop")" = 0 ]
}

@test "each runs where it should: the host's namespaces or the container's, before or after the pivot" {
	bundle_make 'exec sleep 60'
	notes_make
	local kind
	for kind in $KINDS; do
		hook "$kind" "for n in mnt uts pid net; do readlink /proc/self/ns/\$n; done > $(notes_in "$kind")/$kind; \
			ls -d /bin/busybox /usr/bin/env >> $(notes_in "$kind")/$kind 2> /dev/null; :"
	done
	container_up
	local ours theirs pid
	pid=$(container_pid)
	ours=$(for n in mnt uts pid net; do readlink "/proc/self/ns/$n"; done)
	theirs=$(for n in mnt uts pid net; do readlink "/proc/$pid/ns/$n"; done)
	run_ok runlet delete --force "$ID"
	for kind in prestart createRuntime poststart poststop; do
		[ "$(head -n 4 "$NOTES/$kind")" = "$ours" ]
	done
	for kind in createContainer startContainer; do
		[ "$(head -n 4 "$NOTES/$kind")" = "$theirs" ]
	done
	grep -q /usr/bin/env "$NOTES/createContainer"
	not grep -q /usr/bin/env "$NOTES/startContainer"
}

@test "the mounts are there when the createContainer hooks run, and what those mount stays" {
	bundle_make 'cat /data/word /late/word'
	mkdir "$BUNDLE/rootfs/late" "$WORK/late"
	echo late > "$WORK/late/word"
	bundle_mount /data tmpfs tmpfs mode=755
	hook createContainer "echo early > $BUNDLE/rootfs/data/word && mount --bind $WORK/late $BUNDLE/rootfs/late"
	container_run
	said_only $'early\nlate'
	[ ! -e "$BUNDLE/rootfs/data/word" ]
}

@test "the root is still writable for createContainer hooks, and not for startContainer's" {
	bundle_make 'cat /made'
	bundle_edit '.root.readonly = true'
	hook createContainer "echo made > $BUNDLE/rootfs/made"
	container_run
	said_only made
	hook startContainer 'echo more > /more'
	run_fails 1 "Read-only file system" runlet run --bundle "$BUNDLE" "$ID"
	container_is_gone
}

# bats test_tags=vm
@test "the cgroup and its limits are there when the first hooks run" {
	require cgroups cgroup:pids
	bundle_make true
	notes_make
	bundle_edit '.linux.resources.pids.limit = 33'
	# In a hierarchy of version 1, or in that of version 2, which is listed last.
	hook createRuntime "pid=\$(jq .pid); cp \$(awk -F: '\$2 == \"pids\" { print \"/sys/fs/cgroup/pids\" \$3 \"/pids.max\"; exit }
		\$1 == 0 { print \"/sys/fs/cgroup\" \$3 \"/pids.max\" }' /proc/\$pid/cgroup) $NOTES/max"
	container_run
	[ "$(cat "$NOTES/max")" = 33 ]
}

@test "hooks have the environment they list and none of the caller's; inside, without a list, the process's" {
	bundle_make true
	notes_make
	bundle_edit '.process.env += ["LD_PRELOAD=/evil.so", "EVIL=1"]'
	local kind
	for kind in $KINDS; do
		hook "$kind" "env > $(notes_in "$kind")/$kind.listed" '.env = ["PATH=/usr/bin:/bin", "ONLY=this"]'
		hook "$kind" "/usr/bin/env > $NOTES/$kind.none || /bin/env > /notes/$kind.none" 'del(.env)'
	done
	CALLER=1 container_run
	for kind in $KINDS; do
		grep -qx ONLY=this "$NOTES/$kind.listed"
		not grep -qE 'EVIL|LD_PRELOAD|CALLER' "$NOTES/$kind.listed"
		not grep -q CALLER "$NOTES/$kind.none"
		[ "$kind" = startContainer ] || not grep -qE 'EVIL|LD_PRELOAD' "$NOTES/$kind.none"
	done
	grep -qx EVIL=1 "$NOTES/startContainer.none"
	grep -qx HOME=/root "$NOTES/startContainer.none"
}

@test "hooks run in the bundle, and inside in the root" {
	bundle_make true
	notes_make
	local kind
	for kind in $KINDS; do
		hook "$kind" "pwd > $(notes_in "$kind")/$kind"
	done
	container_run
	for kind in prestart createRuntime createContainer poststart poststop; do
		[ "$(cat "$NOTES/$kind")" = "$BUNDLE" ]
	done
	[ "$(cat "$NOTES/startContainer")" = / ]
}

@test "args are the program's, the first its name; without any it is the path" {
	bundle_make true
	printf '#!/bin/sh\ntr "\\0" "," < /proc/$$/cmdline > %s/args\n' "$WORK" > "$WORK/hook"
	chmod 755 "$WORK/hook"
	bundle_edit --arg path "$WORK/hook" '.hooks.prestart = [{ path: $path, args: ["name", "a", "b c"] }]'
	container_run
	[ "$(cat "$WORK/args")" = "/bin/sh,$WORK/hook,a,b c," ]
	bundle_edit 'del(.hooks.prestart[].args)'
	container_run
	[ "$(cat "$WORK/args")" = "/bin/sh,$WORK/hook," ]
}

@test "a hook that fails before the process starts ends the container" {
	local kind
	for kind in prestart createRuntime createContainer startContainer; do
		bundle_make 'touch /ran'
		rm -f "$BUNDLE/rootfs/ran"
		hook "$kind" 'echo no hoops left >&2; exit 4'
		hook "$kind" 'echo never > /never'
		run_fails 1 "error running $kind hook #0: /bin/sh: exit status 4: no hoops left" \
			runlet run --bundle "$BUNDLE" "$ID"
		container_is_gone
		[ ! -e "$BUNDLE/rootfs/ran" ]
		[ ! -e /never ]
		[ ! -e "$BUNDLE/rootfs/never" ]
		rm -r "$BUNDLE"
	done
}

@test "of several hooks the one that fails is named" {
	bundle_make true
	hook createRuntime true
	hook createRuntime 'kill -KILL $$'
	run_fails 1 "error running createRuntime hook #1: /bin/sh: ended by signal 9" runlet run --bundle "$BUNDLE" "$ID"
}

@test "create that fails by a hook leaves no container; start that fails leaves a stopped one" {
	bundle_make 'exec sleep 60'
	hook createRuntime 'exit 1'
	run_fails 1 "createRuntime hook" runlet create --bundle "$BUNDLE" "$ID"
	container_is_gone
	bundle_edit '.hooks = null'
	hook startContainer 'exit 1'
	container_create
	run_fails 1 "startContainer hook" runlet start "$ID"
	container_becomes stopped
}

@test "a poststart hook that fails stops the container" {
	bundle_make 'exec sleep 60'
	hook poststart 'exit 3'
	container_create
	run_fails 1 "error running poststart hook #0" runlet start "$ID"
	container_becomes stopped
	run_ok runlet delete "$ID"
	run_fails 1 "poststart hook" runlet run --bundle "$BUNDLE" "$ID"
	container_is_gone
}

@test "a poststop hook that fails is a warning, and the others run" {
	bundle_make true
	hook poststop 'exit 3'
	hook poststop "touch $WORK/second"
	container_up
	container_becomes stopped
	run_ok runlet --log "$WORK/log" --log-level warning delete "$ID"
	[ -e "$WORK/second" ]
	grep -q "error running poststop hook #0" "$WORK/log"
	container_is_gone
}

@test "poststop runs when a container is deleted by force, and when run ends" {
	bundle_make 'exec sleep 60'
	hook poststop "echo ran >> $WORK/ran"
	container_up
	run_ok runlet delete --force "$ID"
	[ "$(cat "$WORK/ran")" = ran ]
	bundle_runs 'exit 3'
	run_ends 3 runlet run --bundle "$BUNDLE" "$ID"
	[ "$(cat "$WORK/ran")" = $'ran\nran' ]
}

@test "poststop has the container gone already" {
	bundle_make true
	hook poststop "ls $STATE/$ID > $WORK/seen 2>&1; :"
	container_run
	grep -q "No such file" "$WORK/seen"
}

@test "a hook that outstays its time is killed with all that it started" {
	bundle_make 'touch /ran'
	hook createRuntime "sleep 71 & echo \$! > $WORK/child; sleep 72" '.timeout = 1'
	local begin=$SECONDS
	run_fails 1 "createRuntime hook #0: /bin/sh: not done after 1000 ms, killed" runlet run --bundle "$BUNDLE" "$ID"
	[ $((SECONDS - begin)) -lt 10 ]
	until_ok process_is_gone "$(cat "$WORK/child")"
	[ ! -e "$BUNDLE/rootfs/ran" ]
}

@test "a hook inside the container is killed after its time too" {
	bundle_make 'touch /ran'
	hook startContainer "sleep 73" '.timeout = 1'
	run_fails 1 "startContainer hook #0: /bin/sh: not done after 1000 ms, killed" runlet run --bundle "$BUNDLE" "$ID"
	[ ! -e "$BUNDLE/rootfs/ran" ]
}

@test "a timeout that is no time is refused" {
	bundle_make true
	hook prestart true '.timeout = 0'
	run_fails 1 "hooks.prestart[0].timeout" runlet run --bundle "$BUNDLE" "$ID"
}

@test "a hook may leave its input unread, close its output and print a lot" {
	bundle_make 'echo fine'
	bundle_edit '.annotations = { "org.example.large": ([range(20000) | "stave"] | join(" ")) }'
	hook prestart 'exec < /dev/null; exit 0'
	hook createRuntime 'exec >&- 2>&-; exit 0'
	hook createContainer 'head -c 300000 /dev/zero | tr "\0" x; head -c 300000 /dev/zero | tr "\0" y >&2'
	run_ok timeout 20 "$RUNLET" --root "$STATE" run --bundle "$BUNDLE" "$ID"
	said_only fine
}

@test "a hook that leaves something in the background holds nobody up" {
	bundle_make 'echo fine'
	hook createRuntime "sleep 30 > /dev/null 2>&1 < /dev/null & echo \$! > $WORK/child"
	run_ok timeout 10 "$RUNLET" --root "$STATE" run --bundle "$BUNDLE" "$ID"
	said_only fine
	kill "$(cat "$WORK/child")"
}

@test "a startContainer hook is under the filter too, with no_new_privs and without" {
	bundle_make true
	bundle_edit '.linux.seccomp = { defaultAction: "SCMP_ACT_ALLOW",
		architectures: ["SCMP_ARCH_X86_64"], syscalls: [{ names: ["mkdir", "mkdirat"], action: "SCMP_ACT_ERRNO" }] }'
	hook startContainer 'mkdir /made'
	local choice
	for choice in true false; do
		bundle_edit ".process.noNewPrivileges = $choice"
		run_fails 1 "Operation not permitted" runlet run --bundle "$BUNDLE" "$ID"
	done
}
