/* SPDX-License-Identifier: MPL-2.0 */
/* OpenVPN: PEM files and a client's configuration. The password of the key is asked for at the
 * start. */

#include "export/internal.h"

static const struct export_network_names names = { "ca.pem", "cert.pem", "key.pem" };

bool
export_openvpn(
    const struct export_request *request, struct export_files *ret_files, struct trust_error *error)
{
	const char *directory = request->directory;

	if (!export_network_files(request, &names, ret_files, error))
		return false;
	struct trust_buffer *out = export_files_add(ret_files, trust_strdup("client.ovpn"), false);
	trust_buffer_append_text(out, "client\ndev tun\nproto udp\n");
	if (!request->server)
		trust_buffer_append_text(out, "# the gateway's name:\n");
	trust_buffer_printf(
	    out, "remote %s 1194\nnobind\n", request->server ? request->server : "vpn.example.com");
	trust_buffer_append_text(out, "remote-cert-tls server\n");
	if (request->server)
		trust_buffer_printf(out, "verify-x509-name %s name\n", request->server);
	else
		trust_buffer_append_text(out,
		    "# without it every server that this CA certifies is accepted:\n"
		    "#verify-x509-name vpn.example.com name\n");
	trust_buffer_printf(out, "ca \"%s/%s\"\n", directory, names.ca);
	trust_buffer_printf(out, "cert \"%s/%s\"\n", directory, names.cert);
	trust_buffer_printf(out, "key \"%s/%s\"\n", directory, names.key);
	return true;
}
