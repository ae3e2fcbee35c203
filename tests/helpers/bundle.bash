# SPDX-License-Identifier: Apache-2.0
# Bundles: a root file system of busybox and a config.json that jq edits.

# Makes $BUNDLE. With a script, its process is a shell that runs it.
bundle_make() { # [SCRIPT]
	BUNDLE=${BUNDLE:-$WORK/bundle}
	mkdir -p "$BUNDLE"
	rootfs_make "$BUNDLE/rootfs"
	local config cgroup
	config=$(< "$SOURCE/tests/helpers/config.json")
	cgroup=$(bundle_cgroup)
	# As the last of "linux", with which the file ends.
	[ -z "$cgroup" ] || config=${config%$'\n\t}\n}'}$',\n\t\t"cgroupsPath": "'$cgroup$'"\n\t}\n}'
	printf '%s\n' "$config" > "$BUNDLE/config.json"
	[ "$EUID" = 0 ] || bundle_is_users
	[ $# = 0 ] || bundle_runs "$1"
}

# Where its cgroup is. A user's is beside that which we are in, if what holds both is his, or else where
# runlet finds a place.
bundle_cgroup() {
	if [ "${CGROUP_MANAGER:-}" = systemd ]; then
		echo "system.slice:cooperage:$ID"
	elif [ "$EUID" = 0 ]; then
		echo "/cooperage-$ID"
	else
		local own
		own=$(sed -n 's/^0:://p' /proc/self/cgroup)
		[ ! -w "$(cgroup2_mount)${own%/*}/cgroup.procs" ] || echo "${own%/*}/cooperage-$ID"
	fi
}

# A user is root in a user namespace, with all of his subordinate ids if he has some.
bundle_is_users() {
	bundle_edit --argjson uid "$EUID" --argjson gid "$(id -g)" \
		--argjson uids "$(subordinate_ids /etc/subuid || echo null)" \
		--argjson gids "$(subordinate_ids /etc/subgid || echo null)" '
		def maps($own; $first): [{ containerID: 0, hostID: $own, size: 1 }] +
			if $first == null then [] else [{ containerID: 1, hostID: $first, size: 65536 }] end;
		.linux.namespaces += [{ type: "user" }] | .linux.uidMappings = maps($uid; $uids) | .linux.gidMappings = maps($gid; $gids)'
}

# Cheap: made once a run and copied thereafter. Each applet is a hard link of busybox.
rootfs_make() { # DIRECTORY
	local template=$BATS_RUN_TMPDIR/rootfs
	if [ ! -d "$template" ]; then
		busybox_is_static || skip "needs a static busybox"
		mkdir -p "$template"/{bin,dev,etc,proc,sys,tmp,root,run,var,home}
		chmod 1777 "$template/tmp"
		cp "$(command -v busybox)" "$template/bin/busybox"
		# All in one process: three hundred of them for as many links take seconds in a slow machine.
		"$template/bin/busybox" --install "$template/bin"
		printf 'root:x:0:0:root:/root:/bin/sh\nweb:x:1000:1000:web:/home:/bin/sh\n' > "$template/etc/passwd"
		printf 'root:x:0:\nweb:x:1000:\nstaff:x:50:web\n' > "$template/etc/group"
	fi
	cp -aT "$template" "$1"
}

# What its process does: a script for the container's shell.
bundle_runs() { # SCRIPT
	bundle_edit --arg script "$1" '.process.args = ["/bin/sh", "-c", $script]'
}

# Changes config.json: bundle_edit '.process.terminal = true'
bundle_edit() { # [JQ OPTIONS…] FILTER
	local edited
	edited=$(jq "$@" < "$BUNDLE/config.json")
	printf '%s\n' "$edited" > "$BUNDLE/config.json"
}

# Its process is our probe (tests/runtime/probe.c).
bundle_probes() { # WORD [ARGUMENT…]
	cp "$PROBE" "$BUNDLE/rootfs/bin/probe"
	bundle_edit '.process.args = ["/bin/probe"] + $ARGS.positional' --args "$@"
}

# bundle_mount /data tmpfs tmpfs nosuid,size=1m
bundle_mount() { # DESTINATION TYPE SOURCE OPTIONS
	bundle_edit --arg destination "$1" --arg type "$2" --arg source "$3" --arg options "$4" '
		.mounts += [{ $destination, $type, $source, options: ($options | split(",")) }]'
}

# Root in the container is 100000 outside; a user's bundle has a user namespace as it is.
bundle_has_user_namespace() {
	[ "$EUID" = 0 ] || return 0
	bundle_edit '
		.linux.namespaces += [{ type: "user" }] |
		.linux.uidMappings = [{ containerID: 0, hostID: 100000, size: 65536 }] |
		.linux.gidMappings = .linux.uidMappings'
	chown -R -h 100000:100000 "$BUNDLE/rootfs"
	chmod 755 "$WORK" "$BUNDLE"
}
