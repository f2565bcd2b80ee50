/* SPDX-License-Identifier: MPL-2.0 */
/*
 * `trustctl verify`: is this certificate trusted, as each store sees it, and if not, why not? Here
 * is what is asked; with what is in cli/verify_input.c, the words are in cli/verify_report.c, the
 * answer is core/verdict.h's.
 */

#include <arpa/inet.h>
#include <string.h>

#include "cli/plan.h"
#include "cli/verify_evidence.h"
#include "cli/verify_fetch.h"
#include "cli/verify_input.h"
#include "cli/verify_report.h"
#include "core/cert.h"
#include "core/der.h"
#include "core/oid.h"
#include "core/place.h"
#include "core/probe.h"
#include "core/text.h"

struct options {
	const char *host;
	const char *email;
	const char *usage;
	struct cli_time at;
	struct cli_texts untrusted;
	struct cli_texts policies;
	bool explicit_policy;
	bool inhibit_mapping;
	bool inhibit_any;
	struct cli_texts crls;
	struct cli_texts ocsps;
	bool revocation;
	bool require_revocation;
	bool second_opinion;
	bool item;
};

/* ---- usages -------------------------------------------------------------------------------- */

static const char *const purposes[TRUST_USAGES] = {
	[TRUST_TLS_SERVER] = TRUST_OID_SERVER_AUTH,
	[TRUST_TLS_CLIENT] = TRUST_OID_CLIENT_AUTH,
	[TRUST_EMAIL] = TRUST_OID_EMAIL_PROTECTION,
	[TRUST_CODE_SIGNING] = TRUST_OID_CODE_SIGNING,
};

/* Is its private key in a store asked? */
static bool
is_own(const struct cli_verify_input *input)
{
	bool own = false;

	for (size_t i = 0; !own && i < input->places->count; i++)
		own = cli_verify_is_own(input->stores[i], input->cert);
	return own;
}

static bool
choose_usages(struct cli_verify *verify, const struct cli_verify_input *input,
    const struct options *options, struct trust_error *error)
{
	const struct trust_cert *cert = verify->question.cert;
	enum trust_usage asked = TRUST_TLS_SERVER;
	bool named = false;

	verify->any = options->usage && strcmp(options->usage, "any") == 0;
	if (options->usage && !verify->any && !trust_usage_parse(options->usage, &asked))
		return trust_fail(error, TRUST_BUG, NULL, "a choice that is no usage");
	if (options->host && asked != TRUST_TLS_SERVER) {
		(void)trust_fail(error, TRUST_USAGE, NULL,
		    "--host is of the usage tls-server, not %s", options->usage);
		return trust_hint(error, "leave out --host, or --usage");
	}
	if (options->email && (options->host || (options->usage && asked != TRUST_EMAIL))) {
		(void)trust_fail(error, TRUST_USAGE, NULL, "--email is of the usage email, not %s",
		    options->host ? "tls-server" : options->usage);
		return trust_hint(error, "ask about one of them at a time");
	}
	if (options->email)
		asked = TRUST_EMAIL;
	verify->choice = options->usage ? "as asked"
	    : options->email            ? "an address is named"
					: "a host is named";
	if (!options->usage && !options->host && !options->email) {
		bool server = trust_kind_of_cert(cert, false) == TRUST_KIND_SERVER &&
		    trust_cert_allows_purpose(cert, TRUST_OID_SERVER_AUTH);
		for (int i = 0; !server && i < TRUST_USAGES; i++)
			named |= verify->usages[i] = trust_cert_has_purpose(cert, purposes[i]);
		verify->any = !server && !named;
		verify->choice = server ? "it is a server's certificate"
		    : named             ? "the purposes it names"
					: "it names none of these purposes, so one is enough";
		bool others = verify->usages[TRUST_TLS_SERVER] || verify->usages[TRUST_EMAIL] ||
		    verify->usages[TRUST_CODE_SIGNING];
		if (named && others && verify->usages[TRUST_TLS_CLIENT] && is_own(input)) {
			verify->usages[TRUST_TLS_CLIENT] = false;
			verify->choice =
			    "the purposes it names; as a client's it is judged by servers";
		}
	}
	for (int i = 0; i < TRUST_USAGES && !named; i++)
		verify->usages[i] = verify->any || i == (int)asked;
	return true;
}

/* ---- hosts --------------------------------------------------------------------------------- */

/* What is no host's name at all, no certificate could be issued for. */
static bool
is_host(const char *text, struct trust_error *error)
{
	TRUST_AUTO(trust_probe_target) *target = NULL;
	TRUST_AUTO_ERROR ignored = TRUST_ERROR_INIT;
	struct in6_addr address;
	bool bare = !strpbrk(text, "/[") &&
	    (!strchr(text, ':') || inet_pton(AF_INET6, text, &address) == 1);

	if (bare && trust_probe_target_parse(text, NULL, &target, &ignored))
		return true;
	TRUST_AUTO_FREE char *shown = trust_text_display_string(text);
	(void)trust_fail(
	    error, TRUST_USAGE, NULL, "--host: '%s' is no host name and no address", shown);
	return trust_hint(error, "as www.example.com, 192.0.2.1 or 2001:db8::1, without a port");
}

