/* SPDX-License-Identifier: MPL-2.0 */
/* What an export asks for, and whether that makes sense together. */

#include "cli/export_plan.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/cert.h"
#include "core/error.h"
#include "core/place.h"
#include "core/text.h"

void
cli_export_done(struct cli_export *export)
{
	for (size_t i = 0; i < export->count; i++) {
		trust_secret_free(export->origins[i].key);
		trust_free(export->origins[i].name);
	}
	trust_free(export->parts);
	trust_free(export->origins);
	for (size_t i = 0; i < export->store_count; i++)
		trust_store_close(export->stores[i]);
	trust_free(export->stores);
	trust_places_free(export->places);
	export_losses_done(&export->losses);
	trust_free(export->signing.certs);
	trust_free(export->distrusted.first);
	trust_free(export->narrow.first);
	trust_free(export->file);
	trust_free(export->directory);
	trust_secret_free(export->password);
	trust_secret_free(export->key_password);
}

bool
cli_export_to_stdout(const struct cli_export *export)
{
	return strcmp(export->options->output, "-") == 0;
}

bool
cli_export_takes_keys(const struct cli_export *export)
{
	return export->format->needs_identity || export->options->with_key;
}

/* ---- options that do not go together --------------------------------------------------------- */

/* A rule names what is wrong when `broken`; the first broken one is reported. */
struct rule {
	bool broken;
	const char *words; /* about "a FORMAT file" when it begins with a blank */
	const char *hint;
};

static bool
apply_rules(const struct cli_export *export, const struct rule *rules, size_t count,
    struct trust_error *error)
{
	for (size_t i = 0; i < count; i++) {
		if (!rules[i].broken)
			continue;
		if (*rules[i].words == ' ')
			(void)trust_fail(error, TRUST_USAGE, NULL, "a %s file%s",
			    export->format->name, rules[i].words);
		else
			(void)trust_fail(error, TRUST_USAGE, NULL, "%s", rules[i].words);
		return rules[i].hint ? trust_hint(error, "%s", rules[i].hint) : false;
	}
	return true;
}

/* Before a format is chosen. */
static bool
check_choice(const struct cli_export *export, struct trust_error *error)
{
	const struct cli_export_options *options = export->options;
	bool items = export->cli->operand_count > 0;
	const struct rule rules[] = {
		{ !options->output, "no output file is named",
		    "-o FILE, or -o - for standard output" },
		{ options->format && options->program, "--for chooses the format itself",
		    "leave out --format" },
		{ !items && !options->trusted, "no item is named",
		    "name one, or --trusted for all anchors of the store" },
		{ items && options->trusted, "--trusted takes all anchors, so no item is named",
		    NULL },
	};

	return apply_rules(export, rules, TRUST_COUNT(rules), error);
}

static bool
is_host(const char *text)
{
	size_t size = strlen(text);

	return size > 0 && size < 256 &&
	    strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-:") ==
	    size;
}

/* A name that each program reads back as it is: no quotes, no control characters, no blanks that a
 * program would cut off. */
static bool
is_network(const char *text)
{
	size_t size = strlen(text);

	return size > 0 && size <= 32 && trust_text_is_plain(text, size) && text[0] != ' ' &&
	    text[size - 1] != ' ' && !strpbrk(text, "\"\\;#");
}

static bool
check_network(const struct cli_export *export, struct trust_error *error)
{
	const struct cli_export_options *options = export->options;
	bool network = export->format->network;
	const struct rule rules[] = {
		{ !network && (options->network || options->server || options->anchors.count > 0),
		    "--ca, --network and --server belong to --for", NULL },
		{ options->network && !is_network(options->network),
		    "--network: the name of a Wi-Fi here has 1 to 32 bytes and no quotes, "
		    "backslashes, semicolons or control characters",
		    "leave it out and fill it in by hand" },
		{ options->server && !is_host(options->server), "--server: this is no host name",
		    NULL },
		{ network && export->cli->operand_count != 1,
		    "--for takes exactly one item: the identity to log in with", NULL },
		{ network && options->chain, "--for takes the chain along anyway", NULL },
	};

	return apply_rules(export, rules, TRUST_COUNT(rules), error);
}

/* Does it look as one of the files that would be in the directory? A directory that is there means
 * what it says. */
static bool
is_name_of_file(const char *path)
{
	static const char *const extensions[] = { ".json", ".crt", ".pem", ".conf", ".ovpn",
		".nmconnection" };
	const char *extension = strrchr(path, '.');
	struct stat status;
	bool listed = false;

	for (size_t i = 0; extension && i < TRUST_COUNT(extensions); i++)
		listed = listed || strcasecmp(extension, extensions[i]) == 0;
	return listed && (stat(path, &status) != 0 || !S_ISDIR(status.st_mode));
}

