/* SPDX-License-Identifier: MPL-2.0 */
#ifndef TRUST_CONFINE_H
#define TRUST_CONFINE_H

/*
 * Rights that a process gives up for good before it touches what strangers made, by Landlock for
 * files and seccomp for the rest. What the kernel does not have is left out; a call that is
 * forbidden fails with EPERM, one that is of another architecture ends the process.
 */

/*
 * This process, and those it forks, talk to a stranger's server: they may neither write, make,
 * rename nor remove a file anywhere, nor change its mode, owner or times, nor start a program,
 * signal or look into another process, nor listen, nor type at a terminal. Files are still read
 * (the resolver's configuration, libraries, an open store), and other processes of this machine are
 * still talked to where they listen, since names are resolved by such.
 */
void trust_confine_client(void);

/* This process decodes: memory, writing to what is open, and its end are all that it needs. */
void trust_confine_decoder(void);

#endif
