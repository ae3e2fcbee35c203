/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/kernel/procfs.h"
