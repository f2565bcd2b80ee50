/* SPDX-License-Identifier: MPL-2.0 */
/* PKCS #12 files of OpenSSL and NSS, files put together by hand, and damaged ones. */

#include "tests/unit/import_files.h"

/* DER by hand, in hexadecimal: wrap TAG CONTENT, and the structures of RFC 7292 around it. The
 * password of what OpenSSL makes is "secret" where nothing else is said. */
static const char lib[] =
    "wrap() { n=$((${#2} / 2))\n"
    "  if [ $n -lt 128 ]; then printf %s%02x%s $1 $n $2\n"
    "  elif [ $n -lt 256 ]; then printf %s81%02x%s $1 $n $2\n"
    "  else printf %s82%04x%s $1 $n $2; fi; }\n"
    "hex() { xxd -p | tr -d '\\n'; }\n"
    "out() { printf %s $1 | xxd -r -p; }\n"
    /* content KIND-NUMBER HEX; pfx SAFES [MACDATA]; safe BAGS; bag KIND-NUMBER HEX [ATTRIBUTES] */
    "content() { wrap 30 06092a864886f70d0107$1$(wrap a0 $2); }\n"
    "safe() { content 01 $(wrap 04 $(wrap 30 $1)); }\n"
    "pfx() { out $(wrap 30 020103$(content 01 $(wrap 04 $(wrap 30 $1)))$2); }\n"
    "bag() { wrap 30 060b2a864886f70d010c0a01$1$(wrap a0 $2)$3; }\n"
    "der() { openssl x509 -in $1.pem -outform DER | hex; }\n"
    "cert() { bag 03 $(wrap 30 060a2a864886f70d01091601$(wrap a0 $(wrap 04 $(der $1)))) $2; }\n"
    "key() { openssl pkcs8 -topk8 -nocrypt -in $1.key -outform DER | hex; }\n"
    "name() { wrap 31 $(wrap 30 06092a864886f70d010914$(wrap 31 $(wrap 1e $1))); }\n"
    /* classic-MAC ROUNDS-AS-INTEGER: SHA-256, of zeros */
    "sha256=300d06096086480165030402010500\n"
    "zeros=0000000000000000000000000000000000000000000000000000000000000000\n"
    "mac() { wrap 30 $(wrap 30 $sha256$(wrap 04 $zeros))04080102030405060708$1; }\n"
    /* pbmac1 SAFES KEY-BYTES: HMAC-SHA-256 and PBKDF2 HMAC-SHA-512, 3 rounds, by OpenSSL */
    "pbmac1() { out $(wrap 30 $1) >signed; salt=0102030405060708\n"
    "  k=$(openssl kdf -binary -keylen $2 -kdfopt digest:SHA512 -kdfopt pass:secret \\\n"
    "    -kdfopt hexsalt:$salt -kdfopt iter:3 PBKDF2 | hex)\n"
    "  m=$(openssl dgst -sha256 -mac HMAC -macopt hexkey:$k -binary signed | hex)\n"
    "  prf=300c06082a864886f70d020b0500; hmac=300c06082a864886f70d02090500\n"
    "  kdf=$(wrap 30 06092a864886f70d01050c$(wrap 30 0408${salt}0201030201$(printf %02x $2)$prf))\n"
    "  alg=$(wrap 30 06092a864886f70d01050e$(wrap 30 $kdf$hmac))\n"
    "  pfx $1 $(wrap 30 $(wrap 30 $alg$(wrap 04 $m))0400020101); }\n"
    "export_a() { openssl pkcs12 -export -inkey a.key -in a.pem -passout pass:secret \"$@\"; }\n"
    "few='-iter 2'\n";

