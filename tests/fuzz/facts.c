/* SPDX-License-Identifier: MPL-2.0 */
/* What the worker tells of a server, should the server have taken it over: core/probe_wire.c. */

#include <stdlib.h>
#include <string.h>

#include "core/limits.h"
#include "core/probe_internal.h"
#include "core/text.h"
#include "tests/fuzz/fuzz.h"

static void
check_text(const char *text)
{
	if (text && !trust_text_is_plain(text, strlen(text)))
		abort();
}

static void
check(const struct trust_probe_facts *facts)
{
	const struct trust_probe_tls *tls = &facts->tls;

	check_text(facts->problem.message);
	check_text(facts->problem.hint);
	for (size_t i = 0; i < facts->step_count; i++) {
		check_text(facts->steps[i].subject);
		check_text(facts->steps[i].words);
	}
	check_text(facts->address);
	check_text(facts->greeting);
	check_text(tls->cipher_suite_name);
	check_text(tls->alpn);
	check_text(facts->http.location);
	check_text(facts->plain_http.server);
	if (tls->chain.count > TRUST_MAX_PROBE_CERTS || tls->ocsp.count > TRUST_MAX_PROBE_CERTS ||
	    tls->ca_names.count > TRUST_MAX_PROBE_CA_NAMES)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct trust_wire wire = trust_wire_init((struct trust_bytes){ data, size });
	TRUST_AUTO(trust_probe_facts) *facts = trust_probe_facts_get(&wire);

	if (!facts)
		return 0;
	check(facts);
	/* What was understood is said again as it is. */
	TRUST_AUTO_BUFFER once;
	TRUST_AUTO_BUFFER twice;
	trust_buffer_init(&once, TRUST_MAX_WIRE_BYTES);
	trust_buffer_init(&twice, TRUST_MAX_WIRE_BYTES);
	trust_probe_facts_put(&once, facts);
	struct trust_wire again = trust_wire_init(trust_buffer_bytes(&once));
	TRUST_AUTO(trust_probe_facts) *same = trust_probe_facts_get(&again);
	if (!same)
		abort();
	trust_probe_facts_put(&twice, same);
	if (!trust_bytes_equal(trust_buffer_bytes(&once), trust_buffer_bytes(&twice)))
		abort();
	return 0;
}
