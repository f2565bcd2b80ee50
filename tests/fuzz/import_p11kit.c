/* SPDX-License-Identifier: MPL-2.0 */
/* Files of p11-kit: import/p11kit.c. */

#include "tests/fuzz/import_format.h"

FUZZ_FORMAT("p11-kit file")
