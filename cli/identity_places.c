/* SPDX-License-Identifier: MPL-2.0 */
/* Which programs of this machine have a personal certificate, and how it gets to the others. */

#include "cli/identity.h"
#include "cli/plan.h"
#include "core/cert.h"
#include "core/place.h"

void
cli_identity_look(struct cli *cli, const struct cli_identity *identity,
    const struct trust_place *place, const struct trust_store *store, bool with_file,
    struct cli_identity_place *ret_place)
{
	struct trust_question question = identity->verify.question;
	const struct trust_item *item =
	    store ? trust_store_find(store, identity->input.cert->id) : NULL;

	*ret_place = (struct cli_identity_place){
		.place = place,
		.store = store,
		.has_cert = item != NULL,
		.has_key = item && item->key_object_id,
		.key_hidden = item && item->key_hidden,
		.name = place ? cli_place_words(place) : NULL,
		.court = trust_court_new(store, cli_builtin(cli)),
	};
	ret_place->offers = ret_place->has_key && !ret_place->key_hidden &&
	    identity->uses.websites && identity->valid;
	if (!with_file)
		question.other_count = 0;
	ret_place->chain = trust_court_ask(ret_place->court, &question);
	question.usage = TRUST_EMAIL;
	if (cli_uses_mail(&identity->uses))
		ret_place->letter = trust_court_ask(ret_place->court, &question);
	ret_place->mail = ret_place->letter && identity->uses.sign &&
	    ret_place->letter->answer == TRUST_ANSWER_TRUSTED;
}

/* The commands that bring it into a store that lacks it; owned by the caller; NULL: there are
 * none. */
static char *
import_words(
    const struct cli *cli, const struct cli_identity *identity, const struct trust_place *place)
{
	TRUST_AUTO_FREE char *to = trust_place_option(place);

	if (identity->key) {
		TRUST_AUTO_FREE char *word = cli_file_word(cli->operands[0]);
		return word ? trust_printf("trustctl import %s%s", word, to) : NULL;
	}
	if (!identity->home)
		return NULL;
	TRUST_AUTO_FREE char *id = cli_short_id(identity->input.cert->id);
	TRUST_AUTO_FREE char *from = trust_place_option(identity->home);
	return trust_printf("trustctl export %s%s -o identity.p12 --chain, then: "
			    "trustctl import identity.p12%s",
	    id, from, to);
}

/* Programs that show certificates to servers or sign mail. */
static bool
is_program(const struct trust_place *place)
{
	return place->kind != TRUST_PLACE_SYSTEM && place->kind != TRUST_PLACE_BUILTIN;
}

static void
add_place(struct cli *cli, struct cli_identity *identity, const struct trust_place *place)
{
	const struct cli_verify_input *input = &identity->input;
	struct cli_identity_place *at = &identity->places[identity->place_count++];
	const struct trust_store *store = NULL;
	const char *failed = NULL;
	bool has_cert = false;

	for (size_t i = 0; i < input->places->count; i++)
		if (cli_same_place(&input->places->list[i], place)) {
			store = input->stores[i];
			failed = input->failed[i].message;
		}
	/* What a program has is all that it can send along. */
	has_cert = store && trust_store_find(store, input->cert->id);
	cli_identity_look(cli, identity, place, store, !has_cert, at);
	at->failed = failed;
	if (!failed && !at->has_key)
		at->import = import_words(cli, identity, place);
}

void
cli_identity_find_places(struct cli *cli, struct cli_identity *identity)
{
	const struct trust_places *all =
	    cli->global.store ? identity->input.places : cli_all_places(cli);

	identity->places = trust_alloc_array(all->count + 1, sizeof *identity->places);
	for (size_t i = 0; i < all->count; i++)
		if (is_program(&all->list[i]))
			add_place(cli, identity, &all->list[i]);
}
