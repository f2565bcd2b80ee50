/* SPDX-License-Identifier: MPL-2.0 */
#ifndef TRUST_HISTORY_H
#define TRUST_HISTORY_H

/*
 * What happened to a store: read from trustctl.db beside its own files. Written by history_write.c
 * alone, inside the change's transaction. Undo is a change too: trust_change_request.undo.
 */

#include "core/base.h"
#include "core/change.h"
#include "core/time.h"

struct trust_error;
struct trust_place;

struct trust_history_entry {
	int64_t number;
	char *group; /* 32 hex digits */
	struct trust_time time;
	char *user;        /* displayable: "alice", "root (sudo by alice)" */
	char *command;     /* "import"; NULL for an outside change */
	char *source;      /* displayable file name; may be NULL */
	char *reason;      /* may be NULL */
	char *summary;     /* displayable, one line: "2 certificates added, 1 private key added" */
	bool outside;      /* made by another program, noticed by us at that time */
	int64_t undoes;    /* 0: none */
	int64_t undone_by; /* 0: none */
	bool reversible;
	char *irreversible; /* why not, when reversible is false */
	struct trust_effect *effects;
	size_t effect_count;
};

struct trust_history {
	struct trust_history_entry *entries; /* newest first */
	size_t count;
};
void trust_history_free(struct trust_history *history);
TRUST_DEFINE_AUTO(trust_history, trust_history_free)

/* A store without trustctl.db has an empty history. `number` > 0: only this entry. */
bool trust_history_read(const struct trust_place *place, int64_t number,
    struct trust_history **ret_history, struct trust_error *error) TRUST_MUST_CHECK;
/* The entries about one item, and of their effects those on it. */
bool trust_history_read_item(const struct trust_place *place, const uint8_t id[TRUST_SHA256_BYTES],
    struct trust_history **ret_history, struct trust_error *error) TRUST_MUST_CHECK;

/* What another program changed since our last change: effects like an entry's; not recorded yet
 * (the next change does). Empty without trustctl.db. */
bool trust_history_outside(const struct trust_store *store, struct trust_effect **ret_effects,
    size_t *ret_count, struct trust_error *error) TRUST_MUST_CHECK;
/* The same for one item of the store, of which a part may have been read; NULL: for all. */
bool trust_history_outside_item(const struct trust_store *store, const struct trust_item *item,
    struct trust_effect **ret_effects, size_t *ret_count,
    struct trust_error *error) TRUST_MUST_CHECK;
void trust_effects_free(struct trust_effect *effects, size_t count);
/* A certificate that came together with a decision on its trust, as by an undo. */
bool trust_effect_comes_with_trust(const struct trust_effect *effect);

/* Where an item came from and who trusted it last, as the history claims. Both may be absent
 * (0). */
struct trust_origin {
	int64_t added_entry;
	int64_t trust_entry;
	struct trust_time added;
	struct trust_time trusted;
	char *added_by;       /* displayable, NULL: unknown */
	char *added_from;     /* file, NULL: unknown */
	char *trusted_by;     /* displayable, NULL: unknown */
	bool trusted_outside; /* by another program, noticed by us */
	char *trust_reason;   /* as given with --reason, NULL: none */
};
/* Of each of the identifiers, in one pass over `history`, which must be the whole one. An origin of
 * each is set, for trust_origin_done(). */
void trust_history_origins(const struct trust_history *history, const uint8_t *const *ids,
    size_t count, struct trust_origin *ret_origins);
void trust_origin_done(struct trust_origin *origin);

#endif
