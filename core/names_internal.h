/* SPDX-License-Identifier: MPL-2.0 */
#ifndef TRUST_NAMES_INTERNAL_H
#define TRUST_NAMES_INTERNAL_H

#include "core/cert.h"

struct trust_der;

/* Every GeneralName up to the end of the cursor; an empty list for an empty cursor. */
bool trust_names_read(struct trust_der *list, struct trust_names **ret_names,
    struct trust_error *error) TRUST_MUST_CHECK;

#endif
