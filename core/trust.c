/* SPDX-License-Identifier: MPL-2.0 */
/* Trust in words, in NSS's numbers and in certutil's letters. The only file that knows the latter
 * two. */

#include "core/trust.h"

#include <string.h>

#include "core/buffer.h"

static const char *const usage_words[TRUST_USAGES] = { "tls-server", "tls-client", "email",
	"code-signing" };
static const char *const usage_keys[TRUST_USAGES] = { "tls_server", "tls_client", "email",
	"code_signing" };
static const char *const state_words[] = { "undecided", "trusted", "not-an-anchor", "distrusted",
	"peer" };

const char *
trust_usage_word(enum trust_usage usage)
{
	return usage_words[usage];
}

const char *
trust_usage_key(enum trust_usage usage)
{
	return usage_keys[usage];
}

const char *
trust_state_word(enum trust_state state)
{
	return state_words[state];
}

static bool
find_word(const char *const *words, size_t count, const char *word, size_t *ret_index)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(words[i], word) == 0) {
			*ret_index = i;
			return true;
		}
	return false;
}

bool
trust_usage_parse(const char *word, enum trust_usage *ret_usage)
{
	size_t index = 0;
	if (!find_word(usage_words, TRUST_USAGES, word, &index))
		return false;
	*ret_usage = (enum trust_usage)index;
	return true;
}

bool
trust_state_parse(const char *word, enum trust_state *ret_state)
{
	size_t index = 0;
	if (!find_word(state_words, TRUST_COUNT(state_words), word, &index))
		return false;
	*ret_state = (enum trust_state)index;
	return true;
}

const char *
trust_seal_word(enum trust_seal seal)
{
	static const char *const words[] = { "none", "intact", "unverified", "tampered" };
	return words[seal];
}

bool
trust_states_equal(struct trust_states a, struct trust_states b)
{
	return memcmp(a.of, b.of, sizeof a.of) == 0;
}

struct trust_states
trust_states_all(enum trust_state state)
{
	struct trust_states states;
	for (int usage = 0; usage < TRUST_USAGES; usage++)
		states.of[usage] = state;
	return states;
}

bool
trust_states_full(struct trust_states states)
{
	return trust_states_equal(states, trust_states_all(TRUST_TRUSTED));
}

bool
trust_states_any(struct trust_states states, enum trust_state state)
{
	for (int usage = 0; usage < TRUST_USAGES; usage++)
		if (states.of[usage] == state)
			return true;
	return false;
}

/* "tls-server, email" for the usages in one state. */
static void
put_usages(struct trust_buffer *out, struct trust_states states, enum trust_state state,
    const char *prefix)
{
	const char *before = prefix;

	if (!trust_states_any(states, state))
		return;
	if (out->size)
		trust_buffer_append_text(out, "; ");
	for (int usage = 0; usage < TRUST_USAGES; usage++)
		if (states.of[usage] == state) {
			trust_buffer_printf(out, "%s%s", before, usage_words[usage]);
			before = ", ";
		}
}

char *
trust_states_words(struct trust_states states)
{
	TRUST_AUTO_BUFFER out;

	trust_buffer_init(&out, 1024);
	if (trust_states_full(states))
		return trust_strdup("full trust");
	if (trust_states_equal(states, trust_states_all(states.of[0])))
		return trust_strdup(trust_state_word(states.of[0]));
	put_usages(&out, states, TRUST_TRUSTED, "");
	put_usages(&out, states, TRUST_PEER, "peer: ");
	put_usages(&out, states, TRUST_DISTRUSTED, "distrusted: ");
	if (!out.size)
		trust_buffer_append_text(&out, trust_state_word(TRUST_NOT_ANCHOR));
	return trust_buffer_take(&out);
}

/* certutil's letters of one field, as `certutil -L` prints a row that trust_state_to_legacy() made.
 * (It shows a stored "valid CA" as c; in words that is not-an-anchor, which prints as nothing.) */
