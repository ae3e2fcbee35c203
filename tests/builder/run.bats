#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# RUN: what a command sees, what it may do, and what of it stays.

load ../helpers/suite

setup() {
	require realm busybox jq overlay
	suite_begin
	CONTEXT=$WORK/context
}

teardown() {
	[ ! -d "$STORE" ] || store_is_clean
	suite_end
}

# Runs these instructions on top of busybox.
on_busybox() { # INSTRUCTION…
	{
		printf '%s\n' 'FROM scratch' 'COPY busybox /bin/busybox' \
			'RUN ["/bin/busybox", "--install", "-s", "/bin"]' "$@"
	} | context_make
}

run_on_busybox() { # INSTRUCTION…
	on_busybox "$@"
	image_build --progress=plain
}

@test "a text is given to the shell, an array is the command itself" {
	run_on_busybox 'RUN echo $((6 * 7)) > /shell' 'RUN ["/bin/sh", "-c", "echo $0 > /exec", "zero"]'
	image_unpack
	file_is shell "644 0:0" 42
	file_is exec "644 0:0" zero
}

@test "SHELL is the shell from then on" {
	run_on_busybox 'SHELL ["/bin/sh", "-e", "-c"]' 'RUN echo $- > /flags'
	image_unpack
	[[ $(cat "$ROOT/flags") == *e* ]]
}

@test "variables, directory and user are those of the line" {
	run_on_busybox 'RUN mkdir -p /etc && echo "me:x:77:88::/home/me:" > /etc/passwd' 'ENV A="b c"' 'ARG D=e' \
		'WORKDIR /w' 'RUN chmod 777 /w' 'USER me' 'RUN echo "$A $D $(id -u):$(id -g) $PWD $HOME" > told'
	image_unpack
	file_is w/told "644 77:88" "b c e 77:88 /w /home/me"
}

@test "a group takes the place of a user's groups" {
	run_on_busybox 'RUN mkdir -p /etc; chmod 777 /; echo "me:x:7:8::/:" > /etc/passwd; printf "g:x:8:\nh:x:9:me\n" > /etc/group' \
		'USER me' 'RUN id -G > /one' 'USER me:h' 'RUN id -G > /two' 'USER 1000' 'RUN id -u >/three; id -g >> /three'
	image_unpack
	file_is one "644 7:8" "8 9"
	file_is two "644 7:9" "9"
	[ "$(cat "$ROOT/three")" = "1000"$'\n'"0" ]
}

@test "a user that is not there is named" {
	on_busybox 'USER ghost' 'RUN true'
	run_fails 'Dockerfile:5: RUN: find the user: there is no user "ghost" in /etc/passwd' cooper build "$CONTEXT"
}

@test "a failure tells the command, how it ended, and the line" {
	on_busybox '# here it comes' 'RUN echo before; exit 7'
	run_fails 'Dockerfile:5: RUN: process "/bin/sh -c echo before; exit 7" did not complete successfully: exit code: 7' \
		cooper build --progress=plain "$CONTEXT"
	[[ $errors == *">>> RUN echo before; exit 7"* ]]
	[[ $errors == *" before"* ]]
	on_busybox "RUN sh -c 'kill -9 \$\$'; exit \$?"
	run_fails 'exit code: 137' cooper build "$CONTEXT"
	on_busybox 'RUN ["/not/there"]'
	run_fails '/not/there' cooper build --progress=plain "$CONTEXT"
}

@test "a heredoc is the script" {
	run_on_busybox 'RUN <<END' 'echo one > /script' 'echo $((1 + 1)) >> /script' 'END'
	image_unpack
	[ "$(cat "$ROOT/script")" = "one"$'\n'"2" ]
}

@test "a heredoc can be a program of its own" {
	run_on_busybox "RUN <<'END'" '#!/bin/awk -f' 'BEGIN { print "from awk" > "/told" }' 'END'
	image_unpack
	[ "$(cat "$ROOT/told")" = "from awk" ]
	[ ! -e "$ROOT/dev/pipes" ]
}

@test "a heredoc can be another command's input" {
	run_on_busybox 'RUN cat <<one <<two > /told && cat <<three >> /told' 1 one 2 two 3 three
	image_unpack
	[ "$(cat "$ROOT/told")" = "2"$'\n'"3" ]
}

