#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# The command line: options, help, errors and their log, exit codes, and the commands that only print.

load ../helpers/suite

setup() {
	require jq
	suite_begin
}

# ---- version and help ------------------------------------------------------------------------

@test "--version begins as engines expect it" {
	local option
	for option in --version -v; do
		run_ok runlet "$option"
		[[ $(head -n 1 <<< "$output") =~ ^runlet\ version\ [0-9]+\.[0-9]+ ]]
		[[ $output =~ $'\n'spec:\ 1\.[0-9]+\.[0-9]+ ]]
		[ "$(grep -ci version <<< "$output")" = 1 ]
	done
}

@test "--help lists every command, and each tells of itself" {
	run_ok runlet --help
	local command commands
	commands=$(awk '/^Commands:/ { on = 1; next } /^$/ { on = 0 } on { print $1 }' <<< "$output")
	for command in create start run exec kill delete state list ps pause resume update spec features check; do
		grep -qx "$command" <<< "$commands"
	done
	for command in $commands; do
		run_ok runlet "$command" --help
		[[ $output == "Usage: runlet $command"* ]]
		[ -z "$errors" ]
	done
	run_ok runlet run -h
	said "--detach"
}

# ---- mistakes --------------------------------------------------------------------------------

@test "what is not known is named, and what may have been meant" {
	run_fails 1 'unknown command "kil"; did you mean "kill"?' runlet kil x
	run_fails 1 'unknown command "nosuchcommand"' runlet nosuchcommand
	run_fails 1 'unknown option "--nosuch"' runlet --nosuch
	run_fails 1 'unknown option "--nosuch"' runlet create --nosuch x
	run_fails 1 'unknown option "-Z"' runlet list -Z
	run_fails 1 "a command is missing" runlet
}

@test "missing and surplus arguments are named" {
	local command
	for command in create start run kill delete state ps pause resume update; do
		run_fails 1 "CONTAINER is missing" runlet "$command"
	done
	run_fails 255 "CONTAINER is missing" runlet exec
	run_fails 1 'unexpected argument "b"' runlet state a b
	run_fails 1 'unexpected argument' runlet list a
}

@test "an option that wants a value says so in the words that Podman looks for" {
	run_fails 1 "flag needs an argument: --bundle" runlet create --bundle
	run_fails 1 "flag needs an argument: --root" runlet --root
	run_fails 1 "flag needs an argument: --format" runlet list --format
}

@test "a switch takes no value, a number no text" {
	run_fails 1 "--force" runlet delete --force=maybe x
	run_fails 1 "--preserve-fds" runlet run --preserve-fds many x
	run_fails 1 "--preserve-fds" runlet run --preserve-fds=-1 x
	run_fails 1 "--pids-limit" runlet update --pids-limit 1e3 x
}

@test "values of global options are judged" {
	run_fails 1 '--log-format: "xml" is not known' runlet --log-format xml list
	run_fails 1 '--log-level: "loud" is not known' runlet --log-level loud list
	run_fails 1 '--cgroup-manager: "none" is not known' runlet --cgroup-manager none list
	run_fails 1 "$WORK/nowhere/log" runlet --log "$WORK/nowhere/log" list
	run_ok runlet --rootless=true list
	run_ok runlet --rootless auto list
	run_ok runlet --cgroup-manager disabled --log-format=json list
}

# ---- forms -----------------------------------------------------------------------------------

@test "options are taken in every form that callers use" {
	require containers busybox
	bundle_make 'echo fine'
	run_ok runlet run --bundle "$BUNDLE" "$ID" && said_only fine
	run_ok runlet run --bundle="$BUNDLE" "$ID" && said_only fine
	run_ok runlet run -b "$BUNDLE" "$ID" && said_only fine
	run_ok runlet run -b"$BUNDLE" "$ID" && said_only fine
	run_ok runlet run -bundle "$BUNDLE" "$ID" && said_only fine
	run_ok runlet run "$ID" --bundle "$BUNDLE" && said_only fine
	run_ok runlet run "$ID" -no-subreaper -b "$BUNDLE" && said_only fine
	run_ok runlet run -no-subreaper --bundle "$BUNDLE" -- "$ID" && said_only fine
	run_ok runlet create "$ID" --bundle "$BUNDLE" --pid-file "$WORK/pid"
	run_ok runlet delete "$ID" --force
}

@test "options of the program stand before the command" {
	run_ok runlet list --quiet
	run_fails 1 'unknown option "--root"' runlet list --root "$WORK"
}

@test "of an option that is given twice the last counts" {
	run_ok runlet list --format table --format json
	[ "$(jq -c . <<< "$output")" = '[]' ]
}

# ---- errors and logs -------------------------------------------------------------------------

@test "an error is one line on standard error, and nothing on standard output" {
	run_quietly runlet state "$ID"
	[ "$status" = 1 ]
	[ -z "$output" ]
	[ "$errors" = "runlet: state: container \"$ID\" does not exist" ]
}

