#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# cooper as an ordinary user: what it does as root it does here too, and comes to the same digests.
#
# Root runs it as a user who is made for the suite (tests/as-user.sh); a user runs it as himself, and
# needs ranges in /etc/subuid and /etc/subgid.

load ../helpers/suite

setup() {
	require userns busybox jq overlay newuidmap setpriv reachable
	suite_begin
	HOUSE=$WORK/house # the user's own
	mkdir "$HOUSE"
	[ "$(id -u)" != 0 ] || chown 64321:64321 "$HOUSE"
	STORE=$HOUSE/store
	CONTEXT=$WORK/context
}

teardown() {
	[ ! -d "$STORE/tmp" ] || [ -z "$(ls -A "$STORE/tmp")" ] || {
		ls -A "$STORE/tmp"
		false
	}
	suite_end
}

as_user() { # COMMAND…
	"$SOURCE/tests/as-user.sh" "$@"
}

# In the user's store.
users() { # COMMAND…
	as_user "$COOPER" --root "$STORE" "$@"
}

# In a store of root's.
roots() { # COMMAND…
	"$COOPER" --root "$WORK/roots" "$@"
}

# An image of busybox: users builds it as $ID.
make_image() { # [INSTRUCTION…]
	printf '%s\n' 'FROM scratch' 'COPY busybox /bin/busybox' 'RUN ["/bin/busybox", "--install", "-s", "/bin"]' \
		"$@" | context_make
	run_ok users build -t "$ID" --progress=plain "$CONTEXT"
}

# An archive with all that is hard for a user: owners, devices, capabilities, access lists.
make_archive() { # FILE
	local tree=$WORK/tree
	mkdir -p "$tree"/{bin,dev,etc,opt,srv/deep,tmp}
	cp "$(command -v busybox)" "$tree/bin/busybox"
	"$tree/bin/busybox" --list | while read -r applet; do
		[ "$applet" = busybox ] || ln -s busybox "$tree/bin/$applet"
	done
	mknod -m 666 "$tree/dev/null" c 1 3
	mknod -m 660 "$tree/dev/disk" b 7 0
	mkfifo -m 620 "$tree/dev/pipe"
	echo one > "$tree/srv/one"
	ln "$tree/srv/one" "$tree/srv/deep/other"
	cp "$tree/bin/busybox" "$tree/opt/ping"
	cp "$tree/bin/busybox" "$tree/opt/su"
	echo secret > "$tree/etc/shadow"
	echo mine > "$tree/opt/mine"
	chown 0:42 "$tree/etc/shadow"
	chmod 640 "$tree/etc/shadow"
	chown -h 1000:65535 "$tree/opt" "$tree/opt/mine" "$tree/bin/ls"
	chmod 4755 "$tree/opt/su"
	chmod 2751 "$tree/opt"
	chmod 1777 "$tree/tmp"
	setcap cap_net_raw+ep "$tree/opt/ping"
	setfattr -n user.note -v here "$tree/opt/mine"
	setfacl -m u:1000:r,g:42:rw "$tree/srv/one"
	setfacl -d -m u:7:rwx "$tree/srv/deep"
	tar -C "$tree" --xattrs --xattrs-include='*' --acls -cf "$1" .
}

# ---- the same digests

