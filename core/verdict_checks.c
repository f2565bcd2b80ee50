/* SPDX-License-Identifier: MPL-2.0 */
/* The checks of RFC 5280 section 6 that need one element, or one element and what is below it. */

#include "core/cert.h"
#include "core/der.h"
#include "core/name_constraints.h"
#include "core/oid.h"
#include "core/signature_internal.h"
#include "core/verdict_internal.h"

/* ---- one certificate ----------------------------------------------------------------------- */

const char *
verdict_purpose(enum trust_usage usage)
{
	static const char *const purposes[TRUST_USAGES] = {
		[TRUST_TLS_SERVER] = TRUST_OID_SERVER_AUTH,
		[TRUST_TLS_CLIENT] = TRUST_OID_CLIENT_AUTH,
		[TRUST_EMAIL] = TRUST_OID_EMAIL_PROTECTION,
		[TRUST_CODE_SIGNING] = TRUST_OID_CODE_SIGNING,
	};
	return purposes[usage];
}

bool
verdict_self_issued(const struct trust_cert *cert)
{
	return trust_name_equal(cert->subject, cert->issuer);
}

const struct trust_extension *
verdict_unknown_critical(const struct trust_cert *cert)
{
	static const char *const known[] = { TRUST_OID_BASIC_CONSTRAINTS, TRUST_OID_KEY_USAGE,
		TRUST_OID_EXTENDED_KEY_USAGE, TRUST_OID_SUBJECT_ALT_NAME,
		TRUST_OID_NAME_CONSTRAINTS, TRUST_OID_SUBJECT_KEY_ID, TRUST_OID_AUTHORITY_KEY_ID,
		TRUST_OID_ISSUER_ALT_NAME, TRUST_OID_CRL_POINTS, TRUST_OID_FRESHEST_CRL,
		TRUST_OID_POLICIES, TRUST_OID_POLICY_MAPPINGS, TRUST_OID_POLICY_CONSTRAINTS,
		TRUST_OID_INHIBIT_ANY_POLICY, TRUST_OID_AUTHORITY_INFO, TRUST_OID_SUBJECT_INFO,
		TRUST_OID_TLS_FEATURE, TRUST_OID_OCSP_NO_CHECK, TRUST_OID_NETSCAPE_TYPE,
		TRUST_OID_NETSCAPE_COMMENT };

	for (size_t i = 0; i < cert->extension_count; i++) {
		bool found = !cert->extensions[i].critical;
		for (size_t j = 0; !found && j < TRUST_COUNT(known); j++)
			found = trust_oid_is(cert->extensions[i].oid, known[j]);
		if (!found)
			return &cert->extensions[i];
	}
	return NULL;
}

static struct trust_bytes
algorithm_of(struct trust_bytes identifier)
{
	struct trust_der der = trust_der_init(identifier);
	struct trust_der inner;
	struct trust_der_element oid;

	if (!trust_der_enter(&der, TRUST_DER_SEQUENCE, &inner) ||
	    !trust_der_expect(&inner, TRUST_DER_OID, &oid))
		return (struct trust_bytes){ 0 };
	return oid.content;
}

bool
verdict_weak_signature(const struct trust_cert *cert)
{
	static const char *const weak[] = {
		"1.2.840.113549.1.1.2", /* MD2 with RSA */
		"1.2.840.113549.1.1.4", /* MD5 with RSA */
		"1.2.840.113549.1.1.5", /* SHA-1 with RSA */
		"1.3.14.3.2.29",        /* the same, of the OIW */
		"1.2.840.10045.4.1",    /* ECDSA with SHA-1 */
		"1.2.840.10040.4.3",    /* DSA with SHA-1 */
	};
	struct trust_bytes oid = algorithm_of(cert->signature_algorithm);

	for (size_t i = 0; i < TRUST_COUNT(weak); i++)
		if (trust_oid_is(oid, weak[i]))
			return true;
	return false;
}

bool
verdict_weak_key(const struct trust_cert *cert)
{
	struct trust_public_key key;

	return trust_public_key_read(cert, &key) &&
	    (trust_oid_is(key.algorithm, TRUST_OID_DSA) ||
		(key.modulus.size && trust_integer_bits(key.modulus) < 1024));
}

static enum trust_reason
check_time(const struct trust_cert *cert, struct trust_time at)
{
	if (trust_cert_is_expired(cert, at))
		return TRUST_REASON_EXPIRED;
	return trust_time_compare(at, cert->not_before) < 0 ? TRUST_REASON_NOT_YET_VALID
							    : TRUST_REASON_NONE;
}

