/* SPDX-License-Identifier: MPL-2.0 */
/*
 * What a power loss may leave, by a log of the fault shim (FAULT_LOG):
 *
 *   replay LOG FOLDER BASE OUT WANTED RANDOM
 *
 * FOLDER is the logged folder, BASE a copy of it as it was before. Before each sync, and at the
 * end, power is lost: what was synced is there; of the rest (writes, cuts, and the making, renaming
 * and removing of names, which a sync of the folder alone makes durable) any part may be. Tried
 * are: nothing, all, every beginning, all but one, one alone, one file's alone, all but one file's,
 * one write torn at 512 bytes, and RANDOM choices. Of the different folders that come out, WANTED,
 * evenly spread (0: all), are written to OUT/1, OUT/2...; printed is how many there are and were
 * written.
 */

#include <dirent.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define MAX_OPS 8192
#define MAX_FILES 64
#define SECTOR 512

enum kind { WRITE, TRUNCATE, SYNC, SYNC_FOLDER, NAME, UNNAME };

struct op {
	enum kind kind;
	int file;      /* index of the file that is meant, not of a name */
	char name[96]; /* NAME, UNNAME */
	size_t offset;
	size_t size;
	uint8_t *bytes;
};

struct content {
	uint8_t *bytes;
	size_t size;
};

struct folder {
	char names[MAX_FILES][96];
	int files[MAX_FILES];
	size_t count;
};

static struct op ops[MAX_OPS];
static size_t op_count;
static struct content base[MAX_FILES];
static int file_count;
static struct folder before;
static struct folder now; /* while the log is read */

static uint64_t *seen;
static size_t seen_count;
static size_t wanted_every; /* 0: only count */
static size_t wanted_from;  /* all of the last, where the commit is */
static size_t written;
static const char *out;

static void
die(const char *what)
{
	fprintf(stderr, "replay: %s\n", what);
	exit(2);
}

static int
name_find(const struct folder *folder, const char *name)
{
	for (size_t i = 0; i < folder->count; i++)
		if (strcmp(folder->names[i], name) == 0)
			return (int)i;
	return -1;
}

static void
name_set(struct folder *folder, const char *name, int file)
{
	int at = name_find(folder, name);

	if (at < 0) {
		if (folder->count == MAX_FILES)
			die("too many names");
		at = (int)folder->count++;
		snprintf(folder->names[at], sizeof folder->names[at], "%s", name);
	}
	folder->files[at] = file;
}

static void
name_remove(struct folder *folder, const char *name)
{
	int at = name_find(folder, name);

	if (at < 0)
		return;
	folder->count--;
	memmove(folder->names[at], folder->names[folder->count], sizeof folder->names[at]);
	folder->files[at] = folder->files[folder->count];
}

/* ---- reading ------------------------------------------------------------------------------- */

static struct content
read_file(const char *path)
{
	struct content content = { 0 };
	FILE *file = fopen(path, "rb");

	if (!file || fseek(file, 0, SEEK_END) != 0)
		die(path);
	content.size = (size_t)ftell(file);
	content.bytes = malloc(content.size + 1);
	rewind(file);
	if (!content.bytes || fread(content.bytes, 1, content.size, file) != content.size)
		die(path);
	fclose(file);
	return content;
}

/* No folder is an empty one. */
static void
read_base(const char *path)
{
	DIR *listing = opendir(path);

	for (struct dirent *entry; listing && (entry = readdir(listing));) {
		char name[4096];
		if (entry->d_name[0] == '.')
			continue;
		snprintf(name, sizeof name, "%s/%s", path, entry->d_name);
		base[file_count] = read_file(name);
		name_set(&before, entry->d_name, file_count++);
	}
	if (listing)
		closedir(listing);
	now = before;
}

static struct op *
op_add(enum kind kind, int file, const char *name)
{
	if (op_count == MAX_OPS)
		die("the log is too long");
	struct op *op = &ops[op_count++];
	*op = (struct op){ .kind = kind, .file = file };
	snprintf(op->name, sizeof op->name, "%s", name ? name : "");
	if (kind == NAME)
		name_set(&now, name, file);
	if (kind == UNNAME)
		name_remove(&now, name);
	return op;
}

