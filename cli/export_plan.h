/* SPDX-License-Identifier: MPL-2.0 */
#ifndef CLI_EXPORT_PLAN_H
#define CLI_EXPORT_PLAN_H

/*
 * `trustctl export` in five steps, each a file: what is asked (export_plan.c), which certificates
 * go along (export_content.c), whether they may (export_check.c), with which keys and passwords
 * (export_keys.c), and writing with the report (export_write.c). All that can be refused is, before
 * a password is asked for or a key is touched.
 */

#include "cli/plan.h"
#include "export/export.h"

struct cli_export_options {
	const char *output;
	const char *format;
	const char *program; /* --for */
	const char *preset;
	const char *network;
	const char *server;
	const char *title;
	const char *sign;
	struct cli_texts anchors; /* --ca */
	bool usages[TRUST_USAGES];
	bool trusted;
	bool chain;
	bool header;
	bool with_key;
	bool plain_key;
	bool no_loss;
	bool force;
};

/* Beside each part: where it is from, and what the part borrows. */
struct cli_export_origin {
	const struct trust_store *store; /* borrowed */
	const struct trust_item *item;   /* borrowed from the store */
	struct trust_secret *key;        /* owned; NULL: none */
	char *name;                      /* owned */
};

/* Who signs a profile, and with what. */
struct cli_export_signing {
	const struct trust_store *store; /* borrowed; NULL: nobody */
	const struct trust_item *item;   /* borrowed from the store */
	const struct trust_cert **certs; /* owned array; the item's, then its issuers */
	size_t count;
};

/* What --trusted finds and leaves out. */
struct cli_export_left_out {
	size_t count;
	char *first; /* owned; its name; NULL: there is none */
};

struct cli_export {
	struct cli *cli;                          /* borrowed */
	const struct cli_export_options *options; /* borrowed */
	const struct export_format *format;
	const struct export_preset *preset; /* NULL: not PKCS #12 */
	struct trust_places *places;        /* owned */
	struct trust_store **stores;        /* owned, with what is in it */
	size_t store_count;
	struct export_part *parts; /* owned; certificates borrowed from the stores; NULL: of a
				      key alone */
	struct cli_export_origin *origins; /* owned; beside the parts */
	size_t count;
	size_t picked; /* of the parts, the first ones: those a person named; only their keys go
			  along */
	struct cli_export_left_out distrusted;
	struct cli_export_left_out narrow; /* trusted for some of the usages asked, not for all */
	size_t unchecked; /* certificates whose trust nobody could check without a password */
	struct cli_export_signing signing;
	uint64_t budget; /* for who issued whom */
	struct export_losses losses;
	char *file;                        /* owned; the output, displayable */
	char *directory;                   /* owned; absolute; NULL: not for a network program */
	struct trust_secret *password;     /* owned; of the file */
	struct trust_secret *key_password; /* owned; throw-away; NULL: keys come with `password` */
};
#define CLI_EXPORT_AUTO __attribute__((cleanup(cli_export_done))) struct cli_export
void cli_export_done(struct cli_export *export);

bool cli_export_to_stdout(const struct cli_export *export);
/* Will a private key be in what is written? */
bool cli_export_takes_keys(const struct cli_export *export);

/* Choose the format and refuse options that it knows nothing of. */
bool cli_export_plan(struct cli_export *export, struct trust_error *error) TRUST_MUST_CHECK;
/* Open the stores and find the parts. */
bool cli_export_collect(struct cli_export *export, struct trust_error *error) TRUST_MUST_CHECK;
/* May what was found go into this format, and can the output be written? */
bool cli_export_check(struct cli_export *export, struct trust_error *error) TRUST_MUST_CHECK;
/* Ask for the password and take the keys out of their store. */
bool cli_export_fetch_keys(struct cli_export *export, struct trust_error *error) TRUST_MUST_CHECK;
/* The signature of export_signer; the context is a cli_export. The key stays in its store. */
bool cli_export_sign(void *context, struct trust_bytes data, struct trust_secret **ret_signature,
    struct trust_error *error) TRUST_MUST_CHECK;
/* Encode, write, report. */
bool cli_export_write(struct cli_export *export, struct trust_error *error) TRUST_MUST_CHECK;

#endif
