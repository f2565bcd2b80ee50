/* SPDX-License-Identifier: MPL-2.0 */
#ifndef TRUST_REMEMBERED_H
#define TRUST_REMEMBERED_H

/*
 * Which personal certificate a browser sends without asking: what Firefox and Thunderbird remember
 * in a profile (ClientAuthRememberList.bin, .txt in older versions, and the preference
 * security.default_personal_cert, which policies.json may set as well), and what Chromium takes
 * from its own profiles (content setting auto_select_certificate) and from the administrator's
 * policies (AutoSelectCertificateForUrls). Where such a choice stands, the chooser does not appear,
 * and a wrong one looks like a server that refuses.
 *
 * Caveat: choices for one session are in the browser's memory alone and cannot be seen.
 */

#include "core/base.h"

struct trust_cert;
struct trust_environment;
struct trust_places;

enum trust_remembered_source {
	TRUST_REMEMBERED_LIST,       /* a decision of Firefox's or Thunderbird's */
	TRUST_REMEMBERED_PREFERENCE, /* security.default_personal_cert */
	TRUST_REMEMBERED_SETTING,    /* of a Chromium profile */
	TRUST_REMEMBERED_POLICY,     /* of the administrator, for Chromium */
	TRUST_REMEMBERED_PRESET,     /* of the administrator, for Firefox or Thunderbird */
};

enum trust_remembered_choice {
	TRUST_REMEMBERED_THIS,   /* the certificate asked about */
	TRUST_REMEMBERED_OTHER,  /* another one */
	TRUST_REMEMBERED_NONE,   /* to go on without */
	TRUST_REMEMBERED_ANY,    /* the first that the server takes */
	TRUST_REMEMBERED_UNREAD, /* the file is there and cannot be read; `site` says why */
};
const char *trust_remembered_choice_word(enum trust_remembered_choice choice); /* "this" */

struct trust_remembered {
	enum trust_remembered_source source;
	enum trust_remembered_choice choice;
	char *program; /* owned, displayable: "Firefox, profile work" */
	char *file;    /* owned, displayable */
	char *site;    /* owned, displayable: "portal.example.com", "https://[*.]example.com:443,*";
			  NULL: every site */
};

struct trust_remembered_list {
	struct trust_remembered *list;
	size_t count;
};

/* cert: the one asked about. Files that are not there are skipped. Never NULL. */
struct trust_remembered_list *trust_remembered_find(const struct trust_environment *environment,
    const struct trust_places *places, const struct trust_cert *cert) TRUST_MUST_CHECK;
void trust_remembered_list_free(struct trust_remembered_list *list);
TRUST_DEFINE_AUTO(trust_remembered_list, trust_remembered_list_free)

/* Does this choice count for that host? */
bool trust_remembered_is_for(const struct trust_remembered *remembered, const char *host);
/* What a person does to have it forgotten; owned, displayable. */
char *trust_remembered_forget_words(const struct trust_remembered *remembered) TRUST_MUST_CHECK;

#endif
