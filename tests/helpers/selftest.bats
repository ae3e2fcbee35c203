#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# The helpers can fail: what they promise to notice, they notice.

load ../helpers/suite

PATIENCE=2

# A command of ours is expected to fail and to say this.
notices() { # TEXT COMMAND…
	local text=$1 said
	shift
	if said=$("$@" 2>&1 3>&-); then
		echo "went well: $*"
		return 1
	fi
	[[ $said == *"$text"* ]] || { echo "said: $said"; return 1; }
}

@test "run_ok keeps what a command printed, apart from its errors" {
	run_ok sh -c 'echo fine; echo aside >&2'
	said_only fine
	[ "$errors" = aside ]
}

@test "run_ok fails when the command does and shows its errors" {
	notices "errors: no luck" run_ok sh -c 'echo no luck >&2; exit 3'
}

@test "run_ok does not wait for what a command leaves in the background" {
	local begin=$SECONDS
	run_ok sh -c 'sleep 30 & echo $!'
	[ $((SECONDS - begin)) -lt 10 ]
	kill "$output"
}

@test "run_fails wants failure, the text and the status" {
	run_fails "no luck" sh -c 'echo no luck >&2; exit 3'
	run_fails 3 "no luck" sh -c 'echo no luck >&2; exit 3'
	notices "should have failed" run_fails "no luck" sh -c 'echo no luck >&2'
	notices "should have said" run_fails "no luck" sh -c 'echo bad luck >&2; exit 3'
	notices "should have ended with 4" run_fails 4 "no luck" sh -c 'echo no luck >&2; exit 3'
}

@test "said looks at the last output" {
	run_ok echo a barrel
	said barrel
	said_not cask
	notices "should have printed: cask" said cask
	notices "should not have printed: barrel" said_not barrel
	notices "nothing but: a" said_only a
}

@test "require names what is missing" {
	[ "$(missing nosuchprogram)" = nosuchprogram ]
	[ "$(missing kernel:99.1)" = "Linux 99.1, this is $(uname -r)" ]
	[ "$(missing cgroup:nosuch)" = "the nosuch controller" ]
	missing sh
	missing kernel:2.6
}

@test "a process that stays behind is noticed" {
	run_ok sh -c 'sleep 30 & echo $!'
	notices "sleep 30" host_is_unchanged
	kill "$output"
	host_is_unchanged
}

@test "a mount that stays behind is noticed" {
	require root
	mkdir "$WORK/tree"
	mount -t tmpfs tmpfs "$WORK/tree"
	notices "mount / $WORK/tree" host_is_unchanged
	umount "$WORK/tree"
	host_is_unchanged
}

@test "a cgroup that stays behind is noticed" {
	require root
	local directory=/sys/fs/cgroup
	[ ! -d "$directory/pids" ] || directory=$directory/pids
	mkdir "$directory/$ID" || skip "needs a cgroup that can be written"
	notices "cgroup $directory/$ID" host_is_unchanged
	rmdir "$directory/$ID"
	host_is_unchanged
}

@test "a container's process is noticed by where its root is" {
	require root
	bundle_make
	env -u COOPERAGE_TEST unshare --mount --propagation private sh -c \
		'mount --bind "$1" "$1" && exec chroot "$1" /bin/sleep 30' sh "$BUNDLE/rootfs" > /dev/null 2>&1 3>&- &
	local pid=$!
	until_ok grep -q sleep "/proc/$pid/cmdline"
	notices "$pid /bin/sleep 30" host_is_unchanged
	kill "$pid"
	wait "$pid" || true
	host_is_unchanged
}

@test "what a broken test left is cleared away" {
	require root
	mkdir "$WORK/tree"
	mount -t tmpfs tmpfs "$WORK/tree"
	run_ok sh -c 'sleep 30 & echo $!'
	host_restore > /dev/null 2>&1
	host_is_unchanged
}

@test "a bundle holds a root of busybox and the process asked for" {
	bundle_make 'echo hello'
	bundle_mount /data tmpfs tmpfs nosuid,size=1m
	[ "$("$BUNDLE/rootfs/bin/busybox" echo fine)" = fine ]
	[ "$(jq -r '.process.args[2]' "$BUNDLE/config.json")" = "echo hello" ]
	[ "$(jq -c '.mounts[-1].options' "$BUNDLE/config.json")" = '["nosuid","size=1m"]' ]
	[ "$(jq -r .linux.cgroupsPath "$BUNDLE/config.json")" = "/cooperage-$ID" ]
}
