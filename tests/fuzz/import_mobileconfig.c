/* SPDX-License-Identifier: MPL-2.0 */
/* Configuration profiles, signed or not: import/profile.c, plist.c, cms.c. */

#include "tests/fuzz/import_format.h"

FUZZ_FORMAT("configuration profile")
