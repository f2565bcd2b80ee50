/* SPDX-License-Identifier: MPL-2.0 */
#ifndef TRUST_TESTS_MADE_CHAINS_H
#define TRUST_TESTS_MADE_CHAINS_H

/* Chains made by number, the same in every run: a few roots, up to three CAs, a leaf, and up to two
 * faults. Keys are few and used again, so that a thousand chains take a second. */

#include <stdarg.h>
#include <stdio.h>
#include <time.h>

#include <nettle/bignum.h>
#include <nettle/ecc-curve.h>
#include <nettle/ecc.h>
#include <nettle/ecdsa.h>

#include "core/hash.h"
#include "tests/unit/der_text.h"

#define KEYS 6
#define ECDSA "30{oid:1.2.840.10045.4.3.2}"
#define MAX_CHAIN 6

/* ---- keys ---------------------------------------------------------------------------------- */

struct made_key {
	struct ecc_scalar secret;
	char *spki; /* as text */
	char *id;   /* hexadecimal */
};
static struct made_key made_keys[KEYS];

/* Numbers that look random and are not. */
static void
stream(void *context, size_t size, uint8_t *out)
{
	uint64_t *state = context;
	for (size_t i = 0; i < size; i++) {
		*state ^= *state << 13;
		*state ^= *state >> 7;
		*state ^= *state << 17;
		out[i] = (uint8_t)(*state >> 24);
	}
}

static void
make_keys(void)
{
	for (int i = 0; i < KEYS; i++) {
		uint64_t state = 0x9e3779b97f4a7c15 + (uint64_t)i;
		uint8_t point[65] = { 4 };
		uint8_t digest[TRUST_SHA1_BYTES];
		struct ecc_point public;
		mpz_t x, y;
		ecc_scalar_init(&made_keys[i].secret, nettle_get_secp_256r1());
		ecc_point_init(&public, nettle_get_secp_256r1());
		ecdsa_generate_keypair(&public, &made_keys[i].secret, &state, stream);
		mpz_inits(x, y, NULL);
		ecc_point_get(&public, x, y);
		nettle_mpz_get_str_256(32, point + 1, x);
		nettle_mpz_get_str_256(32, point + 33, y);
		mpz_clears(x, y, NULL);
		ecc_point_clear(&public);
		TRUST_AUTO_FREE char *hex = trust_hex(point, sizeof point);
		trust_sha1(point, sizeof point, digest);
		made_keys[i].id = trust_hex(digest, sizeof digest);
		made_keys[i].spki = trust_printf("30{30{oid:1.2.840.10045.2.1 "
						 "oid:1.2.840.10045.3.1.7} 03:00%s}",
		    hex);
	}
}

static void
free_keys(void)
{
	for (int i = 0; i < KEYS; i++) {
		ecc_scalar_clear(&made_keys[i].secret);
		trust_free(made_keys[i].spki);
		trust_free(made_keys[i].id);
	}
}

static char *
number_text(mpz_t number)
{
	uint8_t bytes[33] = { 0 };
	nettle_mpz_get_str_256(sizeof bytes - 1, bytes + 1, number);
	size_t from = 0;
	while (from < 32 && bytes[from] == 0 && !(bytes[from + 1] & 0x80))
		from++;
	return trust_hex(bytes + from, sizeof bytes - from);
}

static char *
signature_text(const struct made_key *key, struct trust_bytes tbs, uint64_t seed)
{
	uint8_t digest[TRUST_SHA256_BYTES];
	struct dsa_signature signature;

	trust_sha256(tbs.data, tbs.size, digest);
	dsa_signature_init(&signature);
	ecdsa_sign(&key->secret, &seed, stream, sizeof digest, digest, &signature);
	TRUST_AUTO_FREE char *r = number_text(signature.r);
	TRUST_AUTO_FREE char *s = number_text(signature.s);
	dsa_signature_clear(&signature);
	struct trust_bytes value = der(words("30{02:%s 02:%s}", r, s));
	return keep(trust_hex(value.data, value.size));
}

/* ---- certificates -------------------------------------------------------------------------- */

