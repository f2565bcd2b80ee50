/* SPDX-License-Identifier: MPL-2.0 */
#ifndef SESSION_CONFINE_H
#define SESSION_CONFINE_H

/*
 * From here on this process talks to a stranger's server: it may neither write, make, rename nor
 * remove a file anywhere, nor start a program, nor look into another process. Files are still read
 * (the resolver's configuration, NSS's libraries, the open store). Where the kernel has neither
 * Landlock nor seccomp, nothing happens.
 */
void session_confine(void);

#endif