@test "with --log it is in the log too, as the only line" {
	run_fails 1 "does not exist" runlet --log "$WORK/log" state "$ID"
	[ "$(wc -l < "$WORK/log")" = 1 ]
	grep -q 'does not exist' "$WORK/log"
	run_fails 1 "does not exist" runlet --log "$WORK/log" state "$ID"
	[ "$(wc -l < "$WORK/log")" = 2 ]
}

@test "a line of a JSON log has level, msg and time, and nothing that breaks it" {
	run_fails 1 "container id" runlet --log "$WORK/log" --log-format json state $'a"\n\\\t\x01é'
	[ "$(wc -l < "$WORK/log")" = 1 ]
	[ "$(jq -r .level "$WORK/log")" = error ]
	[[ $(jq -r .msg "$WORK/log") == *"container id"* ]]
	[[ $(jq -r .time "$WORK/log") =~ ^20[0-9]{2}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?(Z|[+-][0-9]{2}:[0-9]{2})$ ]]
	[ "$(jq -r 'keys | join(" ")' "$WORK/log")" = "level msg time" ]
}

@test "a success writes no line, neither to the log nor to standard error" {
	require containers busybox
	bundle_make 'exec sleep 60'
	local log=$WORK/log
	run_ok runlet --log "$log" --log-format json create --bundle "$BUNDLE" "$ID"
	run_ok runlet --log "$log" --log-format json start "$ID"
	run_ok runlet --log "$log" --log-format json state "$ID"
	run_ok runlet --log "$log" --log-format json delete --force "$ID"
	[ ! -s "$log" ]
	[ -z "$errors" ]
}

@test "--debug tells every step, on either side" {
	require containers busybox
	bundle_make true
	run_ok runlet --debug --log "$WORK/log" run --bundle "$BUNDLE" "$ID"
	grep -q "spawn the guest" "$WORK/log"
	grep -q "guest.*surrender privileges" "$WORK/log"
	run_ok runlet --log-level debug --log-format json --log "$WORK/json" run --bundle "$BUNDLE" "$ID"
	[ "$(jq -r .level "$WORK/json" | sort -u)" = debug ]
}

# ---- check and spec --------------------------------------------------------------------------

@test "check says all that is wrong at once, and runs nothing" {
	require root containers busybox
	bundle_make 'touch /ran'
	run_ok runlet check --bundle "$BUNDLE"
	said "nothing is wrong"
	cp "$BUNDLE/config.json" "$WORK/right.json"
	bundle_edit '.process.cwd = "relative" | .root.path = "" | .linux.namespaces[0].type = "pit"'
	run_fails 1 "process.cwd" runlet check --bundle "$BUNDLE"
	[[ $errors == *"root.path"* && $errors == *"linux.namespaces[0].type"* ]]
	# What members have to do with each other is judged once each of them is right.
	cp "$WORK/right.json" "$BUNDLE/config.json"
	bundle_edit '.process.rlimits = [{ type: "RLIMIT_CORE", soft: 0, hard: 0 }, { type: "RLIMIT_CORE", soft: 0, hard: 0 }] |
		.linux.namespaces += [{ type: "pid" }] | .linux.uidMappings = [{ containerID: 0, hostID: 0, size: 1 }]'
	run_fails 1 "process.rlimits" runlet check --bundle "$BUNDLE"
	[[ $errors == *"linux.namespaces"* ]]
	[[ $errors == *"linux.uidMappings"* ]]
	[ ! -e "$BUNDLE/rootfs/ran" ]
	[ ! -e "$STATE" ]
}

@test "check looks at what only this host can tell" {
	require containers busybox
	bundle_make true
	bundle_edit '.root.path = "nowhere" | .mounts += [{ destination: "/x", type: "bind", source: "/no/such", options: ["bind"] }] |
		.hooks.prestart = [{ path: "/no/hook" }] | .linux.namespaces[0].path = "/no/namespace"'
	run_fails 1 "root.path: nowhere" runlet check --bundle "$BUNDLE"
	[[ $errors == *"mounts[6].source: /no/such"* ]]
	[[ $errors == *"hooks.prestart[0].path: /no/hook"* ]]
	[[ $errors == *"linux.namespaces[0].path: /no/namespace"* ]]
}

@test "spec writes a document that runs, and never over another" {
	require root containers busybox
	BUNDLE=$WORK/bundle
	mkdir "$BUNDLE"
	rootfs_make "$BUNDLE/rootfs"
	cd "$BUNDLE"
	run_ok runlet spec
	said_only ""
	run_ok runlet check
	bundle_edit --arg path "/cooperage-$ID" '.process.terminal = false | .process.args = ["/bin/busybox", "echo", "ran"] | .linux.cgroupsPath = $path'
	run_ok runlet run "$ID"
	said_only ran
	run_fails 1 "is there already" runlet spec
	run_fails 1 "is there already" runlet spec --bundle "$BUNDLE"
	[ "$(jq -r '.process.args[2]' config.json)" = ran ]
}

