/* SPDX-License-Identifier: MIT
 *
 * SIGINT and its like are only let in while we wait (ppoll with the mask that was), so none is missed between a look whether one
 * came and the wait. */
#ifndef FOVEA_CLI_INTERRUPT_H
#define FOVEA_CLI_INTERRUPT_H

#include <signal.h>
#include <stdbool.h>

/* From now on. unblocked: the mask for waiting. */
void interrupt_catch(sigset_t *unblocked);

/* Did one come? */
bool interrupt_came(void);

/* Ends the process as the one that came would have ended it, so that a shell sees it. */
void interrupt_obey(const sigset_t *unblocked);

#endif