static const char fixtures[] =
    "make() { openssl ecparam -name prime256v1 -genkey -noout -out $1.key\n"
    "  openssl req -new -x509 -key $1.key -subj /CN=$1 -days 9 -out $1.pem; }\n"
    "make a; make b; make c\n"
    "export_a $few -name Alice -certfile b.pem >modern.p12\n"
    "export_a $few -nomac -certpbe AES-256-CBC >nomac.p12\n"
    "mkdir db; echo >none; echo secret >secret\n"
    "certutil -N -d sql:db --empty-password\n"
    "for n in a b; do openssl pkcs12 -export -inkey $n.key -in $n.pem -name nss-$n \\\n"
    "  -passout pass:secret -out in.p12; pk12util -i in.p12 -d sql:db -K '' -W secret; done\n"
    "pk12util -o nss.p12 -n nss-a -d sql:db -K '' -W secret\n"
    "pk12util -o nss-empty.p12 -n nss-a -d sql:db -K '' -W ''\n"
    "pk12util -o nss-3des.p12 -n nss-a -d sql:db -K '' -W secret -m SHA-1 \\\n"
    "  -c 'PKCS #12 V2 PBE With SHA-1 And 40 Bit RC2 CBC' \\\n"
    "  -C 'PKCS #12 V2 PBE With SHA-1 And 3KEY Triple DES-CBC'\n"
    "openssl pkcs8 -topk8 -scrypt -in a.key -passout pass:secret -outform DER -out scrypt.der\n"
    "certtool --to-p12 --load-privkey a.key --load-certificate a.pem --p12-name gnutls \\\n"
    "  --password secret --outder --outfile gnutls.p12\n";

/* A name in two letters of UTF-16: U+0041, U+00E9. */
#define NAME "$(name 004100e9)"