static bool
has_rsa_key(const struct trust_cert *cert)
{
	struct trust_public_key key;

	return trust_public_key_read(cert, &key) && trust_oid_is(key.algorithm, TRUST_OID_RSA);
}

/* What the key of an end entity must be allowed to do; one of these bits is enough. */
static bool
key_may(const struct trust_cert *cert, enum trust_usage usage)
{
	static const unsigned needed[TRUST_USAGES] = {
		[TRUST_TLS_SERVER] =
		    TRUST_KU_DIGITAL_SIGNATURE | TRUST_KU_KEY_ENCIPHERMENT | TRUST_KU_KEY_AGREEMENT,
		[TRUST_TLS_CLIENT] = TRUST_KU_DIGITAL_SIGNATURE | TRUST_KU_KEY_AGREEMENT,
		[TRUST_EMAIL] = TRUST_KU_DIGITAL_SIGNATURE | TRUST_KU_NON_REPUDIATION |
		    TRUST_KU_KEY_ENCIPHERMENT | TRUST_KU_KEY_AGREEMENT,
		[TRUST_CODE_SIGNING] = TRUST_KU_DIGITAL_SIGNATURE,
	};
	unsigned wanted = needed[usage];

	/* Only RSA keys encipher (RFC 8422 section 5.3, RFC 8410 section 5). */
	if (!has_rsa_key(cert))
		wanted &= ~(unsigned)TRUST_KU_KEY_ENCIPHERMENT;
	return !cert->has_key_usage || (cert->key_usage & wanted);
}

static bool
may_sign_certificates(const struct trust_cert *cert)
{
	return !cert->has_key_usage || (cert->key_usage & TRUST_KU_KEY_CERT_SIGN);
}

/* Where no extended key usage says it, the extension that Netscape made for the same. */
static bool
netscape_allows(const struct trust_cert *cert, enum trust_usage usage, bool as_ca)
{
	static const uint8_t leaf[TRUST_USAGES] = { 0x40, 0x80, 0x20, 0x10 };
	static const uint8_t ca[TRUST_USAGES] = { 0x04, 0x04, 0x02, 0x01 };
	const struct trust_extension *type = trust_cert_extension(cert, TRUST_OID_NETSCAPE_TYPE);
	struct trust_der der = trust_der_init(type ? type->value : (struct trust_bytes){ 0 });
	struct trust_der_element bits;

	if (!type || trust_cert_extension(cert, TRUST_OID_EXTENDED_KEY_USAGE))
		return true;
	return trust_der_expect(&der, TRUST_DER_BIT_STRING, &bits) && bits.content.size == 2 &&
	    (bits.content.data[1] & (as_ca ? ca[usage] : leaf[usage]));
}

/* What is checked of every element, after the checks of its role. */
static enum trust_reason
check_rest(const struct trust_court *court, const struct court_node *node,
    const struct trust_question *question, bool as_ca)
{
	if (!trust_cert_allows_purpose(node->cert, verdict_purpose(question->usage)) ||
	    !netscape_allows(node->cert, question->usage, as_ca))
		return TRUST_REASON_PURPOSE;
	if (verdict_unknown_critical(node->cert))
		return TRUST_REASON_CRITICAL_EXTENSION;
	if (court_distrusts(court, node, question->usage, as_ca))
		return TRUST_REASON_DISTRUSTED;
	return !question->allow_weak && verdict_weak_key(node->cert) ? TRUST_REASON_WEAK
								     : TRUST_REASON_NONE;
}

enum trust_reason
verdict_check_issuer(const struct trust_court *court, const struct court_node *node,
    const struct trust_question *question)
{
	enum trust_reason reason = check_time(node->cert, question->at);

	if (reason != TRUST_REASON_NONE)
		return reason;
	/* RFC 5280 section 6.1.4 (k): of what says nothing about itself, being a CA must be known
	 * otherwise. For version 1 an anchor's record is that knowledge. */
	if (!node->cert->ca &&
	    (!trust_cert_is_ca(node->cert) ||
		court_state(node, question->usage, NULL) != TRUST_TRUSTED))
		return TRUST_REASON_NOT_A_CA;
	if (!may_sign_certificates(node->cert))
		return TRUST_REASON_KEY_USAGE;
	return check_rest(court, node, question, true);
}

/* A CA that is asked about itself is asked whether it may issue for the usage, except where a host
 * is named: then it is the server. */
bool
verdict_asks_ca(const struct trust_question *question)
{
	return trust_cert_is_ca(question->cert) && !question->host;
}