@test "a user's images are root's, byte for byte: owners, devices, capabilities, whiteouts" {
	require root setcap setfattr setfacl
	make_archive "$WORK/root.tar"
	mkdir -p "$CONTEXT"
	cp "$WORK/root.tar" "$CONTEXT/more.tar"
	context_make <<- 'END'
		FROM hard AS one
		RUN chown 5:6 /srv/one && chmod 6711 /opt/mine && chmod o-r /opt/ping && chmod 600 /etc/shadow
		RUN rm /bin/ls && rm -r /srv/deep && mkdir /srv/deep && echo new > /srv/deep/new && mkfifo /tmp/f \
			&& ln /srv/one /tmp/hard && ln -s nowhere /tmp/link && chown -h 77:88 /tmp/link && mkdir -m 1750 /tmp/d
		ADD --chown=9 more.tar /more/
		COPY --chown=11:12 --chmod=4711 busybox /x/y/z
		WORKDIR /made/here
		FROM scratch
		COPY --from=one / /
		RUN chmod 640 /dev/disk 2> /dev/null; rm /etc/shadow; mv /opt /moved
	END
	run_ok roots import "$WORK/root.tar" hard
	local imported=$output
	run_ok users import "$WORK/root.tar" hard
	said_only "$imported"

	run_ok roots build -t "$ID" -o "type=tar,dest=$WORK/roots.tar" -o "type=oci,dest=$WORK/roots.oci" "$CONTEXT"
	local id=$output
	run_ok users build -t "$ID" -o "type=tar,dest=$HOUSE/users.tar" -o "type=oci,dest=$HOUSE/users.oci" "$CONTEXT"
	said_only "$id"
	cmp "$WORK/roots.tar" "$HOUSE/users.tar"
	cmp "$WORK/roots.oci" "$HOUSE/users.oci"
	[ "$(users inspect "$ID" | jq -c '.[0].RootFS')" = "$(roots inspect "$ID" | jq -c '.[0].RootFS')" ]
	tar -tvf "$HOUSE/users.tar" | grep -q '^brw-rw.* 7,0 .* dev/disk$'
	run_ok users save -o "$HOUSE/users.docker" "$ID"
	run_ok roots save -o "$WORK/roots.docker" "$ID"
	cmp "$WORK/roots.docker" "$HOUSE/users.docker"
}

