/* SPDX-License-Identifier: MPL-2.0 */
/*
 * PKCS #12 (RFC 7292), in DER and BER. A file is looked through without a password first, which
 * says how it is protected and whether any password could help; then each spelling of the password
 * is tried: against the MAC, or, in files without one, by decrypting.
 */

#include "import/pkcs12.h"

#include <string.h>

#include "core/der.h"
#include "core/key_info.h"
#include "core/oid.h"

#define OID_SIGNED_DATA "1.2.840.113549.1.7.2"
#define OID_ED448 "1.3.101.113"

struct pfx {
	struct trust_secret *der;
	struct trust_bytes safes; /* AuthenticatedSafe, of which the MAC is */
	bool has_mac;
	struct import_mac mac;
	char *mac_why; /* owned: why the MAC was not read; NULL: it was */
};

static void
pfx_done(struct pfx *pfx)
{
	trust_secret_free(pfx->der);
	trust_free(pfx->mac_why);
}

static bool
recognise(struct trust_bytes bytes)
{
	return import_begins(bytes, "30>02=03.30>06.");
}

/* ---- structure ----------------------------------------------------------------------------- */

static bool
fail_damaged(struct trust_error *error)
{
	return trust_fail(
	    error, TRUST_INPUT_MALFORMED, NULL, "the PKCS #12 file is cut short or damaged");
}

static bool
read_pfx(struct trust_bytes bytes, struct pfx *pfx, struct trust_error *error)
{
	struct trust_der outer, content, octets;
	struct trust_der_element oid, safes, mac;
	uint64_t version = 0;

	pfx->der = import_pkcs12_der(bytes);
	if (!pfx->der)
		return fail_damaged(error);
	struct trust_der der =
	    trust_der_init((struct trust_bytes){ pfx->der->bytes, pfx->der->size });
	if (!trust_der_enter(&der, TRUST_DER_SEQUENCE, &outer) ||
	    !trust_der_next_uint(&outer, &version) ||
	    !trust_der_enter(&outer, TRUST_DER_SEQUENCE, &content) ||
	    !trust_der_expect(&content, TRUST_DER_OID, &oid))
		return fail_damaged(error);
	if (trust_oid_is(oid.content, OID_SIGNED_DATA))
		return trust_fail(error, TRUST_INPUT_UNSUPPORTED, NULL,
		    "protected by a signature instead of a password, which is not supported");
	if (!trust_oid_is(oid.content, IMPORT_OID_DATA) ||
	    !trust_der_enter(&content, TRUST_DER_CONTEXT(0), &octets) ||
	    !trust_der_expect(&octets, TRUST_DER_OCTET_STRING, &safes))
		return fail_damaged(error);
	pfx->safes = safes.content;
	if (trust_der_at_end(&outer))
		return true;
	if (!trust_der_expect(&outer, TRUST_DER_SEQUENCE, &mac))
		return fail_damaged(error);
	pfx->has_mac = true;
	if (import_mac_read(mac.whole, &pfx->mac, error))
		return true;
	pfx->mac_why = trust_strdup(error->message);
	return false;
}

/* ---- passwords ----------------------------------------------------------------------------- */

/* The empty password is {00 00} to most programs and no bytes at all to some. OpenSSL before 1.1
 * took each byte of UTF-8 for a character. */
struct spellings {
	struct import_password list[2];
	size_t count;
	struct trust_secret *owned[2];
};

static void
spellings_done(struct spellings *spellings)
{
	for (size_t i = 0; i < TRUST_COUNT(spellings->owned); i++)
		trust_secret_free(spellings->owned[i]);
}

static bool
is_ascii(struct trust_bytes text)
{
	for (size_t i = 0; i < text.size; i++)
		if (text.data[i] >= 0x80)
			return false;
	return true;
}

/* Each byte as a character, with a NUL character behind them. */
static struct trust_secret *
widen(struct trust_bytes text)
{
	struct trust_secret *wide = trust_secret_sized(2 * text.size + 2);

	for (size_t i = 0; i < text.size; i++)
		wide->bytes[2 * i + 1] = text.data[i];
	return wide;
}

static void
add_spelling(struct spellings *spellings, struct trust_bytes utf8, struct trust_secret *bmp)
{
	spellings->owned[spellings->count] = bmp;
	spellings->list[spellings->count++] = (struct import_password){
		.utf8 = utf8,
		.bmp = { bmp->bytes, bmp->size },
	};
}

