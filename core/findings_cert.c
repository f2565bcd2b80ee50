/* SPDX-License-Identifier: MPL-2.0 */
/* What one certificate tells by itself: the rows of data/findings.def that need no path. */

#include <arpa/inet.h>
#include <string.h>

#include "core/buffer.h"
#include "core/cert.h"
#include "core/der.h"
#include "core/error.h"
#include "core/findings_internal.h"
#include "core/oid.h"
#include "core/signature_internal.h"
#include "core/text.h"
#include "core/verdict_internal.h"

#define DAY ((int64_t)24 * 60 * 60)
#define SOON_DAYS 14
/* What lives this short needs no revocation (BR 7.1.2.11.2). */
#define SHORT_LIVED_DAYS 7

/* ---- validity ------------------------------------------------------------------------------ */

static bool
issued_from(const struct trust_cert *cert, const char *date)
{
	struct trust_time from;
	return trust_time_parse(date, &from) && trust_time_compare(cert->not_before, from) >= 0;
}

/* Both ends are part of it (BR 6.3.2), and a part of a day counts as one. */
static int64_t
days_of(const struct trust_cert *cert)
{
	return (cert->not_after.seconds - cert->not_before.seconds + DAY) / DAY;
}

static void
find_length(struct trust_findings *findings, const struct trust_cert *cert, bool public_ca)
{
	static const struct {
		enum trust_finding_id id;
		const char *from;
		int days;
		bool public_ca;
	} limits[] = {
		/* the strictest first */
		{ TRUST_FINDING_VALIDITY_47, "2029-03-15", 47, true },
		{ TRUST_FINDING_VALIDITY_100, "2027-03-15", 100, true },
		{ TRUST_FINDING_VALIDITY_200, "2026-03-15", 200, true },
		{ TRUST_FINDING_VALIDITY_398, "2020-09-01", 398, true },
		{ TRUST_FINDING_VALIDITY_825, "2019-07-01", 825, false },
	};
	int64_t days = days_of(cert);

	for (size_t i = 0; i < TRUST_COUNT(limits); i++)
		if ((public_ca || !limits[i].public_ca) && issued_from(cert, limits[i].from)) {
			if (days > limits[i].days)
				findings_add(findings, limits[i].id, cert,
				    trust_printf("%lld days", (long long)days));
			return;
		}
}

static void
find_dates(struct trust_findings *findings, const struct trust_cert *cert,
    const struct finding_role *role, struct trust_time at)
{
	int64_t left = cert->not_after.seconds - at.seconds;
	bool soon =
	    left >= 0 && left < SOON_DAYS * DAY && trust_time_compare(at, cert->not_before) >= 0;

	if (trust_time_compare(cert->not_after, cert->not_before) < 0)
		findings_add(findings, TRUST_FINDING_DATES_INVERTED, cert, NULL);
	else if (soon && days_of(cert) > SHORT_LIVED_DAYS && !role->anchor)
		findings_add(findings, TRUST_FINDING_EXPIRES_SOON, cert,
		    left < DAY ? trust_strdup("today")
			       : trust_time_expiry_words(cert->not_before, cert->not_after, at));
}

/* ---- keys and signatures ------------------------------------------------------------------- */

/* Of a server, a person or a CA. */
static bool
is_key_of_browsers(const struct trust_public_key *key)
{
	if (trust_oid_is(key->algorithm, TRUST_OID_EC))
		return trust_oid_is(key->curve, TRUST_OID_P256) ||
		    trust_oid_is(key->curve, TRUST_OID_P384) ||
		    trust_oid_is(key->curve, TRUST_OID_P521);
	return trust_oid_is(key->algorithm, TRUST_OID_RSA);
}

static void
find_key(
    struct trust_findings *findings, const struct trust_cert *cert, const struct finding_role *role)
{
	struct trust_public_key key;

	if (!trust_public_key_read(cert, &key))
		return;
	if (trust_oid_is(key.algorithm, TRUST_OID_DSA))
		findings_add(findings, TRUST_FINDING_DSA_KEY, cert, NULL);
	else if (!is_key_of_browsers(&key) && role->usage != TRUST_CODE_SIGNING)
		findings_add(findings, TRUST_FINDING_STRANGE_KEY, cert, trust_cert_key_words(cert));
	if (trust_oid_is(key.curve, TRUST_OID_P521) && role->leaf &&
	    role->usage == TRUST_TLS_SERVER)
		findings_add(findings, TRUST_FINDING_P521_KEY, cert, NULL);
	if (key.modulus.size == 0)
		return;
	size_t bits = trust_integer_bits(key.modulus);
	if (bits < 2048)
		findings_add(findings, TRUST_FINDING_SHORT_RSA, cert, trust_printf("%zu", bits));
	if (key.exponent.size <= 2)
		findings_add(findings, TRUST_FINDING_SMALL_EXPONENT, cert,
		    trust_printf("%u",
			key.exponent.size == 2 ? key.exponent.data[0] << 8 | key.exponent.data[1]
					       : key.exponent.data[0]));
}

