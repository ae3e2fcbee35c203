#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# From an image to a bundle, and to a container.

load ../helpers/suite

setup() {
	require realm busybox jq overlay
	suite_begin
	CONTEXT=$WORK/context
	printf '%s\n' 'FROM scratch' 'COPY busybox /bin/busybox' 'RUN ["/bin/busybox", "--install", "-s", "/bin"]' \
		'RUN mkdir -p /etc /w; echo "me:x:7:8::/home/me:" > /etc/passwd; printf "us:x:8:\nmore:x:9:me\n" > /etc/group' \
		'ENV A=b' 'WORKDIR /w' 'USER me' 'LABEL l=m' 'EXPOSE 80' 'STOPSIGNAL SIGINT' 'ENTRYPOINT ["/bin/sh", "-c"]' \
		'CMD ["echo $A $PWD $HOME; id"]' | context_make
	image_build
}

teardown() {
	[ ! -d "$STORE" ] || store_is_clean
	suite_end
}

@test "a bundle has what the image says" {
	run_ok cooper bundle "$ID" "$WORK/bundle"
	local config=$WORK/bundle/config.json
	[ "$(jq -c .process.args "$config")" = '["/bin/sh","-c","echo $A $PWD $HOME; id"]' ]
	[ "$(jq -c .process.cwd "$config")" = '"/w"' ]
	[ "$(jq -c .process.user "$config")" = '{"uid":7,"gid":8,"additionalGids":[9]}' ]
	[ "$(jq -c '.annotations.l' "$config")" = '"m"' ]
	[ "$(jq -c '.annotations["org.opencontainers.image.exposedPorts"]' "$config")" = '"80/tcp"' ]
	[ "$(jq -c '.annotations["org.opencontainers.image.stopSignal"]' "$config")" = '"SIGINT"' ]
	[ "$(jq -c '.root.path' "$config")" = '"rootfs"' ]
	run_ok "$RUNLET" --root "$STATE" run --bundle "$WORK/bundle" "$ID"
	said "b /w /home/me"
	said "uid=7"
	said "9"
}

@test "an overlay bundle keeps its changes apart" {
	cat > "$WORK/both" <<- END
		set -e
		"$COOPER" --root "$STORE" bundle --overlay --user 0 "$ID" "$WORK/bundle" 'echo changed > /w/new; cat /w/new'
		"$RUNLET" --root "$STATE" run --bundle "$WORK/bundle" "$ID"
		umount "$WORK/bundle/rootfs"
	END
	run_ok as_owner sh "$WORK/both"
	said_only changed
	[ "$(as_owner cat "$WORK/bundle/upper/w/new")" = changed ]
	run_ok cooper bundle "$ID" "$WORK/other"
	[ ! -e "$WORK/other/rootfs/w/new" ]
	[ "$(ls "$WORK/bundle")" = "$(printf '%s\n' config.json rootfs upper work)" ]
}

@test "other words than the image's can be said" {
	run_ok cooper bundle --user 5:6 --workdir /bin --entrypoint /bin/echo -e X=y --hostname host "$ID" "$WORK/bundle" one two
	local config=$WORK/bundle/config.json
	[ "$(jq -c .process.args "$config")" = '["/bin/echo","one","two"]' ]
	[ "$(jq -c .process.cwd "$config")" = '"/bin"' ]
	[ "$(jq -c .process.user "$config")" = '{"uid":5,"gid":6}' ]
	[ "$(jq -c .hostname "$config")" = '"host"' ]
	[[ $(jq -c .process.env "$config") == *'"X=y"'* ]]
}

@test "a bundle is not made over another, nor half" {
	run_ok cooper bundle "$ID" "$WORK/bundle"
	run_fails 'is a bundle already' cooper bundle "$ID" "$WORK/bundle"
	run_fails 'there is no user "ghost" in /etc/passwd' cooper bundle --user ghost "$ID" "$WORK/none"
	[ ! -e "$WORK/none" ]
	mkdir "$WORK/mine"
	touch "$WORK/mine/precious"
	run_fails 'no user' cooper bundle --user ghost "$ID" "$WORK/mine"
	[ "$(ls "$WORK/mine")" = precious ]
}

@test "a container runs and is gone" {
	run_ok cooper run --rm "$ID"
	said "b /w /home/me"
	[ -z "$(ls "$STORE/containers")" ]
	run_ends 3 cooper run --rm "$ID" 'exit 3'
	run_ends 143 cooper run --rm "$ID" 'sh -c "kill \$\$"; exit $?'
	[ -z "$(ls "$STORE/containers")" ]
}

@test "a container that is not to be removed stays" {
	run_ok cooper run --name "$ID" -u 0 "$ID" 'echo kept > /w/file'
	[ "$(cat "$STORE/containers/$ID/upper/w/file")" = kept ]
	run_fails 'is taken' cooper run --name "$ID" "$ID"
}

@test "standard input is given when it is asked for" {
	echo given > "$WORK/in"
	INPUT=$WORK/in run_ok cooper run --rm -i "$ID" 'cat'
	said_only given
	INPUT=$WORK/in run_ok cooper run --rm "$ID" 'cat'
	said_only ''
}

@test "variables, user, directory, volumes and a read-only root" {
	mkdir "$WORK/data"
	chmod 777 "$WORK/data"
	run_ok cooper run --rm -e A=z -e N=1 -w / -u 0 -v "$WORK/data:/mnt/data" "$ID" 'echo $A $N $PWD $(id -u) > /mnt/data/told'
	[ "$(cat "$WORK/data/told")" = "z 1 / 0" ]
	run_ok cooper run --rm -v "$WORK/data:/d:ro" -u 0 "$ID" 'touch /d/x || echo refused'
	said refused
	run_ok cooper run --rm --read-only -u 0 "$ID" 'touch /x || echo refused'
	said refused
	run_fails 'is not SOURCE:TARGET' cooper run --rm -v nonsense "$ID"
}

@test "a terminal is a terminal" {
	require script
	run_ok script -qec "$COOPER --root $STORE run --rm -it $ID '[ -t 0 ] && [ -t 1 ] && echo terminal'" /dev/null
	said terminal
}

@test "options behind the image belong to the command" {
	run_ok cooper run --rm --entrypoint /bin/echo "$ID" --rm -e x
	said_only "--rm -e x"
}

@test "a signal that is sent to us reaches the container" {
	cooper run --rm --name "$ID" "$ID" 'trap "exit 9" TERM; echo ready; while :; do sleep 0.1; done' > "$WORK/out" 3>&- &
	local pid=$!
	until_ok grep -q ready "$WORK/out"
	kill -TERM "$(pgrep -P "$pid" -x cooper || echo "$pid")"
	local ended=0
	wait "$pid" || ended=$?
	[ "$ended" = 9 ]
	[ -z "$(ls "$STORE/containers")" ]
}

@test "what is not there cannot be run" {
	run_fails 125 'the image "nothing" is not in the store' cooper run nothing
	run_fails 125 'is neither beside cooper nor in PATH' cooper --runtime no-such-runtime run --rm "$ID"
}
