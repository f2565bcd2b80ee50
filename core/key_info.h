/* SPDX-License-Identifier: MPL-2.0 */
#ifndef TRUST_KEY_INFO_H
#define TRUST_KEY_INFO_H

#include "core/base.h"

struct trust_secret;

/*
 * NSS 3.125 gives out an Ed25519 key as an EC key on a "curve" Ed25519, which no other program
 * reads. This makes of such a PrivateKeyInfo the one of RFC 8410. NULL: it is none of those, and
 * good as it is. Owned by the caller.
 */
struct trust_secret *trust_key_info_mend(struct trust_bytes pkcs8) TRUST_MUST_CHECK;

#endif