static const struct good_row valid[] = {
	{ "as OpenSSL 3 makes it", "cat modern.p12", "secret", .want_parts = "CCK",
	    .want_protection = "MAC SHA-256 with 2 rounds; contents AES-256-CBC with PBKDF2 "
			       "HMAC-SHA-256, 2 rounds; private key AES-256-CBC",
	    .want_note = "only 2 rounds", .want_name = "Alice" },
	{ "as OpenSSL 1 made it", "export_a -legacy", "secret", .want_parts = "CK",
	    .want_protection = "MAC SHA-1 with 2048 rounds; contents RC2 with 40 bits",
	    .want_note = "40-bit key" },
	{ "a chain of three", "cat b.pem c.pem >bc.pem; export_a $few -certfile bc.pem", "secret",
	    .want_parts = "CCCK" },
	{ "a MAC by SHA-1", "export_a $few -macalg sha1", "secret", .want_parts = "CK",
	    .want_protection = "MAC SHA-1" },
	{ "a MAC by SHA-224", "export_a $few -macalg sha224", "secret", .want_parts = "CK" },
	{ "a MAC by SHA-384", "export_a $few -macalg sha384", "secret", .want_parts = "CK" },
	{ "a MAC by SHA-512", "export_a $few -macalg sha512", "secret", .want_parts = "CK",
	    .want_protection = "MAC SHA-512" },
	{ "two keys of 3DES", "export_a -keypbe PBE-SHA1-2DES -certpbe PBE-SHA1-3DES", "secret",
	    .want_parts = "CK" },
	{ "RC4", "export_a -legacy -keypbe PBE-SHA1-RC4-128 -certpbe PBE-SHA1-RC4-40", "secret",
	    .want_parts = "CK" },
	{ "RC2 with 128 bits", "export_a -legacy -certpbe PBE-SHA1-RC2-128", "secret",
	    .want_parts = "CK" },
	{ "AES-128 and AES-192", "export_a $few -keypbe AES-128-CBC -certpbe AES-192-CBC", "secret",
	    .want_parts = "CK" },
	{ "Camellia", "export_a $few -keypbe CAMELLIA-128-CBC -certpbe CAMELLIA-192-CBC", "secret",
	    .want_parts = "CK", .want_protection = "private key Camellia-128-CBC with PBKDF2" },
	{ "encrypted key, certificate in the clear", "export_a $few -certpbe NONE", "secret",
	    .want_parts = "CK" },
	{ "nothing encrypted, but a MAC", "export_a $few -certpbe NONE -keypbe NONE", "secret",
	    .want_parts = "CK", .want_protection = "MAC SHA-256" },
	{ "no MAC", "cat nomac.p12", "secret", .want_parts = "CK", .want_note = "no MAC",
	    .want_protection = "no MAC; contents AES-256-CBC" },
	{ "neither MAC nor encryption needs no password",
	    "export_a -nomac -certpbe NONE -keypbe NONE", NULL, .want_parts = "CK",
	    .want_note = "anybody may have changed it" },
	{ "the empty password of OpenSSL is found without asking",
	    "openssl pkcs12 -export $few -inkey a.key -in a.pem -passout pass:", NULL,
	    .want_parts = "CK", .want_note = "the password is empty" },
	{ "the empty password without a MAC",
	    "openssl pkcs12 -export $few -nomac -inkey a.key "
	    "-in a.pem -passout pass:",
	    NULL, .want_parts = "CK" },
	{ "the empty password of NSS", "cat nss-empty.p12", NULL, .want_parts = "KC" },
	{ "the empty password of GnuTLS, which is no bytes at all",
	    "certtool --to-p12 --load-privkey a.key --load-certificate a.pem --p12-name x "
	    "--null-password --outder",
	    NULL, .want_parts = "CK" },
	{ "a password beyond ASCII", "export_a $few -passout pass:pässwörd✓🔑", "pässwörd✓🔑",
	    .want_parts = "CK" },
	{ "a password beyond ASCII, with old ciphers", "export_a -legacy -passout pass:pässwörd✓🔑",
	    "pässwörd✓🔑", .want_parts = "CK" },
	{ "as NSS makes it, in BER", "cat nss.p12", "secret", .want_parts = "KC",
	    .want_name = "nss-a", .want_protection = "600000 rounds" },
	{ "as NSS made it once", "cat nss-3des.p12", "secret", .want_parts = "KC" },
	{ "as GnuTLS makes it", "cat gnutls.p12", "secret", .want_parts = "CK" },
	{ "two identities",
	    "pfx $(safe $(cert a " NAME ")$(bag 01 $(key a))$(cert b)$(bag 01 "
	    "$(key b)))",
	    .want_parts = "CKCK", .want_name = "Aé" },
	{ "PBMAC1", "pbmac1 $(safe $(cert a)) 32", "secret", .want_parts = "C",
	    .want_protection = "MAC HMAC-SHA-256 with PBKDF2 HMAC-SHA-512, 3 rounds" },
	{ "safes in safes", "pfx $(safe $(bag 06 $(wrap 30 $(bag 06 $(wrap 30 $(cert a))))))",
	    .want_parts = "C" },
	{ "other bags are skipped by name",
	    "pfx $(safe $(cert a)$(bag 03 $(wrap 30 060a2a864886f70d01091602$(wrap a0 0400)))"
	    "$(bag 04 3000)$(bag 05 3000)$(bag 09 3000))",
	    .want_parts = "CSRSS", .want_reason = "certificate bag 2: an SDSI certificate" },
	{ "an empty file", "pfx ''", .want_parts = "" },
};

