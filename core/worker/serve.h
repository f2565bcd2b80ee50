/* SPDX-License-Identifier: MPL-2.0 */
#ifndef TRUST_WORKER_SERVE_H
#define TRUST_WORKER_SERVE_H

/* Answer requests on the descriptor until FINISH, end of file or nonsense. The exit status. */
int session_serve(int fd);

#endif
