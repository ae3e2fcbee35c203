#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# The step cache: nothing changes, everything hits; something that matters changes, it misses, and
# says why.

load ../helpers/suite

setup() {
	require realm busybox jq overlay
	suite_begin
	CONTEXT=$WORK/context
	context_file src/a.c 'int a;'
	context_file src/b.c 'int b;'
}

teardown() {
	[ ! -d "$STORE" ] || store_is_clean
	suite_end
}

# Builds, and tells how many steps were taken from the cache.
hits() { # COUNT [OPTIONS…]
	local wanted=$1
	shift
	image_build --progress=plain "$@"
	[ "$(grep -c '^#[0-9]* CACHED' <<< "$errors")" = "$wanted" ] || {
		echo "wanted $wanted from the cache: $errors"
		return 1
	}
}

because() { # REASON
	[[ $errors == *"$1"* ]] || {
		echo "wanted \"$1\" in: $errors"
		return 1
	}
}

four_steps() {
	context_make <<- 'END'
		FROM scratch
		COPY busybox /bin/sh
		COPY src /src
		RUN echo built > /built
		COPY <<EOF /done
		yes
		EOF
	END
}

@test "a build in which nothing changed does nothing" {
	four_steps
	hits 0
	local first=$output
	hits 4
	[ "$output" = "$first" ]
}

@test "times do not matter, nor who owns the files" {
	four_steps
	hits 0
	touch "$CONTEXT/src/a.c" "$CONTEXT/src"
	as_owner chown 5:5 "$CONTEXT/src/b.c"
	hits 4
}

@test "content matters, and the file is named" {
	four_steps
	hits 0
	context_file src/a.c 'int c;'
	hits 1
	because 'the file "a.c" changed'
	because 'the step before it changed'
	hits 4
}

@test "content of the same size and time matters" {
	four_steps
	hits 0
	local when
	when=$(stat -c %y "$CONTEXT/src/a.c")
	context_file src/a.c 'int x;'
	touch -d "$when" "$CONTEXT/src/a.c"
	hits 1
}

@test "a file that is changed again at once is not taken for the one before" {
	four_steps
	local i
	for i in 1 2 3 4 5; do
		context_file src/a.c "int $i;"
		image_build -q
		image_unpack
		[ "$(cat "$ROOT/src/a.c")" = "int $i;" ]
	done
}

@test "mode matters, and so do new, missing and renamed files" {
	four_steps
	hits 0
	chmod 755 "$CONTEXT/src/a.c"
	hits 1
	because 'the mode or owner of the file "a.c" changed'
	context_file src/c.c x
	hits 1
	because 'the file "c.c" is new'
	rm "$CONTEXT/src/b.c"
	hits 1
	because 'the file "b.c" is gone'
	mv "$CONTEXT/src/c.c" "$CONTEXT/src/d.c"
	hits 1
	context_file other/file x
	hits 4
}

@test "attributes matter" {
	require setfattr
	four_steps
	hits 0
	setfattr -n user.note -v x "$CONTEXT/src/a.c"
	hits 1
}

@test "a link's target matters, and a change of kind" {
	ln -s a.c "$CONTEXT/src/link"
	four_steps
	hits 0
	ln -sfn b.c "$CONTEXT/src/link"
	hits 1
	rm "$CONTEXT/src/link"
	mkdir "$CONTEXT/src/link"
	hits 1
}

@test "the command, the variables, the user and the directory of a RUN matter" {
	run_with() { # COUNT INSTRUCTION…
		local wanted=$1
		shift
		{
			printf '%s\n' 'FROM scratch' 'COPY busybox /bin/sh' "$@"
		} > "$CONTEXT/Dockerfile"
		hits "$wanted"
	}
	four_steps
	run_with 0 'RUN true'
	run_with 2 'RUN true'
	run_with 1 'RUN :'
	because 'the command changed'
	run_with 1 'ENV A=1' 'RUN :'
	because 'the variable "A" is new'
	run_with 1 'ENV A=2' 'RUN :'
	because 'the variable "A" changed'
	run_with 1 'USER 5' 'RUN :'
	run_with 1 'USER 6' 'RUN :'
	because 'the user changed'
	run_with 1 'RUN --network=none :'
	run_with 2 'LABEL a=b' 'EXPOSE 80' 'RUN :'
}

