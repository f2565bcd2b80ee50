/* SPDX-License-Identifier: MPL-2.0 */
/* Base64 without armour: import/base64.c. */

#include "tests/fuzz/import_format.h"

FUZZ_FORMAT("base64 text")
