# SPDX-License-Identifier: Apache-2.0
# One wrong bundle: the exact sentences that the user gets, and that nothing stays.
#
# tests/golden/errors/bundle/NAME.jq changes the usual config.json (NAME.json replaces it); NAME.txt
# is what standard error says, with the bundle's place written as BUNDLE.

refused() { # NAME
	local name=$1 cases=$SOURCE/tests/golden/errors/bundle
	bundle_make
	if [ -e "$cases/$name.json" ]; then
		cp "$cases/$name.json" "$BUNDLE/config.json"
	else
		bundle_edit --from-file "$cases/$name.jq"
	fi
	run_quietly runlet run --bundle "$BUNDLE" "$ID"
	[ "$status" = 1 ] || explain "should have ended with 1" "$name"
	printf '%s\n' "$errors" | sed "s#$BUNDLE#BUNDLE#g; s#$ID#ID#g" > "$WORK/said"
	if [ -n "${GOLDEN_UPDATE:-}" ]; then
		cp "$WORK/said" "$cases/$name.txt"
	fi
	diff "$cases/$name.txt" "$WORK/said"
	run_ok runlet list --quiet
	said_only ""
}
