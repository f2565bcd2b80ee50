/* SPDX-License-Identifier: MPL-2.0 */
/* The NSS worker: started by trustctl with a socket on descriptor 3, of no use by itself. */

#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "core/worker/serve.h"
#include "core/worker_protocol.h"

int
main(int argc, char **argv)
{
	struct stat status;
	const struct rlimit no_core = { 0 };

	if (argc != 1 || fstat(TRUST_WORKER_FD, &status) != 0 || !S_ISSOCK(status.st_mode)) {
		fprintf(stderr, "%s is a part of trustctl, which starts it by itself\n",
		    argc > 0 ? argv[0] : "trustctl-nss");
		return 2;
	}
	/* Passwords and keys pass through here: no core dumps, no debugger, no survivor. */
	setrlimit(RLIMIT_CORE, &no_core);
	prctl(PR_SET_DUMPABLE, 0);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	umask(077);
	return session_serve(TRUST_WORKER_FD);
}
