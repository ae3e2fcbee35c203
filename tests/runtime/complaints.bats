#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# What only comes to light on the way, when part of a container is there: the exact complaint, and all of
# it is unmade. Found by `make coverage` among the error paths that no test went through.

load ../helpers/suite

setup() {
	require root busybox jq
	suite_begin
	bundle_make 'sleep 1000'
}

create_fails() { # TEXT
	run_fails 1 "$1" runlet create --bundle "$BUNDLE" "$ID"
	run_fails "does not exist" runlet state "$ID"
}

long() { # LENGTH
	head -c "$1" /dev/zero | tr '\0' x
}

@test "a kernel parameter with an endless name is refused" {
	bundle_edit --arg name "net.$(long 5000)" '.linux.sysctl = {($name): "1"}'
	create_fails 'the name is too long'
}

@test "a mount option with an endless name is refused" {
	bundle_edit --arg option "$(long 300)=1" '.mounts += [{destination: "/mnt", type: "tmpfs", source: "tmpfs", options: [$option]}]'
	create_fails 'the name is too long'
}

@test "a link is copied or not followed, not both" {
	bundle_edit '.mounts += [{destination: "/mnt", type: "bind", source: "/tmp", options: ["rbind", "copy-symlink", "src-nofollow"]}]'
	create_fails 'copy-symlink excludes src-nofollow and dest-nofollow'
}

@test "tmpcopyup says what it could not copy" {
	local place=$BUNDLE/rootfs/deep i
	mkdir "$place"
	for ((i = 0; i < 210; i++)); do
		place=$place/d
	done
	mkdir -p "$place"
	bundle_edit '.mounts += [{destination: "/deep", type: "tmpfs", source: "tmpfs", options: ["tmpcopyup"]}]'
	create_fails 'the tree is more than 200 levels deep'
}

@test "tmpcopyup into a file system that is too small says so" {
	mkdir "$BUNDLE/rootfs/full"
	head -c 2000000 /dev/zero > "$BUNDLE/rootfs/full/file"
	bundle_edit '.mounts += [{destination: "/full", type: "tmpfs", source: "tmpfs", options: ["tmpcopyup", "size=64k"]}]'
	create_fails 'copy "file": No space left on device'
}

@test "tmpcopyup into a file system without room for a name says so" {
	mkdir -p "$BUNDLE/rootfs/few/a" "$BUNDLE/rootfs/few/b" "$BUNDLE/rootfs/few/c"
	bundle_edit '.mounts += [{destination: "/few", type: "tmpfs", source: "tmpfs", options: ["tmpcopyup", "nr_inodes=2"]}]'
	create_fails 'make the directory "'
}

@test "a console without a terminal, and a terminal without a console, are refused" {
	run_fails 1 "--console-socket is given, but process.terminal is false" \
		runlet create --console-socket "$WORK/none" --bundle "$BUNDLE" "$ID"
	bundle_edit '.process.terminal = true'
	create_fails 'process.terminal is true: a detached container needs --console-socket'
}

@test "a terminal without a /dev/pts to make it in is refused" {
	bundle_edit '.mounts |= map(select(.destination != "/dev/pts")) | .process.terminal = true'
	run_fails 1 "make the terminal: open dev/pts: No such file or directory" runlet run --bundle "$BUNDLE" "$ID"
}

@test "a host name that the kernel does not take is named" {
	bundle_edit --arg name "$(long 70)" '.hostname = $name'
	create_fails 'set the host name to "xxx'
	bundle_edit --arg name "$(long 70)" '.hostname = "cask" | .domainname = $name'
	create_fails 'set the domain name to "xxx'
}

@test "exec judges its options before it enters" {
	run_ok runlet create --bundle "$BUNDLE" "$ID"
	run_ok runlet start "$ID"
	run_fails 255 'there is no command to run, and no --process' runlet exec "$ID"
	run_fails 255 '--user: "1:2:3" is not UID[:GID]' runlet exec --user 1:2:3 "$ID" true
	run_fails 255 '--user: "web"' runlet exec --user web "$ID" true
	run_fails 255 '--additional-gids: "staff"' runlet exec --additional-gids staff "$ID" true
	run_fails 255 'a detached process with a terminal needs --console-socket' runlet exec --tty --detach "$ID" true
	run_fails 'is too large' runlet update --memory 9223372036854775808 "$ID"
	run_fails '--format: "xml" is neither table nor json' runlet ps --format xml "$ID"
}

@test "exec of a process document that breaks a rule names the document" {
	run_ok runlet create --bundle "$BUNDLE" "$ID"
	run_ok runlet start "$ID"
	echo '{"args": ["true"], "cwd": "/", "rlimits": [{"type": "RLIMIT_CORE", "soft": 1, "hard": 1},
		{"type": "RLIMIT_CORE", "soft": 2, "hard": 2}]}' > "$WORK/process.json"
	run_fails 255 "$WORK/process.json: " runlet exec --process "$WORK/process.json" "$ID"
}