@test "what a user built is used by root, and the other way round, and gives the same again" {
	require root
	make_image 'RUN echo made > /made; chown 3:4 /made' 'CMD ["cat", "/made"]'
	local id=${output##*$'\n'}
	run_ok users save -o "$HOUSE/archive" "$ID"
	run_ok roots load -i "$HOUSE/archive"
	run_ok roots run --rm "$ID"
	said_only made
	printf 'FROM %s\nRUN chmod 600 /made\n' "$ID" | CONTEXT=$WORK/next context_make
	run_ok roots build -t next "$WORK/next"
	local next=$output
	run_ok users build -t next "$WORK/next"
	said_only "$next"
	run_ok roots save -o "$WORK/archive" next
	run_ok as_user "$COOPER" --root "$HOUSE/other" load -i "$WORK/archive"
	run_ok as_user "$COOPER" --root "$HOUSE/other" run --rm next stat -c '%a %u:%g' /made
	said_only "600 3:4"
}

@test "a file is the caller's in what is written for him, whoever has it in the image" {
	make_image 'RUN mkdir -m 700 /d && echo x > /d/f && chown -R 5:6 /d && chmod 400 /d/f'
	run_ok users build -o "$HOUSE/out" "$CONTEXT"
	[ "$(stat -c '%u:%g %a' "$HOUSE/out/d/f")" = "$(stat -c '%u:%g' "$HOUSE") 400" ]
	run_ok as_user rm -r "$HOUSE/out"
}

# ---- commands

@test "what only reads and writes blobs and names makes no namespace" {
	require strace
	make_image 'CMD ["true"]'
	local line
	run_ok users save -o "$HOUSE/archive" "$ID"
	for line in images "inspect $ID" "history $ID" "tag $ID other" "save -o $HOUSE/again $ID" \
		"load -i $HOUSE/archive" "build --print=plan $CONTEXT"; do
		# shellcheck disable=SC2086
		run_ok as_user strace -f -o "$HOUSE/trace" -e trace=unshare,setns,clone,clone3,vfork,execve \
			"$COOPER" --root "$STORE" $line
		[ "$(grep -c . "$HOUSE/trace")" = 2 ] || explain "should have done nothing but begin and end" \
			"$line: $(cat "$HOUSE/trace")"
	done
}

# bats test_tags=vm
@test "a container runs, also one whose files are others'" {
	make_image 'RUN mkdir -p /etc /w && echo "me:x:1234:1234::/w:/bin/sh" > /etc/passwd && chown me /w' \
		'USER me' 'WORKDIR /w' 'CMD echo x > f; stat -c %u:%g f; id -u'
	run_ok users run --rm "$ID"
	said_only "1234:1234"$'\n'"1234"
	run_ends 7 users run --rm "$ID" sh -c 'echo x > f; exit 7'
	[ -z "$(ls "$STORE/containers")" ]
	run_ok as_user env -u XDG_RUNTIME_DIR "$COOPER" --root "$STORE" run --rm "$ID"
	said_only "1234:1234"$'\n'"1234"
	run_ok users run --name left "$ID"
	[ "$(ls "$STORE/containers")" = left ]
	run_ok users prune
	[ -z "$(ls "$STORE/containers")" ]
}

@test "an extracted bundle is run by its maker, and removed in cooper unshare" {
	make_image 'RUN mkdir -m 700 /d && echo deep > /d/f && chown -R 5:6 /d' 'CMD cat /d/f; stat -c %u:%g /d; cat /proc/self/uid_map'
	run_ok users bundle "$ID" "$HOUSE/bundle"
	run_ok as_user "$RUNLET" --root "$HOUSE/state" run --bundle "$HOUSE/bundle" "$ID"
	said "deep"$'\n'"5:6"
	not as_user rm -r "$HOUSE/bundle" 2> /dev/null
	run_ok as_user "$COOPER" unshare rm -r "$HOUSE/bundle"
	[ ! -e "$HOUSE/bundle" ]
}

# bats test_tags=vm
@test "an overlay bundle is mounted and run in cooper unshare, and refused outside" {
	make_image 'RUN echo below > /f' 'CMD echo more >> /f; cat /f'
	run_fails 'do it in `cooper unshare`' users bundle --overlay "$ID" "$HOUSE/bundle"
	[ ! -e "$HOUSE/bundle" ]
	run_ok as_user "$COOPER" --root "$STORE" unshare sh -c '"$0" bundle --overlay "$1" "$2"
		exec "$3" --root "$2.state" run --bundle "$2" "$1"' "$COOPER" "$ID" "$HOUSE/bundle" "$RUNLET"
	said_only "below"$'\n'"more"
	run_ok users rmi "$ID"
	run_ok users prune -a
	[ -n "$(ls "$STORE/layers")" ] # the bundle needs them
	run_ok as_user "$COOPER" unshare rm -r "$HOUSE/bundle"
	run_ok users prune -a
	run_ok users prune -a
	[ -z "$(ls "$STORE/layers")" ]
}

# bats test_tags=vm
@test "rmi and prune take away what belongs to others" {
	make_image 'RUN mkdir -m 700 /d && echo x > /d/f && chown -R 5:6 /d && chmod 0 /d/f'
	[ "$(ls "$STORE/layers" | wc -l)" = 3 ]
	run_ok users rmi "$ID"
	run_ok users prune -a
	[ -z "$(ls "$STORE/layers")" ]
	[ "$(users images -q)" = "" ]
}

@test "cooper unshare ends as its command does" {
	run_ends 3 as_user "$COOPER" unshare sh -c 'exit 3'
	run_fails 125 'run "/not/there": No such file or directory' as_user "$COOPER" unshare /not/there
	run_ok as_user "$COOPER" --root "$STORE" unshare sh -c 'id -u; echo $COOPER_ROOT; touch "$0" && chown 7:8 "$0" && stat -c %u:%g "$0"' "$HOUSE/f"
	said_only "0"$'\n'"$STORE"$'\n'"7:8"
	run_ok as_user env SHELL=/bin/echo "$COOPER" unshare
	said_only ""
	as_owner_of_house rm "$HOUSE/f"
}

as_owner_of_house() {
	as_user "$COOPER" unshare "$@"
}

@test "devices are left out of bundles by name, and nothing else is" {
	require root
	make_archive "$WORK/root.tar"
	run_ok users import "$WORK/root.tar" hard
	run_ok users bundle hard "$HOUSE/bundle"
	[[ $errors == *'"dev/disk" and all other devices are left out'* ]]
	[ "$(ls "$HOUSE/bundle/rootfs/dev")" = pipe ]
	as_owner_of_house getfattr -d -m . "$HOUSE/bundle/rootfs/opt/mine" | grep -q 'user.note="here"'
	rm -r "$HOUSE/bundle"
}

# ---- who one is

@test "without ranges, what is root's alone is built, and what is not is named" {
	make_image 'RUN echo x > /x' 'CMD cat /x; cat /proc/self/uid_map'
	local id=${output##*$'\n'}
	run_ok env RANGES= "$SOURCE/tests/as-user.sh" "$COOPER" --root "$HOUSE/single" build -q -t "$ID" "$CONTEXT"
	[ "$(id -u)" != 0 ] || said_only "$id"
	require root # who can have fewer ranges than he has
	run_ok env RANGES= "$SOURCE/tests/as-user.sh" "$COOPER" --root "$HOUSE/single" run --rm "$ID"
	[[ $output =~ ^x$'\n'\ +0\ +64321\ +1$ ]]
	printf 'FROM %s\nCOPY --chown=0:42 busybox /etc/shadow\n' "$ID" | context_make
	run_fails 'Dockerfile:2: COPY: "busybox": make directory /etc: its owner 0:42 is none of those that this user namespace has' \
		env RANGES= "$SOURCE/tests/as-user.sh" "$COOPER" --root "$HOUSE/single" build "$CONTEXT"
	mkdir "$WORK/tree"
	touch "$WORK/tree/file"
	chown 1000:0 "$WORK/tree/file"
	tar -C "$WORK/tree" -cf "$WORK/root.tar" .
	run_fails '"file": its owner 1000:0 is none of those' \
		env RANGES= "$SOURCE/tests/as-user.sh" "$COOPER" --root "$HOUSE/single" import "$WORK/root.tar" x
}

@test "an owner above the ranges is named, and nothing is half there" {
	make_image
	printf 'FROM %s\nCOPY --chown=70000 busybox /x\n' "$ID" | context_make
	run_fails '"x": its owner 70000:70000 is none of those' users build -t high "$CONTEXT"
	[ "$(users images -q high)" = "" ]
}

@test "a store is refused when the ranges are others, and taken when there are more" {
	require root # who can change them
	make_image 'RUN touch /f; chown 5 /f'
	run_fails "the files of $STORE belong to other ids than this user namespace has" \
		env RANGES=700000:65536 "$SOURCE/tests/as-user.sh" "$COOPER" --root "$STORE" build "$CONTEXT"
	run_fails "belong to other ids" env RANGES= "$SOURCE/tests/as-user.sh" "$COOPER" --root "$STORE" prune
	run_ok env RANGES="524288:65536 700000:10" "$SOURCE/tests/as-user.sh" "$COOPER" --root "$STORE" build "$CONTEXT"
	run_fails "belong to other ids" users build "$CONTEXT"
	run_ok users images # names are no matter of owners
}

@test "several ranges are one after the other" {
	require root
	printf 'FROM scratch\nCOPY busybox /bin/busybox\nRUN ["/bin/busybox", "chown", "10:11", "/bin/busybox"]\n' | context_make
	run_ok env RANGES="800000:10 900000:15" "$SOURCE/tests/as-user.sh" "$COOPER" --root "$HOUSE/s" build -t r "$CONTEXT"
	run_ok find "$HOUSE/s/layers" -name busybox -size +0 -uid 800009 -gid 900000
	[ -n "$output" ]
}

@test "a store of somebody else is refused in words" {
	require root
	make_image
	run_fails "the store $STORE belongs to user 64321, not to user 0, whom we are" "$COOPER" --root "$STORE" images
	run_ok roots images
	run_fails "the store $WORK/roots belongs to user 0, not to user 64321, whom we are" \
		as_user "$COOPER" --root "$WORK/roots" images
	run_fails "the store $WORK/roots belongs to user" as_user "$COOPER" --root "$WORK/roots" build "$CONTEXT"
}

@test "the store is where the user keeps his data, also as root of his user namespace" {
	make_image
	run_ok as_user sh -c 'cd && mkdir -p data && XDG_DATA_HOME=$PWD/data "$0" images -q && ls data/cooper/format &&
		env -u XDG_DATA_HOME "$0" images -q && ls .local/share/cooper/format &&
		"$0" unshare env -u COOPER_ROOT "$0" images && ls -d .local/share/*' "$COOPER"
	[ "${lines:-$(tail -n 1 <<< "$output")}" = .local/share/cooper ]
}

@test "root of a user namespace needs no newuidmap" {
	require plain # a sanitizer does not see from another PID namespace that it is traced
	make_image 'RUN touch /f; chown 5:6 /f'
	local id=${output##*$'\n'}
	run_ok as_user unshare --user --map-auto --map-root-user strace -f -o "$HOUSE/trace" -e trace=execve,setns \
		"$COOPER" --root "$HOUSE/given" build -q "$CONTEXT"
	said_only "$id"
	not grep -q 'newuidmap\|setns' "$HOUSE/trace"
	run_ok as_user "$COOPER" --root "$HOUSE/given" build -q "$CONTEXT" # the ids are the same
	said_only "$id"
}

@test "podman's user namespace is one to build in" {
	require podman
	make_image 'RUN touch /f; chown 5:6 /f'
	local id=${output##*$'\n'}
	# It leaves a process behind, which only it knows how to end.
	run_ok as_user sh -c 'podman unshare "$0" --root "$1" build -q "$2"; podman system migrate >&2' \
		"$COOPER" "$HOUSE/given" "$CONTEXT"
	said_only "$id"
}

@test "where there are no user namespaces to be had, that is said" {
	make_image
	run_fails 'make a user namespace: user.max_user_namespaces allows no more' \
		as_user unshare --user --map-auto --map-root-user sh -c 'echo 0 > /proc/sys/user/max_user_namespaces
			exec setpriv --reuid 5 --regid 5 --clear-groups "$0" --root /tmp/not-there build "$1"' "$COOPER" "$CONTEXT"
}

@test "a store needs a file system with attributes" {
	require root
	mkdir "$WORK/poor"
	mount -t ramfs ramfs "$WORK/poor"
	chown 64321 "$WORK/poor"
	run_fails 'is on a file system that keeps no extended attributes' as_user "$COOPER" --root "$WORK/poor/store" images
	umount "$WORK/poor"
}

# ---- what happens on the way

@test "a build that is killed leaves nothing that the next one does not clear away" {
	make_image
	printf 'FROM %s\nRUN mkdir -m 700 /d && echo x > /d/f && chown -R 5:6 /d && sleep 4711\n' "$ID" | context_make
	users build "$CONTEXT" > /dev/null 2>&1 3>&- &
	until_ok pgrep -f 'sleep 4711'
	pkill -KILL -f "^$COOPER --root $STORE build"
	wait $! || true
	until_ok not pgrep -f 'sleep 4711'
	[ -n "$(ls "$STORE/tmp")" ]
	run_ok users images
	[ -z "$errors" ]
	run_ok users prune
	[ -z "$errors" ]
	[ -z "$(ls "$STORE/tmp")" ]
	printf 'FROM %s\nRUN true\n' "$ID" | context_make
	run_ok users build "$CONTEXT"
	[ -z "$(ls "$STORE/runtime")" ]
}

@test "signals are passed on, and end a build" {
	make_image
	printf 'FROM %s\nRUN sleep 4712\n' "$ID" | context_make
	users build "$CONTEXT" > /dev/null 2>&1 3>&- &
	until_ok pgrep -f 'sleep 4712'
	pkill -TERM -f "^$COOPER --root $STORE build"
	wait $! && false
	until_ok not pgrep -f 'sleep 4712'
	run_ok users prune
	[ -z "$(ls "$STORE/tmp")" ]
}

@test "RUN shares the host's network or has none, and cannot count processes beyond its limit" {
	make_image 'RUN ls /sys/class/net > /shared; ulimit -u > /limit; cat /proc/sys/kernel/hostname > /name' \
		'RUN --network=none ls /sys/class/net > /alone' \
		'CMD cat /alone /limit; echo x > /sys/kernel/x 2> /dev/null || echo refused'
	run_ok users run --rm "$ID"
	[ "$(sed -n 1p <<< "$output")" = lo ]
	[ "$(sed -n 2p <<< "$output")" -le 2048 ]
	[ "$(tail -n 1 <<< "$output")" = refused ]
	run_ok users run --rm "$ID" cat /shared
	said_only "$(ls /sys/class/net)"
}
