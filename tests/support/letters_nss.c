/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Trust as a program reads it that has logged in, which certutil does not do for -L: only then does
 * NSS check the signatures of trust in a store with a password. letters_nss DIRECTORY
 * [PASSWORD_FILE] prints the letters, a tab and the nickname of each certificate.
 */

#include <prerror.h>
#include <stdio.h>
#include <string.h>

#include <cert.h>
#include <certdb.h>
#include <nss.h>
#include <pk11pub.h>

static int
fail(const char *what)
{
	const char *name = PR_ErrorToName(PR_GetError());

	fprintf(stderr, "letters_nss: %s: %s\n", what, name ? name : "unknown");
	return 1;
}

static void
print_field(unsigned flags, char end)
{
	if (flags & CERTDB_TRUSTED_CA)
		putchar('C');
	if (flags & CERTDB_TRUSTED_CLIENT_CA)
		putchar('T');
	if ((flags & CERTDB_VALID_CA) && !(flags & (CERTDB_TRUSTED_CA | CERTDB_TRUSTED_CLIENT_CA)))
		putchar('c');
	if (flags & CERTDB_TERMINAL_RECORD)
		putchar(flags & CERTDB_TRUSTED ? 'P' : 'p');
	if (flags & CERTDB_USER)
		putchar('u');
	putchar(end);
}

static int
print_all(PK11SlotInfo *slot)
{
	CERTCertList *list = PK11_ListCertsInSlot(slot);

	if (!list)
		return fail("listing");
	for (CERTCertListNode *node = CERT_LIST_HEAD(list); !CERT_LIST_END(node, list);
	     node = CERT_LIST_NEXT(node)) {
		CERTCertTrust trust = { 0 };
		if (CERT_GetCertTrust(node->cert, &trust) != SECSuccess)
			memset(&trust, 0, sizeof trust);
		print_field(trust.sslFlags, ',');
		print_field(trust.emailFlags, ',');
		print_field(trust.objectSigningFlags, '\t');
		puts(node->cert->nickname ? node->cert->nickname : "");
	}
	CERT_DestroyCertList(list);
	return 0;
}

static int
log_in(PK11SlotInfo *slot, const char *file)
{
	char password[256] = "";
	FILE *stream = fopen(file, "r");

	if (!stream || !fgets(password, sizeof password, stream)) {
		perror(file);
		if (stream)
			fclose(stream);
		return 1;
	}
	fclose(stream);
	password[strcspn(password, "\n")] = '\0';
	return PK11_CheckUserPassword(slot, password) == SECSuccess ? 0 : fail("password");
}

int
main(int argc, char **argv)
{
	char directory[4096];

	if (argc < 2 || argc > 3)
		return 2;
	snprintf(directory, sizeof directory, "sql:%s", argv[1]);
	if (NSS_Init(directory) != SECSuccess)
		return fail(argv[1]);
	PK11SlotInfo *slot = PK11_GetInternalKeySlot();
	int status = argc == 3 ? log_in(slot, argv[2]) : 0;
	if (status == 0)
		status = print_all(slot);
	PK11_FreeSlot(slot);
	if (NSS_Shutdown() != SECSuccess)
		return fail("shutdown");
	return status;
}
