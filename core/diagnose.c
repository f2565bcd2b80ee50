/* SPDX-License-Identifier: MPL-2.0 */
/* The rows of data/causes.def, and causes put together and ranked. */

#include "core/diagnose.h"

#include <stdlib.h>
#include <string.h>

#include "core/cert.h"
#include "core/diagnose_internal.h"
#include "core/probe.h"

static const struct {
	const char *id;
	const char *who;
	const char *source;
	enum trust_gravity gravity;
} rows[TRUST_CAUSE_KINDS] = {
#define YOU "you"
#define SERVER "the server's administrator"
#define NETWORK "the network's administrator"
#define CA "the certificate's issuer"
#define X(constant, id, gravity, who, sentence, remedy, source)                                    \
	{ id, who, source, TRUST_GRAVITY_##gravity },
#include "data/causes.def"
#undef X
};

const char *
trust_gravity_word(enum trust_gravity gravity)
{
	static const char *const words[] = {
		[TRUST_GRAVITY_DANGER] = "danger",
		[TRUST_GRAVITY_CANNOT] = "no-connection",
		[TRUST_GRAVITY_PROBLEM] = "problem",
		[TRUST_GRAVITY_NOTE] = "note",
	};
	return words[gravity];
}

const char *
trust_cause_id(enum trust_cause_kind kind)
{
	return rows[kind].id;
}

const char *
trust_cause_who(enum trust_cause_kind kind)
{
	return rows[kind].who;
}

const char *
trust_cause_source(enum trust_cause_kind kind)
{
	return rows[kind].source;
}

/* ---- what the parts share ------------------------------------------------------------------ */

const struct trust_cert *
diagnose_leaf(const struct trust_diagnosis_question *question)
{
	return question->chain_count > 0 ? question->chain[0] : NULL;
}

int64_t
diagnose_skew(const struct trust_diagnosis_question *question)
{
	struct trust_time theirs = question->now;

	(void)trust_probe_server_time(question->facts, &theirs);
	int64_t skew = question->now.seconds - theirs.seconds;
	return llabs(skew) > TRUST_MAX_CLOCK_SKEW_SECONDS ? skew : 0;
}

static bool
names_store(const char *stores, const char *name)
{
	size_t size = strlen(name);

	for (const char *at = strstr(stores, name); at; at = strstr(at + 1, name))
		if ((at == stores || at[-1] == ' ') && (at[size] == '\0' || at[size] == ','))
			return true;
	return false;
}

/* Each store has its own copy. */
static bool
is_same(const struct trust_cert *a, const struct trust_cert *b)
{
	return a == b || (a && b && memcmp(a->id, b->id, sizeof a->id) == 0);
}

void
diagnose_add(struct trust_diagnosis *diagnosis, const struct diagnose_scene *scene)
{
	for (size_t i = 0; i < diagnosis->count; i++) {
		struct trust_cause *old = &diagnosis->causes[i];
		if (old->kind != scene->kind || !is_same(old->cert, scene->cert))
			continue;
		if (!scene->view || !old->stores || names_store(old->stores, scene->view->name))
			return;
		char *both = trust_printf("%s, %s", old->stores, scene->view->name);
		trust_free(old->stores);
		old->stores = both;
		return;
	}
	diagnosis->causes =
	    trust_grow_array(diagnosis->causes, diagnosis->count + 1, sizeof *diagnosis->causes);
	struct trust_cause *cause = &diagnosis->causes[diagnosis->count++];
	*cause = (struct trust_cause){
		.kind = scene->kind,
		.gravity = rows[scene->kind].gravity,
		.cert = scene->cert,
		.stores = scene->view ? trust_strdup(scene->view->name) : NULL,
	};
	diagnose_fill(scene, cause);
}

/* ---- all of it ----------------------------------------------------------------------------- */

/* By rank; among equals the one that was found first. */
static void
rank(struct trust_diagnosis *diagnosis)
{
	for (size_t i = 1; i < diagnosis->count; i++) {
		struct trust_cause moved = diagnosis->causes[i];
		size_t at = i;
		for (; at > 0 && diagnosis->causes[at - 1].kind > moved.kind; at--)
			diagnosis->causes[at] = diagnosis->causes[at - 1];
		diagnosis->causes[at] = moved;
	}
}

struct trust_diagnosis *
trust_diagnose(const struct trust_diagnosis_question *question)
{
	struct trust_diagnosis *diagnosis = trust_alloc(sizeof *diagnosis);

	diagnose_sort_chain(&diagnosis->chain, question);
	diagnose_certificates(diagnosis, question);
	diagnose_chain(diagnosis, question);
	diagnose_memory(diagnosis, question);
	diagnose_connection(diagnosis, question);
	rank(diagnosis);
	for (size_t i = 0; i < diagnosis->count; i++) {
		diagnosis->danger |= diagnosis->causes[i].gravity == TRUST_GRAVITY_DANGER;
		diagnosis->problem |= diagnosis->causes[i].gravity < TRUST_GRAVITY_NOTE;
	}
	return diagnosis;
}

void
trust_diagnosis_free(struct trust_diagnosis *diagnosis)
{
	if (!diagnosis)
		return;
	for (size_t i = 0; i < diagnosis->count; i++) {
		trust_free(diagnosis->causes[i].sentence);
		trust_free(diagnosis->causes[i].remedy);
		trust_free(diagnosis->causes[i].warning);
		trust_free(diagnosis->causes[i].stores);
	}
	trust_free(diagnosis->causes);
	trust_free(diagnosis->chain.roles);
	trust_free(diagnosis->chain.missing_url);
	trust_free(diagnosis);
}
