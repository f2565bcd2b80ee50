/* SPDX-License-Identifier: MPL-2.0 */
/* Java key stores: import/jks.c. */

#include "tests/fuzz/import_format.h"

FUZZ_FORMAT("Java key store")
