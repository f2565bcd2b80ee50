/* SPDX-License-Identifier: MPL-2.0 */
/* Keys from passwords, compared with the vectors of the RFCs and with what openssl computes. */

#include "core/kdf.h"

#include <stdio.h>

#include "tests/unit/der_text.h"

#define BYTES(text)                                                                                \
	{                                                                                          \
		(const uint8_t *)(text), sizeof(text) - 1                                          \
	}

static void
pbkdf2_gives_the_keys_of_the_rfcs(void **state)
{
	static const struct {
		const char *sentence;
		struct trust_kdf kdf;
		struct trust_bytes password;
		const char *want;
	} rows[] = {
		{ "RFC 6070, one round", { TRUST_HASH_SHA1, BYTES("salt"), 1 }, BYTES("password"),
		    "0c60c80f961f0e71f3a9b524af6012062fe037a6" },
		{ "two rounds", { TRUST_HASH_SHA1, BYTES("salt"), 2 }, BYTES("password"),
		    "ea6c014dc72d6f8ccd1ed92ace1d41f0d8de8957" },
		{ "4096 rounds", { TRUST_HASH_SHA1, BYTES("salt"), 4096 }, BYTES("password"),
		    "4b007901b765489abead49d926f721d065a429c1" },
		{ "more than one block",
		    { TRUST_HASH_SHA1, BYTES("saltSALTsaltSALTsaltSALTsaltSALTsalt"), 4096 },
		    BYTES("passwordPASSWORDpassword"),
		    "3d2eec4fe41c849b80c8d83662c0e44a8b291a964cf2f07038" },
		{ "NUL in both", { TRUST_HASH_SHA1, BYTES("sa\0lt"), 4096 }, BYTES("pass\0word"),
		    "56fa6aa75548099dcc37d7f03425e0c3" },
		{ "RFC 7914, SHA-256", { TRUST_HASH_SHA256, BYTES("salt"), 1 }, BYTES("passwd"),
		    "55ac046e56e3089fec1691c22544b605f94185216dde0465e68b9d57c20dacbc"
		    "49ca9cccf179b645991664b39d77ef317c71b845b1e30bd509112041d3a19783" },
	};

	(void)state;
	for (size_t i = 0; i < TRUST_COUNT(rows); i++) {
		uint8_t key[64];
		size_t size = strlen(rows[i].want) / 2;
		trust_pbkdf2(&rows[i].kdf, rows[i].password, size, key);
		TRUST_AUTO_FREE char *hex = trust_hex(key, size);
		print_message("# %s\n", rows[i].sentence);
		assert_string_equal(hex, rows[i].want);
	}
}

/* ---- against openssl ----------------------------------------------------------------------- */

static const struct {
	enum trust_hash hash;
	const char *words;
	const char *openssl;
	size_t size;
} hashes[] = {
	{ TRUST_HASH_SHA1, "SHA-1", "SHA1", 20 },
	{ TRUST_HASH_SHA224, "SHA-224", "SHA224", 28 },
	{ TRUST_HASH_SHA256, "SHA-256", "SHA256", 32 },
	{ TRUST_HASH_SHA384, "SHA-384", "SHA384", 48 },
	{ TRUST_HASH_SHA512, "SHA-512", "SHA512", 64 },
};

/* What a command prints, without colons and lines, in small letters. */
static char *
digits_of(const char *command)
{
	FILE *pipe = popen(command, "re");
	TRUST_AUTO_BUFFER digits;
	int c;

	trust_buffer_init(&digits, 1 << 20);
	assert_non_null(pipe);
	while ((c = fgetc(pipe)) != EOF)
		if (isxdigit(c)) {
			char small = (char)tolower(c);
			trust_buffer_append(&digits, &small, 1);
		}
	assert_int_equal(pclose(pipe), 0);
	return keep(trust_buffer_take(&digits));
}

