/* SPDX-License-Identifier: MPL-2.0 */
/*
 * A configuration profile of Apple's systems, signed or not: all certificates as payloads of one
 * profile, so that they come and go together. Identifiers follow from the certificates alone: the
 * same ones, in whatever order, give the same profile, which then replaces itself.
 */

#include <stdlib.h>
#include <string.h>

#include "core/cert.h"
#include "core/hash.h"
#include "core/limits.h"
#include "core/progress.h"
#include "export/internal.h"

static const char head[] =
    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
    "<!DOCTYPE plist PUBLIC \"-//Apple//DTD PLIST 1.0//EN\" "
    "\"http://www.apple.com/DTDs/PropertyList-1.0.dtd\">\n"
    "<plist version=\"1.0\">\n<dict>\n\t<key>PayloadContent</key>\n\t<array>\n";

static void
put_string(struct trust_buffer *out, const char *indent, const char *key, const char *value)
{
	trust_buffer_printf(out, "%s<key>%s</key>\n%s<string>", indent, key, indent);
	export_put_xml(out, value);
	trust_buffer_append_text(out, "</string>\n");
}

static void
put_identifiers(struct trust_buffer *out, const char *indent, const uint8_t digest[])
{
	TRUST_AUTO_FREE char *uuid = export_uuid(digest);

	for (char *c = uuid; *c; c++)
		if (*c >= 'a')
			*c = (char)(*c - 'a' + 'A');
	TRUST_AUTO_FREE char *identifier = trust_printf("trustctl.%s", uuid);
	put_string(out, indent, "PayloadIdentifier", identifier);
	put_string(out, indent, "PayloadUUID", uuid);
	trust_buffer_printf(
	    out, "%s<key>PayloadVersion</key>\n%s<integer>1</integer>\n", indent, indent);
}

/* A root goes as DER, which is what its type asks for, anything else as PEM. */
static void
put_payload(struct trust_buffer *out, const struct export_part *part)
{
	const struct trust_cert *cert = part->cert;
	bool root = trust_cert_is_ca(cert) && trust_cert_is_self_issued(cert);
	TRUST_AUTO_FREE char *name = export_part_words(part);
	TRUST_AUTO_FREE char *file = export_part_file_name(part, root ? ".cer" : ".pem");
	TRUST_AUTO_BUFFER pem;

	export_begin(&pem);
	export_put_block(&pem, "CERTIFICATE", cert->der);
	trust_buffer_append_text(out, "\t\t<dict>\n");
	put_string(out, "\t\t\t", "PayloadCertificateFileName", file);
	trust_buffer_append_text(out, "\t\t\t<key>PayloadContent</key>\n\t\t\t<data>");
	export_put_base64(out, root ? cert->der : trust_buffer_bytes(&pem));
	trust_buffer_append_text(out, "</data>\n");
	put_string(out, "\t\t\t", "PayloadDisplayName", name);
	put_identifiers(out, "\t\t\t", cert->id);
	put_string(out, "\t\t\t", "PayloadType",
	    root ? "com.apple.security.root" : "com.apple.security.pem");
	trust_buffer_append_text(out, "\t\t</dict>\n");
}

static int
by_bytes(const void *a, const void *b)
{
	return memcmp(a, b, TRUST_SHA256_BYTES);
}

static void
put_profile(struct trust_buffer *ret_bytes, const struct export_request *request)
{
	uint8_t digest[TRUST_SHA256_BYTES];
	TRUST_AUTO_BUFFER ids;

	export_begin(&ids);
	trust_buffer_append_text(ret_bytes, head);
	for (size_t i = 0; i < request->count; i++) {
		trust_progress_tell("certificates encoded", i, request->count);
		put_payload(ret_bytes, &request->parts[i]);
		trust_buffer_append(
		    &ids, request->parts[i].cert->id, sizeof request->parts[i].cert->id);
	}
	qsort(ids.data, ids.size / TRUST_SHA256_BYTES, TRUST_SHA256_BYTES, by_bytes);
	trust_sha256(ids.data, ids.size, digest);
	trust_buffer_append_text(ret_bytes, "\t</array>\n");
	put_string(ret_bytes, "\t", "PayloadDisplayName",
	    request->title ? request->title : "Certificates");
	put_identifiers(ret_bytes, "\t", digest);
	put_string(ret_bytes, "\t", "PayloadType", "Configuration");
	trust_buffer_append_text(ret_bytes, "</dict>\n</plist>\n");
}

bool
export_mobileconfig(
    const struct export_request *request, struct trust_buffer *ret_bytes, struct trust_error *error)
{
	TRUST_AUTO_BUFFER profile;

	export_begin(&profile);
	put_profile(&profile, request);
	ret_bytes->overflow = ret_bytes->overflow || profile.overflow;
	if (request->signer)
		return export_cms(request->signer, trust_buffer_bytes(&profile), ret_bytes, error);
	export_append(ret_bytes, &profile);
	return true;
}
