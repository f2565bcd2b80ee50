/* SPDX-License-Identifier: MPL-2.0 */
#ifndef TRUST_ABANDON_H
#define TRUST_ABANDON_H

/*
 * For whoever ends this process in the midst of work on a private copy of a store: NSS workers are
 * ended and the copies removed. The store itself is not touched by such work. By calls alone that a
 * signal handler may make; nothing of core may be called behind it.
 */
void trust_abandon(void);

#endif