@test "spec --rootless is for a user" {
	run_ok runlet spec --rootless --bundle "$WORK"
	[ "$(jq -r '[.linux.namespaces[].type] | contains(["user"])' "$WORK/config.json")" = true ]
	[ "$(jq -r '[.linux.namespaces[].type] | contains(["network"])' "$WORK/config.json")" = false ]
	[ "$(jq -r '.linux.uidMappings[0] | "\(.containerID) \(.hostID) \(.size)"' "$WORK/config.json")" = "0 $(id -u) 1" ]
	[ "$(jq -r .linux.resources "$WORK/config.json")" = null ]
}

@test "spec --explain tells what may stand at a path" {
	run_ok runlet spec --explain linux.resources.memory
	said limit
	said swap
	run_fails 1 nosuch runlet spec --explain linux.nosuch
	[ ! -e config.json ]
}

# ---- features --------------------------------------------------------------------------------

@test "features is JSON with all that the specification lists" {
	run_ok runlet features
	cp "$output_file" "$WORK/features"
	[ "$(jq -r .ociVersionMin "$WORK/features")" = 1.0.0 ]
	[[ $(jq -r .ociVersionMax "$WORK/features") =~ ^1\.[3-9] ]]
	[ "$(jq -r '.hooks | sort | join(" ")' "$WORK/features")" = "createContainer createRuntime poststart poststop prestart startContainer" ]
	[ "$(jq -r '.linux.namespaces | sort | join(" ")' "$WORK/features")" = "cgroup ipc mount network pid time user uts" ]
	[ "$(jq -r '.linux.mountExtensions.idmap.enabled' "$WORK/features")" = true ]
	[ "$(jq -r '.linux.netDevices.enabled' "$WORK/features")" = true ]
	[ "$(jq -r '.linux.cgroup | "\(.v1) \(.v2)"' "$WORK/features")" = "true true" ]
	[ "$(jq -r '.linux.seccomp.enabled' "$WORK/features")" = true ]
	[ "$(jq -r '.linux.capabilities | length' "$WORK/features")" -ge 41 ]
	[ "$(jq -r '.linux.memoryPolicy.modes | length' "$WORK/features")" = 7 ]
	local word
	for word in rro ro bind rbind nosuid tmpcopyup idmap ridmap rslave nosymfollow; do
		[ "$(jq --arg word "$word" '.mountOptions | index($word) != null' "$WORK/features")" = true ]
	done
	[ "$(jq -c '.mountOptions' "$WORK/features")" = "$(jq -c '.mountOptions | sort' "$WORK/features")" ]
}

@test "features keeps to the schema of the specification" {
	require data python3
	python3 -c 'import jsonschema' 2> /dev/null || skip "needs Python's jsonschema"
	run_ok runlet features
	cp "$output_file" "$WORK/features"
	run_ok python3 -c '
import json, os, sys, jsonschema
schemas, document = sys.argv[1:]
schema = json.load(open(schemas + "/features-schema.json"))
resolver = jsonschema.RefResolver("file://" + schemas + "/features-schema.json", schema)
jsonschema.Draft4Validator(schema, resolver=resolver).validate(json.load(open(document)))' \
		"$DATA/oci-schemas/runtime" "$WORK/features"
}

@test "each mount option that features lists is taken by a mount" {
	require containers busybox kernel:5.12
	bundle_make true
	run_ok runlet features
	local all
	# Those that make it something else than a tmpfs, or that want a partner.
	all=$(jq -c '.mountOptions - ["bind", "rbind", "remount", "idmap", "ridmap", "copy-symlink", "src-nofollow", "dest-nofollow",
		"mand", "iversion"]' <<< "$output")
	bundle_edit --argjson all "$all" '.mounts += ($all | to_entries | map({
		destination: "/m\(.key)", type: "tmpfs", source: "tmpfs", options: [.value] }))'
	container_run
}

# ---- exit codes ------------------------------------------------------------------------------

@test "exit codes: the process's own, 128 and the signal, 1 for what we fail at, 255 in exec" {
	require containers busybox
	bundle_make 'exit 42'
	run_ends 42 runlet run --bundle "$BUNDLE" "$ID"
	bundle_edit '.process.args = ["/nosuch"]'
	run_ends 1 runlet run --bundle "$BUNDLE" "$ID"
	bundle_runs 'exec sleep 60'
	container_up
	run_ends 42 runlet exec "$ID" sh -c 'exit 42'
	run_ends 130 runlet exec "$ID" sh -c 'kill -INT $$; sleep 5'
	run_ends 255 runlet exec "$ID" /nosuch
	run_ends 255 runlet exec --nosuch "$ID" true
}

@test "the usual places: /run/runlet for root" {
	require strace
	run_quietly strace -qq -e trace=openat,openat2,open -o "$WORK/trace" "$RUNLET" state "$ID"
	[ "$status" = 1 ]
	if [ "$(id -u)" = 0 ]; then
		grep -q '"/run/runlet"' "$WORK/trace"
	else
		grep -q "\"$XDG_RUNTIME_DIR/runlet\"" "$WORK/trace"
	fi
}
