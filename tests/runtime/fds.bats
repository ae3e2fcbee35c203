#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Descriptors: the process has the three standard ones and those that it was promised, and no other.

load ../helpers/suite

setup() {
	require containers busybox jq probe
	suite_begin
	bundle_make
	bundle_probes fds
}

@test "the process has its standard streams and nothing else" {
	container_run
	[ "$(cut -d' ' -f1 <<< "$output" | xargs)" = "0 1 2" ]
}

@test "a process of exec has no more" {
	bundle_runs 'exec sleep 60'
	container_up
	run_ok runlet exec "$ID" /bin/probe fds
	[ "$(cut -d' ' -f1 <<< "$output" | xargs)" = "0 1 2" ]
}

@test "with a terminal all three are the terminal" {
	require script
	bundle_edit '.process.terminal = true'
	run_ok timeout 20 script --quiet --return --log-out /dev/null --command "$RUNLET --root $STATE run --bundle $BUNDLE $ID"
	# script(1) types a NUL when its own input ends, and the terminal echoes it.
	[ "$(tr -d '\r' <<< "$output" | sed 's/\^@//' | grep .)" = $'0 /dev/pts/0\n1 /dev/pts/0\n2 /dev/pts/0' ] ||
		explain "should have been three" terminals
}

@test "none of the caller's descriptors is inherited, however many" {
	cat > "$WORK/caller" <<- 'END'
		ulimit -n 2000
		for n in {3..200} {300..600}; do
			eval "exec $n< /"
		done
		exec "$@"
	END
	run_ok bash "$WORK/caller" "$RUNLET" --root "$STATE" run --bundle "$BUNDLE" "$ID"
	[ "$(cut -d' ' -f1 <<< "$output" | xargs)" = "0 1 2" ]
	bundle_runs 'exec sleep 60'
	run_ok bash "$WORK/caller" "$RUNLET" --root "$STATE" run --detach --bundle "$BUNDLE" "$ID"
	until_ok grep -qx sleep "/proc/$(container_pid)/comm"
	[ "$(ls "/proc/$(container_pid)/fd" | xargs)" = "0 1 2" ]
	run_ok bash "$WORK/caller" "$RUNLET" --root "$STATE" exec "$ID" /bin/probe fds
	[ "$(cut -d' ' -f1 <<< "$output" | xargs)" = "0 1 2" ]
}

