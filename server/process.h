/* What the daemon asks of the operating system. Main thread only. */
#ifndef LICET_SERVER_PROCESS_H
#define LICET_SERVER_PROCESS_H

#include "base/err.h"

/* Before any thread: ignores PIPE, USR1, USR2, XFSZ; blocks TERM, INT, HUP for
 * process_wait; no core dumps, no debugger of the same account, no new privileges; umask
 * 077; as many descriptors and as much locked memory as the hard limits allow.
 */
void
process_setup(void);
/* How many descriptors the process may have. */
int64_t
process_files(void);
/* On SIGSEGV and SIGBUS: one line that names `licetd verify` and `restore`, exit 6. A
 * damaged page of the map ends there. */
void
process_catch_faults(void);

enum process_signal { PROCESS_STOP, PROCESS_RELOAD };
/* Waits for the next signal. */
enum process_signal
process_wait(void);
/* From now on TERM or INT ends the process at once (exit 0): the drain has begun. */
void
process_stop_on_signal(void);

/* Becomes the account when started as root; warns when root stays. E_CONFIG: no such
 * account. */
must_check enum err
process_drop_root(const char *account, const char *data_dir);
/* sd_notify; nothing without a service manager. "READY=1", "STOPPING=1", "RELOADING=1".
 */
void
process_notify(const char *state);
/* Takes the variable's value out of the environment and wipes it there; NULL when absent.
 */
char *
process_take_env(const char *name);

#endif
