#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Each lint can fail: a toy tree that is right passes, and each thing that is wrong in it is named.
lints=$(cd "$(dirname "$0")" && pwd)
toy=$(mktemp -d) || exit 99
trap 'rm -rf "$toy"' EXIT
trap 'exit 99' HUP INT TERM
bad=0

fresh() {
	rm -rf "${toy:?}"/*
	mkdir -p "$toy/libcommon" "$toy/oci-spec" "$toy/runtime/kernel" "$toy/runtime/life" \
		"$toy/runtime/commands" "$toy/builder/layer" "$toy/tests/lint" "$toy/docs" "$toy/.ci"
	cp "$lints"/*.tsv "$toy/tests/lint/"
	{ echo '```rooms'; cat "$lints/rooms.tsv"; echo '```'; } > "$toy/docs/ARCHITECTURE.md"
	echo 'See [the house](docs/ARCHITECTURE.md).' > "$toy/README.md"
	put tests/lint/right.sh '#!/bin/sh' '# SPDX-License-Identifier: Apache-2.0' true
	put libcommon/text.h "$licence" 'int text_trim(void); /* as in "http://x" */'
	put libcommon/text.c "$licence" '#include "libcommon/text.h"' \
		'int text_trim(void) { static const char *const a[] = { "//" }; return a[0][0]; }'
	put runtime/kernel/cgroup.c "$licence" '#include "libcommon/text.h"' \
		'int cgroup_make(void) { return 0; }'
	put runtime/commands/kill.c "$licence" \
		'extern const int kill_command;' 'const int kill_command = 1;'
}

licence='/* SPDX-License-Identifier: Apache-2.0 */'

put() { # PATH LINE…
	target=$toy/$1
	shift
	printf '%s\n' "$@" > "$target"
}

build() {
	(cd "$toy" && for file in */*.c */*/*.c; do
		[ ! -f "$file" ] || ${CC:-cc} -I. -c -o "${file%.c}.o" "$file" || exit 1
	done) || { echo "selftest: the toy tree does not compile"; exit 99; }
}

passes() { # LINT
	output=$(srcdir=$toy BUILD=$toy INSTRUMENTED="" "$lints/$1.sh" 2>&1) && return
	echo "selftest: $1 complains about a toy tree that is right: $output"
	bad=1
}

complains() { # LINT TEXT
	output=$(srcdir=$toy BUILD=$toy INSTRUMENTED="" RUNLET_STATIC="" "$lints/$1.sh" 2>&1)
	status=$?
	if [ "$status" = 1 ] && echo "$output" | grep -qF "$2"; then
		return
	fi
	echo "selftest: $1 should say \"$2\", it ended with $status and said: $output"
	bad=1
}

fresh
build
for lint in rooms doors headers names statics words steps documents scripts; do
	passes "$lint"
done

fresh
put runtime/kernel/cgroup.c "$licence" '' '#include "runtime/life/state.h"'
complains rooms 'runtime/kernel/cgroup.c:3: runtime/kernel may not see runtime/life'
fresh
put runtime/kernel/cgroup.c "$licence" '#include "cgroup.h"'
complains rooms 'runtime/kernel/cgroup.c:2: "cgroup.h" is not written from the top'
fresh
mkdir "$toy/builder/attic"
put builder/attic/box.c "$licence"
complains rooms 'builder/attic/box.c:1: builder/attic is not a room of rooms.tsv'

fresh
put runtime/kernel/cgroup.c "$licence" '# include <seccomp.h>'
complains doors 'runtime/kernel/cgroup.c:2: <seccomp.h> is for runtime/kernel/seccomp.c only'
fresh
put libcommon/text.h "$licence" '#include <yajl/yajl_gen.h>'
complains doors 'libcommon/text.h:2: <yajl/yajl_gen.h> is for'

fresh
put libcommon/text.h "$licence" 'int text_of(pid_t pid);'
complains headers 'libcommon/text.h:2'

fresh
put runtime/kernel/cgroup.c "$licence" 'int open_cgroup(void) { return 0; }'
build
complains names 'runtime/kernel/cgroup.c:1: open_cgroup does not live here'
fresh
put runtime/commands/kill.c "$licence" 'int kill_command, kill_more;'
build
complains names 'runtime/commands/kill.c:1: a command file exports kill_command and nothing else'

fresh
put libcommon/text.c "$licence" 'int text_next(void) { static int n; return n++; }'
build
complains statics 'libcommon/text.c:1: n is a mutable static'
fresh
put libcommon/text.c "$licence" 'int text_level = 3;'
build
complains statics 'libcommon/text.c:1: text_level is a mutable static'

fresh
put libcommon/utils.h "$licence"
complains words 'libcommon/utils.h:1: a file is a noun of its own'
fresh
put libcommon/text.h 'int text_trim(void);'
complains words 'libcommon/text.h:1: the first line is not the licence'
fresh
put tests/lint/new.sh '#!/bin/sh' 'true'
complains words 'tests/lint/new.sh:2: the licence line is missing'
fresh
put libcommon/text.h "$licence" '/* a' ' comment */ int text_trim(void); // really'
complains words 'libcommon/text.h:3: // is for debugging'
fresh
put libcommon/text.h "$licence" "/* TO""DO: more */"
complains words 'libcommon/text.h:2: do it or leave it'

fresh
put runtime/kernel/cgroup.c "$licence" '	STEP("make it", 0);'
complains steps 'runtime/kernel/cgroup.c:2: STEP is only for'

fresh
echo 'attic	libcommon' >> "$toy/tests/lint/rooms.tsv"
complains documents 'docs/ARCHITECTURE.md:1: the rooms shown are not those'
fresh
echo 'See [nothing](docs/NOTHING.md).' > "$toy/README.md"
complains documents 'README.md:1: there is no docs/NOTHING.md'

fresh
put tests/lint/new.sh '#!/bin/sh' 'if true'
complains scripts 'tests/lint/new.sh'

fresh
put libcommon/text.c 'int error_prefix(void);' 'int error_prefix(void) { return 0; }' \
	'int main(void) { return 0; }'
${CC:-cc} -no-pie -z execstack -fno-stack-protector -U_FORTIFY_SOURCE -o "$toy/cooper" "$toy/libcommon/text.c"
for fault in 'runlet: not built' 'cooper: not position independent' 'cooper: the stack is executable' \
	'cooper: no stack protector' 'cooper: no checked string functions' 'cooper: binds lazily'; do
	complains hardening "$fault"
done
exit $bad
