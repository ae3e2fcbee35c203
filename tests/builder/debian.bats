#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# From a Debian root file system to an image, a bundle and a container, and what other tools make of it.
#
# Slow to prepare (mmdebstrap makes the root once), so all that needs a real distribution is here.

load ../helpers/suite
load ../helpers/tree

setup_file() {
	command -v mmdebstrap > /dev/null || return 0
	export DEBIAN=$BATS_FILE_TMPDIR/debian
	mkdir -p "$DEBIAN"
	if ! mmdebstrap --variant=minbase bookworm "$DEBIAN/root.tar" > "$DEBIAN/log" 2>&1 3>&-; then
		return 0
	fi
	cooper_of_file import "$DEBIAN/root.tar" debian > "$DEBIAN/import.log" 2>&1 3>&- || true
	build_cask > "$DEBIAN/build.log" 2>&1 3>&- || true
}

# One store for the whole file.
cooper_of_file() {
	"${COOPER:-${BUILD:-$PWD/build}/cooper}" --root "$DEBIAN/store" "$@"
}

teardown_file() {
	[ ! -d "${DEBIAN:-/none}/store" ] || cooper_of_file unshare rm -rf "$DEBIAN/store"
}

build_cask() {
	local context=$DEBIAN/context
	mkdir -p "$context/tree/sub/deeper" "$context/tree/ignored"
	echo one > "$context/tree/one"
	echo two > "$context/tree/sub/two"
	echo three > "$context/tree/sub/deeper/three"
	echo secret > "$context/tree/ignored/secret"
	echo object > "$context/tree/sub/x.o"
	ln -s ../one "$context/tree/sub/link"
	chmod 750 "$context/tree/sub"
	printf '*.log\n**/*.o\ntree/ignored\n!tree/ignored/nothing\n' > "$context/.dockerignore"
	touch "$context/noise.log"
	cat > "$context/Dockerfile" <<- 'END'
		ARG FLAVOUR=oak
		FROM debian AS workshop
		ARG FLAVOUR
		ENV WOOD=${FLAVOUR} HOOPS="iron rings"
		WORKDIR /srv/cask
		COPY tree /srv/cask/tree
		RUN echo "made of $WOOD with $HOOPS" > made && sh -c 'cat made'
		RUN perl -e 'open F, ">", "sum" or die; print F 6 * 7; close F'
		RUN dpkg -l base-files | grep -q ^ii && dpkg-query -W -f '${Package}\n' > packages
		RUN ln made made.hard && mkfifo pipe && rm /etc/motd \
			&& rm -rf /usr/share/doc && mkdir /usr/share/doc && echo new > /usr/share/doc/new \
			&& chown 1234:5678 sum && chmod 4711 sum
		FROM debian
		COPY --from=workshop --chown=games:60 /srv/cask /opt/cask
		USER games
		WORKDIR /opt/cask
		LABEL maker=cooper
		EXPOSE 80 443/tcp
		VOLUME /data
		STOPSIGNAL SIGINT
		ENV GREETING=hello
		ENTRYPOINT ["/bin/sh", "-c"]
		CMD ["id -un; pwd; cat made; echo $GREETING; cat sum; test -e tree/ignored || echo none ignored"]
	END
	cooper_of_file build -t cask --target workshop -t workshop "$context" || return
	cooper_of_file build -t cask "$context"
}

setup() {
	require realm mmdebstrap skopeo jq
	[ -s "$DEBIAN/root.tar" ] || skip "needs a Debian mirror: $(tail -n 1 "$DEBIAN/log")"
	suite_begin
	STORE=$DEBIAN/store
}

image_id() { # IMAGE
	cooper inspect "$1" | jq -r '.[0].Id'
}

# How a step ended, in the lines of --progress plain: "#3 [2/7] COPY …", later "#3 DONE".
step_ended() { # WORD INSTRUCTION
	local number
	number=$(grep -F -- "] $2" <<< "$errors" | head -n 1 | cut -d' ' -f1)
	grep -q "^$number $1" <<< "$errors" || explain "the step \"$2\" should have ended with $1" "$number"
}

cask_says() {
	said games
	said /opt/cask
	said "made of oak with iron rings"
	said hello
	said 42
	said "none ignored"
}

@test "the build went well" {
	cat "$DEBIAN/build.log"
	run_ok cooper images
	said cask
}

@test "cooper run runs the image" {
	run_ok cooper run --rm cask
	cask_says
	run_ends 3 cooper run --rm cask 'exit 3'
}