@test "only what changed is in the layer, and nothing of what was mounted" {
	run_on_busybox 'RUN mkdir -p /etc/deep; touch /etc/deep/file' 'RUN true' 'RUN rm /etc/deep/file; echo x > /new'
	[ "$(layer_count)" = 5 ]
	[ "$(layer_entries 3 | sort)" = "$(printf '%s\n' etc/ etc/deep/ etc/deep/file)" ]
	[ "$(layer_entries 4)" = "" ]
	[ "$(layer_entries 5 | sort)" = "$(printf '%s\n' etc/ etc/deep/ etc/deep/.wh.file new)" ]
}

@test "a directory that is made anew hides what was in it" {
	run_on_busybox 'RUN mkdir -p /d/old; touch /d/a' 'RUN rm -r /d; mkdir /d; touch /d/b'
	image_unpack
	[ "$(ls "$ROOT/d")" = b ]
}

@test "places to mount on do not change the directory they are in" {
	mkdir -p "$CONTEXT/etc"
	run_on_busybox 'COPY --parents etc /' 'RUN touch -d @978307200 /etc' 'RUN true' 'RUN stat -c %Y /etc > /told'
	image_unpack
	[ "$(ls "$ROOT/etc")" = "" ]
	[ "$(cat "$ROOT/told")" = 978307200 ]
}

@test "links in the image where something is mounted lead nowhere outside" {
	mkdir -p "$CONTEXT/links"
	ln -s ../run/systemd/resolve/stub.conf "$CONTEXT/links/resolv.conf"
	run_on_busybox 'COPY links /etc' \
		'RUN head -n 1 /etc/resolv.conf > /told; [ -L /etc/resolv.conf ]'
	image_unpack
	[ "$(readlink "$ROOT/etc/resolv.conf")" = ../run/systemd/resolve/stub.conf ]
	[ ! -e "$ROOT/run" ]
}

@test "a command is on its own: processes, hosts' names, IPC" {
	run_on_busybox 'RUN hostname > /name; ls /proc | grep -c "^[0-9]*$" > /processes'
	image_unpack
	[ "$(cat "$ROOT/name")" = cooper ]
	[ "$(cat "$ROOT/processes")" -lt 10 ]
}

@test "a command has the capabilities that installing takes, and a filter" {
	run_on_busybox 'RUN grep -E "^(CapEff|CapBnd|Seccomp):" /proc/self/status > /status' \
		'RUN mount -t tmpfs none /bin 2> /refused || true' 'RUN unshare -U true 2>> /refused || true'
	image_unpack
	[ "$(awk '/^Cap/ { print $2 }' "$ROOT/status" | sort -u)" = 00000000800405fb ]
	[ "$(awk '/^Seccomp/ { print $2 }' "$ROOT/status")" = 2 ]
	[ "$(grep -c -i -E 'not permitted|denied' "$ROOT/refused")" = 2 ]
}

@test "what the kernel shows of the host is hidden" {
	run_on_busybox 'RUN cat /proc/kcore /proc/keys /proc/timer_list 2> /dev/null | wc -c > /bytes' \
		'RUN echo x > /proc/sysrq-trigger || echo refused > /sysrq' 'RUN mkdir /sys/x || echo refused > /sysfs'
	image_unpack
	[ "$(cat "$ROOT/bytes")" = 0 ]
	[ -e "$ROOT/sysrq" ] && [ -e "$ROOT/sysfs" ]
}

@test "without a network there is only the loopback" {
	run_on_busybox 'RUN --network=none ls /sys/class/net > /links; cat /etc/hosts > /hosts'
	image_unpack
	[ "$(cat "$ROOT/links")" = lo ]
	[[ $(cat "$ROOT/hosts") == *"127.0.0.1 localhost"* ]]
}

@test "a variable of our environment is not seen" {
	on_busybox 'RUN env > /env; cat /proc/*/environ > /all 2> /dev/null; true'
	SECRET_WORD=zzz-secret image_build
	image_unpack
	not grep -q zzz-secret "$ROOT/env" "$ROOT/all"
}

@test "an argument that nobody declared is not seen, but a proxy is, and is not remembered" {
	on_busybox 'ARG known' 'RUN env | sort > /env'
	image_build --build-arg known=yes --build-arg unknown=no --build-arg http_proxy=http://proxy
	image_unpack
	grep -qx known=yes "$ROOT/env"
	grep -qx http_proxy=http://proxy "$ROOT/env"
	not grep -q unknown "$ROOT/env"
	[[ $(image_config .Config.Env) != *proxy* ]]
	[[ $(image_config .History) == *'|1 known=yes /bin/sh'* ]]
	image_build --build-arg known=yes --build-arg http_proxy=http://other --progress=plain
	[ "$(grep -c CACHED <<< "$errors")" = 3 ]
}

