/* SPDX-License-Identifier: MPL-2.0 */
#ifndef TESTS_FUZZ_H
#define TESTS_FUZZ_H

#include <stddef.h>
#include <stdint.h>

/* What each file here defines; called by libFuzzer, or by main.c with files. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#endif