/* ---- policies ------------------------------------------------------------------------------ */

static bool
are_oids(const struct cli_texts *texts, struct trust_error *error)
{
	for (size_t i = 0; i < texts->count; i++) {
		uint8_t content[64];
		size_t size = 0;
		if (trust_der_oid_from_text(texts->list[i], content, &size))
			continue;
		TRUST_AUTO_FREE char *shown = trust_text_display_string(texts->list[i]);
		return trust_fail(error, TRUST_USAGE, NULL,
		    "--policy: '%s' is no object identifier such as 1.2.3", shown);
	}
	return true;
}

/* ---- the command --------------------------------------------------------------------------- */

static enum trust_code
ask_stores(struct cli *cli, const struct cli_verify_input *input, struct cli_verify *verify,
    const struct cli_fetches *fetches, struct trust_error *error)
{
	TRUST_AUTO(cli_doc) *doc = cli_doc_new(cli, "verdict");
	size_t no = 0;
	size_t unread = 0;

	cli_verify_put_question(doc, verify);
	cli_verify_put_fetches(doc, verify->fetched ? fetches : NULL);
	cli_doc_begin_list(doc, "", "stores");
	for (size_t i = 0; i < input->places->count; i++) {
		const struct trust_place *place = &input->places->list[i];
		const struct trust_error *failed = &input->failed[i];
		if (failed->code != TRUST_OK) {
			TRUST_AUTO_FREE char *name = cli_place_words(place);
			cli_warn(cli, "store '%s' is left out: %s", name, failed->message);
			cli_doc_begin(doc, NULL, "store");
			cli_doc_text(doc, NULL, "store", name);
			cli_doc_text(doc, NULL, "error", failed->message);
			cli_doc_end(doc);
			unread++;
		} else if (cli_verify_is_asked(input, i)) {
			no += !cli_verify_store(
			    doc, verify, place, input->stores[i], cli_builtin(cli));
		}
	}
	cli_doc_end_list(doc);
	cli_verify_put_builtin(doc, verify, cli_builtin(cli));
	cli_doc_bool(doc, NULL, "trusted", no == 0 && unread == 0);
	cli_doc_bool(doc, NULL, "undetermined", verify->undetermined);
	if (!cli_doc_print(doc, error))
		return error->code;
	return no ? TRUST_ANSWER_NO : unread ? TRUST_PARTIAL : TRUST_OK;
}

static enum trust_code
run(struct cli *cli, const void *command_options, struct trust_error *error)
{
	const struct options *options = command_options;
	CLI_VERIFY_INPUT_AUTO input = { 0 };
	CLI_EVIDENCE_AUTO evidence = { 0 };
	CLI_FETCHES_AUTO fetches = { .offline = options->at.given };

	if ((options->host && !is_host(options->host, error)) ||
	    !are_oids(&options->policies, error) ||
	    !cli_verify_read_files(
		cli, &input, cli->operands[0], options->item, &options->untrusted, error) ||
	    !cli_verify_open_stores(cli, &input, cli->operands[0], error) ||
	    !cli_evidence_read(&evidence, &options->crls, &options->ocsps, error))
		return error->code;
	struct trust_machine machine = trust_machine_now(cli_builtin(cli));
	struct cli_verify verify = {
		.question = {
		    .cert = input.cert,
		    .at = options->at.given ? options->at.time : cli->now,
		    .others = input.others,
		    .other_count = input.other_count,
		    .crls = (const struct trust_crl *const *)evidence.crls,
		    .crl_count = evidence.crl_count,
		    .ocsps = (const struct trust_ocsp *const *)evidence.ocsps,
		    .ocsp_count = evidence.ocsp_count,
		    .require_revocation = options->require_revocation,
		    .policies = {
			.policies = options->policies.list,
			.count = options->policies.count,
			.explicit_policy = options->explicit_policy,
			.inhibit_mapping = options->inhibit_mapping,
			.inhibit_any = options->inhibit_any,
		    },
		},
		.host = options->host,
		.email = options->email,
		.kind = input.kind,
		.from = input.from,
		.second_opinion = options->second_opinion,
		.fetched = options->revocation,
		.machine = &machine,
	};
	if (!choose_usages(&verify, &input, options, error))
		return error->code;
	if (options->revocation)
		cli_verify_fetch(cli, &input, &verify, &evidence, &fetches);
	machine.skew_seconds = fetches.has_skew ? fetches.skew_seconds : 0;
	return ask_stores(cli, &input, &verify, &fetches, error);
}