static const struct good_row accepted_though_wrong[] = {
	{ "bytes behind it", "cat modern.p12; echo", "secret", .want_parts = "CCK",
	    .want_note = "1 bytes behind" },
	{ "indefinite lengths outside", "x=$(hex <modern.p12); out 3080${x#30??????}0000", "secret",
	    .want_parts = "CCK" },
	{ "a password as OpenSSL 1.0 spelled it: bytes for characters",
	    "export_a -legacy -passout pass:$(printf p\\\\303\\\\203\\\\302\\\\244ss)", "päss",
	    .want_parts = "CK" },
	{ "a key whose encryption is not supported",
	    "pfx $(safe $(cert a)$(bag 02 $(hex <scrypt.der)))", .want_parts = "CR",
	    .want_reason = "key bag 1: encrypted with scrypt, which is not supported" },
	{ "a damaged certificate",
	    "pfx $(safe $(bag 03 $(wrap 30 060a2a864886f70d01091601$(wrap a0 "
	    "$(wrap 04 3003020100))))$(cert a))",
	    .want_parts = "RC", .want_reason = "certificate bag 1: " },
	{ "a damaged bag", "pfx $(safe $(cert a)3003020100$(cert b))", .want_parts = "CR",
	    .want_reason = "the bag is damaged" },
	{ "a damaged safe", "pfx $(content 01 0500)$(safe $(cert a))", .want_parts = "RC",
	    .want_reason = "safe 1: the safe is damaged" },
	{ "a safe for a certificate's owner", "pfx $(content 03 3000)$(safe $(cert a))",
	    .want_parts = "RC", .want_reason = "encrypted for a certificate" },
	{ "safes nested too deep",
	    "x=$(cert a); for i in 1 2 3 4 5; do x=$(bag 06 $(wrap 30 $x)); done; "
	    "pfx $(safe $x$(cert b))",
	    .want_parts = "RC", .want_reason = "nested more than 4 deep" },
	{ "a name that is too long", "pfx $(safe $(cert a $(name $(printf 0041%.0s $(seq 3000)))))",
	    .want_parts = "C" },
	{ "a name with a NUL in it", "pfx $(safe $(cert a $(name 004100000042)))",
	    .want_parts = "C", .want_name = "A" },
	{ "a key that asks for a billion rounds",
	    "alg=$(wrap 30 060a2a864886f70d010c0103$(wrap 30 04080102030405060708"
	    "02043b9aca00)); pfx $(safe $(cert a)$(bag 02 $(wrap 30 ${alg}0408$zeros)))",
	    .want_parts = "CR" },
};

static const struct bad_row rejected[] = {
	{ "a MAC by a hash that is not read", "export_a $few -macalg sha3-256", "secret",
	    TRUST_INPUT_UNSUPPORTED, "made with SHA3-256" },
	{ "AES in a mode that is not read",
	    "export_a $few -keypbe AES-256-CFB -certpbe AES-256-CFB", "secret",
	    TRUST_INPUT_UNSUPPORTED, "AES-256-CFB" },
	{ "a missing password", "cat modern.p12", NULL, TRUST_INPUT_PASSWORD, "needs a password" },
	{ "the wrong password", "cat modern.p12", "wrong", TRUST_INPUT_PASSWORD, "wrong password" },
	{ "the empty password, where it is wrong", "cat modern.p12", "", TRUST_INPUT_PASSWORD,
	    "wrong password" },
	{ "the wrong password, with old ciphers", "export_a -legacy", "wrong", TRUST_INPUT_PASSWORD,
	    "wrong password" },
	{ "a missing password without a MAC", "cat nomac.p12", NULL, TRUST_INPUT_PASSWORD,
	    "needs a password" },
	{ "the wrong password without a MAC", "cat nomac.p12", "wrong", TRUST_INPUT_PASSWORD,
	    "wrong password, or the file is damaged" },
	{ "the wrong password of PBMAC1", "pbmac1 $(safe $(cert a)) 32", "wrong",
	    TRUST_INPUT_PASSWORD, "wrong password" },
	{ "PBMAC1 with a key that can be guessed", "pbmac1 $(safe $(cert a)) 1", "secret",
	    TRUST_INPUT_MALFORMED, "too short" },
	{ "a MAC of a billion rounds", "pfx $(safe $(cert a)) $(mac 02043b9aca00)", "secret",
	    TRUST_INPUT_LIMIT, "1000000000 rounds" },
	{ "a MAC of no rounds", "pfx $(safe $(cert a)) $(mac 020100)", "secret",
	    TRUST_INPUT_MALFORMED, "MAC" },
	{ "a MAC of an unknown hash",
	    "pfx $(safe $(cert a)) $(mac 020101 | sed s/0304020105/0304021105/)", "secret",
	    TRUST_INPUT_UNSUPPORTED, "its MAC is made with" },
	{ "an empty MAC",
	    "pfx $(safe $(cert a)) $(wrap 30 $(wrap 30 ${sha256}0400)04080102030405060708020101)",
	    "secret", TRUST_INPUT_MALFORMED, "MAC" },
	{ "all of it encrypted with something else, before a password is asked for",
	    "hex <nomac.p12 | sed s/60864801650304012a/60864801650304012e/g | xxd -r -p", NULL,
	    TRUST_INPUT_UNSUPPORTED, "AES-256-GCM" },
	{ "scrypt alone", "pfx $(safe $(bag 02 $(hex <scrypt.der)))", NULL, TRUST_INPUT_UNSUPPORTED,
	    "scrypt" },
	{ "a signature instead of a MAC", "out $(wrap 30 020103$(content 02 3000))", NULL,
	    TRUST_INPUT_UNSUPPORTED, "signature" },
	{ "cut short", "head -c 500 modern.p12", "secret", TRUST_INPUT_MALFORMED, "cut short" },
};

