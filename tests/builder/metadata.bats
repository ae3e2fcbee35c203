#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# What an image says of itself: config and history.

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

# Builds these instructions on scratch.
describe() { # INSTRUCTION…
	printf '%s\n' 'FROM scratch' "$@" | context_make
	image_build
}

config_is() { # MEMBER JSON
	[ "$(image_config ".Config.$1")" = "$2" ] || {
		echo "$1 is $(image_config ".Config.$1"), not $2"
		return 1
	}
}

@test "commands are arrays, with the shell in front of a text" {
	describe 'CMD echo $HOME' 'ENTRYPOINT ["/bin/x", "a b"]'
	config_is Cmd '["/bin/sh","-c","echo $HOME"]'
	config_is Entrypoint '["/bin/x","a b"]'
	describe 'SHELL ["/bin/other", "-x"]' 'CMD one' 'ENTRYPOINT two'
	config_is Cmd '["/bin/other","-x","one"]'
	config_is Entrypoint '["/bin/other","-x","two"]'
	describe "CMD ['single', 'quotes']"
	config_is Cmd "[\"/bin/sh\",\"-c\",\"['single', 'quotes']\"]"
}

@test "a new entrypoint drops the base's command, but not one of its own stage" {
	printf '%s\n' 'FROM scratch AS base' 'CMD ["old"]' 'FROM base' 'ENTRYPOINT ["new"]' | context_make
	image_build
	config_is Cmd null
	printf '%s\n' 'FROM scratch AS base' 'CMD ["old"]' 'FROM base' 'CMD ["own"]' 'ENTRYPOINT ["new"]' | context_make
	image_build
	config_is Cmd '["own"]'
	printf '%s\n' 'FROM scratch AS base' 'CMD ["old"]' 'ENTRYPOINT ["old"]' 'FROM base' 'CMD []' 'ENTRYPOINT []' | context_make
	image_build
	config_is Cmd null
	config_is Entrypoint null
}

@test "variables are kept, the last of a name counts, and PATH is there" {
	describe 'ENV A=1 B="two words" C=th\ ree' 'ENV A=4 D=$A' 'ENV E  rest of the line'
	config_is Env '["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin","A=4","B=two words","C=th ree","D=1","E=rest of the line"]'
}

@test "an argument is not kept" {
	describe 'ARG A=1' 'ENV B=$A'
	[[ $(image_config .Config.Env) != *'"A='* ]]
	[[ $(image_config .Config.Env) == *'"B=1"'* ]]
}

@test "of an argument and a variable of one name the later wins" {
	describe 'ENV A=env' 'ARG A=arg' 'LABEL one=$A' 'ENV A=again' 'LABEL two=$A'
	config_is Labels '{"one":"arg","two":"again"}'
}

@test "labels are expanded, and the command line has the last word" {
	printf '%s\n' 'FROM scratch' 'ENV X=x' 'LABEL a=$X "b c"="d e" f=g\' '  h=i' | context_make
	image_build --label f=own --label new=1
	config_is Labels '{"a":"x","b c":"d e","f":"own","h":"i","new":"1"}'
}

@test "ports, volumes, user, directory and signal" {
	describe 'EXPOSE 80 90-91/UDP' 'ENV P=7' 'EXPOSE $P/tcp' 'VOLUME /a /b' 'VOLUME ["/c d"]' \
		'WORKDIR /one' 'WORKDIR two/../three/' 'USER me:us' 'STOPSIGNAL SIGINT'
	config_is ExposedPorts '{"7/tcp":{},"80/tcp":{},"90/udp":{},"91/udp":{}}'
	config_is Volumes '{"/a":{},"/b":{},"/c d":{}}'
	config_is User '"me:us"'
	config_is WorkingDir '"/one/three"'
	config_is StopSignal '"SIGINT"'
}

@test "a health check has its times in nanoseconds" {
	describe 'HEALTHCHECK --interval=1m30s --timeout=500ms --retries=4 CMD ["a", "b"]'
	config_is Healthcheck '{"Test":["CMD","a","b"],"Interval":90000000000,"Timeout":500000000,"Retries":4}'
	describe 'HEALTHCHECK CMD exit 0'
	config_is Healthcheck '{"Test":["CMD-SHELL","exit 0"]}'
	describe 'HEALTHCHECK NONE'
	config_is Healthcheck '{"Test":["NONE"]}'
}