/* Options that the format knows nothing of. */
static bool
check_options(const struct cli_export *export, struct trust_error *error)
{
	const struct cli_export_options *options = export->options;
	const struct export_format *format = export->format;
	bool usages = false;
	for (int i = 0; i < TRUST_USAGES; i++)
		usages = usages || options->usages[i];
	bool many = export->cli->operand_count > 1 || options->chain || options->trusted;
	bool keys = format->carries_keys && (format->needs_identity || options->with_key);
	const struct rule rules[] = {
		{ format->single && many,
		    format->key_alone ? " holds exactly one private key"
				      : " holds exactly one certificate",
		    NULL },
		{ options->header && !format->header, " has no room for --header", NULL },
		{ options->with_key && !format->carries_keys, " cannot carry a private key",
		    "--format p12 or --format pem" },
		{ options->preset && strcmp(format->name, "p12") != 0,
		    "--preset belongs to PKCS #12", "--format p12" },
		{ options->title && strcmp(format->name, "mobileconfig") != 0, " has no title",
		    "--format mobileconfig" },
		{ options->title && !trust_text_is_plain(options->title, strlen(options->title)),
		    "--title: this is no readable text: it has control characters or is not UTF-8",
		    NULL },
		{ options->sign && strcmp(format->name, "mobileconfig") != 0,
		    " is not signed by this program", "--sign belongs to --format mobileconfig" },
		{ options->trusted && cli_export_takes_keys(export),
		    "--trusted takes certificates, and a private key is wanted too", NULL },
		{ usages && !options->trusted && !format->trust_list, " says nothing of usages",
		    "--usage belongs to --trusted and to trust lists" },
		{ options->plain_key && (!keys || export->preset),
		    " has no readable private key: --insecure-plain-key is for pem with "
		    "--with-key, pkcs8 and --for",
		    NULL },
		{ format->encode_files &&
			(cli_export_to_stdout(export) || is_name_of_file(options->output)),
		    "this format is several files", "name a directory: -o DIRECTORY" },
	};

	return apply_rules(export, rules, TRUST_COUNT(rules), error);
}

static const struct export_format *
choose_format(const struct cli_export *export)
{
	const struct cli_export_options *options = export->options;
	const struct export_format *format = NULL;

	if (options->program) /* both are choices of their options */
		return export_format_by_name(options->program);
	if (options->format)
		return export_format_by_name(options->format);
	if (!cli_export_to_stdout(export))
		format = export_format_by_path(options->output);
	return format ? format : export_format_by_name("pem");
}

/* The path that a snippet names: where the directory will be, by the real path of what it is in.
 * Its letters must mean themselves in four kinds of configuration. */
static bool
find_directory(struct cli_export *export, struct trust_error *error)
{
	TRUST_AUTO_FREE char *path = trust_strdup(export->options->output);
	size_t size = strlen(path);
	while (size > 1 && path[size - 1] == '/')
		path[--size] = '\0';
	char *real = realpath(path, NULL);
	if (real) {
		export->directory = real;
	} else {
		char *slash = strrchr(path, '/');
		TRUST_AUTO_FREE char *parent =
		    slash ? trust_printf("%.*s", (int)(slash - path + 1), path) : trust_strdup(".");
		real = realpath(parent, NULL);
		export->directory =
		    trust_printf("%s/%s", real ? real : parent, slash ? slash + 1 : path);
		free(real);
	}
	if (!trust_text_is_plain(export->directory, strlen(export->directory)) ||
	    strpbrk(export->directory, "\"'\\;#{}")) {
		(void)trust_fail(error, TRUST_USAGE, export->file,
		    "'%s' cannot be named in every configuration file", export->file);
		return trust_hint(error, "choose a directory of letters, digits, '-', '_' and '.'");
	}
	return true;
}

bool
cli_export_plan(struct cli_export *export, struct trust_error *error)
{
	if (!check_choice(export, error))
		return false;
	export->format = choose_format(export);
	if (strcmp(export->format->name, "p12") == 0)
		export->preset = export->options->preset
		    ? export_preset_by_name(export->options->preset)
		    : &export_presets[0];
	export->file = cli_export_to_stdout(export)
	    ? trust_strdup("standard output")
	    : trust_text_display_string(export->options->output);
	return check_options(export, error) && check_network(export, error) &&
	    (!export->format->network || find_directory(export, error));
}
