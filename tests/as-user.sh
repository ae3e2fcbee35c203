#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# as-user.sh COMMAND…: runs it as an ordinary user with 65536 ids beside his own, who is made for it: in
# a mount namespace of its own, so that the files of the system stay as they are. One who is no root
# runs it as himself.
#
# RANGES="200000:1000 300000:65536" are other ranges, RANGES= none. HOME, XDG_RUNTIME_DIR and TMPDIR are
# in a directory that is gone afterwards.
set -eu
[ $# -gt 0 ] || { echo "usage: as-user.sh COMMAND…" >&2; exit 99; }
[ "$(id -u)" = 0 ] || exec "$@"
user=cask uid=64321

place=$(mktemp -d "${TMPDIR:-/tmp}/cooperage-user-XXXXXX")
trap 'rm -rf --one-file-system "$place"' EXIT
trap 'exit 130' HUP INT TERM
chmod 755 "$place"
{ cat /etc/passwd; echo "$user:x:$uid:$uid::$place/home:/bin/sh"; } > "$place/passwd"
{ cat /etc/group; echo "$user:x:$uid:"; } > "$place/group"
: > "$place/subuid"
for range in ${RANGES-524288:65536}; do
	echo "$user:$range" >> "$place/subuid"
done
cp "$place/subuid" "$place/subgid"
mkdir -p "$place/home/run" "$place/home/tmp"
chmod 700 "$place/home/run"
chown -R "$uid:$uid" "$place/home"

# shellcheck disable=SC2016 # for the shell inside
unshare --mount --propagation private sh -euc '
	place=$1 uid=$2 user=$3
	shift 3
	for name in passwd group subuid subgid; do
		[ -e "/etc/$name" ] || : > "/etc/$name"
		mount --bind "$place/$name" "/etc/$name"
	done
	exec setpriv --reuid "$uid" --regid "$uid" --clear-groups --inh-caps=-all \
		env HOME="$place/home" USER="$user" LOGNAME="$user" TMPDIR="$place/home/tmp" \
		XDG_RUNTIME_DIR="$place/home/run" "$@"
' sh "$place" "$uid" "$user" "$@"
