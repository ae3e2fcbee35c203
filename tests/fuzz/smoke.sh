#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Each fuzzer for a few seconds: that it builds, runs, and finds nothing within reach.
exec sh "$SOURCE/tests/fuzz/run.sh" "$SOURCE" "${FUZZ_SECONDS:-4}"