/* password: NULL is tried as the empty one */
static void
spell(const struct trust_secret *password, struct spellings *ret)
{
	const struct trust_bytes utf8 = {
		.data = password ? password->bytes : NULL,
		.size = password ? password->size : 0,
	};

	*ret = (struct spellings){ 0 };
	add_spelling(ret, utf8, trust_password_bmp(utf8));
	if (utf8.size == 0)
		add_spelling(ret, utf8, trust_secret_new(NULL, 0));
	else if (!is_ascii(utf8))
		add_spelling(ret, utf8, widen(utf8));
}

/* ---- trying them --------------------------------------------------------------------------- */

enum outcome {
	DONE,
	NOT_THIS_PASSWORD,
	FAILED, /* see the error */
};

/* Read the parts with this spelling. */
static enum outcome
try_spelling(const struct pfx *pfx, struct import_safes *safes, struct trust_error *error)
{
	if (pfx->has_mac) {
		if (!import_budget_take(safes->budget, pfx->mac.kdf.rounds, error))
			return FAILED;
		if (!import_mac_matches(&pfx->mac, safes->password, pfx->safes))
			return NOT_THIS_PASSWORD;
		safes->verified = true;
	}
	if (!import_safes_read(safes, pfx->safes, error))
		return FAILED;
	return !safes->verified && safes->wrong > 0 && safes->opened == 0 ? NOT_THIS_PASSWORD
									  : DONE;
}

static bool
fail_password(const struct pfx *pfx, const struct trust_secret *password, struct trust_error *error)
{
	if (!password)
		return trust_fail(error, TRUST_INPUT_PASSWORD, NULL, "it needs a password");
	return trust_fail(error, TRUST_INPUT_PASSWORD, NULL,
	    pfx->has_mac ? "wrong password, or the file was changed since it was made"
			 : "wrong password, or the file is damaged");
}

static bool
open_safes(const struct pfx *pfx, const struct trust_secret *password, struct import_file *file,
    struct trust_error *error)
{
	uint64_t budget = IMPORT_KDF_BUDGET;
	struct spellings spellings;
	enum outcome outcome = NOT_THIS_PASSWORD;

	spell(password, &spellings);
	for (size_t i = 0; i < spellings.count && outcome == NOT_THIS_PASSWORD; i++) {
		struct import_safes safes = {
			.file = file,
			.password = &spellings.list[i],
			.budget = &budget,
		};
		import_file_reset(file);
		outcome = try_spelling(pfx, &safes, error);
		import_safes_done(&safes);
	}
	spellings_done(&spellings);
	if (outcome == NOT_THIS_PASSWORD)
		return fail_password(pfx, password, error);
	return outcome == DONE;
}

/* ---- what is said about the file ------------------------------------------------------------ */

/* "MAC SHA-256 with 2048 rounds; contents AES-256-CBC with ..."; owned by the caller. */
static char *
protection_words(const struct pfx *pfx, const struct import_safes *safes)
{
	char *words = pfx->has_mac ? import_mac_words(&pfx->mac) : trust_strdup("no MAC");

	for (size_t i = 0; i < safes->protection_count; i++) {
		TRUST_AUTO_FREE char *before = words;
		words = trust_printf("%s; %s", before, safes->protections[i]);
	}
	return words;
}

static void
add_notes(const struct pfx *pfx, const struct import_safes *survey, bool empty_password,
    struct import_file *file)
{
	unsigned rounds = survey->least_rounds;

	if (!pfx->has_mac)
		import_add_note(file,
		    survey->encrypted > 0
			? "the file has no MAC: that the password is right shows only by decrypting"
			: "the file has no MAC and no password: anybody may have changed it");
	else if (rounds == 0 || pfx->mac.kdf.rounds < rounds)
		rounds = pfx->mac.kdf.rounds;
	if (!pfx->has_mac && survey->encrypted == 0)
		return;
	if (empty_password)
		import_add_note(file, "weak protection: the password is empty");
	else
		import_rounds_note(file, rounds, "the file");
}

static unsigned
mac_need(const struct pfx *pfx)
{
	if (!pfx->has_mac)
		return IMPORT_NEED_NO_MAC;
	if (pfx->mac.pbmac1)
		return IMPORT_NEED_PBMAC1;
	return pfx->mac.hash == TRUST_HASH_SHA1 ? IMPORT_NEED_MAC_SHA1 : IMPORT_NEED_MAC_SHA2;
}