# ---- mounts

@test "a bind mount shows the context, as COPY would have it" {
	context_file data/x text
	context_file data/ignored no
	context_file .dockerignore data/ignored
	as_owner chown 5:5 "$CONTEXT/data/x"
	run_on_busybox 'RUN --mount=target=/c,source=data ls /c > /list; stat -c %u /c/x > /owner; touch /c/y || echo refused > /ro'
	image_unpack
	file_is list "644 0:0" x
	file_is owner "644 0:0" 0
	file_is ro "644 0:0" refused
	[ ! -e "$ROOT/c" ]
}

@test "what is written to a bind mount is thrown away" {
	context_file data/x text
	run_on_busybox 'RUN --mount=target=/c,source=data,rw echo more >> /c/x; cat /c/x > /seen; touch /c/new'
	image_unpack
	[ "$(cat "$ROOT/seen")" = "textmore" ]
	[ "$(cat "$CONTEXT/data/x")" = text ]
	[ ! -e "$CONTEXT/data/new" ]
}

@test "a bind mount shows another stage, also a single file" {
	{
		printf '%s\n' 'FROM scratch AS other' 'COPY <<END /dir/file' 'of other' END 'COPY <<END /more' x END
		on_busybox 'RUN --mount=from=other,source=dir/file,target=/one --mount=from=other,target=/all cat /one /all/dir/file > /told'
		cat "$CONTEXT/Dockerfile"
	} > "$WORK/file"
	context_make < "$WORK/file"
	image_build
	image_unpack
	[ "$(cat "$ROOT/told")" = "of other"$'\n'"of other" ]
}

@test "a cache mount outlives the build and is in no layer" {
	run_on_busybox 'ARG n' 'RUN --mount=type=cache,target=/cache date +%N >> /cache/log; wc -l < /cache/log > /lines'
	image_build --build-arg n=2
	image_unpack
	file_is lines "644 0:0" 2
	[ ! -e "$ROOT/cache" ]
}

@test "a new cache mount has the mode and owner that were asked for, and what it was seeded with" {
	{
		printf '%s\n' 'FROM scratch AS seed' 'COPY <<END /s/file' seeded END
		on_busybox 'RUN --mount=type=cache,id=../../'"$ID"'-out,target=/c,mode=0750,uid=3,gid=4,from=seed,source=/s stat -c "%a %u:%g" /c > /told; cat /c/file >> /told'
		cat "$CONTEXT/Dockerfile"
	} > "$WORK/file"
	context_make < "$WORK/file"
	image_build
	image_unpack
	[ "$(cat "$ROOT/told")" = "750 3:4"$'\n'"seeded" ]
	[ ! -e "$STORE/../$ID-out" ] && [ ! -e "$WORK/../$ID-out" ]
}

@test "a tmpfs is empty, has its size, and is gone" {
	run_on_busybox 'RUN --mount=type=tmpfs,target=/t,size=1m dd if=/dev/zero of=/t/big bs=1k count=4096 2> /dev/null; stat -c %s /t/big > /size; true'
	image_unpack
	[ "$(cat "$ROOT/size")" = 1048576 ]
	[ ! -e "$ROOT/t" ]
}

@test "a secret that was not given is not there, unless it must be" {
	run_on_busybox 'RUN --mount=type=secret,id=s [ ! -e /run/secrets/s ]'
	on_busybox 'RUN --mount=type=secret,id=s,required=true true'
	run_fails 'Dockerfile:4: RUN: --mount=type=secret: "s" is required and was not given' cooper build "$CONTEXT"
}

@test "a bind mount's source that is a link to outside leads to nothing outside" {
	echo host > "$WORK/host-file"
	{
		echo 'FROM scratch AS evil'
		printf '%s\n' 'COPY links /'
		on_busybox 'RUN --mount=from=evil,source=/out,target=/x ls /x > /told; true' > /dev/null
		cat "$CONTEXT/Dockerfile"
	} > "$WORK/file"
	mkdir -p "$CONTEXT/links"
	ln -s / "$CONTEXT/links/out"
	context_make < "$WORK/file"
	image_build
	image_unpack
	[ "$(cat "$ROOT/told")" = out ]
}

@test "a step that tries to trick the clean-up does not" {
	mkdir "$WORK/canary"
	touch "$WORK/canary/alive"
	run_on_busybox "RUN --mount=type=tmpfs,target=/m/n true; rm -rf /m 2>/dev/null; ln -s $WORK/canary /z; mv /m /old 2>/dev/null; true"
	[ -e "$WORK/canary/alive" ]
}
