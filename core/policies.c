/* SPDX-License-Identifier: MPL-2.0 */
/* Certificate policies of a path; see policies.h. Letters in brackets are those of RFC 5280,
 * sections 6.1.3 to 6.1.5. */

#include "core/policies.h"

#include "core/cert.h"
#include "core/der.h"
#include "core/oid.h"

#define ANY_POLICY "2.5.29.32.0"
#define NO_LIMIT UINT32_MAX

/* A policy valid at this depth. */
struct node {
	struct trust_bytes policy;    /* content of the OID, borrowed from a certificate */
	bool any;                     /* it is anyPolicy */
	bool wanted;                  /* it comes from a policy that the relying party wants */
	struct trust_bytes *expected; /* owned; what it may be called below; none: as here */
	size_t expected_count;
};

struct level {
	struct node *nodes; /* owned */
	size_t count;       /* 0: the graph is NULL, and stays so */
	size_t capacity;
};

struct check {
	const struct trust_policy_wish *wish;
	struct level now;
	uint32_t explicit_policy; /* certificates until a valid policy must be there */
	uint32_t mapping;
	uint32_t inhibit_any;
	uint64_t *work;
	uint64_t limit;
	unsigned cheap; /* comparisons not yet counted */
};

/* ---- nodes --------------------------------------------------------------------------------- */

static void
level_done(struct level *level)
{
	for (size_t i = 0; i < level->count; i++)
		trust_free(level->nodes[i].expected);
	trust_free(level->nodes);
	*level = (struct level){ 0 };
}

/* Sixteen comparisons of a few bytes are one unit. What is too much is found out later: lists are
 * bounded by the size of certificates, and out_of_work() is asked once for each member. */
static bool
same(struct check *check, struct trust_bytes a, struct trust_bytes b)
{
	if (++check->cheap == 16) {
		check->cheap = 0;
		*check->work += 1;
	}
	return trust_bytes_equal(a, b);
}

static bool
out_of_work(const struct check *check)
{
	return *check->work > check->limit;
}

static struct node *
find(struct check *check, struct level *level, struct trust_bytes policy)
{
	for (size_t i = 0; i < level->count; i++)
		if (same(check, level->nodes[i].policy, policy))
			return &level->nodes[i];
	return NULL;
}

static struct node *
find_any(struct level *level)
{
	for (size_t i = 0; i < level->count; i++)
		if (level->nodes[i].any)
			return &level->nodes[i];
	return NULL;
}

/* Pointers to nodes are good until the next one is added. */
static struct node *
add(struct level *level, struct trust_bytes policy, bool wanted)
{
	if (level->count == level->capacity) {
		level->capacity = level->capacity ? 2 * level->capacity : 8;
		level->nodes =
		    trust_grow_array(level->nodes, level->capacity, sizeof *level->nodes);
	}
	struct node *node = &level->nodes[level->count++];
	*node = (struct node){
		.policy = policy, .any = trust_oid_is(policy, ANY_POLICY), .wanted = wanted
	};
	return node;
}

static bool
expects(struct check *check, const struct node *node, struct trust_bytes policy)
{
	if (node->expected_count == 0)
		return same(check, node->policy, policy);
	for (size_t i = 0; i < node->expected_count; i++)
		if (same(check, node->expected[i], policy))
			return true;
	return false;
}

/* Of a policy that is valid because its CA may issue under any. */
static bool
is_wanted(const struct check *check, struct trust_bytes policy)
{
	for (size_t i = 0; i < check->wish->count; i++)
		if (trust_oid_is(policy, check->wish->policies[i]))
			return true;
	return check->wish->count == 0;
}

/* ---- one certificate: 6.1.3 ---------------------------------------------------------------- */

/* (d) (1): a policy that the certificate names. */
static void
take_named(struct check *check, struct level *next, struct trust_bytes policy)
{
	bool found = false;
	bool wanted = false;

	for (size_t i = 0; i < check->now.count; i++)
		if (expects(check, &check->now.nodes[i], policy)) {
			found = true;
			wanted |= check->now.nodes[i].wanted;
		}
	if (!found && find_any(&check->now)) {
		found = true;
		wanted = is_wanted(check, policy);
	}
	if (found && !find(check, next, policy))
		add(next, policy, wanted);
}

static void
take_expected(
    struct check *check, struct level *next, const struct node *from, struct trust_bytes policy)
{
	struct node *there = find(check, next, policy);

	if (there)
		there->wanted |= from->wanted;
	else
		add(next, policy, from->wanted);
}

