#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Terminals: handed to a console socket, or ours while we wait.

load ../helpers/suite

setup() {
	require containers busybox jq probe script
	suite_begin
}

teardown() {
	[ -z "${RECEIVER:-}" ] || kill "$RECEIVER" 2> /dev/null || true
	suite_end
}

# Waits at $SOCKET for a terminal; what is typed at it comes from $WORK/keys, what it shows goes to
# $WORK/screen.
receiver_start() {
	SOCKET=$WORK/console.sock
	mkfifo "$WORK/keys"
	COOPERAGE_TEST=$ID "$PROBE" receive "$SOCKET" <> "$WORK/keys" > "$WORK/screen" 2> "$WORK/receiver.errors" 3>&- &
	RECEIVER=$!
	until_ok test -S "$SOCKET"
}

screen_shows() { # TEXT
	until_ok grep -qF -- "$1" "$WORK/screen" || { echo "the screen shows: $(cat "$WORK/screen")"; return 1; }
}

# Runs it at a terminal of its own; what that shows is $output.
at_terminal() { # COMMAND…
	local line
	printf -v line '%q ' "$@"
	run_quietly timeout 20 script --quiet --return --log-out /dev/null --command "stty rows 31 cols 97; $line"
	output=${output//$'\r'/}
}

bundle_has_terminal() { # SCRIPT
	bundle_make "$1"
	bundle_edit '.process.terminal = true'
}

@test "create sends the terminal to the console socket" {
	bundle_has_terminal 'tty; echo "I see $(stty size)"; read line; echo "you typed $line"'
	bundle_edit '.process.consoleSize = { height: 24, width: 77 }'
	receiver_start
	container_create --console-socket "$SOCKET"
	screen_shows terminal
	container_start
	screen_shows /dev/pts/0
	screen_shows "I see 24 77"
	printf 'hello\n' > "$WORK/keys"
	screen_shows "you typed hello"
	container_becomes stopped
	[ ! -s "$CONTAINER_OUTPUT" ]
}

@test "run --detach sends it too, and so does exec" {
	bundle_has_terminal 'exec sleep 60'
	receiver_start
	run_ok runlet run --detach --bundle "$BUNDLE" --console-socket "$SOCKET" "$ID"
	screen_shows terminal
	kill "$RECEIVER"
	rm "$SOCKET" "$WORK/keys"
	receiver_start
	run_ok runlet exec --tty --detach --console-socket "$SOCKET" "$ID" sh -c 'echo "at $(tty)"; sleep 60'
	screen_shows terminal
	screen_shows "at /dev/pts/1"
}

@test "the terminal is the process's controlling one, and its user's" {
	bundle_has_terminal 'echo "owner $(stat -c %u $(tty))"; echo typed > /dev/tty; ls -l /proc/self/fd/0 /proc/self/fd/2'
	bundle_edit '.process.user = { uid: 1000, gid: 1000 }'
	receiver_start
	container_create --console-socket "$SOCKET"
	container_start
	screen_shows "owner 1000"
	screen_shows typed
	screen_shows "/proc/self/fd/2 -> /dev/pts/0"
}

@test "/dev/console is the terminal" {
	bundle_has_terminal '[ "$(stat -Lc %t:%T /dev/console)" = "$(stat -Lc %t:%T $(tty))" ] && echo same; echo shown > /dev/console'
	receiver_start
	container_create --console-socket "$SOCKET"
	container_start
	screen_shows same
	screen_shows shown
}

@test "there is no /dev/console without a terminal" {
	bundle_make 'ls /dev'
	container_run
	said_not console
}

@test "the terminal works in a user namespace" {
	require userns
	bundle_has_terminal 'echo "owner $(stat -c %u $(tty))"; tty'
	bundle_has_user_namespace
	bundle_edit '(.mounts[] | select(.destination == "/dev/pts")).options |= map(select(startswith("gid") | not))'
	receiver_start
	container_create --console-socket "$SOCKET"
	container_start
	screen_shows "owner 0"
	screen_shows /dev/pts/0
}

@test "a terminal wants a console socket when nobody waits, and a console socket a terminal" {
	bundle_has_terminal true
	run_fails 1 "--console-socket" runlet create --bundle "$BUNDLE" "$ID"
	run_fails 1 "--console-socket" runlet run --detach --bundle "$BUNDLE" "$ID"
	bundle_edit '.process.terminal = false'
	run_fails 1 "process.terminal is false" runlet create --bundle "$BUNDLE" --console-socket "$WORK/x" "$ID"
	container_is_gone
}

@test "a console socket that nobody listens at, or that is none, is refused" {
	bundle_has_terminal true
	run_fails 1 "$WORK/none.sock" runlet create --bundle "$BUNDLE" --console-socket "$WORK/none.sock" "$ID"
	echo text > "$WORK/file"
	run_fails 1 "$WORK/file" runlet create --bundle "$BUNDLE" --console-socket "$WORK/file" "$ID"
	local long
	long=$WORK/$(printf 'x%.0s' {1..120})
	run_fails 1 "console" runlet create --bundle "$BUNDLE" --console-socket "$long" "$ID"
	container_is_gone
}

@test "run at a terminal: what the process shows is shown, and its status is ours" {
	bundle_has_terminal 'tty; echo shown; exit 5'
	at_terminal "$RUNLET" --root "$STATE" run --bundle "$BUNDLE" "$ID"
	said /dev/pts/0
	said shown
	[ "$status" = 5 ]
	container_is_gone
}

@test "run at a terminal: the size is ours" {
	bundle_has_terminal 'stty size'
	at_terminal "$RUNLET" --root "$STATE" run --bundle "$BUNDLE" "$ID"
	said "31 97"
}

@test "run at a terminal: a change of size is passed on" {
	require python3
	bundle_has_terminal 'trap "stty size; exit" WINCH; echo up; while :; do sleep 0.05; done'
	cat > "$WORK/resize" <<- 'END'
		import fcntl, os, pty, struct, sys, termios
		pid, fd = pty.fork()
		if pid == 0:
		    os.execv(sys.argv[1], sys.argv[1:])
		said = b""
		while True:
		    try:
		        more = os.read(fd, 4096)
		    except OSError:
		        break
		    if not more:
		        break
		    if b"up" in more and b"up" not in said:
		        fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack("HHHH", 43, 143, 0, 0))
		    said += more
		print(said.decode())
		os.waitpid(pid, 0)
	END
	run_ok timeout 20 python3 "$WORK/resize" "$RUNLET" --root "$STATE" run --bundle "$BUNDLE" "$ID"
	said "43 143"
}

