#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# In the guest: runs suites, one after the other, each between two lines that say so. Usage:
# inside.sh SUITE…
for suite in "$@"; do
	echo "@begin $suite"
	sh "$SOURCE/tests/tap.sh" "$SOURCE/$suite" 2>&1
	echo "@end $suite"
done
