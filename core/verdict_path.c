/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The search for a path, in three steps. First the graph of who signed whom, from the leaf upwards,
 * with what is wrong with each element by itself: every signature is checked once. Then, within
 * what is good and leads to an anchor, the paths, for the checks that depend on a whole path. Where
 * none is good, all paths again, faults allowed, to tell the one that got furthest.
 *
 * The first two steps decide, within one budget. The third only explains, and has its own.
 */

#include <stdlib.h>
#include <string.h>

#include "core/verdict_internal.h"

struct edge {
	uint32_t issuer; /* vertex */
	bool weak;       /* signed with a broken hash */
};

struct vertex {
	struct court_node *node;
	enum trust_reason wrong; /* by itself */
	bool anchor;
	bool live; /* good, and leads to an anchor */
	bool on_path;
	bool refused; /* there is an issuer by name, and the signature is not its */
	uint32_t refused_by;
	uint32_t first_edge;
	uint32_t edge_count;
};

struct search {
	struct trust_court *court;
	const struct trust_question *question;
	struct vertex *vertices;
	size_t count;
	size_t capacity;
	struct edge *edges;
	size_t edge_count;
	size_t edge_capacity;
	struct verdict_work work;
	bool cut;      /* the budget is used up */
	bool too_deep; /* a path was left out for its length */
	uint32_t path[TRUST_MAX_PATH];
	struct court_node *nodes[TRUST_MAX_PATH]; /* of path */
	size_t depth;
	struct verdict_path *best;
	bool has_best;
	size_t best_faults;
};

static bool
spend(struct search *search, uint64_t units)
{
	if (!verdict_spend(&search->work, units))
		search->cut = true;
	return !search->cut;
}

/* ---- the graph ----------------------------------------------------------------------------- */

static struct vertex *
add_vertex(struct search *search, struct court_node *node)
{
	const struct trust_question *question = search->question;
	enum trust_state state = court_state(node, question->usage, NULL);

	node->self_issued = verdict_self_issued(node->cert);
	if (search->count == search->capacity) {
		search->capacity = search->capacity ? 2 * search->capacity : 16;
		search->vertices =
		    trust_grow_array(search->vertices, search->capacity, sizeof *search->vertices);
	}
	struct vertex *vertex = &search->vertices[search->count];
	bool leaf = search->count == 0;
	*vertex = (struct vertex){
		.node = node,
		.wrong = leaf ? verdict_check_leaf(search->court, node, question)
			      : verdict_check_issuer(search->court, node, question),
		.anchor = state == TRUST_TRUSTED,
	};
	if (leaf)
		vertex->anchor = (vertex->anchor && trust_cert_is_ca(node->cert)) ||
		    (!verdict_asks_ca(question) &&
			court_accepts(search->court, node, question->usage));
	node->question = search->court->question;
	node->vertex = (uint32_t)search->count++;
	/* Extensions are walked several times. */
	(void)spend(search, 1 + node->cert->der.size / 64);
	return vertex;
}

struct candidate {
	struct court_node *node;
	unsigned rank; /* lower is asked first */
};

static int
compare_candidates(const void *a, const void *b)
{
	const struct candidate *x = a;
	const struct candidate *y = b;
	if (x->rank != y->rank)
		return x->rank < y->rank ? -1 : 1;
	return x->node < y->node ? -1 : x->node > y->node;
}

/* Names alone may fit by accident; key identifiers tell another CA of the same name. */
static bool
key_ids_contradict(const struct trust_cert *cert, const struct trust_cert *issuer)
{
	return cert->authority_key_id.size && issuer->subject_key_id.size &&
	    !trust_bytes_equal(cert->authority_key_id, issuer->subject_key_id);
}

/* Nearest anchor first; then by key identifier, validity, and what the store has. */
static unsigned
rank_of(const struct search *search, const struct trust_cert *cert, const struct court_node *issuer)
{
	unsigned rank = 0;

	if (court_state(issuer, search->question->usage, NULL) != TRUST_TRUSTED)
		rank |= 8;
	if (key_ids_contradict(cert, issuer->cert))
		rank |= 4;
	if (trust_cert_is_expired(issuer->cert, search->question->at))
		rank |= 2;
	if (!court_is_here(issuer))
		rank |= 1;
	return rank;
}

