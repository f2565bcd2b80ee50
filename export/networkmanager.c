/* SPDX-License-Identifier: MPL-2.0 */
/* NetworkManager: PEM files and a connection as a keyfile, for a Wi-Fi with EAP-TLS. */

#include "core/cert.h"
#include "core/hash.h"
#include "export/internal.h"

static const struct export_network_names names = { "ca.pem", "cert.pem", "key.pem" };

/* As GKeyFile escapes: backslashes, and blanks at the begin. */
static void
put_value(struct trust_buffer *out, const char *key, const char *value)
{
	trust_buffer_printf(out, "%s=", key);
	for (; *value == ' '; value++)
		trust_buffer_append_text(out, "\\s");
	for (; *value; value++) {
		if (*value == '\\')
			trust_buffer_append(out, "\\", 1);
		trust_buffer_append(out, value, 1);
	}
	trust_buffer_append(out, "\n", 1);
}

/* The same identity in the same Wi-Fi gives the same connection, which then replaces itself. */
static char *
uuid_of(const struct trust_cert *cert, const char *network)
{
	uint8_t digest[TRUST_SHA256_BYTES];
	TRUST_AUTO_BUFFER both;

	export_begin(&both);
	trust_buffer_append(&both, cert->id, sizeof cert->id);
	trust_buffer_append_text(&both, network);
	trust_sha256(both.data, both.size, digest);
	return export_uuid(digest);
}

static void
put_path(struct trust_buffer *out, const char *key, const char *directory, const char *name)
{
	TRUST_AUTO_FREE char *path = trust_printf("%s/%s", directory, name);
	put_value(out, key, path);
}

bool
export_networkmanager(
    const struct export_request *request, struct export_files *ret_files, struct trust_error *error)
{
	const char *network = request->network ? request->network : "NETWORK";
	TRUST_AUTO_FREE char *identity = export_network_identity(request);
	TRUST_AUTO_FREE char *uuid = uuid_of(request->parts[0].cert, network);

	if (!export_network_files(request, &names, ret_files, error))
		return false;
	struct trust_buffer *out =
	    export_files_add(ret_files, trust_strdup("wifi.nmconnection"), true);
	trust_buffer_append_text(out, "[connection]\n");
	put_value(out, "id", network);
	put_value(out, "uuid", uuid);
	trust_buffer_append_text(out, "type=wifi\n\n[wifi]\n");
	if (!request->network)
		trust_buffer_append_text(out, "# the name of the Wi-Fi:\n");
	put_value(out, "ssid", network);
	trust_buffer_append_text(out,
	    "mode=infrastructure\n\n[wifi-security]\nkey-mgmt=wpa-eap\n\n[802-1x]\neap=tls;\n");
	put_value(out, "identity", identity);
	put_path(out, "ca-cert", request->directory, names.ca);
	put_path(out, "client-cert", request->directory, names.cert);
	put_path(out, "private-key", request->directory, names.key);
	/* 1: the person's agent asks for it and keeps it; 4: there is none */
	trust_buffer_printf(out, "private-key-password-flags=%d\n", request->plain_key ? 4 : 1);
	if (request->server)
		put_value(out, "domain-suffix-match", request->server);
	else
		trust_buffer_append_text(out,
		    "# without it every server that this CA certifies is accepted:\n"
		    "#domain-suffix-match=radius.example.com\n");
	trust_buffer_append_text(out, "\n[ipv4]\nmethod=auto\n\n[ipv6]\nmethod=auto\n");
	return true;
}
