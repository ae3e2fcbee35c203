#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2034,SC2154 # what the parts share is set in one and used in another
# Part of bench.sh: what cooper does beside Buildah, Podman, Docker, umoci and skopeo. Each has a store of
# its own on the same file system, with overlayfs where it can; layers are as they are in all of them,
# none is packed on the way unless the step says so.

docker_pids=

b() { buildah --root "$work/podman/root" --runroot "$work/podman/run" --storage-driver overlay "$@"; }

# Daemons of our own, without networks.
docker_begin() {
	{ [ -x "$(found docker)" ] && [ -x "$(found dockerd)" ] && [ -x "$(found containerd)" ]; } || return 1
	mkdir -p "$work/docker"
	printf 'version = 2\nroot = "%s/c"\nstate = "%s/cs"\ndisabled_plugins = ["io.containerd.grpc.v1.cri"]\n' \
		"$work/docker" "$work/docker" > "$work/docker/containerd.toml"
	printf '[grpc]\naddress = "%s/c.socket"\n[ttrpc]\naddress = "%s/t.socket"\n' "$work/docker" "$work/docker" \
		>> "$work/docker/containerd.toml"
	echo '{}' > "$work/docker/daemon.json"
	export DOCKER_HOST="unix://$work/docker/socket" DOCKER_CONFIG="$work/docker" DOCKER_BUILDKIT=0
	containerd --config "$work/docker/containerd.toml" > "$work/docker/containerd.log" 2>&1 &
	docker_pids=$!
	dockerd --config-file "$work/docker/daemon.json" --containerd "$work/docker/c.socket" --data-root "$work/docker/data" \
		--exec-root "$work/docker/exec" --pidfile "$work/docker/pid" --host "$DOCKER_HOST" --iptables=false \
		--ip6tables=false --bridge=none --cgroup-parent "/$name" > "$work/docker/dockerd.log" 2>&1 &
	docker_pids="$! $docker_pids"
	tries=0
	until docker version > /dev/null 2>&1; do
		tries=$((tries + 1))
		[ $tries -lt 150 ] || { say "dockerd does not answer: $(tail -n 1 "$work/docker/dockerd.log")"; return 1; }
		sleep 0.1
	done
}

# The words of a step, after STEP: for each peer that is there, its line.
line() { # STEP PEER COMMAND…
	step=$1 peer=$2
	shift 2
	case " $builders " in
	*" $peer "*) plan "$step" "$peer" 0 "$@" ;;
	esac
}

# The tree that is built over and over: DIRECTORIES of a hundred files, each of 10 KiB.
make_tree() { # DIRECTORY DIRECTORIES
	i=0
	while [ $i -lt "$2" ]; do
		mkdir -p "$1/tree/$i"
		head -c 1024000 /dev/urandom | (cd "$1/tree/$i" && split -a 2 -b 10240 -)
		i=$((i + 1))
	done
	printf 'FROM base\nCOPY tree /tree\n' > "$1/Dockerfile"
	# What was written in this tick of the clock is not remembered.
	sleep 1.1
}

make_bases() {
	tar -C "$work/rootfs" -cf "$work/base.tar" .
	"$build/cooper" --root "$work/cooper" import -q -c 'ENV PATH=/bin' "$work/base.tar" base > /dev/null || return
	mkdir -p "$work/runs"
	printf 'FROM base\nRUN echo one > /one\nRUN mkdir /two && cp /bin/busybox /two\nRUN cat /one && rm /one\n' \
		> "$work/runs/Dockerfile"
	if [ -x "$(found buildah)" ]; then
		container=$(b from scratch) && b add --quiet "$container" "$work/base.tar" / > /dev/null &&
			b config --env PATH=/bin "$container" && b commit --quiet "$container" base > /dev/null 2>&1 &&
			b rm "$container" > /dev/null && builders="$builders buildah"
	fi
	if docker_begin; then
		docker import --change 'ENV PATH=/bin' "$work/base.tar" base > /dev/null && builders="$builders docker"
	fi
	for peer in umoci skopeo podman; do
		[ ! -x "$(found $peer)" ] || builders="$builders $peer"
	done
}

