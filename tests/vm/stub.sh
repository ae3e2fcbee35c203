#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The first process of the guest, on its disk: finds the agent of this run and becomes it.
PATH=/usr/sbin:/usr/bin:/sbin:/bin
export PATH
mount -t proc -o nosuid,nodev,noexec proc /proc
grep -q '^[^ ]* /dev devtmpfs' /proc/mounts || mount -t devtmpfs -o mode=755,nosuid dev /dev
mount -t virtiofs vm /vm
exec /bin/sh /vm/agent init
