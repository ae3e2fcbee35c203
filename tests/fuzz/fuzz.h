/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What libFuzzer calls, and replay.c where there is no libFuzzer: one function a program, which takes
 * any bytes, always returns 0, and dies where it finds a bug.
 */
#ifndef COOPERAGE_FUZZ_H
#define COOPERAGE_FUZZ_H

#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

#endif
