/* SPDX-License-Identifier: MPL-2.0 */
/* The chain as a server sends it: its order, what does not belong, and what is missing. */

#include <string.h>
#include <strings.h>

#include "core/cert.h"
#include "core/der.h"
#include "core/diagnose_internal.h"
#include "core/limits.h"
#include "core/oid.h"
#include "core/signature.h"
#include "core/store.h"
#include "core/text.h"
#include "core/verdict.h"

const char *
trust_chain_role_words(enum trust_chain_role role)
{
	static const char *const words[] = {
		[TRUST_CHAIN_LEAF] = "the server's own",
		[TRUST_CHAIN_ISSUER] = "part of the chain",
		[TRUST_CHAIN_ROOT] = "the root, which need not be sent",
		[TRUST_CHAIN_TWICE] = "sent before",
		[TRUST_CHAIN_EXTRA] = "not part of the chain",
		[TRUST_CHAIN_BROKEN] = "damaged",
	};
	return words[role];
}

/* Once the budget is used up, by name alone: what a stranger sent may be made to cost much. */
static bool
issued(const struct trust_cert *issuer, const struct trust_cert *cert, uint64_t *budget)
{
	const struct trust_signed what = trust_cert_signed(cert);

	return issuer != cert && trust_cert_is_ca(issuer) &&
	    trust_name_equal(issuer->subject, cert->issuer) &&
	    trust_signed_check_within(&what, issuer, budget) != TRUST_SIGNATURE_BAD;
}

/* ---- the path through what was sent -------------------------------------------------------- */

static void
mark_strangers(struct trust_chain *chain, const struct trust_diagnosis_question *question)
{
	for (size_t i = 0; i < chain->count; i++) {
		const struct trust_cert *cert = question->chain[i];
		if (!cert)
			chain->roles[i] = TRUST_CHAIN_BROKEN;
		for (size_t k = 0; cert && k < i; k++)
			if (question->chain[k] &&
			    memcmp(question->chain[k]->id, cert->id, sizeof cert->id) == 0)
				chain->roles[i] = TRUST_CHAIN_TWICE;
	}
}

/* The issuer of a certificate among those not used yet; SIZE_MAX: none. */
static size_t
next_of(const struct trust_chain *chain, const struct trust_diagnosis_question *question,
    const struct trust_cert *cert, uint64_t *budget)
{
	for (size_t i = 1; i < chain->count; i++)
		if (chain->roles[i] == TRUST_CHAIN_EXTRA &&
		    issued(question->chain[i], cert, budget))
			return i;
	return SIZE_MAX;
}

static void
walk(struct trust_chain *chain, const struct trust_diagnosis_question *question, uint64_t *budget)
{
	size_t at = 0;

	chain->roles[0] = TRUST_CHAIN_LEAF;
	chain->end = question->chain[0];
	chain->in_order = true;
	while (!trust_cert_is_self_issued(chain->end)) {
		size_t next = next_of(chain, question, chain->end, budget);
		if (next == SIZE_MAX)
			return;
		chain->in_order &= next > at;
		chain->end = question->chain[next];
		chain->roles[next] =
		    trust_cert_is_self_issued(chain->end) ? TRUST_CHAIN_ROOT : TRUST_CHAIN_ISSUER;
		at = next;
	}
}

/* ---- what is missing ----------------------------------------------------------------------- */

/* The end's issuer in a store. A root need not be sent; an intermediate must be. */
static void
look_in(
    struct trust_chain *chain, const struct trust_store *store, bool *ret_root, uint64_t *budget)
{
	for (size_t i = 0; store && i < trust_store_count(store); i++) {
		const struct trust_cert *cert = trust_store_item(store, i)->cert;
		if (!cert || !issued(cert, chain->end, budget))
			continue;
		if (trust_cert_is_self_issued(cert))
			*ret_root = true;
		else if (!chain->missing)
			chain->missing = cert;
	}
}

static void
find_missing(
    struct trust_chain *chain, const struct trust_diagnosis_question *question, uint64_t *budget)
{
	bool root = false;

	if (trust_cert_is_self_issued(chain->end))
		return;
	for (size_t i = 0; i < question->view_count; i++)
		look_in(chain, question->views[i].store, &root, budget);
	look_in(chain, question->builtin, &root, budget);
	if (root)
		chain->missing = NULL;
	chain->incomplete = !root;
	if (chain->incomplete)
		chain->missing_url = trust_cert_issuer_url(chain->end);
}

void
diagnose_sort_chain(struct trust_chain *chain, const struct trust_diagnosis_question *question)
{
	uint64_t budget = TRUST_MAX_VERDICT_WORK;

	chain->count = question->chain_count;
	chain->roles = trust_alloc_array(chain->count + 1, sizeof *chain->roles);
	for (size_t i = 0; i < chain->count; i++)
		chain->roles[i] = TRUST_CHAIN_EXTRA;
	mark_strangers(chain, question);
	if (!diagnose_leaf(question))
		return;
	walk(chain, question, &budget);
	for (size_t i = 0; i < chain->count; i++)
		chain->extras += chain->roles[i] >= TRUST_CHAIN_TWICE;
	find_missing(chain, question, &budget);
}

/* ---- causes -------------------------------------------------------------------------------- */

bool
diagnose_is_anchor_somewhere(
    const struct trust_diagnosis_question *question, const struct trust_cert *cert)
{
	for (size_t i = 0; i < question->view_count; i++) {
		const struct trust_store *store = question->views[i].store;
		const struct trust_item *item = store ? trust_store_find(store, cert->id) : NULL;
		if (!item)
			continue;
		enum trust_state state = trust_item_states(store, item).of[TRUST_TLS_SERVER];
		if (state == TRUST_TRUSTED || state == TRUST_PEER)
			return true;
	}
	return false;
}

void
diagnose_chain(struct trust_diagnosis *diagnosis, const struct trust_diagnosis_question *question)
{
	const struct trust_chain *chain = &diagnosis->chain;
	struct diagnose_scene scene = { .question = question, .chain = chain };

	if (!chain->end)
		return;
	scene.cert = chain->end;
	scene.kind = TRUST_CAUSE_MISSING_INTERMEDIATE;
	bool leaf = chain->end == question->chain[0];
	/* Where some store is content, only what is certain is said of the server's chain. */
	if (chain->incomplete && !diagnose_is_anchor_somewhere(question, chain->end)) {
		/* An intermediate's issuer that nobody knows is most likely the root. */
		if (!chain->missing && !(leaf && chain->missing_url))
			scene.kind = TRUST_CAUSE_UNKNOWN_ISSUER;
		diagnose_add(diagnosis, &scene);
	}
	scene.cert = NULL;
	scene.kind = TRUST_CAUSE_CHAIN_EXTRA;
	if (chain->extras > 0)
		diagnose_add(diagnosis, &scene);
	scene.kind = TRUST_CAUSE_CHAIN_ORDER;
	if (!chain->in_order)
		diagnose_add(diagnosis, &scene);
}