static void
take(const char *kind, const char *name, const char *other, size_t offset, size_t size, FILE *log)
{
	int at = name_find(&now, name);
	int file = at < 0 ? -1 : now.files[at];

	if (strcmp(kind, "make") == 0) {
		if (file_count == MAX_FILES)
			die("too many files");
		op_add(NAME, file_count++, name);
	} else if (strcmp(kind, "link") == 0 || strcmp(kind, "rename") == 0) {
		if (file >= 0)
			op_add(NAME, file, other);
		if (file >= 0 && strcmp(kind, "rename") == 0)
			op_add(UNNAME, file, name);
	} else if (strcmp(kind, "unlink") == 0) {
		op_add(UNNAME, file, name);
	} else if (strcmp(kind, "sync") == 0) {
		op_add(*name ? SYNC : SYNC_FOLDER, file, NULL);
	} else {
		struct op *op = op_add(strcmp(kind, "write") == 0 ? WRITE : TRUNCATE, file, NULL);
		op->offset = offset;
		op->size = size;
		op->bytes = malloc(size + 1);
		if (!op->bytes || fread(op->bytes, 1, size, log) != size)
			die("the log ends early");
	}
}

static const char *
below(const char *path, const char *folder)
{
	size_t size = strlen(folder);

	if (strncmp(path, folder, size) != 0)
		return path;
	return path[size] == '/' ? path + size + 1 : path + size;
}

static void
read_log(const char *path, const char *folder)
{
	FILE *log = fopen(path, "rb");
	char line[8400];

	if (!log)
		die(path);
	while (fgets(line, sizeof line, log)) {
		char *rest = line;
		const char *kind = strsep(&rest, "\t");
		const char *name = strsep(&rest, "\t");
		const char *other = strsep(&rest, "\t");
		const char *offset = strsep(&rest, "\t");
		if (!rest)
			die("the log is damaged");
		take(kind, below(name, folder), below(other, folder), strtoul(offset, NULL, 10),
		    strtoul(rest, NULL, 10), log);
	}
	fclose(log);
}

/* ---- one state ----------------------------------------------------------------------------- */

static void
content_write(struct content *content, size_t offset, const uint8_t *bytes, size_t size)
{
	size_t end = offset + size;

	if (end > content->size) {
		content->bytes = realloc(content->bytes, end + 1);
		if (!content->bytes)
			die("out of memory");
		memset(content->bytes + content->size, 0, end - content->size);
		content->size = end;
	}
	if (size)
		memcpy(content->bytes + offset, bytes, size);
}

static uint64_t
digest(uint64_t hash, const void *bytes, size_t size)
{
	for (size_t i = 0; i < size; i++)
		hash = (hash ^ ((const uint8_t *)bytes)[i]) * 0x100000001b3U;
	return hash;
}

static int
by_name(const void *a, const void *b, void *context)
{
	const struct folder *folder = context;
	return strcmp(folder->names[*(const int *)a], folder->names[*(const int *)b]);
}

static void
write_state(const struct folder *folder, const struct content *contents)
{
	char path[4096];

	snprintf(path, sizeof path, "%s/%zu", out, ++written);
	if (mkdir(path, 0700) != 0)
		die(path);
	for (size_t i = 0; i < folder->count; i++) {
		const struct content *content = &contents[folder->files[i]];
		snprintf(path, sizeof path, "%s/%zu/%s", out, written, folder->names[i]);
		FILE *file = fopen(path, "wb");
		if (!file ||
		    (content->size &&
			fwrite(content->bytes, 1, content->size, file) != content->size) ||
		    fclose(file) != 0)
			die(path);
	}
}

static void
keep_state(struct folder *folder, const struct content *contents)
{
	int order[MAX_FILES];
	uint64_t hash = 0xcbf29ce484222325U;

	for (size_t i = 0; i < folder->count; i++)
		order[i] = (int)i;
	qsort_r(order, folder->count, sizeof order[0], by_name, folder);
	for (size_t i = 0; i < folder->count; i++) {
		const struct content *content = &contents[folder->files[order[i]]];
		hash = digest(hash, folder->names[order[i]], strlen(folder->names[order[i]]) + 1);
		hash = digest(hash, &content->size, sizeof content->size);
		hash = digest(hash, content->bytes, content->size);
	}
	for (size_t i = 0; i < seen_count; i++)
		if (seen[i] == hash)
			return;
	seen = realloc(seen, (seen_count + 1) * sizeof *seen);
	if (!seen)
		die("out of memory");
	seen[seen_count++] = hash;
	if (wanted_every && (seen_count % wanted_every == 0 || seen_count > wanted_from))
		write_state(folder, contents);
}

