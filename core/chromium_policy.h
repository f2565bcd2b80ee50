/* SPDX-License-Identifier: MPL-2.0 */
#ifndef TRUST_CHROMIUM_POLICY_H
#define TRUST_CHROMIUM_POLICY_H

/*
 * Files in which an administrator gives Chromium and its kin policies, as these read them (measured
 * with Chromium 156): every file of a folder whatever its name, of which the last that sets a
 * policy decides it; comments and commas behind the last member are no fault; what is no JSON is
 * skipped.
 */

#include "core/base.h"

struct trust_environment;
struct json_t;
struct json_error_t;

/* Hand over the path of each file of the folder that a rule of data/places.def names, the one that
 * counts first, until one decides; it is borrowed for the call, and may be no regular file. False:
 * none does, or there is no folder that can be listed. */
bool trust_chromium_policy_files(const struct trust_environment *environment, const char *rule,
    bool (*decides)(void *context, const char *path), void *context);

/* The text as JSON, with jansson's flags, and places of its errors in the text as it is (ret_error
 * may be NULL); NULL: it is none. The caller releases with json_decref(). Cost: a copy of the text.
 */
struct json_t *trust_chromium_policy_parse(
    struct trust_bytes text, size_t flags, struct json_error_t *ret_error) TRUST_MUST_CHECK;
/* The text behind a byte order mark, blanks and comments; a view of it, perhaps empty. */
struct trust_bytes trust_chromium_policy_begin(struct trust_bytes text);

#endif
