/*
 * The system calls that the running daemon may make: a seccomp filter over all threads,
 * set once when all parts have started and never taken off. Main thread only.
 */
#ifndef LICET_SERVER_SANDBOX_H
#define LICET_SERVER_SANDBOX_H

#include "base/err.h"

/* False: built without libseccomp, sandbox_enter would answer E_UNAVAILABLE. */
bool
sandbox_is_built(void);
/*
 * From now on, in every thread of the process and in those that they start: a call that
 * is not on the list fails with EPERM; one that only an intruder makes (another program,
 * another process's memory, the kernel's own gear) ends the process by SIGSYS. Nothing
 * new may be mapped as code. E_DENIED when the kernel refuses; nothing has changed then.
 */
must_check enum err
sandbox_enter(void);
/* How many calls are on the list, of those this machine's kernel interface has. */
size_t
sandbox_allowed(void);

#endif
