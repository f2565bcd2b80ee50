/* SPDX-License-Identifier: MPL-2.0 */
/*
 * strongSwan: the directories that swanctl reads (usually /etc/swanctl), one certificate in each
 * file, and a connection for conf.d.
 */

#include <string.h>

#include "core/cert.h"
#include "core/error.h"
#include "export/internal.h"

static void
put_connection(struct trust_buffer *out, const struct export_request *request, const char *word,
    size_t anchors)
{
	const char *server = request->server ? request->server : "vpn.example.com";

	trust_buffer_printf(out, "connections {\n\t%s {\n", word);
	if (!request->server)
		trust_buffer_append_text(out, "\t\t# the gateway's name:\n");
	trust_buffer_printf(out,
	    "\t\tremote_addrs = %s\n"
	    "\t\tvips = 0.0.0.0, ::\n"
	    "\t\tlocal {\n\t\t\tauth = pubkey\n\t\t\tcerts = %s.pem\n\t\t}\n"
	    "\t\tremote {\n\t\t\tauth = pubkey\n\t\t\tid = %s\n\t\t\tcacerts = ",
	    server, word, server);
	for (size_t i = 0; i < anchors; i++)
		trust_buffer_printf(out, "%s%s-ca-%zu.pem", i > 0 ? ", " : "", word, i + 1);
	trust_buffer_printf(out,
	    "\n\t\t}\n\t\tchildren {\n\t\t\t%s {\n\t\t\t\tremote_ts = 0.0.0.0/0, ::/0\n"
	    "\t\t\t}\n\t\t}\n\t}\n}\n",
	    word);
}

static char *
cert_name(const char *word, enum export_role role, size_t number)
{
	if (role == EXPORT_ROLE_SUBJECT)
		return trust_printf("x509/%s.pem", word);
	if (role == EXPORT_ROLE_CHAIN)
		return trust_printf("x509/%s-chain-%zu.pem", word, number);
	return trust_printf("x509ca/%s-ca-%zu.pem", word, number);
}

/* Which directory says whether swanctl asks for a password. */
static bool
put_key(const struct export_request *request, const struct export_part *part, const char *word,
    struct export_files *files, struct trust_error *error)
{
	char *name = trust_printf("%s/%s.pem", request->plain_key ? "private" : "pkcs8", word);
	return export_put_key_block(request, part, export_files_add(files, name, true), error);
}

const char *const export_strongswan_directories[] = { "pkcs8", "private", "x509", "x509ca", NULL };

/* "-chain-12.pem" */
static bool
is_numbered(const char *text, const char *word)
{
	size_t size = strlen(word);

	if (strncmp(text, word, size) != 0)
		return false;
	size_t digits = strspn(text + size, "0123456789");
	return digits > 0 && strcmp(text + size + digits, ".pem") == 0;
}

/* What swanctl would load of the same identity: other identities have their files there, too. */
bool
export_is_swanctl_name(const char *name, const struct export_files *files)
{
	static const char x509[] = "x509/"; /* the first file is the identity's certificate */
	const char *own = files->list[0].name + strlen(x509);
	size_t word = strlen(own) - strlen(".pem");
	const char *slash = strchr(name, '/');

	if (!slash || strncmp(slash + 1, own, word) != 0)
		return false;
	const char *end = slash + 1 + word;
	if (strncmp(name, "x509ca/", strlen("x509ca/")) == 0)
		return is_numbered(end, "-ca-");
	if (strncmp(name, x509, strlen(x509)) == 0)
		return is_numbered(end, "-chain-");
	return strcmp(end, ".pem") == 0;
}

bool
export_is_own_swanctl_name(const char *name, const struct trust_cert *cert)
{
	return (cert != NULL) == (strncmp(name, "x509", strlen("x509")) == 0);
}

bool
export_strongswan(
    const struct export_request *request, struct export_files *ret_files, struct trust_error *error)
{
	TRUST_AUTO_FREE char *word = export_network_word(request);
	size_t counts[EXPORT_ROLE_ANCHOR + 1] = { 0 };

	if (!export_check_keys(request, error))
		return false;
	for (size_t i = 0; i < request->count; i++) {
		const struct export_part *part = &request->parts[i];
		export_put_block(export_files_add(ret_files,
				     cert_name(word, part->role, ++counts[part->role]), false),
		    "CERTIFICATE", part->cert->der);
		if (part->encrypted_key && !put_key(request, part, word, ret_files, error))
			return false;
	}
	if (counts[EXPORT_ROLE_ANCHOR] == 0)
		return trust_fail(
		    error, TRUST_USAGE, NULL, "no CA is named that the gateway is checked against");
	put_connection(export_files_add(ret_files, trust_printf("conf.d/%s.conf", word), false),
	    request, word, counts[EXPORT_ROLE_ANCHOR]);
	return true;
}
