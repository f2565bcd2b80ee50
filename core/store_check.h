/* SPDX-License-Identifier: MPL-2.0 */
#ifndef TRUST_STORE_CHECK_H
#define TRUST_STORE_CHECK_H

/*
 * Is a store sound? Everything that is wrong with it, or will be trouble later, each with what to
 * do now: its files and their modes, its databases, its certificates, trust records and keys.
 * Looking changes nothing: what would have to be rolled back, and what is in WAL mode, is read in a
 * private copy; private keys are tried in a staged copy.
 *
 * Caveat: a private copy of a store in WAL mode that is being written at that moment may look
 * damaged.
 */

#include "core/base.h"
#include "core/secret.h"
#include "core/severity.h"

struct trust_error;
struct trust_place;

struct trust_check_finding {
	enum trust_severity severity;
	const char *check; /* static: "integrity", "orphaned-trust" */
	char *subject;     /* owned, displayable: the file or item */
	char *sentence;    /* owned, displayable; follows the subject: "has the mode 0644: ..." */
	char *remedy;      /* owned, displayable: a complete command or what to do; NULL: nothing */
};

struct trust_check {
	struct trust_check_finding *list; /* files first, then databases, items, keys */
	size_t count;
	size_t of[TRUST_SEVERITIES];
};
void trust_check_free(struct trust_check *check);
TRUST_DEFINE_AUTO(trust_check, trust_check_free)

struct trust_check_options {
	const struct trust_secret *password; /* borrowed; NULL: not given */
	struct trust_asker asker;            /* for trying private keys */
	bool keys; /* try them also where that means asking for the password */
};

/*
 * Errors: those of trust_preflight() but TRUST_STORE_NOT_DATABASE, which is a finding;
 * TRUST_STORE_PASSWORD; TRUST_STORE_FULL for the private copy. Cost: a reading of all pages; with
 * keys, a decryption of each.
 */
bool trust_store_check(const struct trust_place *place, const struct trust_check_options *options,
    struct trust_check **ret_check, struct trust_error *error) TRUST_MUST_CHECK;

#endif
