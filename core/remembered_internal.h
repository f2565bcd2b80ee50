/* SPDX-License-Identifier: MPL-2.0 */
#ifndef TRUST_REMEMBERED_INTERNAL_H
#define TRUST_REMEMBERED_INTERNAL_H

/* What the readers of Mozilla's and of Chromium's files share. */

#include "core/buffer.h"
#include "core/remembered.h"

struct remembered_reader {
	const struct trust_environment *environment;
	const struct trust_places *places;
	const struct trust_cert *cert;
	struct trust_remembered_list *found;
	const char *program; /* whose files are being read */
	const char *path;    /* the file, raw */
};

/* Add one; site is raw and may be NULL. */
void remembered_add(struct remembered_reader *reader, enum trust_remembered_source source,
    enum trust_remembered_choice choice, const char *site, size_t site_size);
/* The file at reader->path. False: it is not there. What cannot be read is told by an entry. */
bool remembered_read(struct remembered_reader *reader, enum trust_remembered_source source,
    struct trust_buffer *ret_bytes) TRUST_MUST_CHECK;
void remembered_unread(
    struct remembered_reader *reader, enum trust_remembered_source source, const char *why);

/* Hand the bytes of the file at reader->path over, when it is there and can be read. */
void remembered_hand(struct remembered_reader *reader, enum trust_remembered_source source,
    void (*in)(struct remembered_reader *reader, struct trust_bytes bytes));
/* Bytes as JSON; NULL: they are none, which is told. The caller releases with json_decref(). */
struct json_t *remembered_json(struct remembered_reader *reader,
    enum trust_remembered_source source, struct trust_bytes bytes) TRUST_MUST_CHECK;

/* What a file says, as its bytes: ClientAuthRememberList.bin, the same as .txt, policies.json of
 * Firefox's, Chromium's Preferences, a policy of Chromium's. */
void remembered_in_slots(struct remembered_reader *reader, struct trust_bytes bytes);
void remembered_in_lines(struct remembered_reader *reader, struct trust_bytes bytes);
void remembered_in_preset(struct remembered_reader *reader, struct trust_bytes bytes);
void remembered_in_settings(struct remembered_reader *reader, struct trust_bytes bytes);
bool remembered_in_policy(
    struct remembered_reader *reader, struct trust_bytes bytes); /* true: it decides */
/* security.default_personal_cert as a file of preferences sets it last; owned by the caller, NULL:
 * not at all. */
char *remembered_preference(const char *text) TRUST_MUST_CHECK;

void remembered_of_mozilla(struct remembered_reader *reader);
void remembered_of_chromium(struct remembered_reader *reader);

#endif