/* Every certificate here whose subject is the issuer of this one, best first; owned. */
static struct candidate *
find_candidates(struct search *search, struct court_node *node, size_t *ret_count)
{
	uint64_t hash = court_issuer_hash(node);
	struct candidate *list = NULL;
	size_t count = 0;
	size_t capacity = 0;
	struct court_node *other;
	uint32_t at = 0;

	while (
	    (other = court_next_of(search->court, node->cert->issuer, hash, &search->work, &at))) {
		if (other == node)
			continue;
		if (count == capacity) {
			capacity = capacity ? 2 * capacity : 8;
			list = trust_grow_array(list, capacity, sizeof *list);
		}
		list[count++] = (struct candidate){ other, rank_of(search, node->cert, other) };
	}
	(void)spend(search, 0);
	if (count > 1)
		qsort(list, count, sizeof *list, compare_candidates);
	*ret_count = count;
	return list;
}

static uint32_t
vertex_of(struct search *search, struct court_node *node)
{
	if (node->question != search->court->question)
		add_vertex(search, node);
	return node->vertex;
}

static void
add_edge(struct search *search, uint32_t from, uint32_t issuer, bool weak)
{
	if (search->edge_count == search->edge_capacity) {
		search->edge_capacity = search->edge_capacity ? 2 * search->edge_capacity : 32;
		search->edges =
		    trust_grow_array(search->edges, search->edge_capacity, sizeof *search->edges);
	}
	search->edges[search->edge_count++] = (struct edge){ issuer, weak };
	search->vertices[from].edge_count++;
}

static void
expand(struct search *search, uint32_t at)
{
	struct court_node *node = search->vertices[at].node;
	bool weak = !search->question->allow_weak && verdict_weak_signature(node->cert);
	size_t count = 0;
	TRUST_AUTO_FREE struct candidate *candidates = find_candidates(search, node, &count);

	search->vertices[at].first_edge = (uint32_t)search->edge_count;
	for (size_t i = 0; i < count; i++) {
		struct court_node *issuer = candidates[i].node;
		enum trust_signature result =
		    court_signature(search->court, node, issuer, &search->work);
		if (!spend(search, 0))
			return;
		/* MD5 is not computed here, and need not be. */
		if (result == TRUST_SIGNATURE_GOOD ||
		    (result == TRUST_SIGNATURE_UNSUPPORTED && weak)) {
			add_edge(search, at, vertex_of(search, issuer), weak);
		} else if (!search->vertices[at].refused &&
		    !key_ids_contradict(node->cert, issuer->cert)) {
			uint32_t by = vertex_of(search, issuer);
			search->vertices[at].refused = true;
			search->vertices[at].refused_by = by;
		}
	}
}

static void
build_graph(struct search *search, struct court_node *leaf)
{
	add_vertex(search, leaf);
	for (uint32_t at = 0; at < search->count && !search->cut; at++)
		expand(search, at);
}

/* Issuers come after what they issued mostly, so that few rounds from the back are enough. */
static void
mark_live(struct search *search)
{
	bool changed = true;

	while (changed) {
		changed = false;
		if (!spend(search, 1 + (search->count + search->edge_count) / 64))
			return;
		for (size_t i = search->count; i > 0; i--) {
			struct vertex *vertex = &search->vertices[i - 1];
			if (vertex->live || vertex->wrong != TRUST_REASON_NONE)
				continue;
			bool live = vertex->anchor;
			for (uint32_t e = 0; !live && e < vertex->edge_count; e++) {
				const struct edge *edge = &search->edges[vertex->first_edge + e];
				live = !edge->weak && search->vertices[edge->issuer].live;
			}
			changed |= live;
			vertex->live = live;
		}
	}
}

/* ---- paths --------------------------------------------------------------------------------- */

static void
push(struct search *search, uint32_t at)
{
	search->vertices[at].on_path = true;
	search->path[search->depth] = at;
	search->nodes[search->depth++] = search->vertices[at].node;
}

