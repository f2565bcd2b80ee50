/* SPDX-License-Identifier: MPL-2.0 */
/* wpa_supplicant: PEM files and a network block with EAP-TLS. */

#include <string.h>

#include "export/internal.h"

static const struct export_network_names names = { "ca.pem", "cert.pem", "key.pem" };

/* In quotes a value ends at the line's last one; what has quotes itself goes in hexadecimal, which
 * the program takes without quotes. */
static void
put_value(struct trust_buffer *out, const char *key, const char *value)
{
	TRUST_AUTO_FREE char *hex = trust_hex((const uint8_t *)value, strlen(value));

	if (strpbrk(value, "\"\\#"))
		trust_buffer_printf(out, "\t%s=%s\n", key, hex);
	else
		trust_buffer_printf(out, "\t%s=\"%s\"\n", key, value);
}

static void
put_path(struct trust_buffer *out, const char *key, const char *directory, const char *name)
{
	trust_buffer_printf(out, "\t%s=\"%s/%s\"\n", key, directory, name);
}

bool
export_wpa_supplicant(
    const struct export_request *request, struct export_files *ret_files, struct trust_error *error)
{
	TRUST_AUTO_FREE char *identity = export_network_identity(request);

	if (!export_network_files(request, &names, ret_files, error))
		return false;
	struct trust_buffer *out =
	    export_files_add(ret_files, trust_strdup("wpa_supplicant.conf"), false);
	trust_buffer_append_text(out, "network={\n");
	if (!request->network)
		trust_buffer_append_text(out, "\t# the name of the Wi-Fi:\n");
	put_value(out, "ssid", request->network ? request->network : "NETWORK");
	trust_buffer_append_text(out, "\tkey_mgmt=WPA-EAP\n\teap=TLS\n");
	put_value(out, "identity", identity);
	put_path(out, "ca_cert", request->directory, names.ca);
	put_path(out, "client_cert", request->directory, names.cert);
	put_path(out, "private_key", request->directory, names.key);
	if (!request->plain_key)
		trust_buffer_append_text(out,
		    "\t# or it is asked for by wpa_cli and wpa_gui:\n"
		    "\t#private_key_passwd=\"...\"\n");
	if (request->server)
		put_value(out, "domain_suffix_match", request->server);
	else
		trust_buffer_append_text(out,
		    "\t# without it every server that this CA certifies is accepted:\n"
		    "\t#domain_suffix_match=\"radius.example.com\"\n");
	trust_buffer_append_text(out, "}\n");
	return true;
}
