#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# The runtime's own program is out of the container's reach (CVE-2019-5736 and its kin).

load ../helpers/suite

setup() {
	require containers busybox jq probe
	suite_begin
	# A copy, so that a test that fails spoils nothing.
	cp "$RUNLET" "$WORK/runlet"
	RUNLET=$WORK/runlet
	SUM=$(sha256sum < "$RUNLET")
	bundle_make
	cp "$PROBE" "$BUNDLE/rootfs/bin/probe"
}

teardown() {
	suite_end
}

program_is_whole() {
	[ "$(sha256sum < "$RUNLET")" = "$SUM" ]
}

@test "a created container cannot be used to reach the host's program" {
	require root
	bundle_runs 'exec sleep 60'
	container_create
	local pid
	pid=$(container_pid)
	[ "$(stat -Lc %d:%i "/proc/$pid/exe")" != "$(stat -c %d:%i "$RUNLET")" ]
	run_quietly "$PROBE" overwrite "/proc/$pid/exe"
	said_only closed
	program_is_whole
}

@test "what waits runs from an overlay with nowhere to write to, or from sealed memory" {
	require root
	bundle_runs 'exec sleep 60'
	container_create
	local exe
	exe=$(readlink "/proc/$(container_pid)/exe")
	[[ $exe == /memfd:* || $(stat -Lfc %T "/proc/$(container_pid)/exe") == overlayfs ]]
}

@test "a program that says it is /proc/self/exe is the container's, not ours" {
	printf '#!/proc/self/exe\n' > "$BUNDLE/rootfs/bin/again"
	chmod 755 "$BUNDLE/rootfs/bin/again"
	bundle_edit '.process.args = ["/bin/again"]'
	run_quietly timeout 20 "$RUNLET" --root "$STATE" run --bundle "$BUNDLE" "$ID"
	[ "$status" != 124 ]
	program_is_whole
	bundle_edit '.process.args = ["/proc/self/exe", "--version"]'
	run_quietly timeout 20 "$RUNLET" --root "$STATE" run --bundle "$BUNDLE" "$ID"
	program_is_whole
	container_is_gone
}

@test "a container with every capability that lies in wait for exec writes nowhere" {
	cat > "$BUNDLE/rootfs/bin/lurk" <<- 'END'
		#!/bin/sh
		echo up
		while :; do
			for exe in /proc/[0-9]*/exe; do
				case $exe in /proc/1/*|/proc/$$/*) continue ;; esac
				/bin/probe overwrite "$exe" >> /tried
			done
		done
	END
	chmod 755 "$BUNDLE/rootfs/bin/lurk"
	bundle_edit 'del(.process.capabilities) | .process.noNewPrivileges = false | .process.args = ["/bin/lurk"]'
	container_up
	container_prints up
	local round
	for ((round = 0; round < 40; round++)); do
		run_quietly timeout 20 "$RUNLET" --root "$STATE" exec "$ID" /bin/true
		run_quietly timeout 20 "$RUNLET" --root "$STATE" exec "$ID" /proc/self/exe --version
	done
	program_is_whole
	[ -s "$BUNDLE/rootfs/tried" ]
	cp "$RUNLET" "$WORK/other" && mv "$WORK/other" "$RUNLET" # nobody holds it open for writing either
	run_ok runlet --version
}

@test "what is seen of runlet during exec leads to no place of the host" {
	cat > "$BUNDLE/rootfs/bin/lookout" <<- 'END'
		#!/bin/sh
		echo up
		while :; do
			for p in /proc/[0-9]*; do
				case $p in /proc/1|/proc/$$) continue ;; esac
				ls "$p/cwd/" "$p/root/" >> /seen 2> /dev/null
				ls -l "$p/fd/" >> /links 2> /dev/null
				cat "$p/environ" >> /environs 2> /dev/null
			done
		done
	END
	chmod 755 "$BUNDLE/rootfs/bin/lookout"
	bundle_edit '.process.args = ["/bin/lookout"]'
	container_up
	container_prints up
	touch "$WORK/canary"
	local round
	for ((round = 0; round < 40; round++)); do
		(cd "$WORK" && HIDDEN=canary run_ok runlet exec "$ID" /bin/true)
	done
	run_ok runlet kill "$ID" KILL
	container_becomes stopped
	not grep -aq canary "$BUNDLE/rootfs/seen" "$BUNDLE/rootfs/environs"
	not grep -aq "$STATE" "$BUNDLE/rootfs/links"
}

@test "it holds for a user's container too, whose owner is the program's" {
	require root userns
	bundle_runs 'exec sleep 60'
	bundle_has_user_namespace
	chown 100000:100000 "$RUNLET"
	container_create
	run_quietly nsenter --user --target "$(container_pid)" --preserve-credentials "$PROBE" overwrite "/proc/$(container_pid)/exe"
	said_not "open to writing"
	program_is_whole
}
