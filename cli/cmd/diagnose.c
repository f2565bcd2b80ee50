/* SPDX-License-Identifier: MPL-2.0 */
/*
 * `trustctl diagnose`: why does this server not work, and whose job is it? What is asked is in
 * cli/diagnose_input.c, the causes are core/diagnose.h's, the words are in cli/diagnose_report.c.
 */

#include "cli/diagnose_report.h"
#include "core/text.h"
#include "export/export.h"

/* A server that could not be asked: the first cause is the error, which people have just read. */
static enum trust_code
no_connection(struct cli *cli, const struct cli_diagnose *diagnose,
    const struct trust_diagnosis *diagnosis, struct trust_error *error)
{
	const struct trust_cause *first = diagnosis->count ? &diagnosis->causes[0] : NULL;

	if (first && !cli->global.json) {
		(void)trust_fail(error, TRUST_INPUT_OPEN, diagnose->target->shown,
		    "cannot ask '%s': see the first cause", diagnose->target->shown);
		return error->code;
	}
	(void)trust_fail(error, TRUST_INPUT_OPEN, diagnose->target->shown, "cannot ask '%s': %s",
	    diagnose->target->shown, first ? first->sentence : "it sent no certificate");
	if (first && first->remedy)
		(void)trust_hint(error, "%s", first->remedy);
	return error->code;
}

static enum trust_code
run(struct cli *cli, const void *command_options, struct trust_error *error)
{
	const struct cli_diagnose_options *options = command_options;
	CLI_DIAGNOSE_AUTO diagnose = { 0 };

	if ((options->report && !export_save_check(options->report, options->force, error)) ||
	    !cli_diagnose_open(cli, options, &diagnose, error) ||
	    !cli_diagnose_ask(cli, &diagnose, error))
		return error->code;
	TRUST_AUTO(trust_diagnosis) *diagnosis = trust_diagnose(&diagnose.question);
	TRUST_AUTO(cli_doc) *doc = cli_doc_new(cli, "diagnosis");
	cli_diagnose_put(cli, doc, &diagnose, diagnosis);
	cli_diagnose_remember(cli, &diagnose, diagnosis);
	if (!cli_doc_print(doc, error) ||
	    (options->report &&
		!cli_diagnose_save(cli, cli_doc_words(doc), &diagnose, diagnosis, error)))
		return error->code;
	if (diagnose.chain_count == 0)
		return no_connection(cli, &diagnose, diagnosis, error);
	return diagnosis->problem ? TRUST_ANSWER_NO : TRUST_OK;
}

#define OF(field) offsetof(struct cli_diagnose_options, field)

static const struct cli_option options[] = {
	{
	    .name = "starttls",
	    .argument = CLI_CHOICE,
	    .value = "PROTOCOL",
	    .choices = "none,imap,pop3,smtp,submission,lmtp,ldap,ftp,xmpp,postgres,mysql",
	    .help =
		"the service begins in plain text, in this protocol; 'none': TLS from the first "
		"byte (default: what the port is known for)",
	    .offset = OF(starttls),
	},
	{
	    .name = "client",
	    .argument = CLI_ITEM,
	    .value = "ITEM",
	    .help = "show this personal certificate when the server asks for one",
	    .offset = OF(client),
	},
	{
	    .name = "connect",
	    .argument = CLI_TEXT,
	    .value = "IP",
	    .help = "connect to this address instead of the name's",
	    .offset = OF(connect),
	},
	{
	    .name = "ip-version",
	    .argument = CLI_CHOICE,
	    .value = "VERSION",
	    .choices = "4,6",
	    .help = "use addresses of this version only",
	    .offset = OF(ip_version),
	},
	{
	    .name = "usage",
	    .argument = CLI_CHOICE,
	    .value = "USAGE",
	    .choices = "tls-server,tls-client,email,code-signing",
	    .fallback = "tls-server",
	    .help = "what the stores are asked about",
	    .offset = OF(usage),
	},
	{
	    .name = "report",
	    .letter = 'o',
	    .argument = CLI_FILE,
	    .value = "FILE",
	    .help = "write the whole as a file for support: HTML when it ends in .html, else text",
	    .offset = OF(report),
	},
	{
	    .name = "force",
	    .argument = CLI_FLAG,
	    .help = "replace the report's file when there is one",
	    .offset = OF(force),
	},
	{
	    .name = "no-memory",
	    .argument = CLI_FLAG,
	    .help = "neither compare with what was seen there last time nor remember this time",
	    .offset = OF(no_memory),
	},
	{
	    .name = "accept-change",
	    .argument = CLI_FLAG,
	    .help = "remember the certificate though it changed suspiciously",
	    .offset = OF(accept_change),
	},
	CLI_OPTIONS_END,
};

const struct cli_command cmd_diagnose = {
	.path = "diagnose",
	.topic = CLI_TOPIC_EVERYDAY,
	.summary = "say why a server does not work, and whose job it is",
	.operands = "HOST[:PORT]",
	.operand = CLI_TEXT,
	.min_operands = 1,
	.max_operands = 1,
	.details =
	    "Connects as a browser or mail program would and shows each step with its time, what "
	    "was agreed on, the chain as sent, and what each store of this machine says of it; "
	    "then the causes of trouble, the one to settle first in front, each with a remedy and "
	    "whose job it is.\n\n"
	    "The port tells the service: 443 (the default), 993, 587 and so on; --starttls names "
	    "one that begins in plain text on another port. A URL will do too. Nothing but the "
	    "server, the address it is at, and with mail services its domain's, is contacted; "
	    "nothing is trusted by this, and no store is changed. Which certificate was seen is "
	    "remembered, so that the next time a change can be told.\n\n"
	    "The exit status is 0 when every store trusts the server and no problem was found, 1 "
	    "otherwise, 3 when the server sent no certificate to judge.",
	.examples = "trustctl diagnose www.example.com\n"
		    "trustctl diagnose mail.example.com:993 --store thunderbird\n"
		    "trustctl diagnose mail.example.com --starttls submission -o support.html\n"
		    "trustctl diagnose portal.example.com --client 3ad5cf70",
	.options = options,
	.options_size = sizeof(struct cli_diagnose_options),
	.run = run,
};