@test "a container that waits to be started holds nothing of the host but its gate and its streams" {
	require root
	bundle_runs 'exec sleep 60'
	container_create
	local fd target
	for fd in "/proc/$(container_pid)/fd/"*; do
		target=$(readlink "$fd")
		case ${fd##*/} in 0 | 1 | 2) continue ;; esac
		[[ $target = socket:* || $target = anon_inode:* || $target = pipe:* || $target = /memfd:* || $target = / ]] ||
			{ echo "descriptor ${fd##*/} is $target"; return 1; }
	done
	[ "$(readlink "/proc/$(container_pid)/cwd")" = / ]
}

@test "nobody but the process holds the caller's streams once create has returned" {
	bundle_runs 'exec sleep 60'
	mkfifo "$WORK/pipe"
	timeout 20 cat "$WORK/pipe" > "$WORK/said" 3>&- &
	local reader=$!
	COOPERAGE_TEST=$ID "$RUNLET" --root "$STATE" create --bundle "$BUNDLE" "$ID" > "$WORK/pipe" 2>&1 < /dev/null 3>&-
	process_lives "$reader"
	run_ok runlet delete --force "$ID"
	wait "$reader"
}

@test "exec --detach gives its streams to the process alone" {
	bundle_runs 'exec sleep 60'
	container_up
	mkfifo "$WORK/pipe"
	timeout 20 cat "$WORK/pipe" > "$WORK/said" 3>&- &
	local reader=$!
	COOPERAGE_TEST=$ID "$RUNLET" --root "$STATE" exec --detach "$ID" /bin/sh -c 'echo said; sleep 0.3' > "$WORK/pipe" 2>&1 < /dev/null 3>&-
	wait "$reader"
	[ "$(cat "$WORK/said")" = said ]
}

# ---- promised ones ---------------------------------------------------------------------------

# run_ok would close the third.
@test "--preserve-fds passes so many from 3 on, and not one more" {
	echo three > "$WORK/three"
	echo four > "$WORK/four"
	bundle_runs 'cat <&3; cat <&4; /bin/probe fds'
	COOPERAGE_TEST=$ID "$RUNLET" --root "$STATE" run --preserve-fds 2 --bundle "$BUNDLE" "$ID" \
		> "$WORK/said" < /dev/null 3< "$WORK/three" 4< "$WORK/four" 5< /
	[ "$(head -n 2 "$WORK/said" | xargs)" = "three four" ]
	[ "$(tail -n +3 "$WORK/said" | cut -d' ' -f1 | xargs)" = "0 1 2 3 4" ]
}

@test "--preserve-fds holds for create and for exec" {
	echo three > "$WORK/three"
	bundle_runs 'cat <&3; exec sleep 60'
	run_with_three() {
		"$@" 3< "$WORK/three"
	}
	COOPERAGE_TEST=$ID run_with_three "$RUNLET" --root "$STATE" create --preserve-fds 1 --bundle "$BUNDLE" "$ID" \
		> "$WORK/said" 2>&1 < /dev/null
	container_start
	until_ok grep -q three "$WORK/said"
	run_with_three "$RUNLET" --root "$STATE" exec --preserve-fds=1 "$ID" sh -c 'cat <&3' > "$WORK/said" 2>&1 < /dev/null
	[ "$(cat "$WORK/said")" = three ]
}

@test "--preserve-fds of one that is not open is refused" {
	run_fails 1 "--preserve-fds: descriptor 3 is not open" runlet run --preserve-fds 1 --bundle "$BUNDLE" "$ID"
	run_fails 1 "--preserve-fds: descriptor 3 is not open" runlet --log "$WORK/log" run --preserve-fds 1 --bundle "$BUNDLE" "$ID"
	bundle_runs 'exec sleep 60'
	container_up
	run_fails 255 "--preserve-fds: descriptor 3 is not open" runlet exec --preserve-fds 2 "$ID" true
}

@test "LISTEN_FDS passes sockets as systemd does" {
	echo three > "$WORK/three"
	echo four > "$WORK/four"
	bundle_runs 'env | grep LISTEN | sort; cat <&3; cat <&4; /bin/probe fds'
	LISTEN_FDS=1 LISTEN_PID=4711 LISTEN_FDNAMES=web COOPERAGE_TEST=$ID \
		"$RUNLET" --root "$STATE" run --preserve-fds 1 --bundle "$BUNDLE" "$ID" \
		> "$WORK/said" 2>&1 < /dev/null 3< "$WORK/three" 4< "$WORK/four" 5< /
	[ "$(head -n 5 "$WORK/said" | xargs)" = "LISTEN_FDNAMES=web LISTEN_FDS=1 LISTEN_PID=1 three four" ]
	[ "$(tail -n +6 "$WORK/said" | cut -d' ' -f1 | xargs)" = "0 1 2 3 4" ]
}

@test "LISTEN_FDS that is no number is none" {
	bundle_edit '.process.args = ["/bin/env"]'
	LISTEN_FDS=many run_ok runlet run --bundle "$BUNDLE" "$ID"
	said_not LISTEN
}

# ---- closed ones -----------------------------------------------------------------------------

@test "with any of the standard streams closed nothing of ours takes its place" {
	cat > "$BUNDLE/rootfs/bin/tell" <<- 'END'
		#!/bin/sh
		ls -l /proc/self/fd > /seen 2> /dev/null
		/bin/probe fds > /probed 2> /dev/null
	END
	chmod 755 "$BUNDLE/rootfs/bin/tell"
	bundle_edit '.process.args = ["/bin/tell"]'
	local closed fd target
	for closed in "0" "1" "2" "0 1" "0 2" "1 2" "0 1 2"; do
		rm -f "$BUNDLE/rootfs/probed"
		COOPERAGE_TEST=$ID bash -c '
			for fd in '"$closed"'; do eval "exec $fd>&-"; done
			exec "$@"' sh timeout 10 "$RUNLET" --root "$STATE" run --bundle "$BUNDLE" "$ID" 3>&-
		[ -s "$BUNDLE/rootfs/probed" ]
		while read -r fd target; do
			[ "$fd" -le 2 ] || { echo "closed $closed: $fd is $target"; return 1; }
			for one in $closed; do
				[ "$fd" != "$one" ] || [ "$fd" = 1 ] || [ "$target" = /dev/null ] || { echo "closed $closed: $fd is $target"; return 1; }
			done
		done < "$BUNDLE/rootfs/probed"
	done
}

@test "a full pipe or a closed one does not stop what a command has to do" {
	bundle_runs 'exec sleep 60'
	container_up
	run_ok bash -c '"$@" | true' sh "$RUNLET" --root "$STATE" state "$ID"
	run_quietly bash -c '"$@" > /dev/full' sh "$RUNLET" --root "$STATE" state "$ID"
	[ "$status" = 1 ]
	[[ $errors == *"No space left on device"* ]]
	run_quietly bash -c '"$@" 2> /dev/full > /dev/full' sh "$RUNLET" --root "$STATE" delete --force "$ID"
	[ "$status" = 0 ]
	container_is_gone
}

@test "few descriptors are an error that says so, and nothing stays" {
	local n ended=0
	for n in 4 6 8 10 14 18 24; do
		run_quietly prlimit --nofile=$n "$RUNLET" --root "$STATE" run --bundle "$BUNDLE" "$ID"
		[ "$status" = 0 ] || ended=$((ended + 1))
		[ "$status" -le 1 ] || explain "should have failed with words" "$n"
		[ "$status" = 0 ] || [[ $errors == *"Too many open files"* ]] || explain "should have said why" "$n"
		run_ok runlet delete --force "$ID"
		host_is_unchanged
	done
	[ "$ended" -gt 0 ]
}
