/* SPDX-License-Identifier: MPL-2.0 */
/* The table of formats, and finding one by its name or by a file's extension. */

#include <string.h>
#include <strings.h>

#include "core/der.h"
#include "core/error.h"
#include "export/internal.h"

static const bool websites[TRUST_USAGES] = { [TRUST_TLS_SERVER] = true };
static const bool websites_and_mail[TRUST_USAGES] = {
	[TRUST_TLS_SERVER] = true,
	[TRUST_TLS_CLIENT] = true,
	[TRUST_EMAIL] = true,
};

const struct export_format export_formats[] = {
	{
	    .name = "pem",
	    .summary = "PEM text",
	    .extension = ".pem",
	    .by_extension = true,
	    .carries_keys = true,
	    .text = true,
	    .header = true,
	    .encode = export_pem,
	},
	{
	    .name = "der",
	    .summary = "DER, one certificate",
	    .extension = ".der",
	    .by_extension = true,
	    .single = true,
	    .encode = export_der,
	},
	{
	    .name = "p12",
	    .summary = "PKCS #12",
	    .extension = ".p12",
	    .by_extension = true,
	    .carries_keys = true,
	    .needs_identity = true,
	    .needs_password = true,
	    .encode = export_pkcs12,
	},
	{
	    .name = "p7b",
	    .summary = "PKCS #7",
	    .extension = ".p7b",
	    .by_extension = true,
	    .encode = export_pkcs7,
	},
	{
	    .name = "p7b-pem",
	    .summary = "PKCS #7 as PEM text",
	    .extension = ".p7b",
	    .text = true,
	    .encode = export_pkcs7_pem,
	},
	{
	    .name = "pkcs8",
	    .summary = "PKCS #8, the private key alone",
	    .extension = ".key",
	    .by_extension = true,
	    .carries_keys = true,
	    .needs_identity = true,
	    .needs_password = true,
	    .single = true,
	    .text = true,
	    .key_alone = true,
	    .encode = export_pkcs8,
	},
	{
	    .name = "openssl-trusted",
	    .summary = "OpenSSL's trusted certificates",
	    .extension = ".pem",
	    .text = true,
	    .trust_list = true,
	    .per_usage = true,
	    .encode = export_openssl_trusted,
	},
	{
	    .name = "openssl-dir",
	    .summary = "OpenSSL's hashed directory",
	    .extension = "",
	    .trust_list = true,
	    .wants_roots = true,
	    .advice = "openssl verify -CApath DIR, or SSL_CERT_DIR=DIR, which then replaces the "
		      "system's list",
	    .encode_files = export_openssl_directory,
	    .is_left_name = export_is_hashed_name,
	    .is_own_name = export_is_own_hashed_name,
	    .make_room = export_number_hashed_names,
	},
	{
	    .name = "ca-certificates",
	    .summary = "Debian's local certificates",
	    .extension = "",
	    .trust_list = true,
	    .wants_roots = true,
	    .advice = "copy the .crt files to /usr/local/share/ca-certificates, or export to it "
		      "with --force, which removes there what is trusted no more; then: sudo "
		      "update-ca-certificates",
	    .encode_files = export_ca_certificates,
	    .is_left_name = export_is_crt_name,
	    .is_own_name = export_is_own_crt_name,
	},
	{
	    .name = "java-p12",
	    .summary = "Java's trust store as PKCS #12",
	    .extension = ".p12",
	    .needs_password = true,
	    .trust_list = true,
	    .ignores_limits = true,
	    .wants_names = true,
	    .default_password = "changeit",
	    .advice = "java -Djavax.net.ssl.trustStore=FILE -Djavax.net.ssl.trustStorePassword=...",
	    .encode = export_java_pkcs12,
	},
	{
	    .name = "jks",
	    .summary = "Java's trust store as JKS",
	    .extension = ".jks",
	    .by_extension = true,
	    .needs_password = true,
	    .trust_list = true,
	    .ignores_limits = true,
	    .wants_names = true,
	    .default_password = "changeit",
	    .advice = "java -Djavax.net.ssl.trustStore=FILE -Djavax.net.ssl.trustStorePassword=...",
	    .encode = export_jks,
	},
	{
	    .name = "p11-kit",
	    .summary = "p11-kit's text format",
	    .extension = ".p11-kit",
	    .by_extension = true,
	    .text = true,
	    .trust_list = true,
	    .per_usage = true,
	    .carries_dates = true,
	    .trust_by_key = true,
	    .advice = "copy it to /etc/ca-certificates/trust-source/anchors (Arch) or "
		      "/etc/pki/ca-trust/source (Fedora) and run: sudo update-ca-trust",
	    .encode = export_p11_kit,
	},
	{
	    .name = "certutil",
	    .summary = "a script of certutil commands",
	    .extension = ".sh",
	    .text = true,
	    .trust_list = true,
	    .per_usage = true,
	    .carries_peer = true,
	    .advice = "sh FILE DIRECTORY, where certutil is",
	    .encode = export_certutil,
	},
	{
	    .name = "firefox-policy",
	    .summary = "a policy of Firefox with its certificates",
	    .extension = "",
	    .trust_list = true,
	    .taken_for = websites_and_mail,
	    .advice = "copy policies.json to /etc/firefox/policies and the certificates to "
		      "/usr/lib/mozilla/certificates",
	    .encode_files = export_firefox_policy,
	},
	{
	    .name = "chromium-policy",
	    .summary = "a policy of Chromium",
	    .extension = ".json",
	    .text = true,
	    .trust_list = true,
	    .taken_for = websites,
	    .advice = "copy it to /etc/chromium/policies/managed (Chrome: "
		      "/etc/opt/chrome/policies/managed)",
	    .encode = export_chromium_policy,
	},
	{
	    .name = "mobileconfig",
	    .summary = "a configuration profile",
	    .extension = ".mobileconfig",
	    .by_extension = true,
	    .text = true,
	    .trust_list = true,
	    .intermediates = true,
	    .advice = "on iOS roots want a second step: Settings, General, About, Certificate "
		      "Trust Settings",
	    .encode = export_mobileconfig,
	},
	{
	    .name = "ansible",
	    .summary = "JSON for Ansible",
	    .extension = ".json",
	    .text = true,
	    .trust_list = true,
	    .per_usage = true,
	    .carries_peer = true,
	    .carries_dates = true,
	    .intermediates = true,
	    .encode = export_ansible,
	},
	{
	    .name = "networkmanager",
	    .summary = "NetworkManager, Wi-Fi with EAP-TLS",
	    .extension = "",
	    .carries_keys = true,
	    .needs_identity = true,
	    .needs_password = true,
	    .network = true,
	    .advice = "copy the .nmconnection file to /etc/NetworkManager/system-connections, with "
		      "mode 0600",
	    .encode_files = export_networkmanager,
	    .snippet = "wifi.nmconnection",
	},
	{
	    .name = "wpa_supplicant",
	    .summary = "wpa_supplicant, Wi-Fi with EAP-TLS",
	    .extension = "",
	    .carries_keys = true,
	    .needs_identity = true,
	    .needs_password = true,
	    .network = true,
	    .advice = "paste the network block into wpa_supplicant.conf",
	    .encode_files = export_wpa_supplicant,
	    .snippet = "wpa_supplicant.conf",
	},
	{
	    .name = "strongswan",
	    .summary = "strongSwan's swanctl, IKEv2",
	    .extension = "",
	    .carries_keys = true,
	    .needs_identity = true,
	    .needs_password = true,
	    .network = true,
	    .advice = "with /etc/swanctl as directory everything is in its place; then: sudo "
		      "swanctl --load-all",
	    .encode_files = export_strongswan,
	    .directories = export_strongswan_directories,
	    .is_left_name = export_is_swanctl_name,
	    .is_own_name = export_is_own_swanctl_name,
	    .snippet = "conf.d/",
	},
	{
	    .name = "openvpn",
	    .summary = "OpenVPN client",
	    .extension = "",
	    .carries_keys = true,
	    .needs_identity = true,
	    .needs_password = true,
	    .network = true,
	    .advice = "sudo openvpn --config DIR/client.ovpn",
	    .encode_files = export_openvpn,
	    .snippet = "client.ovpn",
	},
};
const size_t export_format_count = TRUST_COUNT(export_formats);

