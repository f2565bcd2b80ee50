/* SPDX-License-Identifier: MPL-2.0 */
/*
 * `trustctl export`: certificates, identities and trust into files for other programs. The work is
 * in cli/export_*.c; here are the words of the command line.
 */

#include <stddef.h>

#include "cli/export_plan.h"
#include "core/limits.h"

static enum trust_code
run(struct cli *cli, const void *options, struct trust_error *error)
{
	CLI_EXPORT_AUTO export = {
		.cli = cli,
		.options = options,
		.budget = TRUST_MAX_SIGNATURE_WORK,
	};

	if (cli_export_plan(&export, error) && cli_export_collect(&export, error) &&
	    cli_export_check(&export, error) && cli_export_fetch_keys(&export, error) &&
	    cli_export_write(&export, error))
		return TRUST_OK;
	return error->code;
}

#define AT(field) offsetof(struct cli_export_options, field)

static const struct cli_option options[] = {
	{
	    .name = "output",
	    .letter = 'o',
	    .argument = CLI_FILE,
	    .value = "FILE",
	    .help = "write to this file, or directory; - is standard output",
	    .offset = AT(output),
	},
	{
	    .name = "format",
	    .argument = CLI_CHOICE,
	    .value = "FORMAT",
	    /* the names in export_formats, but for the network programs */
	    .choices = "pem,der,p12,p7b,p7b-pem,pkcs8,openssl-trusted,openssl-dir,ca-certificates,"
		       "java-p12,jks,p11-kit,certutil,firefox-policy,chromium-policy,mobileconfig,"
		       "ansible",
	    .help = "the format; by default the one the file's name ends in, else pem",
	    .offset = AT(format),
	},
	{
	    .name = "for",
	    .argument = CLI_CHOICE,
	    .value = "PROGRAM",
	    .choices = "networkmanager,wpa_supplicant,strongswan,openvpn",
	    .help = "CA, certificate and key into a directory, as this program reads them",
	    .offset = AT(program),
	},
	{
	    .name = "preset",
	    .argument = CLI_CHOICE,
	    .value = "TARGET",
	    .choices = "modern,firefox,java,macos,windows-legacy,android",
	    .help = "PKCS #12: encrypted as this reader understands it; modern by default",
	    .offset = AT(preset),
	},
	{
	    .name = "trusted",
	    .argument = CLI_FLAG,
	    .help = "all anchors of the store, or stores, instead of items",
	    .offset = AT(trusted),
	},
	{
	    .name = "usage",
	    .argument = CLI_USAGES,
	    .value = "USAGES",
	    .help = "trust lists: anchors for these usages, of a list without usages for all of "
		    "them; tls-server by default",
	    .offset = AT(usages),
	},
	{
	    .name = "chain",
	    .argument = CLI_FLAG,
	    .help = "add the issuers up to the root, from the store and the built-in roots",
	    .offset = AT(chain),
	},
	{
	    .name = "header",
	    .argument = CLI_FLAG,
	    .help = "PEM: subject, issuer and dates above each certificate",
	    .offset = AT(header),
	},
	{
	    .name = "with-key",
	    .argument = CLI_FLAG,
	    .help = "PEM: the private key too, encrypted with a password",
	    .offset = AT(with_key),
	},
	{
	    .name = "ca",
	    .argument = CLI_LIST,
	    .value = "ITEM",
	    .help = "with --for: what the other side is checked against; may be repeated",
	    .offset = AT(anchors),
	},
	{
	    .name = "network",
	    .argument = CLI_TEXT,
	    .value = "NAME",
	    .help = "with --for: the name of the Wi-Fi",
	    .offset = AT(network),
	},
	{
	    .name = "server",
	    .argument = CLI_TEXT,
	    .value = "HOST",
	    .help = "with --for: the gateway, or the name in the Wi-Fi server's certificate",
	    .offset = AT(server),
	},
	{
	    .name = "title",
	    .argument = CLI_TEXT,
	    .value = "TEXT",
	    .help = "mobileconfig: the profile's name",
	    .offset = AT(title),
	},
	{
	    .name = "sign",
	    .argument = CLI_TEXT,
	    .value = "ITEM",
	    .help = "mobileconfig: signed by this identity of the store",
	    .offset = AT(sign),
	},
	{
	    .name = "no-loss",
	    .argument = CLI_FLAG,
	    .help = "refuse when the format cannot say all that is decided here",
	    .offset = AT(no_loss),
	},
	{
	    .name = "force",
	    .argument = CLI_FLAG,
	    .help = "replace a file; with --trusted also remove what an earlier export left",
	    .offset = AT(force),
	},
	{
	    .name = "insecure-plain-key",
	    .argument = CLI_FLAG,
	    .help = "the private key readable, without password: pem, pkcs8 and --for",
	    .offset = AT(plain_key),
	},
	CLI_OPTIONS_END,
};

const struct cli_command cmd_export = {
	.path = "export",
	.topic = CLI_TOPIC_EVERYDAY,
	.summary = "write certificates, identities and trust for other programs",
	.operands = "[ITEM|FILE...]",
	.operand = CLI_ITEM,
	.item_files = true,
	.min_operands = 0,
	.max_operands = -1,
	.details =
	    "Certificates go out as PEM, DER and PKCS #7; identities with their private key as "
	    "PKCS #12, as PEM with --with-key, as pkcs8 (the key alone), and for a network program "
	    "by --for. Keys are encrypted with the file's password, which is asked for on the "
	    "terminal or read from --password-file.\n\n"
	    "The other formats are trust lists: whoever reads one trusts what is in it. So only "
	    "certificates trusted here go into one, never one that is distrusted for a usage that "
	    "the list is read for: those named, or with --trusted all anchors. What the format cannot say is listed; with --no-loss nothing "
	    "is written then.\n\n"
	    "By the file's name: .pem and .crt are PEM, .der and .cer DER, .p12 and .pfx PKCS #12, "
	    ".p7b and .p7c PKCS #7, .key and .p8 pkcs8; .jks, .p11-kit and .mobileconfig are what "
	    "they say.\n\n"
	    "Files appear whole or not at all; one with a private key has mode 0600 from its first "
	    "byte. A private key is never written to a terminal, and a device never replaced. "
	    "trustctl-export(1) has the table of formats, of what each cannot carry, and of "
	    "presets.",
	.examples = "trustctl export 'Example Root CA' -o root.pem\n"
		    "trustctl export alice@example.com -o alice.p12 --chain --preset macos\n"
		    "trustctl export --trusted --format ca-certificates -o company\n"
		    "trustctl export Alice --for wpa_supplicant --network Office -o wifi",
	.options = options,
	.options_size = sizeof(struct cli_export_options),
	.run = run,
};