/* A list's point is one by whatever name. */
static bool
names_revocation_source(const struct trust_cert *cert)
{
	TRUST_AUTO_FREE char *responder = trust_cert_ocsp_place(cert, 0);

	return responder || trust_cert_extension(cert, TRUST_OID_CRL_POINTS);
}

static void
find_form(
    struct trust_findings *findings, const struct trust_cert *cert, const struct finding_role *role)
{
	bool self = trust_cert_is_self_issued(cert);

	if (!self && verdict_weak_signature(cert))
		findings_add(
		    findings, TRUST_FINDING_OLD_HASH, cert, trust_cert_signature_words(cert));
	if (cert->version < 3)
		findings_add(
		    findings, TRUST_FINDING_VERSION, cert, trust_printf("%u", cert->version));
	if (cert->serial.size > 20)
		findings_add(
		    findings, TRUST_FINDING_BAD_SERIAL, cert, trust_strdup("longer than 20 bytes"));
	else if ((cert->serial.data[0] & 0x80) ||
	    (cert->serial.size == 1 && cert->serial.data[0] == 0))
		findings_add(
		    findings, TRUST_FINDING_BAD_SERIAL, cert, trust_strdup("not positive"));
	if (!self && cert->version == 3 && cert->authority_key_id.size == 0)
		findings_add(findings, TRUST_FINDING_NO_AUTHORITY_KEY, cert, NULL);
	if (!role->anchor && !self && days_of(cert) > SHORT_LIVED_DAYS &&
	    !names_revocation_source(cert))
		findings_add(findings, TRUST_FINDING_NO_REVOCATION, cert, NULL);
}

/* What we understand, and some browser does not, so that it refuses the certificate where that is
 * critical. Firefox and Thunderbird have the same eyes. */
static const char *
refused_by(const struct trust_cert *cert, struct trust_bytes oid)
{
	static const struct {
		const char *oid;
		const char *by;
	} refused[] = {
		{ TRUST_OID_CRL_POINTS, "Chromium and Firefox" },
		{ TRUST_OID_FRESHEST_CRL, "Chromium and Firefox" },
		{ TRUST_OID_SUBJECT_INFO, "Chromium and Firefox" },
		{ TRUST_OID_ISSUER_ALT_NAME, "Chromium and Firefox" },
		{ TRUST_OID_SUBJECT_KEY_ID, "Chromium and Firefox" },
		{ TRUST_OID_AUTHORITY_KEY_ID, "Chromium and Firefox" },
		{ TRUST_OID_NETSCAPE_COMMENT, "Chromium and Firefox" },
		{ TRUST_OID_POLICY_MAPPINGS, "Firefox" },
		{ TRUST_OID_AUTHORITY_INFO, "Chromium" },
		{ TRUST_OID_TLS_FEATURE, "Chromium" },
		{ TRUST_OID_OCSP_NO_CHECK, "Chromium" },
	};

	if (trust_oid_is(oid, TRUST_OID_NETSCAPE_TYPE))
		return cert->ca ? "Chromium and Firefox" : "Chromium";
	for (size_t i = 0; i < TRUST_COUNT(refused); i++)
		if (trust_oid_is(oid, refused[i].oid))
			return refused[i].by;
	return NULL;
}

static void
find_critical(
    struct trust_findings *findings, const struct trust_cert *cert, const struct finding_role *role)
{
	TRUST_AUTO_BUFFER out;

	trust_buffer_init(&out, 8192);
	for (size_t i = 0; i < cert->extension_count && role->usage != TRUST_CODE_SIGNING; i++) {
		const struct trust_extension *extension = &cert->extensions[i];
		const char *by = refused_by(cert, extension->oid);
		if (!extension->critical || !by)
			continue;
		TRUST_AUTO_FREE char *name = trust_oid_display(extension->oid);
		trust_buffer_printf(&out, "%s%s (%s)", out.size ? ", " : "", name, by);
	}
	if (out.size)
		findings_add(
		    findings, TRUST_FINDING_CRITICAL_REFUSED, cert, trust_buffer_take(&out));
}

/* ---- CAs ----------------------------------------------------------------------------------- */

static bool
is_there_uncritical(const struct trust_cert *cert, const char *oid)
{
	const struct trust_extension *extension = trust_cert_extension(cert, oid);
	return extension && !extension->critical;
}

static void
find_ca(struct trust_findings *findings, const struct trust_cert *cert)
{
	if (is_there_uncritical(cert, TRUST_OID_BASIC_CONSTRAINTS))
		findings_add(findings, TRUST_FINDING_CA_NOT_CRITICAL, cert, NULL);
	if (!cert->has_key_usage && cert->version == 3)
		findings_add(findings, TRUST_FINDING_CA_NO_USAGE, cert, NULL);
	if (is_there_uncritical(cert, TRUST_OID_NAME_CONSTRAINTS))
		findings_add(findings, TRUST_FINDING_CONSTRAINTS_NOT_CRITICAL, cert, NULL);
}

/* ---- servers ------------------------------------------------------------------------------- */