@test "an extracted bundle runs by runlet, crun and runc alike" {
	run_ok cooper bundle cask "$WORK/bundle"
	run_ok runlet run --bundle "$WORK/bundle" "$ID"
	cask_says
	require crun runc root # as whom they are called here
	jq '.ociVersion = "1.0.0" | .process.rlimits = []' "$WORK/bundle/config.json" > "$WORK/c.json"
	mv "$WORK/c.json" "$WORK/bundle/config.json"
	run_ok runc --root "$WORK/runc" run --bundle "$WORK/bundle" "$ID"
	cask_says
	# crun of Debian 12 refuses a host with both cgroup versions.
	run_ok unshare --mount sh -c 'umount /sys/fs/cgroup/unified 2> /dev/null
		exec crun --root "$0" run --bundle "$1" "$2"' "$WORK/crun" "$WORK/bundle" "$ID"
	cask_says
}

@test "an overlay bundle has a writable layer of its own over layers that stay as they are" {
	require root # whose mounts last
	run_ok cooper bundle --overlay cask "$WORK/one"
	run_ok cooper bundle --overlay cask "$WORK/two"
	run_ok runlet run --bundle "$WORK/one" "$ID"
	cask_says
	echo changed > "$WORK/one/rootfs/etc/issue"
	[ "$(cat "$WORK/two/rootfs/etc/issue")" != changed ]
	umount "$WORK/one/rootfs" "$WORK/two/rootfs"
}

@test "a build again is all cache and the same image, byte for byte" {
	local before
	before=$(image_id cask)
	run_ok cooper build --progress plain -t cask "$DEBIAN/context"
	[ "$(grep -c CACHED <<< "$output$errors")" -ge 6 ]
	[ "$(image_id cask)" = "$before" ]
}

@test "one changed byte redoes what depends on it, and nothing else" {
	cp -a "$DEBIAN/context" "$WORK/context"
	printf 'One\n' > "$WORK/context/tree/one"
	run_ok cooper build --progress plain --target workshop -t changed "$WORK/context"
	step_ended CACHED "WORKDIR /srv/cask"
	step_ended DONE "COPY tree"
	step_ended DONE "RUN perl"
}

@test "umoci unpacks the exported layout to the tree of cooper's bundle" {
	require umoci root # as whom it is called here
	run_ok cooper bundle workshop "$WORK/ours"
	run_ok cooper build -q -o "type=oci,dest=$WORK/layout.tar" --target workshop "$DEBIAN/context"
	run_ok skopeo copy "oci-archive:$WORK/layout.tar" "oci:$WORK/layout:cask"
	run_ok umoci unpack --image "$WORK/layout:cask" "$WORK/theirs"
	tree_same "$WORK/ours/rootfs" "$WORK/theirs/rootfs"
}

@test "podman loads the docker archive and has the same tree" {
	require podman root # whose mounts last
	run_ok cooper bundle workshop "$WORK/ours"
	run_ok cooper build -q -o "type=docker,dest=$WORK/docker.tar" -t cask:docker --target workshop "$DEBIAN/context"
	run_ok skopeo inspect --config "docker-archive:$WORK/docker.tar"
	said /srv/cask
	local podman=(podman --root "$WORK/podman/root" --runroot "$WORK/podman/run")
	run_ok "${podman[@]}" load -i "$WORK/docker.tar"
	local image
	image=$("${podman[@]}" images -q --no-trunc | head -n 1)
	run_ok "${podman[@]}" image mount "$image"
	tree_same "$WORK/ours/rootfs" "$output"
	run_ok "${podman[@]}" image umount "$image"
	umount -l "$WORK/podman/root/overlay" 2> /dev/null || true
}

@test "a user's build on a Debian that he imported is root's, byte for byte" {
	require root newuidmap setpriv # root, to have both
	local store=$WORK/house/store as=("$SOURCE/tests/as-user.sh" "$COOPER" --root)
	install -d -o 64321 "$WORK/house"
	cp -a "$DEBIAN/context" "$WORK/house/context"
	chown -hR 64321 "$WORK/house/context" # who owns it does not matter, but he must read it
	chmod a+rx "$DEBIAN" "$BATS_FILE_TMPDIR" "$BATS_RUN_TMPDIR"
	run_ok "${as[@]}" "$store" import "$DEBIAN/root.tar" debian
	said_only "$(image_id debian)"
	run_ok "${as[@]}" "$store" build -q -t cask "$WORK/house/context"
	said_only "$(image_id cask)"
	run_ok "${as[@]}" "$store" build -q -t workshop --target workshop -o "type=tar,dest=$WORK/house/users.tar" \
		"$WORK/house/context"
	said_only "$(image_id workshop)"
	run_ok cooper build -q -t workshop --target workshop -o "type=tar,dest=$WORK/roots.tar" "$DEBIAN/context"
	cmp "$WORK/roots.tar" "$WORK/house/users.tar"
	run_ok "${as[@]}" "$store" run --rm cask
	cask_says
	run_ok "${as[@]}" "$store" rmi --all
	run_ok "${as[@]}" "$store" prune -a
	[ -z "$(ls "$store/layers")" ]
}