/* Extensions besides a format's own. Each of .crt and .cer is found with PEM and with DER in it, so
 * this follows the programs that insist: update-ca-certificates takes .crt only as PEM, and Windows
 * exports DER as .cer. */
static const struct {
	const char *extension;
	const char *format;
} other_extensions[] = {
	{ ".crt", "pem" },
	{ ".cer", "der" },
	{ ".pfx", "p12" },
	{ ".p7c", "p7b" },
	{ ".p8", "pkcs8" },
};

const struct export_format *
export_format_by_name(const char *name)
{
	for (size_t i = 0; i < export_format_count; i++)
		if (strcmp(export_formats[i].name, name) == 0)
			return &export_formats[i];
	return NULL;
}

const struct export_format *
export_format_by_path(const char *path)
{
	const char *slash = strrchr(path, '/');
	const char *name = slash ? slash + 1 : path;
	const char *extension = strrchr(name, '.');

	if (!extension || extension == name) /* ".pem" is a hidden file without extension */
		return NULL;
	for (size_t i = 0; i < export_format_count; i++)
		if (export_formats[i].by_extension &&
		    strcasecmp(export_formats[i].extension, extension) == 0)
			return &export_formats[i];
	for (size_t i = 0; i < TRUST_COUNT(other_extensions); i++)
		if (strcasecmp(other_extensions[i].extension, extension) == 0)
			return export_format_by_name(other_extensions[i].format);
	return NULL;
}

/* EncryptedPrivateKeyInfo of RFC 5958: an algorithm and bytes. A readable PrivateKeyInfo begins
 * with its version instead. */
static bool
is_encrypted_key(const struct trust_secret *key)
{
	struct trust_der whole = trust_der_init((struct trust_bytes){ key->bytes, key->size });
	struct trust_der info;
	struct trust_der_element element;

	return trust_der_enter(&whole, TRUST_DER_SEQUENCE, &info) && trust_der_at_end(&whole) &&
	    trust_der_expect(&info, TRUST_DER_SEQUENCE, &element) &&
	    trust_der_expect(&info, TRUST_DER_OCTET_STRING, &element) && trust_der_at_end(&info);
}

bool
export_check_keys(const struct export_request *request, struct trust_error *error)
{
	for (size_t i = 0; i < request->count; i++) {
		const struct trust_secret *key = request->parts[i].encrypted_key;
		if (key && !is_encrypted_key(key))
			return trust_fail(error, TRUST_BUG, NULL,
			    "a private key came to be written that is not encrypted");
	}
	return true;
}