enum trust_reason
verdict_check_leaf(const struct trust_court *court, const struct court_node *node,
    const struct trust_question *question)
{
	enum trust_reason reason = check_time(node->cert, question->at);
	bool as_ca = verdict_asks_ca(question);

	if (reason != TRUST_REASON_NONE)
		return reason;
	if (as_ca ? !may_sign_certificates(node->cert) : !key_may(node->cert, question->usage))
		return TRUST_REASON_KEY_USAGE;
	return check_rest(court, node, question, as_ca);
}

/* ---- an element and those below it --------------------------------------------------------- */

static bool
path_too_long(struct court_node *const *path, size_t at)
{
	int below = 0;

	if (path[at]->cert->path_length < 0)
		return false;
	for (size_t i = 1; i < at; i++)
		below += !path[i]->self_issued;
	return below > path[at]->cert->path_length;
}

enum trust_reason
verdict_check_above(
    struct court_node *const *path, size_t at, struct verdict_work *work, size_t *ret_offender)
{
	const struct trust_cert *ca = path[at]->cert;
	enum trust_reason reason = TRUST_REASON_NONE;

	if (!verdict_spend(work, 1))
		return TRUST_REASON_BUDGET;
	for (size_t i = 0; i < at && trust_cert_extension(ca, TRUST_OID_NAME_CONSTRAINTS); i++) {
		/* RFC 5280 section 6.1.3 (b): not those that issued themselves, except the last. */
		if (i > 0 && path[i]->self_issued)
			continue;
		switch (trust_name_constraints_check(
		    ca, path[i]->cert, &work->done, work->limit, NULL)) {
		case TRUST_NAME_FITS:
			continue;
		case TRUST_NAME_BUDGET:
			return TRUST_REASON_BUDGET;
		default:
			*ret_offender = i;
			reason = TRUST_REASON_NAME_CONSTRAINTS;
		}
		break;
	}
	if (reason == TRUST_REASON_NONE && path_too_long(path, at))
		reason = TRUST_REASON_PATH_LENGTH;
	return reason;
}

bool
verdict_check_policies(struct court_node *const *path, size_t count,
    const struct trust_question *question, struct verdict_work *work,
    enum trust_policy_fit *ret_fit, size_t *ret_at)
{
	struct trust_policy_step steps[TRUST_MAX_PATH];
	/* What is trusted by itself has a path of no certificates, and of those no policy is
	 * asked. */
	size_t below = count > 1 ? count - 1 : 0;

	for (size_t i = 0; i < below; i++)
		steps[i] = (struct trust_policy_step){ path[i]->cert, path[i]->self_issued };
	*ret_fit = TRUST_POLICY_FITS;
	if (below > 0)
		*ret_fit = trust_policies_check(
		    steps, below, &question->policies, &work->done, work->limit, ret_at);
	return *ret_fit == TRUST_POLICY_FITS;
}

bool
verdict_distrusted_after(
    const struct court_node *root, const struct trust_cert *leaf, enum trust_usage usage)
{
	bool builtin = false;

	(void)court_state(root, usage, &builtin);
	return builtin && root->has_distrust_after[usage] && root->cert != leaf &&
	    trust_time_compare(leaf->not_before, root->distrust_after[usage]) > 0;
}

/* ---- DSA parameters ------------------------------------------------------------------------ */

const struct trust_cert *
verdict_parameters_of(struct court_node *const *path, size_t count, size_t at)
{
	if (!trust_cert_inherits_parameters(path[at]->cert))
		return NULL;
	for (size_t above = at + 1; above < count; above++)
		if (!trust_cert_inherits_parameters(path[above]->cert))
			return path[above]->cert;
	return NULL;
}

/* RFC 5280 section 6.1.4 (f): parameters come from the key above in this very path. From anywhere
 * else they could be made to fit a signature. */
bool
verdict_check_inherited(
    struct court_node *const *path, size_t count, struct verdict_work *work, size_t *ret_at)
{
	for (size_t i = count; i-- > 1;) {
		if (!trust_cert_inherits_parameters(path[i]->cert))
			continue;
		const struct trust_cert *parameters = verdict_parameters_of(path, count, i);
		struct trust_signed what = trust_cert_signed(path[i - 1]->cert);
		*ret_at = i - 1;
		if (!parameters || !verdict_spend(work, trust_signed_units(&what, parameters)) ||
		    trust_signed_check(&what, path[i]->cert, parameters) != TRUST_SIGNATURE_GOOD)
			return false;
	}
	return true;
}
