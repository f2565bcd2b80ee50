/* SPDX-License-Identifier: MPL-2.0 */
#ifndef TRUST_TRUST_H
#define TRUST_TRUST_H

/*
 * Trust, per usage, in words. This header knows how NSS stores it (two spellings, NSS-private
 * numbers and letters) so that nobody else has to.
 *
 * Caveat: NSS cannot express every combination. tls-server and tls-client share one field, so of
 * their pairs only these are reachable: trusted/trusted, trusted/not-an-anchor,
 * not-an-anchor/trusted, not-an-anchor/not-an-anchor, peer/peer, distrusted/distrusted. email and
 * code-signing are free of each other. A record always decides all four usages: `undecided` within
 * a record is stored as not-an-anchor, which for everything but a built-in root means the same.
 */

#include "core/base.h"

enum trust_usage {
	TRUST_TLS_SERVER,
	TRUST_TLS_CLIENT,
	TRUST_EMAIL,
	TRUST_CODE_SIGNING,
	TRUST_USAGES, /* their number */
};

enum trust_state {
	TRUST_UNDECIDED,  /* no record */
	TRUST_TRUSTED,    /* an anchor for this usage */
	TRUST_NOT_ANCHOR, /* only through another anchor (NSS must-verify, valid-CA) */
	TRUST_DISTRUSTED,
	TRUST_PEER, /* this one certificate is accepted directly */
};

/* How far the record's signature in key4.db was checked. */
enum trust_seal {
	TRUST_SEAL_NONE, /* no record, or a source without signatures (built-in roots) */
	TRUST_SEAL_INTACT,
	TRUST_SEAL_UNVERIFIED, /* a store with password, not logged in */
	TRUST_SEAL_TAMPERED,   /* wrong or missing signature: NSS counts it as no trust */
};

/* Trust for all usages, by value. All zero: undecided. */
struct trust_states {
	enum trust_state of[TRUST_USAGES];
};

const char *trust_usage_word(enum trust_usage usage); /* "tls-server" */
const char *trust_usage_key(enum trust_usage usage);  /* "tls_server", in JSON */
bool trust_usage_parse(const char *word, enum trust_usage *ret_usage) TRUST_MUST_CHECK;
const char *trust_state_word(enum trust_state state); /* "not-an-anchor" */
bool trust_state_parse(const char *word, enum trust_state *ret_state) TRUST_MUST_CHECK;
const char *trust_seal_word(enum trust_seal seal);

bool trust_states_equal(struct trust_states a, struct trust_states b);
struct trust_states trust_states_all(enum trust_state state);
bool trust_states_full(struct trust_states states); /* trusted for all four */
bool trust_states_any(struct trust_states states, enum trust_state state);
/* One phrase for lists, owned by the caller: "full trust", "tls-server, email", "distrusted",
 * "undecided", "not-an-anchor", "tls-server; distrusted: email". */
char *trust_states_words(struct trust_states states) TRUST_MUST_CHECK;
/* certutil's letters, "CT,C,C"; owned by the caller. For the extra column only. */
char *trust_states_letters(struct trust_states states) TRUST_MUST_CHECK;
/* Of the TLS usages the other one; of others the same. */
enum trust_usage trust_usage_beside(enum trust_usage usage);
/* Does a record of an end entity accept it for this usage? mozilla: as Firefox and Thunderbird read
 * it. */
bool trust_states_accept(struct trust_states states, enum trust_usage usage, bool mozilla);
/* Does `after` make this an anchor or a peer for a usage where `before` did not, or lift a
 * distrust? Such a change needs the trust step. */
bool trust_states_widen(struct trust_states before, struct trust_states after);
/* Can NSS express it? If not, *ret_nearest is the nearest that grants no more than asked. */
bool trust_states_reachable(struct trust_states states, struct trust_states *ret_nearest);

/* ---- the two spellings ------------------------------------------------------------------ */

enum trust_spelling {
	TRUST_LEGACY, /* CKO_NSS_TRUST, 0xCE534353: NSS below 3.114, Chromium on Debian 12 */
	TRUST_MODERN, /* CKO_TRUST, 0x0000000B: NSS 3.114 and newer, current Firefox */
};
#define TRUST_CLASS_LEGACY UINT32_C(0xce534353)
#define TRUST_CLASS_MODERN UINT32_C(0x0000000b)

/* From the stored number of one usage; unknown numbers read as undecided. To one in the spelling
 * that every NSS reads, the only one that is written (doc/adr/0003). */
enum trust_state trust_state_from_stored(enum trust_spelling spelling, uint32_t stored);
uint32_t trust_state_to_legacy(struct trust_states states, enum trust_usage usage);
/* The PKCS #11 attribute type that holds this usage's number: 0xCE536358..., 0x62C... */
uint32_t trust_usage_attribute(enum trust_spelling spelling, enum trust_usage usage);

#endif
