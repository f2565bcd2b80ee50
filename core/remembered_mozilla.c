/* SPDX-License-Identifier: MPL-2.0 */
/*
 * What Firefox and Thunderbird remember in a profile, and what the administrator presets. Seen in
 * Firefox 153: the list is a file of slots of 1286 bytes, each a checksum (its other 16-bit words,
 * by exclusive or), a score, a day, a key of 256 bytes ("HOST,,ORIGIN ATTRIBUTES") and a value of
 * 1024, padded with NUL. The value names a certificate by serial number and issuer, or says that
 * none is to be sent. Versions before that wrote lines "KEY\tSCORE\tDAY\tVALUE".
 */

#include <string.h>
#include <unistd.h>

#include <jansson.h>

#include "core/cert.h"
#include "core/place.h"
#include "core/place_internal.h"
#include "core/remembered_internal.h"

#define SLOT_BYTES 1286
#define KEY_AT 6
#define KEY_BYTES 256
#define VALUE_AT (KEY_AT + KEY_BYTES)
#define VALUE_BYTES (SLOT_BYTES - VALUE_AT)
/* Firefox keeps at most 1024 slots. */
#define MAX_LIST_BYTES ((size_t)4 * 1024 * 1024)
/* prefs.js has some 20 KB; with many add-ons some hundred. */
#define MAX_PREFS_BYTES ((size_t)16 * 1024 * 1024)

static const char without[] = "no client certificate";
static const char preference[] = "security.default_personal_cert";
static const char automatic[] = "Select Automatically";

/* ---- the list ------------------------------------------------------------------------------ */

