/* SPDX-License-Identifier: MPL-2.0 */
/* What browsers remember to send without asking: core/remembered.c, remembered_mozilla.c,
 * remembered_chromium.c. */

#include <stdlib.h>
#include <string.h>

#include "core/cert.h"
#include "core/remembered_internal.h"
#include "core/text.h"
#include "tests/fuzz/fuzz.h"

/* The certificate of the seeds: serial number 5, subject and issuer CN=Alice. */
static uint8_t serial[] = { 5 };
static uint8_t name[] = { 0x30, 0x10, 0x31, 0x0e, 0x30, 0x0c, 0x06, 0x03, 0x55, 0x04, 0x03, 0x0c,
	0x05, 'A', 'l', 'i', 'c', 'e' };

static void
check_found(const struct trust_remembered_list *found)
{
	for (size_t i = 0; i < found->count; i++) {
		const struct trust_remembered *one = &found->list[i];
		TRUST_AUTO_FREE char *forget = trust_remembered_forget_words(one);
		if (!trust_text_is_plain(forget, strlen(forget)) ||
		    (one->site && !trust_text_is_plain(one->site, strlen(one->site))))
			abort();
		(void)trust_remembered_is_for(one, "www.example.org");
		(void)trust_remembered_is_for(one, "2001:db8::1");
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct trust_bytes bytes = { data, size };
	const struct trust_cert cert = {
		.serial = { serial, sizeof serial },
		.issuer = { name, sizeof name },
		.subject = { name, sizeof name },
	};
	TRUST_AUTO(trust_remembered_list) *found = trust_alloc(sizeof *found);
	struct remembered_reader reader = {
		.cert = &cert,
		.found = found,
		.program = "program",
		.path = "/home/user.js",
	};
	TRUST_AUTO_FREE char *text = trust_printf("%.*s", (int)size, (const char *)data);
	TRUST_AUTO_FREE char *preference = remembered_preference(text);
	(void)preference;

	remembered_in_slots(&reader, bytes);
	remembered_in_lines(&reader, bytes);
	remembered_in_preset(&reader, bytes);
	(void)remembered_in_policy(&reader, bytes);
	remembered_in_settings(&reader, bytes);
	check_found(found);
	return 0;
}