static void
add_facts(const struct pfx *pfx, const struct import_safes *survey, struct import_file *file)
{
	TRUST_AUTO_FREE char *mac = pfx->mac_why ? trust_strdup(pfx->mac_why)
	    : pfx->has_mac                       ? import_mac_words(&pfx->mac)
						 : trust_strdup("none");

	import_add_fact(file, "MAC", "%s", mac);
	/* Of what this program cannot read it does not know either who can. */
	if (!pfx->mac_why && survey->unread == 0)
		file->needs |= mac_need(pfx) | survey->needs;
	for (size_t i = 0; i < survey->protection_count; i++)
		import_add_fact(file, "encryption", "%s", survey->protections[i]);
	if (survey->protection_count == 0)
		import_add_fact(file, "encryption", "none");
	import_add_fact(file, "safes", "%zu", survey->safe_number);
	import_add_fact(file, "bags in the open",
	    "certificates: %zu, private keys: %zu, others: %zu", survey->cert_number,
	    survey->key_number, survey->other_number);
}

static bool
has_good_part(const struct import_file *file)
{
	for (size_t i = 0; i < file->count; i++)
		if (file->parts[i].kind == IMPORT_CERTIFICATE || file->parts[i].kind == IMPORT_KEY)
			return true;
	return false;
}

static bool
check_some_read(const struct import_file *file, struct trust_error *error)
{
	const struct import_part *why = NULL;

	for (size_t i = 0; i < file->count; i++) {
		const struct import_part *part = &file->parts[i];
		if (part->kind <= IMPORT_CRL)
			return true;
		if (!why && part->kind == IMPORT_REFUSED)
			why = part;
	}
	return !why || trust_fail(error, why->code, NULL, "%s: %s", why->where, why->reason);
}

/* What an opened file needs besides. */
static unsigned
key_needs(const struct import_file *file)
{
	unsigned needs = 0;

	for (size_t i = 0; i < file->count; i++) {
		const struct trust_secret *key = file->parts[i].pkcs8;
		struct trust_key_info info;
		if (!key ||
		    !trust_key_info_read((struct trust_bytes){ key->bytes, key->size }, &info))
			continue;
		if (trust_oid_is(info.oid, TRUST_OID_ED25519) || trust_oid_is(info.oid, OID_ED448))
			needs |= IMPORT_NEED_KEY_EDWARDS;
		else if (trust_oid_is(info.oid, TRUST_OID_EC) && info.curve.size == 0)
			needs |= IMPORT_NEED_KEY_EXPLICIT;
	}
	return needs;
}

static bool
decode_pfx(const struct pfx *pfx, const struct trust_secret *password, struct import_file *file,
    struct trust_error *error)
{
	uint64_t budget = 0;
	struct import_safes survey = { .file = file, .budget = &budget };
	bool good = import_safes_read(&survey, pfx->safes, error);

	if (good) {
		trust_free(file->protection);
		file->protection = protection_words(pfx, &survey);
		add_facts(pfx, &survey, file);
		/* Without anything that a password could open, or a MAC to check what is open, the
		 * parts are already those of the file. */
		bool closed = survey.encrypted > 0 ||
		    (pfx->has_mac && (has_good_part(file) || file->count == 0));
		good = !closed || open_safes(pfx, password, file, error);
	}
	if (good && file->needs)
		file->needs |= key_needs(file);
	good = good && (survey.unread == 0 || check_some_read(file, error));
	if (good)
		add_notes(pfx, &survey, !password || password->size == 0, file);
	import_safes_done(&survey);
	return good;
}

/* What can be said of a file with a MAC that is not read. */
static void
describe(const struct pfx *pfx, struct import_file *file)
{
	TRUST_AUTO_ERROR ignored = TRUST_ERROR_INIT;
	uint64_t budget = 0;
	struct import_safes survey = { .file = file, .budget = &budget };

	if (import_safes_read(&survey, pfx->safes, &ignored))
		add_facts(pfx, &survey, file);
	import_safes_done(&survey);
}

static bool
decode(struct trust_bytes bytes, const struct trust_secret *password, struct import_file *file,
    struct trust_error *error)
{
	struct pfx pfx = { 0 };
	bool good = read_pfx(bytes, &pfx, error) && decode_pfx(&pfx, password, file, error);
	if (pfx.mac_why)
		describe(&pfx, file);
	if (error->code == TRUST_INPUT_UNSUPPORTED && pfx.safes.data)
		(void)trust_hint(error,
		    "OpenSSL may read it: openssl pkcs12 -legacy -in FILE -nodes | trustctl import "
		    "-");
	size_t size = trust_der_element_size(bytes);

	if (good && size < bytes.size)
		import_add_note(
		    file, "%zu bytes behind the PKCS #12 data are ignored", bytes.size - size);
	pfx_done(&pfx);
	return good;
}

const struct import_format import_format_pkcs12 = {
	.name = "PKCS #12",
	.summary = "identities: certificates with their private keys (.p12, .pfx)",
	.recognise = recognise,
	.decode = decode,
};