static void
find_name(struct trust_findings *findings, const struct trust_cert *cert,
    const struct trust_name_entry *name)
{
	uint8_t address[16];
	const char *star = strchr(name->text, '*');

	if (strlen(name->text) > 255)
		return;
	if (inet_pton(AF_INET, name->text, address) == 1 ||
	    inet_pton(AF_INET6, name->text, address) == 1)
		findings_add(
		    findings, TRUST_FINDING_ADDRESS_AS_NAME, cert, trust_strdup(name->text));
	if (star && (star != name->text || star[1] != '.' || strchr(star + 1, '*')))
		findings_add(
		    findings, TRUST_FINDING_PARTIAL_WILDCARD, cert, trust_strdup(name->text));
}

static bool
looks_like_a_host(const char *text)
{
	return strchr(text, '.') && !strpbrk(text, " ,@/") && strlen(text) <= 253;
}

static void
find_names(struct trust_findings *findings, const struct trust_cert *cert)
{
	TRUST_AUTO(trust_names) *names = NULL;
	TRUST_AUTO_ERROR ignored = TRUST_ERROR_INIT;
	TRUST_AUTO_FREE char *common = trust_name_attribute(cert->subject, TRUST_OID_COMMON_NAME);
	size_t hosts = 0;
	bool covered = false;

	if (!trust_cert_names(cert, &names, &ignored))
		return;
	for (size_t i = 0; i < names->count; i++) {
		const struct trust_name_entry *name = &names->entries[i];
		hosts += name->kind == TRUST_NAME_DNS || name->kind == TRUST_NAME_IP;
		covered |= common && strcmp(name->text, common) == 0;
		if (name->kind == TRUST_NAME_DNS && hosts <= 100)
			find_name(findings, cert, name);
	}
	if (hosts == 0)
		findings_add(findings, TRUST_FINDING_NO_SERVER_NAME, cert, NULL);
	else if (common && looks_like_a_host(common) && !covered &&
	    !trust_cert_covers_host(cert, common))
		findings_add(
		    findings, TRUST_FINDING_COMMON_NAME, cert, trust_text_display_string(common));
}

static bool
must_staple(const struct trust_cert *cert)
{
	struct trust_der list;
	uint64_t feature = 0;

	if (!verdict_open_list(cert, TRUST_OID_TLS_FEATURE, &list))
		return false;
	while (trust_der_next_uint(&list, &feature))
		if (feature == 5) /* status_request, RFC 7633 section 4.2.3.1 */
			return true;
	return false;
}

static void
find_server(
    struct trust_findings *findings, const struct trust_cert *cert, const struct finding_role *role)
{
	find_length(findings, cert, role->public_ca);
	find_names(findings, cert);
	if (issued_from(cert, "2019-07-01") && !trust_cert_has_purpose(cert, TRUST_OID_SERVER_AUTH))
		findings_add(findings, TRUST_FINDING_NO_SERVER_AUTH, cert, NULL);
	if (trust_cert_is_ca(cert))
		findings_add(findings, TRUST_FINDING_SERVER_IS_CA, cert, NULL);
	if (must_staple(cert))
		findings_add(findings, TRUST_FINDING_MUST_STAPLE, cert, NULL);
	if (role->public_ca && !trust_cert_extension(cert, TRUST_OID_SCT_LIST))
		findings_add(findings, TRUST_FINDING_NO_TIMESTAMPS, cert, NULL);
}

/* ---- together ------------------------------------------------------------------------------ */

static bool
has_empty_subject(const struct trust_cert *cert)
{
	struct trust_der der = trust_der_init(cert->subject);
	struct trust_der parts;

	return trust_der_enter(&der, TRUST_DER_SEQUENCE, &parts) && trust_der_at_end(&parts);
}

static bool
has_email(const struct trust_cert *cert)
{
	TRUST_AUTO(trust_names) *emails = trust_cert_emails(cert);

	return emails->count > 0;
}

void
findings_of_cert(struct trust_findings *findings, const struct trust_cert *cert,
    const struct finding_role *role, struct trust_time at)
{
	find_dates(findings, cert, role, at);
	find_key(findings, cert, role);
	find_form(findings, cert, role);
	find_critical(findings, cert, role);
	if (cert->ca)
		find_ca(findings, cert);
	if (has_empty_subject(cert) && is_there_uncritical(cert, TRUST_OID_SUBJECT_ALT_NAME))
		findings_add(findings, TRUST_FINDING_EMPTY_SUBJECT, cert, NULL);
	if (!role->leaf)
		return;
	if (role->usage == TRUST_TLS_SERVER)
		find_server(findings, cert, role);
	if (role->usage == TRUST_EMAIL && !trust_cert_is_ca(cert) && !has_email(cert))
		findings_add(findings, TRUST_FINDING_NO_EMAIL, cert, NULL);
	if (trust_cert_has_purpose(cert, TRUST_OID_ANY_PURPOSE))
		findings_add(findings, TRUST_FINDING_ANY_PURPOSE, cert, NULL);
}
