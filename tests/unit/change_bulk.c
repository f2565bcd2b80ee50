/* SPDX-License-Identifier: MPL-2.0 */
/* Many certificates in one change: what it costs, and where the private copy finds room. */

#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>

#include "tests/unit/real_stores.h"

/* SQLite calls ours instead of libc's. */
static int syncs;
int fdatasync(int fd);
int fsync(int fd);

int
fdatasync(int fd)
{
	syncs++;
	return (int)syscall(SYS_fdatasync, fd);
}

int
fsync(int fd)
{
	syncs++;
	return (int)syscall(SYS_fsync, fd);
}

/* The root with other names in it: the store does not look at signatures. */
static struct trust_bytes
numbered_cert(const struct trust_cert *root, unsigned number)
{
	static const char name[] = "Test Root";
	uint8_t *der = trust_memdup(root->der.data, root->der.size);
	char digits[16];

	snprintf(digits, sizeof digits, "%09u", number);
	for (size_t i = 0; i + strlen(name) <= root->der.size; i++)
		if (memcmp(der + i, name, strlen(name)) == 0)
			memcpy(der + i, digits, strlen(name));
	return (struct trust_bytes){ der, root->der.size };
}

struct bulk {
	struct trust_action *actions;
	size_t count;
};

static struct bulk
bulk_new(const struct trust_cert *root, size_t count)
{
	struct bulk bulk = { trust_alloc_array(count, sizeof *bulk.actions), count };

	for (size_t i = 0; i < count; i++)
		bulk.actions[i] = (struct trust_action){
			.kind = TRUST_ADD_CERT,
			.der = numbered_cert(root, (unsigned)i),
		};
	return bulk;
}

static void
bulk_done(struct bulk *bulk)
{
	for (size_t i = 0; i < bulk->count; i++)
		trust_free((void *)bulk->actions[i].der.data);
	trust_free(bulk->actions);
}

/* Runs it and says how long it took; the number of syncs in *ret_syncs. */
static int64_t
timed_run(const struct fixture *fixture, struct trust_change_request request, const char *what,
    int *ret_syncs)
{
	struct timespec from;
	struct timespec until;

	syncs = 0;
	clock_gettime(CLOCK_MONOTONIC, &from);
	int64_t entry = run(fixture, request);
	clock_gettime(CLOCK_MONOTONIC, &until);
	*ret_syncs = syncs;
	print_message("# %s: %.2f s, %d syncs\n", what,
	    (double)(until.tv_sec - from.tv_sec) + (double)(until.tv_nsec - from.tv_nsec) / 1e9,
	    syncs);
	return entry;
}

static void
a_thousand_certificates_cost_no_more_syncs_than_one(void **state TRUST_UNUSED)
{
	struct fixture fixture = store_with("bulk", NULL, false);
	TRUST_AUTO(trust_cert) *root = read_cert("root.der");
	const char *told = getenv("BULK");
	size_t count = told ? strtoul(told, NULL, 10) : 1000;
	struct bulk bulk = bulk_new(root, count);
	TRUST_AUTO_FREE char *query =
	    trust_printf("sqlite3 bulk/cert9.db \"select 'rows', count(*) from nssPublic\"");
	TRUST_AUTO_FREE char *all = trust_printf("rows|%zu", count + 1);
	int first = 0;
	int one = 0;
	int many = 0;

	const struct trust_action action = { .kind = TRUST_ADD_CERT, .der = root->der };
	struct trust_change_request single = { .actions = &action, .action_count = 1 };
	int64_t entry = timed_run(&fixture, single, "one, the first", &first);
	undo(&fixture, entry);
	timed_run(&fixture, single, "one", &one);
	entry = timed_run(&fixture,
	    (struct trust_change_request){ .actions = bulk.actions, .action_count = count }, "many",
	    &many);
	assert_int_equal(one, many);
	assert_in_range(many, 4, 16);
	assert_in_range(first, 4, 17);
	assert_true(shell_says(query, all));
	timed_run(&fixture, (struct trust_change_request){ .undo = entry }, "undo", &many);
	assert_true(shell_says(query, "rows|1"));
	bulk_done(&bulk);
	trust_places_free(fixture.places);
}

/* Each by a search of the whole history would be ten thousand million comparisons. */
static void
where_a_hundred_thousand_items_came_from_is_one_pass_over_the_history(void **state TRUST_UNUSED)
{
	enum { COUNT = 100000 };
	TRUST_AUTO_FREE struct trust_effect *effects = trust_alloc_array(COUNT, sizeof *effects);
	TRUST_AUTO_FREE struct trust_origin *origins = trust_alloc_array(COUNT, sizeof *origins);
	TRUST_AUTO_FREE const uint8_t **ids = trust_alloc_array(COUNT, sizeof *ids);
	struct trust_history_entry entries[] = {
		{ .number = 7, .effects = effects, .effect_count = COUNT / 2 },
		{ .number = 3, .effects = effects, .effect_count = COUNT },
	};
	const struct trust_history history = { .entries = entries, .count = TRUST_COUNT(entries) };

	for (size_t i = 0; i < COUNT; i++) {
		effects[i].kind = TRUST_EFFECT_ADDED;
		trust_sha256(&i, sizeof i, effects[i].id);
		ids[COUNT - 1 - i] = effects[i].id;
	}
	clock_t began = clock();
	trust_history_origins(&history, ids, COUNT, origins);
	assert_true(clock() - began < 2 * CLOCKS_PER_SEC);
	for (size_t i = 0; i < COUNT; i++) {
		assert_int_equal(origins[i].added_entry, i < COUNT / 2 ? 3 : 7);
		trust_origin_done(&origins[i]);
	}
}