static void
pop(struct search *search)
{
	search->vertices[search->path[--search->depth]].on_path = false;
}

/* One name with one key stands in a path once, whatever certificates say so (RFC 4158, 2.4.2). */
static bool
would_loop(struct search *search, uint32_t at)
{
	struct court_node *node = search->vertices[at].node;

	if (search->vertices[at].on_path)
		return true;
	for (size_t i = 0; i < search->depth; i++)
		if (search->nodes[i]->subject_hash == node->subject_hash &&
		    memcmp(court_key_hash(search->nodes[i]), court_key_hash(node),
			TRUST_SHA256_BYTES) == 0)
			return true;
	return false;
}

static void
keep_path(struct search *search, enum trust_answer answer, enum verdict_end end)
{
	struct verdict_path *path = search->best;

	*path = (struct verdict_path){ .answer = answer, .end = end, .count = search->depth };
	memcpy(path->nodes, search->nodes, search->depth * sizeof *path->nodes);
}

/* The reason for which what is known of an element's revocation refuses it. */
static enum trust_reason
reason_of_revocation(const struct search *search, const struct trust_revocation *revocation)
{
	if (revocation->state == TRUST_REVOCATION_REVOKED)
		return TRUST_REASON_REVOKED;
	return revocation->state == TRUST_REVOCATION_UNKNOWN && search->question->require_revocation
	    ? TRUST_REASON_REVOCATION
	    : TRUST_REASON_NONE;
}

/* Of every element but the anchor, which is trusted whatever its own list says; *ret_good: none is
 * refused for it. */
static void
ask_revocation(struct search *search, struct court_node *const *nodes, size_t count,
    struct trust_revocation *revocation, bool *ret_good)
{
	*ret_good = true;
	for (size_t i = 0; i + 1 < count; i++) {
		verdict_check_revocation(search->court, search->question, nodes, count, i,
		    &search->work, &revocation[i]);
		*ret_good &= reason_of_revocation(search, &revocation[i]) == TRUST_REASON_NONE;
		search->cut |= search->work.done > search->work.limit;
	}
	*ret_good &= !search->cut;
}

/* Does the path on hand end here, and well? */
static bool
arrived(struct search *search, const struct vertex *top)
{
	enum trust_policy_fit fit;
	size_t at = 0;
	struct trust_revocation revocation[TRUST_MAX_PATH] = { 0 };

	if (!top->anchor ||
	    verdict_distrusted_after(top->node, search->nodes[0]->cert, search->question->usage))
		return false;
	bool good = verdict_check_policies(
	    search->nodes, search->depth, search->question, &search->work, &fit, &at);
	search->cut |= fit == TRUST_POLICY_BUDGET;
	good = good && verdict_check_inherited(search->nodes, search->depth, &search->work, &at);
	if (good)
		ask_revocation(search, search->nodes, search->depth, revocation, &good);
	if (!good)
		return false;
	keep_path(search, TRUST_ANSWER_TRUSTED, VERDICT_END_ANCHOR);
	memcpy(search->best->revocation, revocation, sizeof revocation);
	return true;
}

/* From the element on top of the path to an anchor. */
static bool
climb(struct search *search)
{
	const struct vertex *top = &search->vertices[search->path[search->depth - 1]];
	size_t offender = 0;

	if (arrived(search, top))
		return true;
	for (uint32_t e = 0; e < top->edge_count; e++) {
		const struct edge *edge = &search->edges[top->first_edge + e];
		if (!spend(search, 1))
			return false;
		if (edge->weak || !search->vertices[edge->issuer].live ||
		    would_loop(search, edge->issuer))
			continue;
		if (search->depth == TRUST_MAX_PATH) {
			search->too_deep = true;
			return false;
		}
		push(search, edge->issuer);
		enum trust_reason reason =
		    verdict_check_above(search->nodes, search->depth - 1, &search->work, &offender);
		search->cut |= reason == TRUST_REASON_BUDGET;
		bool found = reason == TRUST_REASON_NONE && climb(search);
		pop(search);
		if (found || search->cut)
			return found;
	}
	return false;
}