@test "the working directory is made, and is its user's" {
	context_file passwd $'me:x:7:8::/:\n'
	describe 'COPY passwd /etc/' 'USER me' 'WORKDIR /a/b' 'WORKDIR /a'
	image_unpack
	file_is a "755 7:8"
	file_is a/b "755 7:8"
	[ "$(layer_entries 2)" = "a/"$'\n'"a/b/" ]
	[ "$(layer_entries 3)" = "" ]
}

@test "a working directory through a link stays inside" {
	mkdir -p "$CONTEXT/tree" "$WORK/canary"
	ln -s "$WORK/canary" "$CONTEXT/tree/out"
	ln -s /real "$CONTEXT/tree/in"
	mkdir "$CONTEXT/tree/real"
	describe 'COPY tree /' 'USER 5' 'WORKDIR /in/made'
	image_unpack
	file_is real/made "755 5:0"
	printf '%s\n' 'FROM scratch' 'COPY tree /' 'WORKDIR /out/made' | context_make
	run_quietly cooper build "$CONTEXT"
	[ "$(ls -A "$WORK/canary")" = "" ]
}

@test "every instruction has its line of history, and those without files say so" {
	context_file f x
	describe 'MAINTAINER me' 'ENV A=b' 'COPY f /' 'WORKDIR /w' 'WORKDIR /' 'CMD ["x", "y"]' 'EXPOSE 80' \
		'USER u' 'VOLUME /v' 'ARG N=1' 'HEALTHCHECK NONE' 'STOPSIGNAL 9' 'SHELL ["s"]' 'LABEL l=m' 'ENTRYPOINT e'
	[ "$(image_config '.History | map(select(.empty_layer | not)) | map(.created_by)')" = '["COPY f /","WORKDIR /w"]' ]
	[ "$(image_config '.History | map(.created_by)' | jq -r '.[]' | grep -v -e COPY -e WORKDIR)" = 'MAINTAINER me
ENV A=b
CMD ["x" "y"]
EXPOSE [80/tcp]
USER u
VOLUME [/v]
ARG N=1
HEALTHCHECK ["NONE"]
STOPSIGNAL 9
SHELL [s]
LABEL l=m
ENTRYPOINT ["s" "e"]' ]
	[ "$(image_config .Author)" = '"me"' ]
}

@test "the history of the base is kept as it is" {
	context_file f x
	describe 'COPY f /' 'LABEL a=b'
	local before
	before=$(image_config .History)
	printf '%s\n' "FROM $ID" 'LABEL c=d' | context_make
	IMAGE=second-$ID image_build
	[ "$(IMAGE=second-$ID image_config '.History[:-1]')" = "$before" ]
	[ "$(IMAGE=second-$ID layer_count)" = 1 ]
}

@test "metadata makes no layer" {
	describe 'LABEL a=b' 'ENV c=d' 'CMD x'
	[ "$(layer_count)" = 0 ]
}

# ---- ONBUILD

@test "triggers wait in the image, and go off once" {
	context_file f 'of the child'
	printf '%s\n' 'FROM scratch' 'COPY busybox /bin/sh' 'ONBUILD ENV T=triggered' 'ONBUILD COPY f /f' \
		'ONBUILD RUN echo $T > /t' | context_make
	run_ok cooper build -t base "$CONTEXT"
	[ "$(IMAGE=base image_config .Config.OnBuild)" = '["ENV T=triggered","COPY f /f","RUN echo $T > /t"]' ]
	printf '%s\n' 'FROM base' 'RUN echo $T > /own' | context_make
	run_ok cooper build -t child "$CONTEXT"
	IMAGE=child image_unpack
	file_is f "644 0:0" "of the child"
	file_is t "644 0:0" triggered
	file_is own "644 0:0" triggered
	[ "$(IMAGE=child image_config .Config.OnBuild)" = null ]
	printf 'FROM child\n' | context_make
	run_ok cooper build -t grandchild "$CONTEXT"
	[ "$(IMAGE=grandchild layer_count)" = "$(IMAGE=child layer_count)" ]
}

@test "triggers of a stage go off in its children, and may take from others" {
	context_make <<- 'END'
		FROM scratch AS data
		COPY <<EOF /d
		data
		EOF
		FROM scratch AS base
		ONBUILD COPY --from=data /d /taken
		FROM base
	END
	image_build
	image_unpack
	file_is taken "644 0:0" data
}

@test "a trigger that goes wrong is blamed on the line that began with the image" {
	printf '%s\n' 'FROM scratch' 'ONBUILD COPY missing /' | context_make
	run_ok cooper build -t base "$CONTEXT"
	printf '%s\n' '# comment' 'FROM base' | context_make
	run_fails 'Dockerfile:2: COPY: "missing": not found' cooper build "$CONTEXT"
}
