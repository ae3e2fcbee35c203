#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# From a Dockerfile to an image, and what a build tells on the way.

load ../helpers/suite

setup() {
	require realm busybox jq overlay
	suite_begin
}

teardown() {
	[ ! -d "$STORE" ] || store_is_clean
	suite_end
}

@test "a Dockerfile becomes an image that runs" {
	context_make <<- 'END'
		FROM scratch
		COPY busybox /bin/busybox
		RUN ["/bin/busybox", "--install", "-s", "/bin"]
		RUN echo hello > /greeting
		CMD ["cat", "/greeting"]
	END
	image_build
	[[ $output =~ ^sha256:[0-9a-f]{64}$ ]]
	image_run
	said_only hello
}

@test "the id is printed, written to a file, and the image's" {
	context_make <<- 'END'
		FROM scratch
		COPY busybox /b
	END
	image_build --iidfile "$WORK/id" -q
	[ "$(cat "$WORK/id")" = "$output" ]
	[ "$(image_config .Id)" = "\"$output\"" ]
}

@test "quiet says nothing else" {
	context_make <<- 'END'
		FROM scratch
		COPY busybox /bin/sh
		RUN echo loud
	END
	image_build -q
	[ -z "$errors" ]
}

@test "the plain progress numbers steps and their output" {
	context_make <<- 'END'
		FROM scratch AS base
		COPY busybox /bin/sh
		RUN echo out; echo err >&2
	END
	image_build --progress=plain
	[[ $errors == *"#1 [base 1/2] COPY busybox /bin/sh"* ]]
	[[ $errors =~ \#2\ [0-9.]+\ out ]]
	[[ $errors =~ \#2\ [0-9.]+\ err ]]
	[[ $errors == *"#2 DONE "* ]]
}

@test "an image can have several names" {
	context_make <<- 'END'
		FROM scratch
		COPY busybox /b
	END
	run_ok cooper build -t first -t second:2 "$CONTEXT"
	[ "$(IMAGE=first image_config .Id)" = "$(IMAGE=second:2 image_config .Id)" ]
}

@test "the Dockerfile may lie elsewhere, come from standard input, or be called otherwise" {
	context_make <<- 'END'
		FROM scratch
		COPY nothing /
	END
	printf 'FROM scratch\nCOPY busybox /b\n' > "$WORK/other"
	run_ok cooper build -f "$WORK/other" "$CONTEXT"
	INPUT=$WORK/other run_ok cooper build -f - "$CONTEXT"
	mv "$WORK/other" "$CONTEXT/Containerfile"
	rm "$CONTEXT/Dockerfile"
	run_ok cooper build "$CONTEXT"
	mv "$CONTEXT/Containerfile" "$CONTEXT/dockerfile"
	run_ok cooper build "$CONTEXT"
	rm "$CONTEXT/dockerfile"
	run_fails 'there is no Dockerfile in' cooper build "$CONTEXT"
}

@test "a Dockerfile alone on standard input builds without a context" {
	printf 'FROM scratch\nCOPY <<END /f\ntext\nEND\n' > "$WORK/file"
	INPUT=$WORK/file run_ok cooper build -t "$ID" -
	image_unpack
	file_is f "644 0:0" text
	printf 'FROM scratch\nCOPY a /\n' > "$WORK/file"
	INPUT=$WORK/file run_fails 'there is no build context' cooper build -
}

@test "an archive on standard input is the context" {
	context_make <<- 'END'
		FROM scratch
		COPY . /c/
	END
	context_file kept text
	context_file left out
	context_file .dockerignore $'left\nbusybox\n'
	local how
	for how in '' -z -J; do
		tar -C "$CONTEXT" $how -cf "$WORK/context.tar" .
		INPUT=$WORK/context.tar run_ok cooper build -t "$ID" -
		image_unpack
		[ "$(ls "$ROOT/c")" = "Dockerfile"$'\n'"kept" ]
	done
	[ -z "$(ls "$STORE/contexts" 2> /dev/null)" ]
	mkdir "$CONTEXT/sub"
	printf 'FROM scratch\nCOPY kept /other\n' > "$CONTEXT/sub/file"
	tar -C "$CONTEXT" -cf "$WORK/context.tar" .
	INPUT=$WORK/context.tar run_ok cooper build -f sub/file -t "$ID" -
	image_unpack
	[ "$(ls "$ROOT")" = other ]
}

@test "an archive that sets a link where the Dockerfile should be reads nothing of ours" {
	echo secret-of-host > "$WORK/secret"
	mkdir "$WORK/evil"
	ln -s "$WORK/secret" "$WORK/evil/Dockerfile"
	tar -C "$WORK/evil" -cf "$WORK/evil.tar" .
	INPUT=$WORK/evil.tar run_quietly cooper build -
	[ "$status" = 1 ]
	said_not secret-of-host
	ln -s "$WORK" "$WORK/evil/dir"
	tar -C "$WORK/evil" -cf "$WORK/evil.tar" .
	INPUT=$WORK/evil.tar run_quietly cooper build -f dir/secret -
	[ "$status" = 1 ]
	said_not secret-of-host
	head -c 700 "$WORK/evil.tar" > "$WORK/short.tar"
	INPUT=$WORK/short.tar run_fails '' cooper build -
}

@test "who stops reading does not stop the build" {
	context_make <<- 'END'
		FROM scratch
		COPY busybox /bin/sh
		RUN i=0; while [ $i -lt 20000 ]; do echo "line $i of many"; i=$((i + 1)); done
	END
	(cooper build --progress=plain -t "$ID" "$CONTEXT" 2>&1 > "$WORK/id"; echo $? > "$WORK/status") | head -n 1
	[ "$(cat "$WORK/status")" = 0 ]
}

@test "an image is the base of another" {
	context_make <<- 'END'
		FROM scratch
		COPY busybox /bin/sh
		ENV A=base
		WORKDIR /home
	END
	IMAGE=base-$ID image_build
	context_make <<- END
		FROM base-$ID
		RUN echo "\$A in \$PWD" > /told
		CMD ["/bin/sh", "-c", "read line < /told; echo \$line"]
	END
	IMAGE=$ID image_build
	image_run
	said_only "base in /home"
}

@test "a base that is not there is named with its line" {
	context_make <<- 'END'
		# a comment
		FROM nothing-of-the-kind:3
	END
	run_fails 'Dockerfile:2: FROM: the image "nothing-of-the-kind:3" is not in the store' cooper build "$CONTEXT"
}

@test "a layout on disk is a base" {
	context_make <<- 'END'
		FROM scratch
		COPY busybox /bin/sh
	END
	image_build
	run_ok cooper save --format oci-dir -o "$WORK/layout" "$ID"
	STORE=$WORK/other
	context_make <<- END
		FROM oci:$WORK/layout
		RUN echo done > /told
	END
	IMAGE=second-$ID image_build
	[ "$(IMAGE=second-$ID layer_count)" = 2 ]
}

@test "the same input gives the same digests on every run" {
	context_make <<- 'END'
		FROM scratch
		COPY busybox /bin/busybox
		RUN ["/bin/busybox", "--install", "-s", "/bin"]
		WORKDIR /made/here
		COPY <<EOF /etc/conf
		x
		EOF
		RUN mkdir -p /a/b && echo one > /a/b/c && ln /a/b/c /a/d && rm /etc/conf
		LABEL l=m
	END
	run_ok cooper build -q "$CONTEXT"
	local first=$output
	run_ok cooper build -q "$CONTEXT"
	said_only "$first"
	sleep 1
	run_ok cooper build -q --no-cache "$CONTEXT"
	said_only "$first"
	STORE=$WORK/other
	run_ok cooper build -q "$CONTEXT"
	said_only "$first"
}

@test "SOURCE_DATE_EPOCH is the time of everything" {
	context_make <<- 'END'
		FROM scratch
		COPY busybox /bin/busybox
		RUN ["/bin/busybox", "mkdir", "/made"]
	END
	SOURCE_DATE_EPOCH=1000000000 image_build
	[ "$(image_config .Created)" = '"2001-09-09T01:46:40Z"' ]
	[ "$(image_config '.History[].created' | sort -u)" = '"2001-09-09T01:46:40Z"' ]
	image_unpack
	[ "$(stat -c %Y "$ROOT/bin/busybox" "$ROOT/made" | sort -u)" = 1000000000 ]
	run_ok cooper build --build-arg SOURCE_DATE_EPOCH=1100000000 -t "$ID" "$CONTEXT"
	[ "$(image_config .Created)" = '"2004-11-09T11:33:20Z"' ]
	run_fails 'SOURCE_DATE_EPOCH' env SOURCE_DATE_EPOCH=soon "$COOPER" --root "$STORE" build "$CONTEXT"
}

@test "a plan can be shown without root and without building" {
	context_make <<- 'END'
		FROM scratch
		COPY busybox /b
		RUN ["/b", "true"]
	END
	run_ok cooper build --print=plan "$CONTEXT"
	said 'step 2 run: [2/2] RUN ["/b", "true"]'
	run_ok cooper build --print=file "$CONTEXT"
	run_ok cooper build --print=keys "$CONTEXT"
	said 'file "busybox" "100755 '
	[ "$(ls "$STORE/layers" | wc -l)" = 0 ]
}

@test "builds of one store at the same time do not disturb each other" {
	context_make <<- 'END'
		FROM scratch
		ARG N
		COPY busybox /bin/busybox
		RUN ["/bin/busybox", "--install", "-s", "/bin"]
		RUN echo "$N" > /n
	END
	local n pids=()
	for n in 1 2 3 4; do
		cooper build -q -t "many-$ID:$n" --build-arg "N=$n" "$CONTEXT" > "$WORK/id.$n" 2>&1 3>&- &
		pids+=($!)
	done
	for n in "${pids[@]}"; do wait "$n" || { cat "$WORK"/id.*; return 1; }; done
	for n in 1 2 3 4; do
		IMAGE=many-$ID:$n image_run cat /n
		said_only "$n"
	done
}

@test "a build that is killed leaves nothing that the next command does not clear away" {
	context_make <<- 'END'
		FROM scratch
		COPY busybox /bin/sh
		RUN echo started; sleep 100
	END
	cooper build --progress=plain "$CONTEXT" > /dev/null 2> "$WORK/log" 3>&- &
	local pid=$!
	until_ok grep -q started "$WORK/log"
	pid=$(pgrep -P "$pid" -x cooper || echo "$pid")
	kill -KILL "$pid"
	wait || true
	until_ok not pgrep -f "sleep 10[0]"
	sed -i '$d' "$CONTEXT/Dockerfile"
	echo 'RUN :' >> "$CONTEXT/Dockerfile"
	run_ok cooper build "$CONTEXT"
	[ -z "$(find /sys/fs/cgroup -type d -name "cooper-$pid-*")" ]
}

@test "an argument for what is not a stage is refused with what was perhaps meant" {
	context_make <<- 'END'
		FROM scratch AS final
		COPY busybox /b
	END
	run_fails 'there is no stage "finel" to build; did you mean "final"?' cooper build --target finel "$CONTEXT"
}