struct plan { /* one certificate */
	char subject[64];
	char issuer[64];
	int key;
	int issuer_key;
	const char *from; /* UTCTime */
	const char *to;
	char extensions[2048]; /* as text */
	const char *more;      /* borrowed; extensions that do not fit in there */
	bool no_basic;
	bool no_ca;
	int path_length; /* -1: none */
	bool leaf;
	bool damaged;
	const char *key_usage; /* BIT STRING in hexadecimal; NULL: none */
	const char *purposes;  /* elements; NULL: none */
};

static void
add_extension(struct plan *plan, const char *oid, bool critical, const char *value)
{
	size_t used = strlen(plan->extensions);
	TRUST_AUTO_FREE char *there = trust_printf("{oid:%s ", oid);
	if (strstr(plan->extensions, there)) /* the first fault of a kind counts */
		return;
	int more = snprintf(plan->extensions + used, sizeof plan->extensions - used,
	    "30{oid:%s %s 04{%s}} ", oid, critical ? "01:ff" : "", value);
	assert_true(more > 0 && (size_t)more < sizeof plan->extensions - used);
}

static void
add_usual_extensions(struct plan *plan)
{
	if (!plan->no_basic) {
		TRUST_AUTO_FREE char *length = plan->path_length < 0
		    ? trust_strdup("")
		    : trust_printf(" 02:%02x", plan->path_length);
		TRUST_AUTO_FREE char *value = plan->leaf || plan->no_ca
		    ? trust_strdup("30{}")
		    : trust_printf("30{01:ff%s}", length);
		add_extension(plan, "2.5.29.19", true, value);
	}
	if (plan->key_usage)
		add_extension(plan, "2.5.29.15", true, words("03:%s", plan->key_usage));
	if (plan->purposes)
		add_extension(plan, "2.5.29.37", false, words("30{%s}", plan->purposes));
	add_extension(plan, "2.5.29.14", false, words("04:%s", made_keys[plan->key].id));
	add_extension(plan, "2.5.29.35", false, words("30{80:%s}", made_keys[plan->issuer_key].id));
}

static struct trust_cert *
make_certificate(struct plan *plan, uint32_t serial)
{
	TRUST_AUTO_ERROR error = TRUST_ERROR_INIT;
	struct trust_cert *cert = NULL;

	add_usual_extensions(plan);
	struct trust_bytes tbs =
	    der(words("30{a0{02:02} 02:01%08x " ECDSA " 30{31{30{oid:2.5.4.3 0c'%s'}}} "
		      "30{17'%s' 17'%s'} 30{31{30{oid:2.5.4.3 0c'%s'}}} %s a3{30{%s%s}}}",
		serial, plan->issuer, plan->from, plan->to, plan->subject,
		made_keys[plan->key].spki, plan->extensions, plan->more ? plan->more : ""));
	TRUST_AUTO_FREE char *tbs_text = trust_hex(tbs.data, tbs.size);
	char *signature = signature_text(
	    &made_keys[plan->issuer_key], tbs, serial * UINT64_C(0x2545f4914f6cdd1d) + 1);
	if (plan->damaged)
		signature[strlen(signature) - 1] ^= 1; /* '0' and '1', 'a' and '`' ... */
	if (plan->damaged && !strchr("0123456789abcdef", signature[strlen(signature) - 1]))
		signature[strlen(signature) - 1] = '5';
	struct trust_bytes whole = der(words("30{=%s " ECDSA " 03:00%s}", tbs_text, signature));
	if (!trust_cert_decode(whole, &cert, &error))
		fail_msg("%s", error.message);
	return cert;
}

/* ---- faults -------------------------------------------------------------------------------- */

#define GOOD_FROM "200101000000Z"
#define GOOD_TO "490101000000Z"
#define SERVER_PURPOSE "oid:1.3.6.1.5.5.7.3.1"
#define CLIENT_PURPOSE "oid:1.3.6.1.5.5.7.3.2"
#define SAN(host) "30{82'" host "'}"

