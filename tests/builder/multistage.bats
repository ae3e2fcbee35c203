#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Stages: what they inherit, what they take from each other, and which are built.

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

@test "files are taken from a stage by name, in any case, and by number" {
	context_make <<- 'END'
		FROM scratch AS First
		COPY <<EOF /f
		first
		EOF
		FROM scratch
		COPY <<EOF /s
		second
		EOF
		FROM scratch
		COPY --from=first /f /a
		COPY --from=FIRST f /b
		COPY --from=1 /s /c
	END
	image_build
	image_unpack
	file_is a "644 0:0" first
	file_is b "644 0:0" first
	file_is c "644 0:0" second
}

@test "a stage inherits everything from the one it begins with" {
	context_make <<- 'END'
		FROM scratch AS base
		COPY busybox /bin/sh
		ARG A=arg
		ENV E=env
		WORKDIR /w
		USER 5
		LABEL l=1
		CMD ["x"]
		FROM base
		LABEL m=2
		RUN echo "$A $E" > /tmp-not-mine || true
		USER 0
		RUN echo "$A $E $PWD" > told
	END
	image_build
	image_unpack
	file_is w/told "644 0:0" "arg env /w"
	[ "$(image_config .Config.Labels)" = '{"l":"1","m":"2"}' ]
	[ "$(image_config .Config.Cmd)" = '["x"]' ]
}

@test "two stages from one base do not mix" {
	context_make <<- 'END'
		FROM scratch AS base
		EXPOSE 1
		LABEL l=base
		FROM base AS one
		EXPOSE 2
		LABEL one=1
		COPY <<EOF /one
		EOF
		FROM base AS two
		EXPOSE 3
		LABEL two=2
		COPY --from=one /one /
	END
	image_build
	[ "$(image_config '.Config.ExposedPorts | keys')" = '["1/tcp","3/tcp"]' ]
	[ "$(image_config .Config.Labels)" = '{"l":"base","two":"2"}' ]
}

@test "only what the target needs is built" {
	context_make <<- 'END'
		FROM nothing-like-this AS broken
		RUN false
		FROM scratch AS good
		COPY <<EOF /good
		EOF
		FROM broken AS worse
		COPY missing /
		FROM good AS last
	END
	image_build
	run_ok cooper build --target good "$CONTEXT"
	run_ok cooper build --target 1 "$CONTEXT"
	run_fails 'Dockerfile:1: FROM: the image "nothing-like-this" is not in the store' \
		cooper build --target worse "$CONTEXT"
}

@test "a stage may not take from itself or from a later one" {
	context_make <<- 'END'
		FROM scratch AS one
		COPY --from=two /x /
		FROM scratch AS two
		COPY --from=one /x /
	END
	run_fails 'Dockerfile:2: COPY: the stage "two" must stand before' cooper build "$CONTEXT"
	printf 'FROM scratch AS one\nCOPY --from=one /x /\n' | context_make
	run_fails 'must stand before' cooper build "$CONTEXT"
	printf 'FROM scratch\nCOPY --from=7 /x /\n' | context_make
	run_fails 'Dockerfile:2: COPY: there is no stage 7' cooper build "$CONTEXT"
}

@test "a name stands for a stage before it stands for an image" {
	printf 'FROM scratch\nCOPY <<EOF /image\nEOF\n' | context_make
	run_ok cooper build -t name "$CONTEXT"
	context_make <<- 'END'
		FROM scratch AS other
		COPY --from=name /image /
		FROM scratch AS name
		COPY <<EOF /stage
		EOF
		FROM name
	END
	image_build
	image_unpack
	[ "$(ls "$ROOT")" = stage ]
}

@test "files are taken from an image, with their owners" {
	printf 'FROM scratch\nCOPY --chown=7:8 <<EOF /from/f\nx\nEOF\n' | context_make
	run_ok cooper build -t other "$CONTEXT"
	printf 'FROM scratch\nCOPY --from=other /from /to\nCOPY --from=other --chown=1 /from/f /g\n' | context_make
	image_build
	image_unpack
	file_is to/f "644 7:8" x
	file_is g "644 1:1" x
}

@test "a link in a stage leads where it leads in the stage" {
	mkdir -p "$CONTEXT/tree/real"
	echo in > "$CONTEXT/tree/real/file"
	ln -s /real "$CONTEXT/tree/absolute"
	ln -s ../../../../../../real "$CONTEXT/tree/climbing"
	context_make <<- 'END'
		FROM scratch AS one
		COPY tree /
		FROM scratch
		COPY --from=one /absolute/file /a
		COPY --from=one /climbing/file /b
	END
	image_build
	image_unpack
	file_is a "644 0:0" in
	file_is b "644 0:0" in
}

@test "what a stage deleted is not taken" {
	context_make <<- 'END'
		FROM scratch AS one
		COPY busybox /bin/busybox
		RUN ["/bin/busybox", "--install", "-s", "/bin"]
		RUN mkdir /d && touch /d/gone /d/kept
		RUN rm /d/gone
		FROM scratch
		COPY --from=one /d /d
	END
	image_build
	image_unpack
	[ "$(ls -A "$ROOT/d")" = kept ]
	not grep -q wh < <(layer_entries 1)
}

@test "arguments before the first FROM are for FROM, until a stage asks for them" {
	context_make <<- 'END'
		ARG BASE=scratch
		ARG V=global
		FROM ${BASE} AS one
		COPY <<EOF /one
		[$V]
		EOF
		ARG V
		COPY <<EOF /two
		[$V]
		EOF
		ARG V=own
		COPY <<EOF /three
		[$V]
		EOF
		FROM scratch
		COPY --from=one / /
		COPY <<EOF /four
		[$V]
		EOF
	END
	image_build
	image_unpack
	[ "$(cat "$ROOT"/{one,two,three,four} | tr '\n' ' ')" = "[] [global] [own] [] " ]
	image_build --build-arg V=given
	image_unpack
	[ "$(cat "$ROOT"/{one,two,three,four} | tr '\n' ' ')" = "[] [given] [given] [] " ]
}

@test "what is built where can be asked for" {
	context_make <<- 'END'
		FROM scratch AS last
		ARG TARGETOS TARGETARCH TARGETPLATFORM BUILDPLATFORM TARGETSTAGE
		COPY <<EOF /told
		$TARGETOS/$TARGETARCH $TARGETPLATFORM $BUILDPLATFORM $TARGETSTAGE
		EOF
	END
	image_build
	image_unpack
	local here
	here=linux/$(image_config .Architecture | tr -d '"')
	[ "$(cat "$ROOT/told")" = "$here $here $here last" ]
}