static const char *
field_letters(enum trust_state state)
{
	switch (state) {
	case TRUST_TRUSTED:
		return "C";
	case TRUST_DISTRUSTED:
		return "p";
	case TRUST_PEER:
		return "P";
	default:
		return "";
	}
}

char *
trust_states_letters(struct trust_states states)
{
	enum trust_state server = states.of[TRUST_TLS_SERVER];
	enum trust_state client = states.of[TRUST_TLS_CLIENT];
	bool peer = server == TRUST_PEER || client == TRUST_PEER;
	bool distrust = server == TRUST_DISTRUSTED || client == TRUST_DISTRUSTED;

	/* Both TLS usages are one field; certutil's order in it is p, C, T, P. */
	return trust_printf("%s%s%s%s,%s,%s", distrust && !peer ? "p" : "",
	    server == TRUST_TRUSTED ? "C" : "", client == TRUST_TRUSTED ? "T" : "", peer ? "P" : "",
	    field_letters(states.of[TRUST_EMAIL]), field_letters(states.of[TRUST_CODE_SIGNING]));
}

/* Both TLS usages are one field of NSS's; of the others the field is their own. */
enum trust_usage
trust_usage_beside(enum trust_usage usage)
{
	if (usage != TRUST_TLS_SERVER && usage != TRUST_TLS_CLIENT)
		return usage;
	return usage == TRUST_TLS_SERVER ? TRUST_TLS_CLIENT : TRUST_TLS_SERVER;
}

/* Firefox and Thunderbird ask whether the field says "anchor" (C), of whatever certificate, and
 * pass over "peer" (P). To the others C is for CAs, and P, or both together, accepts an end entity.
 * About code signing Mozilla's programs do not ask. */
bool
trust_states_accept(struct trust_states states, enum trust_usage usage, bool mozilla)
{
	enum trust_state state = states.of[usage];

	if (mozilla && usage != TRUST_CODE_SIGNING)
		return state == TRUST_TRUSTED;
	return state == TRUST_PEER ||
	    (state == TRUST_TRUSTED && states.of[trust_usage_beside(usage)] == TRUST_PEER);
}

static bool
grants(enum trust_state state)
{
	return state == TRUST_TRUSTED || state == TRUST_PEER;
}

bool
trust_states_widen(struct trust_states before, struct trust_states after)
{
	for (int usage = 0; usage < TRUST_USAGES; usage++) {
		enum trust_state was = before.of[usage];
		enum trust_state is = after.of[usage];
		/* A peer that becomes an anchor can now sign for others. */
		if (grants(is) && (!grants(was) || (is == TRUST_TRUSTED && was == TRUST_PEER)))
			return true;
		if (was == TRUST_DISTRUSTED && is != TRUST_DISTRUSTED)
			return true;
	}
	return false;
}

/* ---- reachable combinations ---------------------------------------------------------------- */

static enum trust_state
decided(enum trust_state state)
{
	return state == TRUST_UNDECIDED ? TRUST_NOT_ANCHOR : state;
}

bool
trust_states_reachable(struct trust_states states, struct trust_states *ret_nearest)
{
	struct trust_states nearest = states;
	enum trust_state server = decided(states.of[TRUST_TLS_SERVER]);
	enum trust_state client = decided(states.of[TRUST_TLS_CLIENT]);
	bool either_free = (server == TRUST_TRUSTED || server == TRUST_NOT_ANCHOR) &&
	    (client == TRUST_TRUSTED || client == TRUST_NOT_ANCHOR);

	for (int usage = 0; usage < TRUST_USAGES; usage++)
		nearest.of[usage] = decided(states.of[usage]);
	if (!either_free && server != client) {
		/* One field holds both: where they differ, neither may get more than was asked. */
		bool distrust = server == TRUST_DISTRUSTED || client == TRUST_DISTRUSTED;
		for (int usage = TRUST_TLS_SERVER; usage <= TRUST_TLS_CLIENT; usage++)
			if (distrust)
				nearest.of[usage] = TRUST_DISTRUSTED;
			else if (nearest.of[usage] == TRUST_PEER)
				nearest.of[usage] = TRUST_NOT_ANCHOR;
		*ret_nearest = nearest;
		return false;
	}
	*ret_nearest = nearest;
	return true;
}

