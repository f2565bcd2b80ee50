/* SPDX-License-Identifier: MPL-2.0 */
/* A store's files from outside: modes, owners, journals, leftovers, and what pkcs11.txt names. */

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/buffer.h"
#include "core/place.h"
#include "core/preflight_internal.h"
#include "core/stage_internal.h"
#include "core/store_check_internal.h"
#include "core/store_files_internal.h"
#include "core/text.h"

static const char *const databases[] = { "cert9.db", "key4.db", "trustctl.db" };

/* ---- modes and owners ----------------------------------------------------------------------- */

/* A remedy for its mode or owner would change what it leads to, which somebody else chose. */
static bool
is_link(const struct trust_check_work *work, const char *name)
{
	TRUST_AUTO_FREE char *path = trust_printf("%s/%s", work->place->path, name);
	struct stat status;

	return lstat(path, &status) == 0 && S_ISLNK(status.st_mode);
}

static void
check_mode(struct trust_check_work *work, const char *name, const struct stat *status)
{
	bool secret = strcmp(name, "cert9.db") != 0;
	mode_t open_to = status->st_mode & (secret ? 077 : 022);
	/* The administrator's store is read by everybody; it is meant to hold no keys. */
	bool shared = work->place->kind == TRUST_PLACE_SYSTEM && (open_to & 022) == 0;

	if (open_to == 0)
		return;
	TRUST_AUTO_FREE char *word = trust_check_file_word(work, name);
	const char *harm = (open_to & 022) != 0 ? "others can change what it says"
	    : strcmp(name, "key4.db") == 0
	    ? "others can read it, and without a password also its private keys"
	    : "others can read it, and the keys it keeps to undo deletions";
	trust_check_add(work, shared ? TRUST_SEVERITY_NOTE : TRUST_SEVERITY_WARNING, "mode",
	    trust_strdup(name),
	    trust_printf("has the mode %04o: %s", (unsigned)(status->st_mode & 07777), harm),
	    is_link(work, name) ? NULL
				: trust_printf("chmod %s %s", secret ? "600" : "go-w", word));
}

static void
check_owner(struct trust_check_work *work, const char *name, const struct stat *status,
    const struct stat *directory)
{
	if (status->st_uid == directory->st_uid)
		return;
	bool link = is_link(work, name);
	TRUST_AUTO_FREE char *word = trust_check_file_word(work, name);
	TRUST_AUTO_FREE char *file_user = trust_user_words(status->st_uid);
	TRUST_AUTO_FREE char *user = trust_user_words(directory->st_uid);
	trust_check_add(work, TRUST_SEVERITY_WARNING, "owner", trust_strdup(name),
	    trust_printf("%s to %s and its directory to %s, whose programs may not be able to "
			 "use it",
		link ? "is a link to a file that belongs" : "belongs", file_user, user),
	    link ? NULL
		 : trust_printf("sudo chown %lu:%lu %s", (unsigned long)directory->st_uid,
		       (unsigned long)directory->st_gid, word));
}

static void
check_directory(struct trust_check_work *work, const struct stat *status)
{
	TRUST_AUTO_FREE char *word = trust_shell_word(work->place->path);
	bool sticky = (status->st_mode & S_ISVTX) != 0;

	if ((status->st_mode & 022) != 0 && !sticky)
		trust_check_add(work, TRUST_SEVERITY_ERROR, "mode", trust_strdup("the directory"),
		    trust_printf("has the mode %04o: others can put other files in place of the "
				 "store's",
			(unsigned)(status->st_mode & 07777)),
		    trust_printf("chmod go-w %s", word));
	if (status->st_uid == geteuid() || geteuid() == 0 ||
	    work->place->kind == TRUST_PLACE_SYSTEM)
		return;
	TRUST_AUTO_FREE char *user = trust_user_words(status->st_uid);
	trust_check_add(work, TRUST_SEVERITY_WARNING, "owner", trust_strdup("the directory"),
	    trust_printf("belongs to %s: what this user writes there may lock %s out", user, user),
	    NULL);
}

/* ---- journals ------------------------------------------------------------------------------- */

/* False: something is no file. */
static bool
check_regular(struct trust_check_work *work, const char *name)
{
	TRUST_AUTO_FREE char *path = trust_printf("%s/%s", work->place->path, name);
	TRUST_AUTO_FREE char *odd = trust_odd_file(path);

	if (odd == NULL)
		return true;
	const char *last = strrchr(odd, '/');
	work->odd = true;
	trust_check_add(work, TRUST_SEVERITY_ERROR, "not-database",
	    trust_text_display_string(last != NULL ? last + 1 : odd),
	    trust_strdup("is not a regular file: no database was opened"),
	    trust_strdup("look at what it is, and move it away"));
	return false;
}

static void
check_foreign_super(struct trust_check_work *work, const char *name)
{
	TRUST_AUTO_FREE char *super = trust_foreign_super_journal(work->place->path, name);
	TRUST_AUTO_FREE char *journal = trust_printf("%s-journal", name);
	TRUST_AUTO_FREE char *source = trust_stage_source(work->place->path, journal);

	if (super == NULL)
		return;
	TRUST_AUTO_FREE char *shown = trust_text_display_string(super);
	TRUST_AUTO_FREE char *word = trust_shell_word(source);
	work->foreign_super = true;
	trust_check_add(work, TRUST_SEVERITY_ERROR, "super-journal", trust_strdup(journal),
	    trust_printf("belongs to a change that also has '%s', which is none of this store: "
			 "SQLite would remove that file when it rolls back",
		shown),
	    trust_printf(
		"where the store was moved here, work on it where it was; else: rm %s", word));
}