/* ---- the path that got furthest ------------------------------------------------------------ */

static void
blame(struct verdict_path *path, size_t at, enum trust_reason reason)
{
	if (path->reasons[at] == TRUST_REASON_NONE || reason < path->reasons[at])
		path->reasons[at] = reason;
}

static enum trust_reason
reason_of_end(const struct search *search, const struct verdict_path *path)
{
	const struct court_node *last = path->nodes[path->count - 1];
	enum trust_state state = court_state(last, search->question->usage, NULL);

	switch (path->end) {
	case VERDICT_END_NOWHERE:
		return TRUST_REASON_UNKNOWN_ISSUER;
	case VERDICT_END_ROOT:
		if (state == TRUST_NOT_ANCHOR || state == TRUST_PEER)
			return TRUST_REASON_NOT_ANCHOR;
		if (path->count == 1 && (!court_is_here(last) || !trust_cert_is_ca(last->cert)))
			return TRUST_REASON_SELF_SIGNED;
		return TRUST_REASON_UNDECIDED_ROOT;
	case VERDICT_END_ANCHOR:
		return verdict_distrusted_after(last, path->nodes[0]->cert, search->question->usage)
		    ? TRUST_REASON_DISTRUST_AFTER
		    : TRUST_REASON_NONE;
	default:
		return TRUST_REASON_NONE;
	}
}

/* What depends on the anchor. */
static void
judge_whole(struct search *search, struct verdict_path *path)
{
	enum trust_policy_fit fit;
	size_t at = 0;
	bool good = true;

	if (!verdict_check_inherited(path->nodes, path->count, &search->work, &at))
		blame(path, at, TRUST_REASON_SIGNATURE);
	if (!verdict_check_policies(
		path->nodes, path->count, search->question, &search->work, &fit, &at))
		blame(path, at, TRUST_REASON_POLICY);
	ask_revocation(search, path->nodes, path->count, path->revocation, &good);
	for (size_t i = 0; i + 1 < path->count; i++) {
		enum trust_reason reason = reason_of_revocation(search, &path->revocation[i]);
		if (reason != TRUST_REASON_NONE)
			blame(path, i, reason);
	}
}

/* Every element's first fault, and from them the path's. */
static size_t
judge(struct search *search, struct verdict_path *path)
{
	size_t faults = 0;
	size_t lowest = SIZE_MAX; /* element that is told, of those with a wrong name */

	for (size_t i = 0; i < path->count; i++) {
		const struct vertex *vertex = &search->vertices[path->nodes[i]->vertex];
		size_t offender = i;
		path->reasons[i] = TRUST_REASON_NONE;
		if (vertex->wrong != TRUST_REASON_NONE)
			blame(path, i, vertex->wrong);
		if (i + 1 < path->count && !search->question->allow_weak &&
		    verdict_weak_signature(vertex->node->cert))
			blame(path, i, TRUST_REASON_WEAK);
		enum trust_reason above = i == 0
		    ? TRUST_REASON_NONE
		    : verdict_check_above(path->nodes, i, &search->work, &offender);
		if (above == TRUST_REASON_NAME_CONSTRAINTS) {
			blame(path, offender, above);
			if (offender < lowest) {
				lowest = offender;
				path->offender = i;
			}
		} else if (above == TRUST_REASON_PATH_LENGTH) {
			blame(path, i, above);
		}
	}
	if (path->end == VERDICT_END_ANCHOR)
		judge_whole(search, path);
	if (path->end == VERDICT_END_BAD_SIGNATURE)
		blame(path, path->count >= 2 ? path->count - 2 : 0, TRUST_REASON_SIGNATURE);
	enum trust_reason end = reason_of_end(search, path);
	if (end != TRUST_REASON_NONE)
		blame(path, path->count - 1, end);
	for (size_t i = 0; i < path->count; i++) {
		faults += path->reasons[i] != TRUST_REASON_NONE;
		if (path->reasons[i] != TRUST_REASON_NONE &&
		    (path->reasons[path->worst] == TRUST_REASON_NONE ||
			path->reasons[i] < path->reasons[path->worst]))
			path->worst = i;
	}
	return faults;
}