static void
valid_files_are_read(void **state)
{
	(void)state;
	check_good(valid, TRUST_COUNT(valid));
}

static void
wrong_files_are_read_as_far_as_they_are_good(void **state)
{
	(void)state;
	check_good(accepted_though_wrong, TRUST_COUNT(accepted_though_wrong));
}

static void
other_files_are_rejected_with_the_reason(void **state)
{
	(void)state;
	check_bad(rejected, TRUST_COUNT(rejected));
}

static void
a_key_finds_its_certificate_and_gives_it_its_name(void **state)
{
	TRUST_AUTO(trust_secret) *bytes = make_file(
	    "pfx $(safe $(bag 01 $(key b) " NAME ")$(cert a)$(cert b)$(bag 01 $(key c)))");
	TRUST_AUTO(import_file) *file = NULL;
	TRUST_AUTO_ERROR error = TRUST_ERROR_INIT;

	(void)state;
	assert_true(decode(view(bytes), NULL, &file, &error));
	assert_int_equal(file->parts[0].cert_index, 2);
	assert_string_equal(file->parts[2].friendly_name, "Aé");
	assert_null(file->parts[1].friendly_name);
	assert_int_equal(file->parts[3].cert_index, -1);
}

static void
a_file_that_is_cut_anywhere_is_refused(void **state)
{
	TRUST_AUTO(trust_secret) *bytes = load("modern.p12");

	(void)state;
	for (size_t size = 0; size < bytes->size; size++)
		assert_false(survives(bytes->bytes, size, "secret"));
}

/* With a MAC, and without one, where more of the file is looked at. */
static void
a_byte_that_differs_anywhere_is_survived(void **state)
{
	static const char *const names[] = { "modern.p12", "nomac.p12" };
	static const uint8_t differences[] = { 0x01, 0x20, 0x80, 0xff };

	(void)state;
	for (size_t n = 0; n < TRUST_COUNT(names); n++) {
		TRUST_AUTO(trust_secret) *bytes = load(names[n]);
		for (size_t i = 0; i < bytes->size; i++)
			for (size_t k = 0; k < TRUST_COUNT(differences); k++) {
				bytes->bytes[i] ^= differences[k];
				(void)survives(bytes->bytes, bytes->size, "secret");
				bytes->bytes[i] ^= differences[k];
			}
	}
}

static int
make_folder(void **state)
{
	(void)state;
	return make_folder_with(lib, fixtures);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(valid_files_are_read),
		cmocka_unit_test(wrong_files_are_read_as_far_as_they_are_good),
		cmocka_unit_test(other_files_are_rejected_with_the_reason),
		cmocka_unit_test(a_key_finds_its_certificate_and_gives_it_its_name),
		cmocka_unit_test(a_file_that_is_cut_anywhere_is_refused),
		cmocka_unit_test(a_byte_that_differs_anywhere_is_survived),
	};

	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