static const struct cli_option options[] = {
	{
	    .name = "host",
	    .argument = CLI_TEXT,
	    .value = "HOST",
	    .help = "a host name or address that the server's certificate must cover",
	    .offset = offsetof(struct options, host),
	},
	{
	    .name = "email",
	    .argument = CLI_TEXT,
	    .value = "ADDRESS",
	    .help = "a mail address that the certificate must be for",
	    .offset = offsetof(struct options, email),
	},
	{
	    .name = "usage",
	    .argument = CLI_CHOICE,
	    .value = "USAGE",
	    .choices = "tls-server,tls-client,email,code-signing,any",
	    .help = "what it is to be used for; 'any': ask for all, and one is enough (default: "
		    "tls-server for a server, else the purposes it names)",
	    .offset = offsetof(struct options, usage),
	},
	{
	    .name = "at",
	    .argument = CLI_TIME,
	    .value = "TIME",
	    .help = "ask about this time instead of now: 2026-11-24 or 2026-11-24T14:59:35Z",
	    .offset = offsetof(struct options, at),
	},
	{
	    .name = "untrusted",
	    .argument = CLI_LIST,
	    .value = "FILE",
	    .help = "certificates a path may be built with, but not end in; may be repeated",
	    .offset = offsetof(struct options, untrusted),
	},
	{
	    .name = "crl",
	    .argument = CLI_LIST,
	    .value = "FILE",
	    .help = "a revocation list that counts beside the store's; may be repeated",
	    .offset = offsetof(struct options, crls),
	},
	{
	    .name = "ocsp",
	    .argument = CLI_LIST,
	    .value = "FILE",
	    .help = "an OCSP response, as a server staples it; may be repeated",
	    .offset = offsetof(struct options, ocsps),
	},
	{
	    .name = "revocation",
	    .argument = CLI_FLAG,
	    .help = "ask whom the certificates name, by OCSP, else fetch their revocation lists; "
		    "without it nothing is fetched",
	    .offset = offsetof(struct options, revocation),
	},
	{
	    .name = "require-revocation",
	    .argument = CLI_FLAG,
	    .help = "refuse what is not known to be not revoked",
	    .offset = offsetof(struct options, require_revocation),
	},
	{
	    .name = "policy",
	    .argument = CLI_LIST,
	    .value = "OID",
	    .help = "a certificate policy that will do, as 1.2.3; may be repeated (default: any)",
	    .offset = offsetof(struct options, policies),
	},
	{
	    .name = "explicit-policy",
	    .argument = CLI_FLAG,
	    .help = "demand a certificate policy that is valid for the whole path",
	    .offset = offsetof(struct options, explicit_policy),
	},
	{
	    .name = "inhibit-mapping",
	    .argument = CLI_FLAG,
	    .help = "let no CA map a certificate policy to another",
	    .offset = offsetof(struct options, inhibit_mapping),
	},
	{
	    .name = "inhibit-any",
	    .argument = CLI_FLAG,
	    .help = "let anyPolicy stand for no certificate policy",
	    .offset = offsetof(struct options, inhibit_any),
	},
	{
	    .name = "second-opinion",
	    .argument = CLI_FLAG,
	    .help = "ask NSS too, and say where it differs",
	    .offset = offsetof(struct options, second_opinion),
	},
	{
	    .name = "item",
	    .argument = CLI_FLAG,
	    .help = "the operand names an item, even if there is a file of that name",
	    .offset = offsetof(struct options, item),
	},
	CLI_OPTIONS_END,
};

const struct cli_command cmd_verify = {
	.path = "verify",
	.topic = CLI_TOPIC_EVERYDAY,
	.summary = "say whether a certificate is trusted, and why or why not",
	.operands = "ITEM|FILE",
	.operand = CLI_ITEM,
	.min_operands = 1,
	.max_operands = 1,
	.file_password = true,
	.details =
	    "Shows, for each store and usage, the path from the certificate to an anchor, or the "
	    "one that got furthest, what is wrong with each element and when it expires, the one "
	    "cause, and what can be done. It is a yes (exit status 0) when every store asked trusts it.\n\n"
	    "An operand that contains a slash or names an existing file is a file. Of several "
	    "certificates in it the first that is no CA is asked about; the others, like those of "
	    "--untrusted, only help to build the path.\n\n"
	    "Trust of anchors in a store is read as the store's programs read it. For public CAs "
	    "the answer is that of the built-in list it names, which is approximate for Chromium "
	    "and Firefox: they carry lists of their own. Revocation is checked by the "
	    "lists of the store, --crl and --ocsp; nothing is fetched without --revocation, and "
	    "what is not known is said, and refused with --require-revocation.",
	.examples = "trustctl verify 3ad5cf70\n"
		    "trustctl verify ./chain.pem --host www.example.com --store user,firefox\n"
		    "trustctl verify ./server.pem --untrusted ./intermediate.pem --at 2027-01-01",
	.options = options,
	.options_size = sizeof(struct options),
	.run = run,
};
