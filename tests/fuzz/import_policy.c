/* SPDX-License-Identifier: MPL-2.0 */
/* Policies of browsers: import/policy.c. */

#include "tests/fuzz/import_format.h"

FUZZ_FORMAT("browser policy")