@test "run at a terminal leaves it as it was" {
	bundle_has_terminal 'stty raw -echo; echo fine'
	at_terminal sh -c "stty -a > $WORK/before; $RUNLET --root $STATE run --bundle $BUNDLE $ID; stty -a > $WORK/after"
	said fine
	diff "$WORK/before" "$WORK/after"
}

@test "run without a terminal of ours still gives the process one" {
	bundle_has_terminal 'tty; cat; echo aside >&2'
	printf 'piped in\n\004' > "$WORK/input"
	INPUT=$WORK/input run_ok timeout 20 "$RUNLET" --root "$STATE" run --bundle "$BUNDLE" "$ID"
	said /dev/pts/0
	said "piped in"
	said aside
}

@test "nothing that was written last is lost" {
	bundle_has_terminal 'i=0; while [ $i -lt 20000 ]; do i=$((i + 1)); echo line $i; done'
	run_ok timeout 60 "$RUNLET" --root "$STATE" run --bundle "$BUNDLE" "$ID"
	[ "$(grep -c ^line <<< "$output")" = 20000 ]
	said "line 20000"
}

@test "exec --tty gives a terminal to a container that has none" {
	bundle_make 'exec sleep 60'
	container_up
	at_terminal "$RUNLET" --root "$STATE" exec --tty "$ID" sh -c 'tty; stty size; exit 6'
	said /dev/pts/0
	said "31 97"
	[ "$status" = 6 ]
}