/* (d) (2): anyPolicy of the certificate stands for whatever is expected of it. */
static bool
take_any(struct check *check, struct level *next)
{
	for (size_t i = 0; i < check->now.count; i++) {
		const struct node *node = &check->now.nodes[i];
		if (node->expected_count == 0)
			take_expected(check, next, node, node->policy);
		for (size_t k = 0; k < node->expected_count && !out_of_work(check); k++)
			take_expected(check, next, node, node->expected[k]);
		if (out_of_work(check))
			return false;
	}
	return true;
}

static enum trust_policy_fit
take_policies(struct check *check, const struct trust_cert *cert, bool any_counts)
{
	const struct trust_extension *extension = trust_cert_extension(cert, TRUST_OID_POLICIES);
	struct level next = { 0 };
	struct trust_der list, information;
	struct trust_der_element policy;
	enum trust_policy_fit fit = TRUST_POLICY_FITS;
	bool any = false;

	if (!extension) { /* (e) */
		level_done(&check->now);
		return TRUST_POLICY_FITS;
	}
	struct trust_der der = trust_der_init(extension->value);
	if (!trust_der_enter(&der, TRUST_DER_SEQUENCE, &list) || !trust_der_at_end(&der))
		return TRUST_POLICY_UNREADABLE;
	while (fit == TRUST_POLICY_FITS && !trust_der_at_end(&list)) {
		if (!trust_der_enter(&list, TRUST_DER_SEQUENCE, &information) ||
		    !trust_der_expect(&information, TRUST_DER_OID, &policy))
			fit = TRUST_POLICY_UNREADABLE;
		else if (trust_oid_is(policy.content, ANY_POLICY))
			any = true;
		else
			take_named(check, &next, policy.content);
		if (out_of_work(check))
			fit = TRUST_POLICY_BUDGET;
	}
	if (fit == TRUST_POLICY_FITS && any && any_counts && !take_any(check, &next))
		fit = TRUST_POLICY_BUDGET;
	level_done(&check->now);
	check->now = next;
	return fit;
}

/* ---- before the next certificate: 6.1.4 ---------------------------------------------------- */

static void
drop(struct check *check, struct trust_bytes policy)
{
	struct node *node = find(check, &check->now, policy);

	if (!node)
		return;
	trust_free(node->expected);
	*node = check->now.nodes[--check->now.count];
}

/* (b) */
static void
map(struct check *check, struct trust_bytes from, struct trust_bytes to)
{
	if (check->mapping == 0) {
		drop(check, from);
		return;
	}
	struct node *node = find(check, &check->now, from);
	if (!node && find_any(&check->now))
		node = add(&check->now, from, is_wanted(check, from));
	if (!node)
		return;
	node->expected =
	    trust_grow_array(node->expected, node->expected_count + 1, sizeof *node->expected);
	node->expected[node->expected_count++] = to;
}

static enum trust_policy_fit
take_mappings(struct check *check, const struct trust_cert *cert)
{
	const struct trust_extension *extension =
	    trust_cert_extension(cert, TRUST_OID_POLICY_MAPPINGS);
	struct trust_der list, pair;
	struct trust_der_element from;
	struct trust_der_element to;

	if (!extension)
		return TRUST_POLICY_FITS;
	struct trust_der der = trust_der_init(extension->value);
	if (!trust_der_enter(&der, TRUST_DER_SEQUENCE, &list) || !trust_der_at_end(&der))
		return TRUST_POLICY_UNREADABLE;
	while (!trust_der_at_end(&list)) {
		if (!trust_der_enter(&list, TRUST_DER_SEQUENCE, &pair) ||
		    !trust_der_expect(&pair, TRUST_DER_OID, &from) ||
		    !trust_der_expect(&pair, TRUST_DER_OID, &to) || !trust_der_at_end(&pair) ||
		    trust_oid_is(from.content, ANY_POLICY) || trust_oid_is(to.content, ANY_POLICY))
			return TRUST_POLICY_UNREADABLE; /* (a) */
		map(check, from.content, to.content);
		if (out_of_work(check))
			return TRUST_POLICY_BUDGET;
	}
	return TRUST_POLICY_FITS;
}

/* A number of certificates; more than any path has is no limit. */
static bool
read_count(struct trust_bytes content, uint32_t *ret_count)
{
	uint32_t count = 0;

	if (content.size == 0 || (content.data[0] & 0x80))
		return false;
	for (size_t i = 0; i < content.size; i++)
		count = count > 0xffff ? NO_LIMIT : count << 8 | content.data[i];
	*ret_count = count;
	return true;
}

static bool
read_tagged_count(struct trust_der *der, unsigned tag, uint32_t *ret_count)
{
	struct trust_der_element element;

	if (trust_der_peek(der) != TRUST_DER_CONTEXT_PRIMITIVE(tag))
		return true;
	return trust_der_next(der, &element) && read_count(element.content, ret_count);
}