static void
every_hash_gives_the_keys_of_openssl(void **state)
{
	static const struct {
		const char *sentence;
		struct trust_bytes salt;
		unsigned rounds;
		size_t size;
	} rows[] = {
		{ "one round", BYTES("01234567"), 1, 32 },
		{ "more than the hash has", BYTES("s"), 3, 150 },
		{ "a salt longer than the block",
		    BYTES("0123456789012345678901234567890123456789012345"
			  "6789012345678901234567890123456789012345678"
			  "9012345678901234567890123456789012345678901"),
		    2, 20 },
	};
	static const uint8_t utf8[] = "p\xc3\xa4ss\xe2\x82\xac";
	struct trust_bytes password = { utf8, sizeof utf8 - 1 };
	TRUST_AUTO(trust_secret) *bmp = trust_password_bmp(password);
	TRUST_AUTO_FREE char *password_hex = trust_hex(password.data, password.size);
	TRUST_AUTO_FREE char *bmp_hex = trust_hex(bmp->bytes, bmp->size);

	(void)state;
	assert_string_equal(bmp_hex, "007000e40073007320ac0000");
	for (size_t i = 0; i < TRUST_COUNT(hashes); i++)
		for (size_t j = 0; j < TRUST_COUNT(rows); j++) {
			const struct trust_kdf kdf = { hashes[i].hash, rows[j].salt,
				rows[j].rounds };
			TRUST_AUTO_FREE char *salt = trust_hex(kdf.salt.data, kdf.salt.size);
			uint8_t key[256];
			print_message("# %s, %s\n", hashes[i].words, rows[j].sentence);
			trust_pbkdf2(&kdf, password, rows[j].size, key);
			TRUST_AUTO_FREE char *pbkdf2 = trust_hex(key, rows[j].size);
			assert_string_equal(pbkdf2,
			    digits_of(words("openssl kdf -keylen %zu -kdfopt digest:%s -kdfopt "
					    "hexpass:%s -kdfopt hexsalt:%s -kdfopt iter:%u -kdfopt "
					    "pkcs5:1 PBKDF2",
				rows[j].size, hashes[i].openssl, password_hex, salt,
				rows[j].rounds)));
			for (int id = TRUST_PKCS12_KEY; id <= TRUST_PKCS12_MAC; id++) {
				trust_pkcs12_kdf(&kdf, (enum trust_pkcs12_purpose)id,
				    (struct trust_bytes){ bmp->bytes, bmp->size }, rows[j].size,
				    key);
				TRUST_AUTO_FREE char *old = trust_hex(key, rows[j].size);
				assert_string_equal(old,
				    digits_of(words("openssl kdf -keylen %zu -kdfopt digest:%s "
						    "-kdfopt hexpass:%s -kdfopt hexsalt:%s -kdfopt "
						    "iter:%u -kdfopt id:%d PKCS12KDF",
					rows[j].size, hashes[i].openssl, bmp_hex, salt,
					rows[j].rounds, id)));
			}
		}
}

/* Writers differ in what they take for it. */
static void
an_empty_password_is_a_nul_character_or_nothing(void **state)
{
	const struct trust_kdf kdf = { TRUST_HASH_SHA256, BYTES("salt"), 2 };
	TRUST_AUTO(trust_secret) *empty = trust_password_bmp((struct trust_bytes){ NULL, 0 });
	uint8_t with_nul[32];
	uint8_t without[32];

	(void)state;
	assert_int_equal(empty->size, 2);
	assert_memory_equal(empty->bytes, "\0\0", 2);
	trust_pkcs12_kdf(
	    &kdf, TRUST_PKCS12_KEY, (struct trust_bytes){ empty->bytes, 2 }, 32, with_nul);
	trust_pkcs12_kdf(&kdf, TRUST_PKCS12_KEY, (struct trust_bytes){ NULL, 0 }, 32, without);
	assert_memory_not_equal(with_nul, without, 32);
	TRUST_AUTO_FREE char *hex = trust_hex(with_nul, 32);
	assert_string_equal(hex,
	    digits_of("openssl kdf -keylen 32 -kdfopt digest:SHA256 -kdfopt hexpass:0000 -kdfopt "
		      "hexsalt:73616c74 -kdfopt iter:2 -kdfopt id:1 PKCS12KDF"));
}

