/* SPDX-License-Identifier: MPL-2.0 */
/* The functions of libidn2 that are called here; see core/libraries.h. */

#include <idn2.h>

#include "core/libraries.h"

#define IDN2(...) TRUST_LIBRARY_CALL(TRUST_LIBRARY_IDN2, __VA_ARGS__)

IDN2(int, idn2_to_ascii_8z, (const char *input, char **output, int flags), (input, output, flags))
IDN2(int, idn2_to_unicode_8z8z, (const char *input, char **output, int flags),
    (input, output, flags))
IDN2(const char *, idn2_strerror, (int rc), (rc))
IDN2(void, idn2_free, (void *ptr), (ptr))