/* ---- numbers ------------------------------------------------------------------------------- */

enum legacy { /* the low byte of 0xCE5343xx */
	LEGACY_UNKNOWN = 0x50,
	LEGACY_TRUSTED = 0x51,
	LEGACY_TRUSTED_DELEGATOR = 0x52,
	LEGACY_MUST_VERIFY = 0x53,
	LEGACY_NOT_TRUSTED = 0x5a,
	LEGACY_VALID_DELEGATOR = 0x5b,
};
#define LEGACY_BASE UINT32_C(0xce534300)

enum modern {
	MODERN_UNKNOWN,
	MODERN_TRUSTED,
	MODERN_ANCHOR,
	MODERN_NOT_TRUSTED,
	MODERN_MUST_VERIFY,
};

static enum trust_state
from_legacy(uint32_t stored)
{
	switch (stored) {
	case LEGACY_BASE | LEGACY_TRUSTED:
		return TRUST_PEER;
	case LEGACY_BASE | LEGACY_TRUSTED_DELEGATOR:
		return TRUST_TRUSTED;
	case LEGACY_BASE | LEGACY_MUST_VERIFY:
	case LEGACY_BASE | LEGACY_VALID_DELEGATOR:
		return TRUST_NOT_ANCHOR;
	case LEGACY_BASE | LEGACY_NOT_TRUSTED:
		return TRUST_DISTRUSTED;
	default:
		return TRUST_UNDECIDED;
	}
}

static enum trust_state
from_modern(uint32_t stored)
{
	switch (stored) {
	case MODERN_TRUSTED:
		return TRUST_PEER;
	case MODERN_ANCHOR:
		return TRUST_TRUSTED;
	case MODERN_NOT_TRUSTED:
		return TRUST_DISTRUSTED;
	case MODERN_MUST_VERIFY:
		return TRUST_NOT_ANCHOR;
	default:
		return TRUST_UNDECIDED;
	}
}

enum trust_state
trust_state_from_stored(enum trust_spelling spelling, uint32_t stored)
{
	return spelling == TRUST_LEGACY ? from_legacy(stored) : from_modern(stored);
}

uint32_t
trust_state_to_legacy(struct trust_states states, enum trust_usage usage)
{
	switch (decided(states.of[usage])) {
	case TRUST_TRUSTED:
		return LEGACY_BASE | LEGACY_TRUSTED_DELEGATOR;
	case TRUST_DISTRUSTED:
		return LEGACY_BASE | LEGACY_NOT_TRUSTED;
	case TRUST_PEER:
		return LEGACY_BASE | LEGACY_TRUSTED;
	default:
		break;
	}
	/* Next to a trusted TLS usage NSS writes the other one as a valid CA. */
	bool tls = usage == TRUST_TLS_SERVER || usage == TRUST_TLS_CLIENT;
	bool beside = states.of[TRUST_TLS_SERVER] == TRUST_TRUSTED ||
	    states.of[TRUST_TLS_CLIENT] == TRUST_TRUSTED;
	return LEGACY_BASE |
	    (uint32_t)(tls && beside ? LEGACY_VALID_DELEGATOR : LEGACY_MUST_VERIFY);
}

uint32_t
trust_usage_attribute(enum trust_spelling spelling, enum trust_usage usage)
{
	/* CKA_TRUST_SERVER_AUTH ... of NSS, CKA_PKCS_TRUST_SERVER_AUTH ... of PKCS #11 3.2 */
	static const uint32_t legacy[] = { 0xce536358, 0xce536359, 0xce53635b, 0xce53635a };
	static const uint32_t modern[] = { 0x62c, 0x62d, 0x62f, 0x62e };
	return spelling == TRUST_LEGACY ? legacy[usage] : modern[usage];
}
