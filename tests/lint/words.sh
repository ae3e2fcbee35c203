#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Names that say nothing, notes to self, // comments, files without their licence line.
cd "${srcdir:-.}" || exit 99
bad=0
complain() { echo "$1: $2"; bad=1; }

sources=$(find libcommon oci-spec runtime builder tests -name '*.[ch]' | sort)
scripts=$(find tests .ci quickstart -type f \( -name '*.sh' -o -name '*.bash' -o -name '*.bats' \
	-o -perm -u+x ! -name '*.*' \) 2>/dev/null | sort)

for file in $sources; do
	noun=${file##*/}
	case ${noun%.*} in
	util | utils | misc | common | helper | helpers | type | types | def | defs)
		complain "$file:1" "a file is a noun of its own, not \"${noun%.*}\"" ;;
	esac
	read -r first < "$file"
	[ "$first" = "/* SPDX-License-Identifier: Apache-2.0 */" ] ||
		complain "$file:1" "the first line is not the licence"
done
for file in $scripts; do
	head -n 2 "$file" | grep -qx '# SPDX-License-Identifier: Apache-2.0' ||
		complain "$file:2" "the licence line is missing"
done

# The bracket keeps this script from finding itself.
# shellcheck disable=SC2086
found=$(grep -nwE '[T]ODO|[F]IXME|[X]XX' $sources $scripts /dev/null)
if [ -n "$found" ]; then
	echo "$found" | sed 's/^\([^:]*:[0-9]*\):.*/\1: do it or leave it, but leave no note/'
	bad=1
fi

# Letter by letter, since // may stand in a string or in a comment.
# shellcheck disable=SC2086
awk '
	FNR == 1 { inside = 0 }
	{
		quote = ""
		n = length($0)
		if (!inside && !index($0, "/"))
			next
		for (i = 1; i <= n; i++) {
			c = substr($0, i, 1)
			two = substr($0, i, 2)
			if (inside) {
				if (two == "*/") { inside = 0; i++ }
			} else if (quote != "") {
				if (c == "\\") i++
				else if (c == quote) quote = ""
			} else if (c == "\"" || c == "\047") {
				quote = c
			} else if (two == "/*") {
				inside = 1
				i++
			} else if (two == "//") {
				printf "%s:%d: // is for debugging, write /* */\n", FILENAME, FNR
				bad = 1
				break
			}
		}
	}
	END { exit bad }
' $sources || bad=1
exit $bad
