/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How a struct member becomes a table row: the struct already says what C type a member has, so
 * the compiler is asked and the row does not repeat it. Shared by the schema tables, the
 * command-line options and the Dockerfile flags.
 *
 * A table defines SELF as its struct around its rows: #define SELF struct oci_memory.
 */
#ifndef COOPERAGE_BINDING_H
#define COOPERAGE_BINDING_H

#include "libcommon/base.h"
#include "libcommon/list.h"
#include "libcommon/word.h"

enum kind { KIND_BOOL, KIND_INT, KIND_UINT, KIND_TEXT, KIND_WORD, KIND_OBJECT, KIND_PAIR };
enum shape { SHAPE_VALUE, SHAPE_POINTER, SHAPE_LIST, SHAPE_MAP };

#define MEMBER(m) (((SELF *) 0)->m)

#define KIND_OF(x)                                                                                 \
	_Generic((x),                                                                              \
		bool: KIND_BOOL, const bool *: KIND_BOOL,                                          \
		int32_t: KIND_INT, int64_t: KIND_INT,                                              \
		const int32_t *: KIND_INT, const int64_t *: KIND_INT,                              \
		uint8_t: KIND_UINT, uint16_t: KIND_UINT, uint32_t: KIND_UINT, uint64_t: KIND_UINT, \
		const uint8_t *: KIND_UINT, const uint16_t *: KIND_UINT,                           \
		const uint32_t *: KIND_UINT, const uint64_t *: KIND_UINT,                          \
		const char *: KIND_TEXT)

#define SHAPE_OF(x)                                                                                \
	_Generic((x),                                                                              \
		bool: SHAPE_VALUE, int32_t: SHAPE_VALUE, int64_t: SHAPE_VALUE,                     \
		uint8_t: SHAPE_VALUE, uint16_t: SHAPE_VALUE,                                       \
		uint32_t: SHAPE_VALUE, uint64_t: SHAPE_VALUE, const char *: SHAPE_VALUE,           \
		default: SHAPE_POINTER)

#define SIZE_OF(x)                                                                                 \
	_Generic((x),                                                                              \
		const bool *: sizeof(bool), const int32_t *: 4, const int64_t *: 8,                \
		const uint8_t *: 1, const uint16_t *: 2, const uint32_t *: 4, const uint64_t *: 8, \
		default: sizeof(x))

#define SAME_TYPE(x, T) __builtin_types_compatible_p(__typeof__(x), T)

#endif
