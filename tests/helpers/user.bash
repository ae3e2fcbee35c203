# SPDX-License-Identifier: Apache-2.0
# A user who is not root: ourselves, or where root runs the tests, one who exists in a mount namespace
# alone. There he has subordinate ids of his own, and the host's files know nothing of him.

# Where root runs the tests: who he is.
STAVE=4711
STAVE_IDS=2000000 # and 65535 more are his

# Makes $USER_HOME with a runtime directory and a copy of runlet in it.
user_begin() {
	USER_HOME=$WORK/home
	USER_RUN=$USER_HOME/run
	mkdir -p "$USER_RUN"
	cp "$RUNLET" "$USER_HOME/runlet"
	chmod 700 "$USER_RUN"
	[ "$EUID" = 0 ] || return 0
	mkdir "$WORK/etc"
	{ cat /etc/passwd && echo "stave:x:$STAVE:$STAVE::$USER_HOME:/bin/sh"; } > "$WORK/etc/passwd"
	{ cat /etc/group && echo "stave:x:$STAVE:"; } > "$WORK/etc/group"
	echo "stave:$STAVE_IDS:65536" | tee "$WORK/etc/subuid" > "$WORK/etc/subgid"
	user_owns "$USER_HOME"
}

user_owns() { # PATH…
	[ "$EUID" != 0 ] || chown -R -h "$STAVE:$STAVE" "$@"
}

user_id() {
	[ "$EUID" = 0 ] && echo "$STAVE" || id -u
}

# The first of the ids that newuidmap gives him. Fails if there are none.
user_ids() {
	[ "$EUID" != 0 ] || { echo "$STAVE_IDS"; return; }
	awk -F: -v name="$(id -un)" '$1 == name && $3 >= 65536 { print $2; found = 1; exit } END { exit !found }' /etc/subuid
}

# Runs it as that user, with an environment of his own. Root may do something in the mount namespace
# first, and in a cgroup that $USER_CGROUP names: PRELUDE='mount --bind /dev/null /usr/bin/newuidmap'.
as_user() { # COMMAND…
	local environment=("COOPERAGE_TEST=$ID" "HOME=$USER_HOME" "XDG_RUNTIME_DIR=${USER_XDG-$USER_RUN}" "USER=stave"
		"PATH=$USER_HOME:$PATH" "TERM=dumb" "PRELUDE=${PRELUDE:-}" "WORK=$WORK" "ID=$ID")
	if [ "$EUID" != 0 ]; then
		env -i "${environment[@]}" "$@"
		return
	fi
	# shellcheck disable=SC2016
	env -i "${environment[@]}" WHO="$STAVE" OF="${USER_GROUPS:-$STAVE}" CGROUP="${USER_CGROUP:-}" \
		unshare --mount --propagation slave sh -c '
		[ -z "$CGROUP" ] || echo 0 > "$CGROUP/cgroup.procs"
		for file in passwd group subuid subgid; do
			[ -e "/etc/$file" ] && mount --bind "$WORK/etc/$file" "/etc/$file"
		done
		eval "$PRELUDE"
		exec setpriv --reuid "$WHO" --regid "$WHO" --groups "$OF" --inh-caps=-all "$@"' sh "$@"
}

# As root of a user namespace of his: with his id alone, and so without setgroups …
as_lone_root() { # COMMAND…
	as_user unshare --user --map-root-user --mount --propagation slave "$@"
}

# … or with all of his ids, as Podman and Buildah call a runtime.
as_mapped_root() { # COMMAND…
	as_user unshare --user --map-root-user --map-auto --mount --propagation slave "$@"
}