/* The operations before `end` that `there` says are on the disk; of `torn` only its first half. */
static void
build(size_t end, const uint8_t *there, size_t torn)
{
	static struct folder folder;
	static struct content contents[MAX_FILES];

	folder = before;
	for (int i = 0; i < file_count; i++) {
		contents[i] = (struct content){ 0 };
		content_write(&contents[i], 0, base[i].bytes, base[i].size);
	}
	for (size_t i = 0; i < end; i++) {
		const struct op *op = &ops[i];
		if (!there[i])
			continue;
		size_t size = i == torn ? op->size / 2 / SECTOR * SECTOR : op->size;
		if (op->kind == NAME)
			name_set(&folder, op->name, op->file);
		else if (op->kind == UNNAME)
			name_remove(&folder, op->name);
		else if (op->kind == WRITE && op->file >= 0)
			content_write(&contents[op->file], op->offset, op->bytes, size);
		else if (op->kind == TRUNCATE && op->file >= 0) {
			content_write(&contents[op->file], op->offset, NULL, 0);
			contents[op->file].size = op->offset;
		}
	}
	keep_state(&folder, contents);
	for (int i = 0; i < file_count; i++)
		free(contents[i].bytes);
}

/* ---- all states ---------------------------------------------------------------------------- */

static bool
is_durable(size_t at, size_t end)
{
	const struct op *op = &ops[at];
	bool name = op->kind == NAME || op->kind == UNNAME;

	for (size_t i = at + 1; i < end; i++)
		if (name ? ops[i].kind == SYNC_FOLDER
			 : ops[i].kind == SYNC && ops[i].file == op->file)
			return true;
	return false;
}

/* Power is lost before operation `end`. */
static void
lose_power(size_t end, long rounds)
{
	static uint8_t durable[MAX_OPS];
	static uint8_t there[MAX_OPS];
	static size_t open[MAX_OPS];
	size_t count = 0;

	for (size_t i = 0; i < end; i++) {
		durable[i] = is_durable(i, end);
		if (!durable[i] && ops[i].kind != SYNC && ops[i].kind != SYNC_FOLDER)
			open[count++] = i;
	}
	memcpy(there, durable, end);
	build(end, there, SIZE_MAX);
	for (size_t i = 0; i < count; i++) { /* one alone, one file's alone */
		there[open[i]] = 1;
		build(end, there, SIZE_MAX);
		for (size_t k = 0; k < count; k++)
			there[open[k]] = ops[open[k]].file == ops[open[i]].file;
		build(end, there, SIZE_MAX);
		memcpy(there, durable, end);
	}
	for (size_t i = 0; i < count; i++) { /* every beginning, up to all */
		there[open[i]] = 1;
		build(end, there, SIZE_MAX);
	}
	for (size_t i = 0; i < count; i++) { /* all but one, all but one file's, one torn */
		there[open[i]] = 0;
		build(end, there, SIZE_MAX);
		there[open[i]] = 1;
		if (ops[open[i]].kind == WRITE)
			build(end, there, open[i]);
		for (size_t k = 0; k < count; k++)
			there[open[k]] = ops[open[k]].file != ops[open[i]].file;
		build(end, there, SIZE_MAX);
		for (size_t k = 0; k < count; k++)
			there[open[k]] = 1;
	}
	for (long round = 0; round < rounds; round++) {
		for (size_t i = 0; i < count; i++)
			there[open[i]] = (uint8_t)(random() & 1);
		build(end, there, SIZE_MAX);
	}
}

static size_t
lose_power_everywhere(long rounds)
{
	size_t syncs = 0;

	srandom(1);
	seen_count = 0;
	for (size_t end = 0; end <= op_count; end++)
		if (end == op_count || ops[end].kind == SYNC || ops[end].kind == SYNC_FOLDER) {
			syncs += end < op_count;
			lose_power(end, rounds);
		}
	return syncs;
}

int
main(int argc, char **argv)
{
	if (argc != 7)
		die("usage: replay LOG FOLDER BASE OUT WANTED RANDOM");
	size_t wanted = strtoul(argv[5], NULL, 10);
	long rounds = strtol(argv[6], NULL, 10);

	out = argv[4];
	read_base(argv[3]);
	read_log(argv[1], argv[2]);
	size_t syncs = lose_power_everywhere(rounds);
	size_t total = seen_count;
	wanted_every = wanted && wanted < total ? total / wanted : 1;
	wanted_from = total > 8 ? total - 8 : 0;
	lose_power_everywhere(rounds);
	printf("%zu syncs, %zu states, %zu written\n", syncs, total, written);
	return 0;
}
