#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# docs/ARCHITECTURE.md shows rooms.tsv as it is, and links between our pages lead somewhere.
cd "${srcdir:-.}" || exit 99
bad=0

shown=$(awk '/^```rooms$/ { inside = 1; next } /^```/ { inside = 0 } inside' docs/ARCHITECTURE.md)
if [ "$shown" != "$(cat tests/lint/rooms.tsv)" ]; then
	echo "docs/ARCHITECTURE.md:1: the rooms shown are not those of tests/lint/rooms.tsv"
	bad=1
fi

# Links between our pages.
for page in README.md docs/*.md; do
	for target in $(grep -oE '\]\([^)#:]+' "$page" | cut -c3-); do
		[ -e "$(dirname "$page")/$target" ] || {
			grep -nF "($target" "$page" | sed "s|^\([0-9]*\):.*|$page:\1: there is no $target|"
			bad=1
		}
	done
done
exit $bad