static void
passwords_become_utf16_however_they_are_written(void **state)
{
	static const struct {
		const char *sentence;
		struct trust_bytes utf8;
		const char *want;
	} rows[] = {
		{ "ASCII", BYTES("ab"), "006100620000" },
		{ "beyond 16 bits", BYTES("\xf0\x9f\x94\x92"), "d83ddd120000" },
		{ "Latin-1", BYTES("\xe4"), "00e40000" },
		{ "Latin-1 beside UTF-8 is all Latin-1", BYTES("\xe4\xc3\xa4"),
		    "00e400c300a40000" },
		{ "NUL", BYTES("a\0b"), "0061000000620000" },
	};

	(void)state;
	for (size_t i = 0; i < TRUST_COUNT(rows); i++) {
		TRUST_AUTO(trust_secret) *bmp = trust_password_bmp(rows[i].utf8);
		TRUST_AUTO_FREE char *hex = trust_hex(bmp->bytes, bmp->size);
		print_message("# %s\n", rows[i].sentence);
		assert_string_equal(hex, rows[i].want);
		assert_int_equal(bmp->bytes[bmp->size], 0);
	}
}

static void
hashes_are_known_by_their_identifiers(void **state)
{
	struct trust_bytes unknown = der("=2a0304");

	(void)state;
	for (size_t i = 0; i < TRUST_COUNT(hashes); i++) {
		enum trust_hash hash = hashes[i].hash;
		enum trust_hash found = TRUST_HASH_SHA1;
		struct trust_bytes oid = der(words("oid:%s", trust_hash_oid(hash)));
		struct trust_bytes hmac = der(words("oid:%s", trust_hash_hmac_oid(hash)));
		oid = (struct trust_bytes){ oid.data + 2, oid.size - 2 };
		hmac = (struct trust_bytes){ hmac.data + 2, hmac.size - 2 };
		assert_string_equal(trust_hash_words(hash), hashes[i].words);
		assert_int_equal(trust_hash_size(hash), hashes[i].size);
		assert_true(trust_hash_from_oid(oid, &found) && found == hash);
		assert_true(trust_hash_from_hmac_oid(hmac, &found) && found == hash);
		assert_false(trust_hash_from_oid(hmac, &found));
		assert_false(trust_hash_from_hmac_oid(unknown, &found));
	}
}

/* RFC 4231 test cases 1 and 6, RFC 2202 test case 2. */
static void
hmac_gives_the_values_of_the_rfcs(void **state)
{
	static const struct {
		const char *sentence;
		enum trust_hash hash;
		const char *key;
		const char *data;
		const char *want;
	} rows[] = {
		{ "SHA-1", TRUST_HASH_SHA1, "=4a656665",
		    "=7768617420646f2079612077616e7420666f72206e6f7468696e673f",
		    "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79" },
		{ "SHA-224", TRUST_HASH_SHA224, "=0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b",
		    "=4869205468657265",
		    "896fb1128abbdf196832107cd49df33f47b4b1169912ba4f53684b22" },
		{ "SHA-256", TRUST_HASH_SHA256, "=0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b",
		    "=4869205468657265",
		    "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7" },
		{ "SHA-384", TRUST_HASH_SHA384, "=0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b",
		    "=4869205468657265",
		    "afd03944d84895626b0825f4ab46907f15f9dadbe4101ec682aa034c7cebc59c"
		    "faea9ea9076ede7f4af152e8b2fa9cb6" },
		{ "SHA-512", TRUST_HASH_SHA512, "=0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b",
		    "=4869205468657265",
		    "87aa7cdea5ef619d4ff0b4241a1d6cb02379f4e2ce4ec2787ad0b30545e17cde"
		    "daa833b7d6b8a702038b274eaea3f4e4be9d914eeb61f1702e696c203a126854" },
	};

	(void)state;
	for (size_t i = 0; i < TRUST_COUNT(rows); i++) {
		uint8_t mac[TRUST_HASH_MAX_BYTES];
		trust_hmac(rows[i].hash, der(rows[i].key), der(rows[i].data), mac);
		TRUST_AUTO_FREE char *hex = trust_hex(mac, trust_hash_size(rows[i].hash));
		print_message("# %s\n", rows[i].sentence);
		assert_string_equal(hex, rows[i].want);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pbkdf2_gives_the_keys_of_the_rfcs),
		cmocka_unit_test(every_hash_gives_the_keys_of_openssl),
		cmocka_unit_test(an_empty_password_is_a_nul_character_or_nothing),
		cmocka_unit_test(passwords_become_utf16_however_they_are_written),
		cmocka_unit_test(hashes_are_known_by_their_identifiers),
		cmocka_unit_test(hmac_gives_the_values_of_the_rfcs),
	};

	return cmocka_run_group_tests(tests, NULL, free_made);
}
