#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# AppArmor: the profile of the document and of exec, on a kernel that has it.

load ../helpers/suite

setup() {
	require root busybox jq apparmor apparmor_parser
	suite_begin
	PROFILE=cooperage-$ID
}

teardown() {
	[ ! -e "${WORK:-}/profile" ] || apparmor_parser --remove "$WORK/profile"
	suite_end
}

# Everything is allowed, but for the file /secret.
profile_load() {
	cat > "$WORK/profile" << END
profile $PROFILE flags=(attach_disconnected) {
	file,
	capability,
	network,
	signal,
	ptrace,
	mount,
	umount,
	deny /secret r,
}
END
	apparmor_parser --replace --skip-cache "$WORK/profile"
}

# bats test_tags=vm
@test "the process runs under its profile, which is felt" {
	profile_load
	bundle_make 'cat /proc/self/attr/current; cat /secret || echo denied'
	echo treasure > "$BUNDLE/rootfs/secret"
	bundle_edit --arg profile "$PROFILE" '.process.apparmorProfile = $profile'
	container_run
	said_only "$PROFILE (enforce)"$'\n'denied
}

@test "exec runs under the container's profile, or under its own" {
	profile_load
	bundle_make 'exec sleep 9999'
	echo treasure > "$BUNDLE/rootfs/secret"
	bundle_edit --arg profile "$PROFILE" '.process.apparmorProfile = $profile'
	container_up
	run_fails "denied" runlet exec "$ID" cat /secret
	run_ok runlet exec "$ID" cat /proc/self/attr/current
	said_only "$PROFILE (enforce)"
	run_ok runlet delete --force "$ID"
	bundle_edit 'del(.process.apparmorProfile)'
	container_up
	run_ok runlet exec "$ID" cat /secret
	said_only treasure
	run_fails "denied" runlet exec --apparmor "$PROFILE" "$ID" cat /secret
}

@test "a profile that is not loaded is named, and nothing stays" {
	bundle_make true
	bundle_edit --arg profile "$PROFILE" '.process.apparmorProfile = $profile'
	run_fails 1 "$PROFILE" runlet run --bundle "$BUNDLE" "$ID"
	container_is_gone
}
