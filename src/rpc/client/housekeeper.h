/* SPDX-License-Identifier: Apache-2.0
 *
 * housekeeper.h - the thread that ends lingering associations, closes idle connections, and abandons
 * calls that were cancelled and do not end
 *
 * Started with the first association, detached, all signals blocked; sleeps while there is nothing
 * to wait for. Without it (no thread could be made) nothing lingers.
 */
#ifndef HF_RPC_CLIENT_HOUSEKEEPER_H
#define HF_RPC_CLIENT_HOUSEKEEPER_H

#include <stdbool.h>

/* Starts the thread unless it runs. The pool's lock is held. False when that fails. */
bool rpc_housekeeper_start(void);

bool rpc_housekeeper_runs(void); /* the pool's lock is held */

/* Something has begun to linger. The pool's lock is held. */
void rpc_housekeeper_wake(void);

/* Turns the idle scan on, for good (rpc-associations 4). Takes the pool's lock. False when there is
 * no thread to do it. */
bool rpc_housekeeper_scan_idle(void);

#endif