@test "an argument matters from the first RUN after it" {
	context_make <<- 'END'
		FROM scratch
		COPY busybox /bin/sh
		RUN :
		ARG V=1
		RUN echo
		COPY src /src
	END
	hits 0
	hits 3 --build-arg V=2 # what it gave is the same, so what follows is too
	because 'the variable "V" changed'
	hits 4 --build-arg V=1
	hits 4 --build-arg undeclared=1
}

@test "the body of a heredoc matters" {
	context_make <<- 'END'
		FROM scratch
		COPY <<EOF /f
		one
		EOF
	END
	hits 0
	sed -i s/one/two/ "$CONTEXT/Dockerfile"
	hits 0
	because 'the document "EOF" changed'
}

@test "what an ignore file leaves out does not matter" {
	context_file .dockerignore 'src/*.tmp'
	context_file src/x.tmp 1
	four_steps
	hits 0
	context_file src/x.tmp 2
	hits 4
}

@test "a stage that was made again and is the same is the same" {
	context_make <<- 'END'
		FROM scratch AS build
		COPY busybox /bin/sh
		COPY src /src
		RUN echo fixed > /out
		FROM scratch
		COPY --from=build /out /out
		COPY busybox /bin/sh
		RUN echo late
	END
	hits 0
	context_file src/a.c other
	hits 4
	sed -i 's/echo fixed/echo other/' "$CONTEXT/Dockerfile"
	hits 2
	because 'the files changed'
}

@test "a renamed file that lands under another name misses" {
	context_make <<- 'END'
		FROM scratch
		COPY one* /d/
	END
	context_file one1 x
	hits 0
	mv "$CONTEXT/one1" "$CONTEXT/one2"
	hits 0
}

@test "the content of a bind mount matters, that of a cache does not" {
	context_make <<- 'END'
		FROM scratch
		COPY busybox /bin/sh
		RUN --mount=target=/c,source=src --mount=type=cache,target=/k echo > /k/x; read line < /c/a.c; echo "$line" > /copied
	END
	hits 0
	hits 2
	context_file src/a.c other
	hits 1
	image_unpack
	[ "$(cat "$ROOT/copied")" = other ]
}

@test "--no-cache does everything again, and what it gave is used from then on" {
	four_steps
	hits 0
	hits 0 --no-cache
	because 'the cache is not to be used'
	hits 4
}

@test "two Dockerfiles of one context share what is the same" {
	four_steps
	hits 0
	cp "$CONTEXT/Dockerfile" "$WORK/other"
	echo 'RUN echo more' >> "$WORK/other"
	hits 4 -f "$WORK/other"
}

@test "another base misses, the same layers under another name do not" {
	context_make <<- 'END'
		FROM scratch
		COPY busybox /bin/sh
	END
	run_ok cooper build -t base "$CONTEXT"
	run_ok cooper build -t same --label changed=only "$CONTEXT"
	printf '%s\n' 'FROM scratch' 'COPY busybox /bin/sh' 'COPY src /src' > "$CONTEXT/Dockerfile"
	run_ok cooper build -t different "$CONTEXT"
	on() { printf 'FROM %s\nRUN :\n' "$1" > "$CONTEXT/Dockerfile"; }
	on base
	hits 1
	on same
	hits 2
	on different
	hits 1
	because 'the step before it changed'
}

@test "an image that claims the same history is no cache" {
	context_make <<- 'END'
		FROM scratch
		COPY busybox /bin/sh
		RUN echo mine > /mine
	END
	mkdir -p "$WORK/evil/bin"
	cp "$CONTEXT/busybox" "$WORK/evil/bin/sh"
	echo theirs > "$WORK/evil/mine"
	tar -C "$WORK/evil" -cf "$WORK/evil.tar" .
	run_ok cooper import -m 'RUN /bin/sh -c echo mine > /mine' "$WORK/evil.tar" evil
	hits 0
	image_unpack
	[ "$(cat "$ROOT/mine")" = mine ]
}

@test "what is remembered and damaged is done again" {
	four_steps
	hits 0
	find "$STORE/cache" -type f -exec sh -c 'printf garbage > "$1"' _ {} \;
	find "$STORE/contexts" -type f -exec sh -c 'printf garbage > "$1"' _ {} \;
	hits 0
	hits 4
}
