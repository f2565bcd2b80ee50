/* SPDX-License-Identifier: MPL-2.0 */
/* A certificate as a file: import/x509.c. */

#include "tests/fuzz/import_format.h"

FUZZ_FORMAT("DER certificate")
