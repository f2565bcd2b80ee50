/* SPDX-License-Identifier: MPL-2.0 */
/* One DER certificate; several behind each other are read as well. */

#include "core/der.h"
#include "core/progress.h"
#include "import/internal.h"

static bool
recognise(struct trust_bytes bytes)
{
	/* Version 3 and 2 with its tag; version 1 begins with the serial number and has two
	 * times. */
	return import_begins(bytes, "30>30>a0>02.02.") ||
	    import_begins(bytes, "30>30>02.30.30.30>17") ||
	    import_begins(bytes, "30>30>02.30.30.30>18");
}

static bool
decode(struct trust_bytes bytes, const struct trust_secret *password, struct import_file *file,
    struct trust_error *error)
{
	struct trust_der der = trust_der_init(bytes);
	struct trust_der_element element;

	(void)password;
	while (trust_der_expect(&der, TRUST_DER_SEQUENCE, &element)) {
		trust_progress_tell(
		    "bytes decoded", bytes.size - (size_t)(der.end - der.at), bytes.size);
		if (!import_add_cert(
			file, element.whole, trust_printf("certificate %zu", file->count + 1)))
			return import_fail_full(error);
	}
	struct trust_bytes rest = { der.at, (size_t)(der.end - der.at) };
	if (file->count == 0)
		return trust_fail(error, TRUST_INPUT_MALFORMED, NULL,
		    "the certificate is cut short or damaged: its length is not that of the file "
		    "(%zu bytes)",
		    bytes.size);
	return import_account_for_rest(file, rest, bytes.size, "certificate", error);
}

const struct import_format import_format_x509 = {
	.name = "DER certificate",
	.summary = "one certificate as its bytes (.der, .cer, .crt)",
	.recognise = recognise,
	.decode = decode,
};