static void
fault_expired(struct plan *plan)
{
	plan->to = "250101000000Z";
}
static void
fault_future(struct plan *plan)
{
	plan->from = "480101000000Z";
}
static void
fault_damaged(struct plan *plan)
{
	plan->damaged = true;
}
static void
fault_wrong_key(struct plan *plan)
{
	plan->issuer_key = (plan->issuer_key + 1) % KEYS;
}
static void
fault_no_basic(struct plan *plan)
{
	plan->no_basic = true;
}
static void
fault_no_ca(struct plan *plan)
{
	plan->no_ca = true;
}
static void
fault_path_0(struct plan *plan)
{
	plan->path_length = 0;
}
static void
fault_no_sign(struct plan *plan)
{
	plan->key_usage = "0780"; /* digitalSignature */
}
static void
fault_client_only(struct plan *plan)
{
	plan->purposes = CLIENT_PURPOSE;
}
static void
fault_any_purpose(struct plan *plan)
{
	plan->purposes = "oid:2.5.29.37.0";
}
static void
fault_no_purpose(struct plan *plan)
{
	plan->purposes = NULL;
}
static void
fault_critical(struct plan *plan)
{
	add_extension(plan, "1.2.3.4.5", true, "05:");
}
static void
fault_uncritical(struct plan *plan)
{
	add_extension(plan, "1.2.3.4.5", false, "05:");
}
static void
fault_permits_other(struct plan *plan)
{
	add_extension(plan, "2.5.29.30", true, "30{a0{30{82'other.example'}}}");
}
static void
fault_permits_ours(struct plan *plan)
{
	add_extension(plan, "2.5.29.30", true, "30{a0{30{82'made.example'}}}");
}
static void
fault_excludes_ours(struct plan *plan)
{
	add_extension(plan, "2.5.29.30", true, "30{a1{30{82'made.example'}}}");
}
static void
fault_demands_policy(struct plan *plan)
{
	add_extension(plan, "2.5.29.36", true, "30{80:00}");
}
static void
fault_crl_sign(struct plan *plan)
{
	plan->key_usage = "0102"; /* cRLSign */
}
static void
fault_encipher(struct plan *plan)
{
	plan->key_usage = "0520"; /* keyEncipherment */
}

static const struct fault {
	const char *word;
	void (*make)(struct plan *plan);
	bool of_leaf;
	bool of_ca;
} fault_kinds[] = {
	{ "expired", fault_expired, true, true },
	{ "future", fault_future, true, true },
	{ "damaged", fault_damaged, true, true },
	{ "wrong-key", fault_wrong_key, true, true },
	{ "no-basic", fault_no_basic, true, true },
	{ "no-ca", fault_no_ca, false, true },
	{ "path-0", fault_path_0, false, true },
	{ "no-sign", fault_no_sign, false, true },
	{ "client-only", fault_client_only, true, true },
	{ "any-purpose", fault_any_purpose, true, true },
	{ "no-purpose", fault_no_purpose, true, false },
	{ "critical", fault_critical, true, true },
	{ "uncritical", fault_uncritical, true, true },
	{ "permits-other", fault_permits_other, false, true },
	{ "permits-ours", fault_permits_ours, false, true },
	{ "excludes-ours", fault_excludes_ours, false, true },
	{ "demands-policy", fault_demands_policy, false, true },
	{ "crl-sign", fault_crl_sign, true, false },
	{ "encipher", fault_encipher, true, false },
};

/* ---- chains -------------------------------------------------------------------------------- */

struct made_chain {
	struct trust_cert *certs[MAX_CHAIN]; /* owned; leaf first, without the root */
	size_t count;
	char faults[512]; /* " ca:expired leaf:critical " */
};

static const char *const root_names[] = { "Made Root", "Made Root 0", "Made Root Old",
	"Made Root Narrow", "Made Root Nobody Trusts" };
#define MADE_ROOTS TRUST_COUNT(root_names)
#define TRUSTED_ROOTS (MADE_ROOTS - 1)

static struct trust_cert *
make_root(size_t number)
{
	struct plan plan = { .key = (int)number % KEYS,
		.issuer_key = (int)number % KEYS,
		.from = GOOD_FROM,
		.to = GOOD_TO,
		.path_length = -1,
		.key_usage = "0106" };

	snprintf(plan.subject, sizeof plan.subject, "%s", root_names[number]);
	snprintf(plan.issuer, sizeof plan.issuer, "%s", root_names[number]);
	if (number == 1)
		fault_path_0(&plan);
	if (number == 2)
		fault_expired(&plan);
	if (number == 3)
		fault_permits_ours(&plan);
	return make_certificate(&plan, (uint32_t)(0x7f000000 + number));
}

static uint32_t
pick(uint64_t *state, uint32_t below)
{
	uint8_t bytes[4];
	stream(state, sizeof bytes, bytes);
	return ((uint32_t)bytes[0] << 16 | (uint32_t)bytes[1] << 8 | bytes[2]) % below;
}