/* Is the path on hand better than the best so far: a better end, fewer faults, a later first fault,
 * fewer elements? */
static void
consider(struct search *search, enum verdict_end end)
{
	struct verdict_path path = {
		.answer = TRUST_ANSWER_NOT_TRUSTED, .end = end, .count = search->depth
	};
	memcpy(path.nodes, search->nodes, search->depth * sizeof *path.nodes);
	size_t faults = judge(search, &path);
	const struct verdict_path *best = search->best;

	/* What was not looked at to its end says nothing. */
	search->cut |= search->work.done > search->work.limit;
	if (search->cut)
		return;
	if (search->has_best) {
		enum trust_reason reason = path.reasons[path.worst];
		enum trust_reason best_reason = best->reasons[best->worst];
		if (end != best->end                    ? end < best->end
			: faults != search->best_faults ? faults > search->best_faults
			: reason != best_reason         ? reason < best_reason
							: path.count >= best->count)
			return;
	}
	*search->best = path;
	search->best_faults = faults;
	search->has_best = true;
}

/* A leaf that issued itself must have done so with its own key. */
static bool
forged_self(struct search *search, struct court_node *node)
{
	return search->depth == 1 &&
	    court_signature(search->court, node, node, &search->work) == TRUST_SIGNATURE_BAD &&
	    !search->cut;
}

static void
consider_dead_end(struct search *search, const struct vertex *top)
{
	bool self = trust_cert_is_self_issued(top->node->cert);
	bool forged = self && forged_self(search, top->node);

	if (self && !forged) {
		consider(search, VERDICT_END_ROOT);
	} else if (top->refused && search->depth < TRUST_MAX_PATH &&
	    !search->vertices[top->refused_by].on_path) {
		push(search, top->refused_by);
		consider(search, VERDICT_END_BAD_SIGNATURE);
		pop(search);
	} else {
		consider(search, forged ? VERDICT_END_BAD_SIGNATURE : VERDICT_END_NOWHERE);
	}
}

static void
explore(struct search *search)
{
	const struct vertex top = search->vertices[search->path[search->depth - 1]];
	bool further = false;

	if (top.anchor) {
		consider(search, VERDICT_END_ANCHOR);
		return;
	}
	bool as_ca = search->depth > 1 || verdict_asks_ca(search->question);
	if (court_distrusts(search->court, top.node, search->question->usage, as_ca)) {
		consider(search, VERDICT_END_DISTRUSTED);
		return;
	}
	for (uint32_t e = 0; e < top.edge_count && search->depth < TRUST_MAX_PATH; e++) {
		uint32_t issuer = search->edges[top.first_edge + e].issuer;
		if (!spend(search, 1))
			return;
		if (would_loop(search, issuer))
			continue;
		push(search, issuer);
		explore(search);
		pop(search);
		further = true;
	}
	if (!further)
		consider_dead_end(search, &top);
}

/* ---- together ------------------------------------------------------------------------------ */

void
verdict_search(struct trust_court *court, const struct trust_question *question,
    struct court_node *leaf, struct verdict_path *ret_path)
{
	struct search search = {
		.court = court,
		.question = question,
		.work = { .limit = TRUST_MAX_VERDICT_WORK / 3 * 2 },
		.best = ret_path,
	};

	build_graph(&search, leaf);
	bool incomplete = search.cut;
	search.cut = false;
	search.work = (struct verdict_work){ .limit = TRUST_MAX_VERDICT_WORK / 3 };
	mark_live(&search);
	push(&search, 0);
	bool found = search.vertices[0].live && climb(&search);
	if (!found && !incomplete && !search.cut && !search.too_deep) {
		search.work = (struct verdict_work){ .limit = TRUST_MAX_VERDICT_WORK / 3 };
		explore(&search);
	}
	if (!found && !search.has_best) {
		keep_path(&search, TRUST_ANSWER_UNDETERMINED, VERDICT_END_NOWHERE);
		ret_path->reasons[0] = TRUST_REASON_BUDGET;
	}
	trust_free(search.vertices);
	trust_free(search.edges);
}