static void
check_journal(struct trust_check_work *work, const char *name, bool hot)
{
	TRUST_AUTO_FREE char *path = trust_printf("%s/%s", work->place->path, name);
	TRUST_AUTO_FREE char *word = trust_check_file_word(work, name);

	if (hot)
		trust_check_add(work, TRUST_SEVERITY_ERROR, "hot-journal", trust_strdup(name),
		    trust_strdup("was being written when its writer died; until the journal is "
				 "rolled back, NSS programs cannot open it for reading"),
		    trust_printf("sqlite3 %s 'SELECT count(*) FROM sqlite_master'", word));
	if (!trust_db_in_wal_mode(path))
		return;
	work->wal = true;
	trust_check_add(work, TRUST_SEVERITY_WARNING, "wal", trust_strdup(name),
	    trust_strdup(
		"is in WAL mode, in which several files cannot be changed as one: trustctl "
		"refuses to write to the store"),
	    trust_printf("sqlite3 %s 'PRAGMA journal_mode=delete'", word));
}

/* cert9.db-mj1234ABCD: names the journals of one transaction over several files. */
static void
check_super_journals(struct trust_check_work *work, bool hot)
{
	DIR *listing = opendir(work->place->path);

	for (struct dirent *entry; listing != NULL && (entry = readdir(listing)) != NULL;) {
		bool super = false;
		for (size_t i = 0; i < TRUST_COUNT(databases); i++) {
			size_t size = strlen(databases[i]);
			super = super ||
			    (strncmp(entry->d_name, databases[i], size) == 0 &&
				strncmp(entry->d_name + size, "-mj", 3) == 0);
		}
		if (!super)
			continue;
		char *shown = trust_text_display_string(entry->d_name);
		TRUST_AUTO_FREE char *word = trust_check_file_word(work, entry->d_name);
		trust_check_add(work, TRUST_SEVERITY_NOTE, "super-journal", shown,
		    trust_strdup(hot ? "belongs to the interrupted change; rolling back needs it"
				     : "was left by a writer that died; it is harmless, and the "
				       "next change removes it"),
		    hot ? NULL : trust_printf("rm %s", word));
	}
	if (listing != NULL)
		closedir(listing);
}

static void
note_leftover(const char *dir, void *context)
{
	char *shown = trust_text_display_string(dir);
	TRUST_AUTO_FREE char *word = trust_shell_word(dir);

	trust_check_add(context, TRUST_SEVERITY_NOTE, "staging", shown,
	    trust_strdup(
		"is a private copy of a store that a killed trustctl left; the next change "
		"removes it"),
	    trust_printf("rm -r %s", word));
}

/* ---- modules -------------------------------------------------------------------------------- */

/* NSS takes the word in any case and, since it makes one line of several, anywhere in a line. */
#define LIBRARY "library="
#define LIBRARY_BYTES (sizeof LIBRARY - 1)
/* NSS writes about 500 bytes a module. */
#define MOST_MODULES_BYTES (1024 * 1024)

/* What comes after the word, when it is not empty: a module other than NSS's own. */
static void
check_module(struct trust_check_work *work, const char *name, size_t size)
{
	const char *end = memchr(name, '\n', size);
	size_t length = end != NULL ? (size_t)(end - name) : size;

	if (length == 0)
		return;
	TRUST_AUTO_FREE char *library = trust_text_display(name, length);
	trust_check_add(work, TRUST_SEVERITY_NOTE, "module", trust_strdup("pkcs11.txt"),
	    trust_printf("names the module '%s': NSS programs that open the store run its code; "
			 "trustctl never does",
		library),
	    NULL);
}

static void
check_modules(struct trust_check_work *work)
{
	TRUST_AUTO_FREE char *path = trust_printf("%s/pkcs11.txt", work->place->path);
	TRUST_AUTO_FD int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	TRUST_AUTO_BUFFER text;

	trust_buffer_init(&text, MOST_MODULES_BYTES);
	if (trust_buffer_append_file(&text, fd) == EFBIG)
		trust_check_add(work, TRUST_SEVERITY_WARNING, "module", trust_strdup("pkcs11.txt"),
		    trust_printf("is larger than %d KiB: the modules that it names further on are "
				 "not told",
			MOST_MODULES_BYTES / 1024),
		    NULL);
	for (size_t at = 0; at + LIBRARY_BYTES <= text.size; at++) {
		const char *word = (const char *)text.data + at;
		if (strncasecmp(word, LIBRARY, LIBRARY_BYTES) == 0)
			check_module(work, word + LIBRARY_BYTES, text.size - at - LIBRARY_BYTES);
	}
}

void
trust_check_files(struct trust_check_work *work)
{
	/* What preflight found is not known where a file is no database. */
	bool hot[TRUST_COUNT(databases)];
	struct stat directory;

	if (stat(work->place->path, &directory) != 0)
		return;
	check_directory(work, &directory);
	for (size_t i = 0; i < TRUST_COUNT(databases); i++)
		hot[i] = trust_journal_is_hot(work->place->path, databases[i]);
	for (size_t i = 0; i < TRUST_COUNT(databases); i++)
		check_foreign_super(work, databases[i]);
	for (size_t i = 0; i < TRUST_COUNT(databases); i++) {
		TRUST_AUTO_FREE char *path = trust_printf("%s/%s", work->place->path, databases[i]);
		struct stat status;
		if (!check_regular(work, databases[i]) || stat(path, &status) != 0)
			continue;
		check_mode(work, databases[i], &status);
		check_owner(work, databases[i], &status, &directory);
		check_journal(work, databases[i], hot[i]);
	}
	check_super_journals(work, hot[0] || hot[1] || hot[2]);
	trust_stage_each_leftover(work->place->path, note_leftover, work);
	check_modules(work);
}