/* A word for each thing that is special about it. */
static void note_fault(struct made_chain *chain, const char *format, ...) TRUST_PRINTF(2, 3);
static void
note_fault(struct made_chain *chain, const char *format, ...)
{
	size_t used = strlen(chain->faults);
	va_list arguments;

	va_start(arguments, format);
	int more = vsnprintf(chain->faults + used, sizeof chain->faults - used, format, arguments);
	va_end(arguments);
	assert_true(more > 0 && (size_t)more + 1 < sizeof chain->faults - used);
	strcat(chain->faults, " ");
}

static void
add_faults(struct made_chain *chain, struct plan *plans, size_t count, uint64_t *state)
{
	uint32_t wanted = pick(state, 10);
	wanted = wanted < 1 ? 0 : wanted < 8 ? 1 : 2;
	for (uint32_t i = 0; i < wanted; i++) {
		size_t at = pick(state, (uint32_t)count);
		const struct fault *fault = &fault_kinds[pick(state, TRUST_COUNT(fault_kinds))];
		if (!(at == 0 ? fault->of_leaf : fault->of_ca))
			continue;
		fault->make(&plans[at]);
		note_fault(chain, "%s:%s", at == 0 ? "leaf" : "ca", fault->word);
	}
}

/* An expired certificate of the same name and key, before the one that counts. */
static void
add_twin(struct made_chain *chain, const struct plan *plans, size_t at, uint32_t number)
{
	struct plan plan = plans[at];

	fault_expired(&plan);
	memmove(&chain->certs[at + 1], &chain->certs[at],
	    (chain->count - at) * sizeof(struct trust_cert *));
	chain->certs[at] = make_certificate(&plan, number * 16 + 15);
	chain->count++;
	note_fault(chain, "ca:twin");
}

/* A chain without any fault, not made yet; the number of its root. */
static size_t
plan_chain(struct made_chain *chain, struct plan plans[MAX_CHAIN], uint32_t number, uint64_t *state)
{
	size_t root = pick(state, 10);

	root = root < 6 ? 0 : root - 5;
	*chain = (struct made_chain){ .count = 1 + pick(state, 4), .faults = " " };
	for (size_t i = 0; i < chain->count; i++) {
		plans[i] = (struct plan){
			.key = (int)pick(state, KEYS),
			.from = GOOD_FROM,
			.to = GOOD_TO,
			.path_length = -1,
			.leaf = i == 0,
			.key_usage = i == 0 ? "0780" : "0106",
			.purposes = i == 0 ? SERVER_PURPOSE : NULL,
		};
		snprintf(plans[i].subject, sizeof plans[i].subject, "Made %u-%zu", number, i);
	}
	for (size_t i = 0; i < chain->count; i++) {
		bool last = i + 1 == chain->count;
		snprintf(plans[i].issuer, sizeof plans[i].issuer, "%s",
		    last ? root_names[root] : plans[i + 1].subject);
		plans[i].issuer_key = last ? (int)root % KEYS : plans[i + 1].key;
	}
	add_extension(&plans[0], "2.5.29.17", false, SAN("www.made.example"));
	return root;
}

static uint32_t
serial_of(uint32_t number, size_t at)
{
	return (uint32_t)(number * 16 + at) & 0x7fffffff;
}

static void
sign_chain(struct made_chain *chain, struct plan plans[MAX_CHAIN], uint32_t number)
{
	for (size_t i = 0; i < chain->count; i++)
		chain->certs[i] = make_certificate(&plans[i], serial_of(number, i));
}

static inline void
make_chain(struct made_chain *chain, uint32_t number)
{
	uint64_t state = UINT64_C(0xd1342543de82ef95) * (number + 1);
	struct plan plans[MAX_CHAIN];
	size_t root = plan_chain(chain, plans, number, &state);

	add_faults(chain, plans, chain->count, &state);
	sign_chain(chain, plans, number);
	if (chain->count > 1 && pick(&state, 5) == 0)
		add_twin(chain, plans, 1 + pick(&state, (uint32_t)chain->count - 1), number);
	if (root > 0)
		note_fault(chain, "root:%zu", root);
}

static void
free_chain(struct made_chain *chain)
{
	for (size_t i = 0; i < chain->count; i++)
		trust_cert_free(chain->certs[i]);
}

#endif