plan_builds() { # STEP CONTEXT OPTIONS…
	step=$1 context=$2
	shift 2
	line "$step" cooper "$build/cooper" --root "$work/cooper" --runtime "$build/runlet" build -q "$@" -t bench "$context"
	line "$step" buildah buildah --root "$work/podman/root" --runroot "$work/podman/run" --storage-driver overlay \
		bud --quiet --layers --network host "$@" -t bench "$context"
	line "$step" docker docker build -q --network host "$@" -t bench "$context"
}

builds() {
	files=$([ -n "$quick" ] && echo 20 || echo 200)
	say "builds"
	make_tree "$work/context" "$files"
	{
		plan_builds "rebuild, nothing new" "$work/context"
		plan_builds "three RUN steps" "$work/runs" --no-cache
	} | measure "$((files * 100)) files" cooper "${ROUNDS:-$([ -n "$quick" ] && echo 2 || echo 6)}"
}

# Made once a build directory: it takes longer than to measure what becomes of it.
debian_root() {
	[ -f "$build/bench-debian.tar" ] && return
	[ -z "$quick" ] && command -v mmdebstrap > /dev/null || return 1
	say "making a Debian root"
	mmdebstrap --quiet --format=tar --variant=minbase bookworm "$build/bench-debian.new" > /dev/null 2>&1 &&
		mv "$build/bench-debian.new" "$build/bench-debian.tar"
}

plan_distribution() {
	fresh=$work/fresh tar=$build/bench-debian.tar layout=$work/layout
	storage="[overlay@$fresh/podman+$work/podman/run2]"
	for peer in cooper podman docker umoci skopeo; do
		line -clear $peer sh -c "rm -rf '$fresh/$peer'; mkdir -p '$fresh/$peer'"
	done
	line import cooper "$build/cooper" --root "$fresh/cooper/store" import -q "$tar" imported
	line import podman podman --root "$work/podman/root" --runroot "$work/podman/run" --storage-driver overlay import -q "$tar" imported
	line import docker docker import "$tar" imported
	line unpack cooper "$build/cooper" --root "$work/cooper" bundle debian "$fresh/cooper/bundle"
	line unpack umoci umoci unpack --image "$layout:debian" "$fresh/umoci/bundle"
	line "load a layout" cooper "$build/cooper" --root "$fresh/cooper/other" load -q -i "$layout"
	line "load a layout" skopeo skopeo copy -q "oci:$layout:debian" "containers-storage:${storage}debian:latest"
	line -clear2 skopeo sh -c "podman --root '$fresh/podman' --runroot '$work/podman/run2' --storage-driver overlay rmi -a -f > /dev/null 2>&1; true"
	line "save a layout" cooper "$build/cooper" --root "$work/cooper" save --format oci-dir -o "$fresh/cooper/saved" debian
	line "save a layout" skopeo skopeo copy -q "oci:$layout:debian" "oci:$fresh/skopeo/saved:debian"
	line "save, gzip" cooper "$build/cooper" --root "$work/cooper" save --compression gzip --format oci-dir -o "$fresh/cooper/packed" debian
	line "save, gzip" skopeo skopeo copy -q --dest-compress --dest-compress-format gzip "oci:$layout:debian" "dir:$fresh/skopeo/packed"
}

distribution() {
	debian_root || { say "there is no Debian root (a whole run with mmdebstrap makes one); not measured"; return; }
	say "a Debian root"
	"$build/cooper" --root "$work/cooper" import -q "$build/bench-debian.tar" debian > /dev/null &&
		"$build/cooper" --root "$work/cooper" save --format oci-dir -o "$work/layout" debian || { failed=1; return; }
	# Its whole name is more than umoci takes for a tag.
	jq '.manifests[0].annotations["org.opencontainers.image.ref.name"] = "debian"' "$work/layout/index.json" > "$work/index.json" &&
		mv "$work/index.json" "$work/layout/index.json"
	plan_distribution | measure "Debian" cooper "${ROUNDS:-$([ -n "$quick" ] && echo 1 || echo 3)}"
}

images() {
	builders=cooper
	make_bases || { failed=1; return; }
	builds
	distribution
}

images_end() {
	for process in $docker_pids; do
		kill "$process" 2> /dev/null
	done
	for process in $docker_pids; do
		timeout 20 tail --pid="$process" -f /dev/null || kill -KILL "$process"
	done
	awk -v under="$work/" 'index($5, under) == 1 { print $5 }' /proc/self/mountinfo | sort -r |
		while read -r place; do umount -l "$place"; done
}