@test "exec --process with a terminal has the size that it says" {
	bundle_make 'exec sleep 60'
	container_up
	jq '.process | .terminal = true | .consoleSize = { height: 11, width: 22 } | .args = ["/bin/sh", "-c", "stty size; sleep 60"]' \
		"$BUNDLE/config.json" > "$WORK/process.json"
	receiver_start
	run_ok runlet exec --detach --process "$WORK/process.json" --console-socket "$SOCKET" "$ID"
	screen_shows "11 22"
}

@test "nothing can be typed at the caller's terminal" {
	bundle_make
	bundle_probes type 'touch pwned'
	at_terminal "$RUNLET" --root "$STATE" run --bundle "$BUNDLE" "$ID"
	said_not typed
	said "error"
}

@test "a /dev/console that the image ships leads nowhere" {
	bundle_has_terminal 'echo shown'
	bundle_edit 'del(.mounts[] | select(.destination == "/dev"))'
	mkdir -p "$BUNDLE/rootfs/dev/pts"
	touch "$WORK/canary"
	ln -s "$WORK/canary" "$BUNDLE/rootfs/dev/console"
	receiver_start
	run_fails 1 "/dev/console" runlet create --bundle "$BUNDLE" --console-socket "$SOCKET" "$ID"
	[ ! -s "$WORK/canary" ]
	[ -f "$WORK/canary" ]
	container_is_gone
}

@test "a /dev/pts that is none is refused" {
	bundle_has_terminal 'echo shown'
	bundle_edit 'del(.mounts[] | select(.destination == "/dev/pts"))'
	run_fails 1 "make the terminal: open dev/pts" timeout 10 "$RUNLET" --root "$STATE" run --bundle "$BUNDLE" "$ID"
	bundle_mount /dev/pts tmpfs tmpfs nosuid
	run_fails 1 "/dev/pts is not a devpts file system" timeout 10 "$RUNLET" --root "$STATE" run --bundle "$BUNDLE" "$ID"
	container_is_gone
}

@test "exec is not held up by what the container made of its ptmx" {
	bundle_make 'exec sleep 60'
	bundle_edit 'del(.process.capabilities)'
	container_up
	container_exec 'umount /dev/pts; mkfifo /dev/pts/ptmx; rm /dev/ptmx; mkfifo /dev/ptmx'
	run_fails 255 "/dev/pts" timeout 10 "$RUNLET" --root "$STATE" exec --tty "$ID" true
}

@test "a receiver that hangs up is no reason to wait" {
	bundle_has_terminal 'echo shown'
	SOCKET=$WORK/console.sock
	COOPERAGE_TEST=$ID "$PROBE" hang-up "$SOCKET" 3>&- &
	until_ok test -S "$SOCKET"
	run_quietly timeout 10 "$RUNLET" --root "$STATE" create --bundle "$BUNDLE" --console-socket "$SOCKET" "$ID"
	[ "$status" != 124 ]
}

@test "lines end as at a terminal on a terminal, and as in a file in a file" {
	bundle_has_terminal 'echo rolled'
	container_run
	[ "$(od -An -c "$output_file" | tr -d ' \n')" = 'rolled\n' ]
	bundle_make 'exec sleep 60'
	container_up
	run_ok runlet exec --tty "$ID" echo hooped
	[ "$(od -An -c "$output_file" | tr -d ' \n')" = 'hooped\n' ]
	# At the end of its own input script types an end-of-file; a pipe that nobody writes to has none.
	mkfifo "$WORK/keyboard"
	exec {keys}<> "$WORK/keyboard"
	timeout 20 script --quiet --log-out "$WORK/typescript" --command \
		"$RUNLET --root $STATE exec --tty $ID echo both" > /dev/null <&"$keys" 3>&-
	exec {keys}<&-
	grep -q $'^both\r' "$WORK/typescript"
}