static void
many_trusts_in_one_change(const char *password, size_t count)
{
	struct fixture fixture = store_with("trusts", password, false);
	TRUST_AUTO(trust_cert) *root = read_cert("root.der");
	struct bulk bulk = bulk_new(root, count);
	int ignored = 0;

	bulk.actions = trust_grow_array(bulk.actions, 2 * count, sizeof *bulk.actions);
	for (size_t i = 0; i < count; i++) {
		struct trust_action *action = &bulk.actions[count + i];
		*action = (struct trust_action){ .kind = TRUST_SET_TRUST };
		trust_sha256(bulk.actions[i].der.data, bulk.actions[i].der.size, action->id);
		action->states = trust_states_all(TRUST_DISTRUSTED);
	}
	timed_run(&fixture,
	    (struct trust_change_request){ .actions = bulk.actions, .action_count = 2 * count },
	    password ? "distrusted, with password" : "distrusted", &ignored);
	timed_run(&fixture,
	    (struct trust_change_request){ .actions = bulk.actions + count, .action_count = 1 },
	    "one of them again", &ignored);
	timed_run(&fixture, (struct trust_change_request){ .undo = 1 }, "undo", &ignored);
	bulk_done(&bulk);
	trust_places_free(fixture.places);
}

static void
many_trusts_in_one_change_without_password(void **state TRUST_UNUSED)
{
	many_trusts_in_one_change(NULL, getenv("BULK") ? 1000 : 100);
}

static void
many_trusts_in_one_change_with_password(void **state TRUST_UNUSED)
{
	many_trusts_in_one_change("secret", getenv("BULK") ? 200 : 20);
}

static void
the_private_copy_goes_where_the_import_fits_too(void **state TRUST_UNUSED)
{
	struct fixture fixture = store_with("room", NULL, false);
	TRUST_AUTO(trust_cert) *root = read_cert("root.der");
	struct bulk bulk = bulk_new(root, 1500);
	TRUST_AUTO_FREE char *runtime = trust_printf("%s/run", scratch);
	int ignored = 0;

	shell("mkdir -m 700 run");
	if (mount("none", runtime, "tmpfs", MS_NOSUID | MS_NODEV, "size=1400k,mode=0700") != 0) {
		print_message("# not allowed to mount: only half of the test\n");
		bulk.count = 10;
	}
	setenv("XDG_RUNTIME_DIR", runtime, 1);
	timed_run(&fixture,
	    (struct trust_change_request){ .actions = bulk.actions, .action_count = bulk.count },
	    "a small memory", &ignored);
	unsetenv("XDG_RUNTIME_DIR");
	umount(runtime);
	bulk.count = 1500;
	bulk_done(&bulk);
	trust_places_free(fixture.places);
}

/* Asked for the password in mid-work, it fills the memory up. */
static struct trust_secret *
fill_memory(void *context, enum trust_password_for what, const char *subject, unsigned attempt)
{
	shell("dd if=/dev/zero of=%s/full bs=1k || true", (const char *)context);
	(void)what;
	(void)subject;
	return attempt == 0 ? trust_secret_new("secret", 6) : NULL;
}

static void
memory_that_fills_up_meanwhile_is_named(void **state TRUST_UNUSED)
{
	struct fixture fixture = store_with("full", "secret", false);
	TRUST_AUTO(trust_cert) *root = read_cert("root.der");
	TRUST_AUTO_FREE char *runtime = trust_printf("%s/small", scratch);
	TRUST_AUTO(trust_change) *change = NULL;
	TRUST_AUTO_ERROR error = TRUST_ERROR_INIT;
	struct trust_action action = action_on(TRUST_SET_TRUST, root);
	const struct trust_change_request request = {
		.command = "test",
		.actions = &action,
		.action_count = 1,
		.asker = { fill_memory, runtime },
	};

	add(&fixture, root);
	action.states = trust_states_all(TRUST_DISTRUSTED);
	shell("mkdir -m 700 small");
	if (mount("none", runtime, "tmpfs", MS_NOSUID | MS_NODEV, "size=1400k,mode=0700") == 0) {
		setenv("XDG_RUNTIME_DIR", runtime, 1);
		assert_false(trust_change_prepare(fixture.place, &request, &change, &error));
		print_message("# %s\n", error.message);
		unsetenv("XDG_RUNTIME_DIR");
		umount(runtime);
		assert_int_equal(error.code, TRUST_STORE_FULL);
	}
	trust_places_free(fixture.places);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_thousand_certificates_cost_no_more_syncs_than_one),
		cmocka_unit_test(
		    where_a_hundred_thousand_items_came_from_is_one_pass_over_the_history),
		cmocka_unit_test(many_trusts_in_one_change_without_password),
		cmocka_unit_test(many_trusts_in_one_change_with_password),
		cmocka_unit_test(memory_that_fills_up_meanwhile_is_named),
		cmocka_unit_test(the_private_copy_goes_where_the_import_fits_too),
	};
	return cmocka_run_group_tests_name("change_bulk", tests, make_scratch, remove_scratch);
}
