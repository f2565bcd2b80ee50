/* SPDX-License-Identifier: MPL-2.0 */
/* OpenSSL's X509_CERT_AUX, which follows the certificate in a TRUSTED CERTIFICATE block: purposes
 * it is trusted and rejected for, and a name. Told, never applied. */

#include <string.h>

#include "core/buffer.h"
#include "core/cert.h"
#include "core/der.h"
#include "core/limits.h"
#include "core/oid.h"
#include "core/text.h"
#include "import/internal.h"

#define MAX_PURPOSES 16

/* "TLS server, e-mail"; owned by the caller; NULL: there is no list. */
static char *
read_list(struct trust_der *aux, uint8_t tag)
{
	struct trust_der list;
	struct trust_der_element oid;
	TRUST_AUTO_BUFFER words;

	trust_buffer_init(&words, 4096);
	if (!trust_der_enter(aux, tag, &list))
		return NULL;
	for (unsigned i = 0; i < MAX_PURPOSES && trust_der_expect(&list, TRUST_DER_OID, &oid);
	     i++) {
		TRUST_AUTO_FREE char *purpose = trust_oid_display(oid.content);
		trust_buffer_printf(&words, "%s%s", i ? ", " : "", purpose);
	}
	return words.size ? trust_buffer_take(&words) : trust_strdup("nothing");
}

void
import_read_purposes(struct import_file *file, struct import_part *part, struct trust_bytes bytes)
{
	struct trust_der der = trust_der_init(bytes);
	struct trust_der aux;
	struct trust_der_element alias;
	size_t size = 0;

	if (part->kind != IMPORT_CERTIFICATE || !trust_der_enter(&der, TRUST_DER_SEQUENCE, &aux))
		return;
	TRUST_AUTO_FREE char *label = trust_cert_label(part->cert);
	TRUST_AUTO_FREE char *trusted = read_list(&aux, TRUST_DER_SEQUENCE);
	TRUST_AUTO_FREE char *rejected = read_list(&aux, TRUST_DER_CONTEXT(0));
	if (trusted)
		import_add_note(file,
		    "the file marks '%s' as trusted for: %s; this is not applied, importing never "
		    "changes trust",
		    label, trusted);
	if (rejected)
		import_add_note(file,
		    "the file marks '%s' as rejected for: %s; this is not applied, importing never "
		    "changes trust",
		    label, rejected);
	if (!trust_der_expect(&aux, TRUST_DER_UTF8_STRING, &alias) || part->friendly_name ||
	    alias.content.size > TRUST_MAX_NICKNAME_BYTES)
		return;
	part->friendly_name = trust_text_from_asn1(alias.tag, alias.content, &size);
}
