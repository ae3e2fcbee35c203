#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Buildah and `podman build` with runlet as their runtime: every RUN is a container of ours.

load ../helpers/suite
load ../helpers/engine

setup_file() {
	engine_begin buildah || return 0
	local container
	container=$(engine_buildah from scratch 3>&-)
	engine_buildah add --quiet "$container" "$ENGINE/image" / > /dev/null 3>&-
	engine_buildah config --env PATH=/bin "$container" 3>&-
	engine_buildah commit --quiet "$container" cask > /dev/null 3>&-
	engine_buildah rm "$container" > /dev/null 3>&-
}

teardown_file() {
	engine_end
}

setup() {
	require root buildah busybox
	suite_begin
	container=$(engine_buildah from cask 3>&-)
}

teardown() {
	[ -z "${container:-}" ] || engine_buildah rm "$container" > /dev/null 2>&1 3>&-
	suite_end
}

engine_buildah() {
	timeout --foreground 60 buildah --root "$ENGINE/root" --runroot "$ENGINE/run" --storage-driver vfs "$@"
}

buildah_run() { # [OPTIONS…] -- COMMAND…
	engine_buildah run --isolation oci --runtime "$RUNLET" --network none "$@"
}

# Builds the Dockerfile on standard input as the image `built`.
buildah_build() { # OPTIONS…
	mkdir -p "$WORK/context"
	cat > "$WORK/context/Dockerfile"
	run_quietly engine_buildah build --isolation oci --runtime "$RUNLET" --network none --layers=false \
		--tag built "$@" "$WORK/context"
}

@test "run prints what the container prints and ends as it ends" {
	run_ok buildah_run "$container" -- sh -c 'id -u; echo rolled'
	said_only "$(printf '0\nrolled')"
	run_ends 7 buildah_run "$container" -- sh -c 'exit 7'
}

@test "a command that is not there is named" {
	run_fails 'exec: "nosuch": executable file not found in $PATH' buildah_run "$container" -- nosuch
	run_fails 'permission denied' buildah_run "$container" -- /etc/passwd
}

@test "run --tty has a terminal" {
	run_ok buildah_run --tty "$container" -- tty
	said /dev/pts/0
}

@test "user, directory, environment, volumes and capabilities are as asked for" {
	echo staves > "$WORK/file"
	run_ok buildah_run --user web --workingdir /data --env WOOD=oak --volume "$WORK/file:/mnt/file:ro" --cap-drop all \
		"$container" -- sh -c 'id -un; pwd; echo $WOOD; cat /mnt/file; grep CapBnd /proc/self/status'
	said "$(printf 'web\n/data\noak\nstaves\nCapBnd:\t0000000000000000')"
}

@test "what a run changes is in the next one, and in the image" {
	run_ok buildah_run "$container" -- sh -c 'echo hooped > /data/barrel'
	run_ok buildah_run "$container" -- cat /data/barrel
	said_only hooped
	run_ok engine_buildah commit --quiet "$container" hooped
	container_of_it=$(engine_buildah from hooped 3>&-)
	run_ok buildah_run "$container_of_it" -- cat /data/barrel
	said_only hooped
	run_ok engine_buildah rm "$container_of_it"
}

@test "a Dockerfile's RUNs are containers of ours" {
	buildah_build << 'END'
FROM localhost/cask
RUN echo hooped > /data/barrel && cat /data/barrel
RUN --mount=type=tmpfs,target=/scratch touch /scratch/x && grep ' /scratch tmpfs ' /proc/mounts
USER web
WORKDIR /data
RUN id -un && pwd && grep -q ^2 /proc/self/stat || echo "pid $$"
END
	[ "$status" = 0 ] || explain "should have been built" build
	said hooped
	said web
	said /data
}

@test "a RUN that fails stops the build with its status" {
	buildah_build << 'END'
FROM localhost/cask
RUN exit 9
RUN echo not reached
END
	[ "$status" = 9 ] || explain "should have ended with 9" build
	[[ $errors == *"exit status 9"* ]]
	said_not "not reached"$'\n'
}

@test "secrets are there while a RUN runs, and gone from the image" {
	echo bung > "$WORK/secret"
	buildah_build --secret "id=key,src=$WORK/secret" << 'END'
FROM localhost/cask
RUN --mount=type=secret,id=key cat /run/secrets/key
RUN test ! -s /run/secrets/key && echo gone
END
	[ "$status" = 0 ] || explain "should have been built" build
	said bung
	said gone
}

@test "podman build is no different" {
	require podman
	mkdir "$WORK/context"
	printf 'FROM localhost/cask\nRUN echo hooped\nUSER web\nRUN id -un\n' > "$WORK/context/Dockerfile"
	run_ok timeout 60 podman --root "$ENGINE/root" --runroot "$ENGINE/run" --storage-driver vfs --cgroup-manager cgroupfs \
		--runtime "$RUNLET" build --isolation oci --network none --layers=false --tag built "$WORK/context"
	said hooped
	said web
}