static int
digit_of(char c)
{
	static const char digits[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	const char *at = c ? strchr(digits, c) : NULL;
	return at ? (int)(at - digits) : -1;
}

/* Base64 of one line; what is no digit ends it. */
static void
decode(const char *text, size_t size, struct trust_buffer *out)
{
	unsigned bits = 0;
	unsigned held = 0;

	for (size_t i = 0; i < size; i++) {
		int digit = digit_of(text[i]);
		if (digit < 0)
			return;
		held = held << 6 | (unsigned)digit;
		bits += 6;
		if (bits >= 8) {
			bits -= 8;
			uint8_t byte = (uint8_t)(held >> bits);
			trust_buffer_append(out, &byte, 1);
		}
	}
}

/* NSS's key of a certificate: two numbers of old that are 0, the sizes of serial number and issuer,
 * and both. */
static bool
names_cert(const char *value, size_t size, const struct trust_cert *cert)
{
	TRUST_AUTO_BUFFER key;

	trust_buffer_init(&key, VALUE_BYTES);
	decode(value, size, &key);
	if (key.size < 16)
		return false;
	size_t serial = trust_u32_at(key.data + 8);
	size_t issuer = trust_u32_at(key.data + 12);
	return serial == cert->serial.size && issuer == cert->issuer.size &&
	    key.size - 16 == serial + issuer &&
	    memcmp(key.data + 16, cert->serial.data, serial) == 0 &&
	    memcmp(key.data + 16 + serial, cert->issuer.data, issuer) == 0;
}

static void
add_decision(struct remembered_reader *reader, const char *key, size_t key_size, const char *value,
    size_t value_size)
{
	const char *comma = memchr(key, ',', key_size);
	enum trust_remembered_choice choice = TRUST_REMEMBERED_OTHER;

	if (key_size == 0)
		return; /* a slot that is free */
	if (value_size == sizeof without - 1 && memcmp(value, without, value_size) == 0)
		choice = TRUST_REMEMBERED_NONE;
	else if (names_cert(value, value_size, reader->cert))
		choice = TRUST_REMEMBERED_THIS;
	remembered_add(
	    reader, TRUST_REMEMBERED_LIST, choice, key, comma ? (size_t)(comma - key) : key_size);
}

static bool
is_intact(const uint8_t *slot)
{
	unsigned sum = 0;

	for (size_t i = 2; i < SLOT_BYTES; i += 2)
		sum ^= (unsigned)slot[i] << 8 | slot[i + 1];
	return sum == ((unsigned)slot[0] << 8 | slot[1]);
}

/* A slot whose checksum is wrong counts for Firefox as nothing. */
void
remembered_in_slots(struct remembered_reader *reader, struct trust_bytes bytes)
{
	for (size_t at = 0; bytes.size - at >= SLOT_BYTES; at += SLOT_BYTES) {
		const uint8_t *slot = bytes.data + at;
		const char *key = (const char *)slot + KEY_AT;
		const char *value = (const char *)slot + VALUE_AT;
		if (is_intact(slot))
			add_decision(reader, key, strnlen(key, KEY_BYTES), value,
			    strnlen(value, VALUE_BYTES));
	}
}

void
remembered_in_lines(struct remembered_reader *reader, struct trust_bytes bytes)
{
	const char *at = (const char *)bytes.data;
	const char *end = at + bytes.size;

	while (at < end) {
		const char *newline = memchr(at, '\n', (size_t)(end - at));
		const char *line_end = newline ? newline : end;
		const char *tab = memchr(at, '\t', (size_t)(line_end - at));
		const char *value = memrchr(at, '\t', (size_t)(line_end - at));
		if (tab && value != tab)
			add_decision(reader, at, (size_t)(tab - at), value + 1,
			    (size_t)(line_end - value - 1));
		at = line_end + 1;
	}
}

static void
read_list(struct remembered_reader *reader, const char *profile)
{
	TRUST_AUTO_FREE char *slots = trust_printf("%s/ClientAuthRememberList.bin", profile);
	TRUST_AUTO_FREE char *lines = trust_printf("%s/ClientAuthRememberList.txt", profile);
	TRUST_AUTO_BUFFER bytes;

	trust_buffer_init(&bytes, MAX_LIST_BYTES);
	reader->path = slots;
	if (remembered_read(reader, TRUST_REMEMBERED_LIST, &bytes))
		remembered_in_slots(reader, trust_buffer_bytes(&bytes));
	/* What an older version left beside it counts no more, also where it cannot be read. */
	if (access(slots, F_OK) == 0)
		return;
	trust_buffer_clear(&bytes);
	reader->path = lines;
	if (remembered_read(reader, TRUST_REMEMBERED_LIST, &bytes))
		remembered_in_lines(reader, trust_buffer_bytes(&bytes));
}

/* ---- the preference ------------------------------------------------------------------------ */

char *
remembered_preference(const char *text)
{
	char *found = NULL;

	for (const char *line = text, *end; *line; line = end + (*end == '\n')) {
		end = line + strcspn(line, "\n");
		line += strspn(line, " \t");
		if (strncmp(line, "user_pref", 9) != 0)
			continue; /* a comment */
		const char *value =
		    memmem(line, (size_t)(end - line), preference, sizeof preference - 1);
		if (!value)
			continue;
		value += sizeof preference - 1;
		value += strspn(value, "\"', \t");
		trust_free(found);
		found = trust_printf("%.*s", (int)strcspn(value, "\"'\n"), value);
	}
	return found;
}

static void
read_preferences(struct remembered_reader *reader, const char *profile)
{
	/* user.js is read last, and at every start. */
	static const char *const names[] = { "prefs.js", "user.js" };
	TRUST_AUTO_FREE char *value = NULL;
	TRUST_AUTO_FREE char *set_in = NULL;

	for (size_t i = 0; i < TRUST_COUNT(names); i++) {
		TRUST_AUTO_FREE char *path = trust_printf("%s/%s", profile, names[i]);
		TRUST_AUTO_BUFFER bytes;
		trust_buffer_init(&bytes, MAX_PREFS_BYTES);
		reader->path = path;
		if (!remembered_read(reader, TRUST_REMEMBERED_PREFERENCE, &bytes) ||
		    bytes.size == 0)
			continue;
		char *here = remembered_preference((const char *)bytes.data);
		if (!here)
			continue;
		trust_free(value);
		trust_free(set_in);
		value = here;
		set_in = trust_steal(&path);
	}
	reader->path = set_in;
	if (value && strcmp(value, automatic) == 0)
		remembered_add(reader, TRUST_REMEMBERED_PREFERENCE, TRUST_REMEMBERED_ANY, NULL, 0);
}

/* ---- the administrator's ------------------------------------------------------------------- */

static const struct {
	enum trust_place_kind kind;
	const char *file;
	const char *program;
} policy_rules[] = {
#define MOZILLA_POLICIES(kind, file, program) { kind, file, program },
#include "data/places.def"
#undef MOZILLA_POLICIES
};

static const struct {
	enum trust_place_kind kind;
	const char *directory;
} program_rules[] = {
#define LIBRARIES(kind, directory) { kind, directory },
#include "data/places.def"
#undef LIBRARIES
};

/* A preference is a value, which is locked then, or an object that says more. */
void
remembered_in_preset(struct remembered_reader *reader, struct trust_bytes bytes)
{
	json_t *root = remembered_json(reader, TRUST_REMEMBERED_PRESET, bytes);
	const json_t *preferences =
	    json_object_get(json_object_get(root, "policies"), "Preferences");
	const json_t *rule = json_object_get(preferences, preference);
	const char *status = json_string_value(json_object_get(rule, "Status"));
	const char *value =
	    json_string_value(json_is_object(rule) ? json_object_get(rule, "Value") : rule);

	if (value && strcmp(value, automatic) == 0 && (!status || strcmp(status, "clear") != 0))
		remembered_add(reader, TRUST_REMEMBERED_PRESET, TRUST_REMEMBERED_ANY, NULL, 0);
	json_decref(root);
}

static void
read_all_policies(struct remembered_reader *reader)
{
	for (size_t i = 0; i < TRUST_COUNT(policy_rules); i++) {
		TRUST_AUTO_FREE char *system =
		    trust_place_expand(reader->environment, policy_rules[i].file);
		bool there = access(system, F_OK) == 0;
		reader->program = policy_rules[i].program;
		reader->path = system;
		if (there)
			remembered_hand(reader, TRUST_REMEMBERED_PRESET, remembered_in_preset);
		for (size_t k = 0; !there && k < TRUST_COUNT(program_rules); k++) {
			TRUST_AUTO_FREE char *directory =
			    trust_place_expand(reader->environment, program_rules[k].directory);
			TRUST_AUTO_FREE char *own =
			    trust_printf("%s/distribution/policies.json", directory);
			reader->path = own;
			if (program_rules[k].kind == policy_rules[i].kind)
				remembered_hand(
				    reader, TRUST_REMEMBERED_PRESET, remembered_in_preset);
		}
	}
}

void
remembered_of_mozilla(struct remembered_reader *reader)
{
	for (size_t i = 0; i < reader->places->count; i++) {
		const struct trust_place *place = &reader->places->list[i];
		if (place->kind != TRUST_PLACE_FIREFOX && place->kind != TRUST_PLACE_THUNDERBIRD)
			continue;
		reader->program = place->readers;
		read_list(reader, place->path);
		read_preferences(reader, place->path);
	}
	read_all_policies(reader);
}
