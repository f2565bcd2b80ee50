/* SPDX-License-Identifier: MPL-2.0 */
#ifndef TRUST_STORE_FORM_INTERNAL_H
#define TRUST_STORE_FORM_INTERNAL_H

/*
 * What a database of a store has that neither NSS nor trustctl makes, and with which a change does
 * something else than it says: code that runs inside of a write, values that are computed, names
 * that hide others, ids that mean another row. Somebody else wrote the file: it is read, as far as
 * it can be, but not changed.
 */

#include "core/base.h"

struct sqlite3;
struct sqlite3_stmt;
struct trust_error;

struct trust_form_fault {
	char *what;   /* owned, displayable: "has a trigger 'x' that does not belong there" */
	char *remedy; /* owned: SQL that takes it away; NULL: none that fits all */
};

struct trust_form_faults {
	struct trust_form_fault *list;
	size_t count;
};
void trust_form_faults_done(struct trust_form_faults *faults);
#define TRUST_AUTO_FAULTS __attribute__((cleanup(trust_form_faults_done))) struct trust_form_faults

/* Ids that NSS gives: its handles have two bits for other uses. */
#define TRUST_MAX_OBJECT_ID UINT32_C(0x3fffffff)
/* In place of any other: no row's, and not cut to what would be another one's. */
#define TRUST_ODD_OBJECT_ID UINT32_MAX
/* A row's id; 0, which NSS does not give, it finds nevertheless. */
uint32_t trust_form_id(struct sqlite3_stmt *row, int column);

/* Of the database attached as `schema`: its tables, not their rows. */
bool trust_form_look(struct sqlite3 *db, const char *schema, struct trust_form_faults *faults,
    struct trust_error *error) TRUST_MUST_CHECK;
/* Of the main database: the ids of NSS's objects. Cost: one pass over the index of ids. */
bool trust_form_look_at_ids(struct sqlite3 *db, struct trust_form_faults *faults,
    struct trust_error *error) TRUST_MUST_CHECK;

/* Fail where a database of the store in `directory` has any such fault. name: the store's.
 * Errors: TRUST_STORE_DAMAGED. */
bool trust_form_is_sound(
    const char *directory, const char *name, struct trust_error *error) TRUST_MUST_CHECK;

#endif
