/* SPDX-License-Identifier: MPL-2.0 */
/* The chain a live server sends, as a file to be imported: see import_read_server() in import.h. */

#include "core/buffer.h"
#include "core/error.h"
#include "core/hash.h"
#include "core/limits.h"
#include "core/probe.h"
#include "core/text.h"
#include "import/internal.h"

static const char server_format[] = "TLS server";

static bool
fail_empty(const struct trust_probe_facts *facts, const char *name, struct trust_error *error)
{
	const struct trust_probe_problem *problem = &facts->problem;

	(void)trust_fail(error, TRUST_INPUT_OPEN, name, "'%s' sent no certificate%s%s", name,
	    problem->message ? ": " : "", problem->message ? problem->message : "");
	return problem->hint ? trust_hint(error, "%s", problem->hint) : false;
}

/* The digest is that of the whole chain. */
static bool
add_chain(
    const struct trust_probe_blobs *chain, struct import_file *file, struct trust_error *error)
{
	TRUST_AUTO_BUFFER all;

	trust_buffer_init(&all, TRUST_MAX_PROBE_CHAIN_BYTES);
	for (size_t i = 0; i < chain->count; i++) {
		const struct trust_bytes der = { chain->list[i].data, chain->list[i].size };
		trust_buffer_append(&all, der.data, der.size);
		if (!import_add_cert(file, der, trust_printf("certificate %zu as sent", i + 1)))
			return import_fail_full(error);
	}
	trust_sha256(all.data, all.size, file->digest);
	return true;
}

bool
import_read_server(
    const struct import_server *server, struct import_file **ret_file, struct trust_error *error)
{
	const char *starttls = server->starttls;
	enum trust_starttls protocol = TRUST_STARTTLS_NONE;
	TRUST_AUTO(trust_probe_target) *target = NULL;
	TRUST_AUTO(trust_probe_facts) *facts = NULL;
	TRUST_AUTO(import_file) *file = trust_alloc(sizeof *file);

	if (starttls && !trust_starttls_from_name(starttls, &protocol))
		return trust_fail(error, TRUST_USAGE, NULL, "no protocol is called '%s'", starttls);
	if (!trust_probe_target_parse(server->target, starttls ? &protocol : NULL, &target, error))
		return false;
	const struct trust_probe_request request = {
		.target = target,
		.connect_ip = server->connect_ip,
		.ip_version = server->ip_version,
	};
	if (!trust_probe_run(&request, &facts, error))
		return false;
	file->name = trust_printf("%s:%u", target->shown, target->port);
	file->format = server_format;
	if (facts->tls.chain.count == 0)
		return fail_empty(facts, file->name, error);
	if (!add_chain(&facts->tls.chain, file, error))
		return false;
	import_add_note(file,
	    "this is what the server sent, to whoever asks; whether it is the right "
	    "server was not checked");
	if (facts->tls.chain_sent > facts->tls.chain.count)
		import_add_note(file,
		    "the server sent %u certificates; these are the first of them",
		    facts->tls.chain_sent);
	*ret_file = trust_steal(&file);
	return true;
}