struct limits {
	uint32_t explicit_policy;
	uint32_t mapping;
	uint32_t inhibit_any;
};

static bool
read_limits(const struct trust_cert *cert, struct limits *ret_limits)
{
	const struct trust_extension *constraints =
	    trust_cert_extension(cert, TRUST_OID_POLICY_CONSTRAINTS);
	const struct trust_extension *inhibit =
	    trust_cert_extension(cert, TRUST_OID_INHIBIT_ANY_POLICY);
	struct trust_der inner;
	struct trust_der_element element;

	*ret_limits = (struct limits){ NO_LIMIT, NO_LIMIT, NO_LIMIT };
	if (constraints) {
		struct trust_der der = trust_der_init(constraints->value);
		if (!trust_der_enter(&der, TRUST_DER_SEQUENCE, &inner) || !trust_der_at_end(&der) ||
		    !read_tagged_count(&inner, 0, &ret_limits->explicit_policy) ||
		    !read_tagged_count(&inner, 1, &ret_limits->mapping) ||
		    !trust_der_at_end(&inner))
			return false;
	}
	if (inhibit) {
		struct trust_der der = trust_der_init(inhibit->value);
		if (!trust_der_expect(&der, TRUST_DER_INTEGER, &element) ||
		    !trust_der_at_end(&der) ||
		    !read_count(element.content, &ret_limits->inhibit_any))
			return false;
	}
	return true;
}

static void
count_down(uint32_t *count)
{
	if (*count > 0)
		--*count;
}

static void
lower(uint32_t *count, uint32_t limit)
{
	if (limit < *count)
		*count = limit;
}

static enum trust_policy_fit
prepare_next(struct check *check, const struct trust_policy_step *step, const struct limits *limits)
{
	enum trust_policy_fit fit = take_mappings(check, step->cert);

	if (fit != TRUST_POLICY_FITS)
		return fit;
	if (!step->self_issued) { /* (h) */
		count_down(&check->explicit_policy);
		count_down(&check->mapping);
		count_down(&check->inhibit_any);
	}
	lower(&check->explicit_policy, limits->explicit_policy); /* (i) */
	lower(&check->mapping, limits->mapping);
	lower(&check->inhibit_any, limits->inhibit_any); /* (j) */
	return TRUST_POLICY_FITS;
}

/* ---- together ------------------------------------------------------------------------------ */

static enum trust_policy_fit
check_step(struct check *check, const struct trust_policy_step *step, bool leaf)
{
	bool any_counts = check->inhibit_any > 0 || (!leaf && step->self_issued);
	struct limits limits;
	enum trust_policy_fit fit = take_policies(check, step->cert, any_counts);

	if (fit != TRUST_POLICY_FITS)
		return fit;
	if (check->explicit_policy == 0 && check->now.count == 0) /* (f) */
		return TRUST_POLICY_NONE_LEFT;
	if (!read_limits(step->cert, &limits))
		return TRUST_POLICY_UNREADABLE;
	if (!leaf)
		return prepare_next(check, step, &limits);
	/* 6.1.5 (a), (b) and (g) */
	count_down(&check->explicit_policy);
	if (limits.explicit_policy == 0)
		check->explicit_policy = 0;
	bool wanted = check->explicit_policy > 0;
	for (size_t i = 0; i < check->now.count; i++)
		wanted |= check->now.nodes[i].wanted;
	return wanted ? TRUST_POLICY_FITS : TRUST_POLICY_NONE_LEFT;
}

enum trust_policy_fit
trust_policies_check(const struct trust_policy_step *path, size_t count,
    const struct trust_policy_wish *wish, uint64_t *work, uint64_t limit, size_t *ret_at)
{
	static const uint8_t any[] = { 0x55, 0x1d, 0x20, 0x00 };
	struct check check = {
		.wish = wish,
		.explicit_policy = wish->explicit_policy ? 0 : NO_LIMIT,
		.mapping = wish->inhibit_mapping ? 0 : NO_LIMIT,
		.inhibit_any = wish->inhibit_any ? 0 : NO_LIMIT,
		.work = work,
		.limit = limit,
	};
	enum trust_policy_fit fit = TRUST_POLICY_FITS;

	add(&check.now, (struct trust_bytes){ any, sizeof any }, true);
	for (size_t at = count; at > 0 && fit == TRUST_POLICY_FITS; at--) {
		fit = check_step(&check, &path[at - 1], at == 1);
		if (fit != TRUST_POLICY_FITS)
			*ret_at = at - 1;
	}
	level_done(&check.now);
	return fit;
}
