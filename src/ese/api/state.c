/* SPDX-License-Identifier: Apache-2.0
 *
 * state.c - the one process-wide state, and names of threads
 */
#include "ese/api/state.h"

struct jet_process jet_process = {
    .lock = PTHREAD_MUTEX_INITIALIZER,
    .changed = PTHREAD_COND_INITIALIZER,
    .instances = {&jet_process.instances, &jet_process.instances},
};

struct jet_table jet_instances = JET_TABLE(0x11, struct jet_instance);
struct jet_table jet_sessions = JET_TABLE(0x22, struct jet_session);
struct jet_table jet_cursors = JET_TABLE(0x33, struct jet_cursor);

void jet_lock(void)
{
    static bool ready; /* under the lock */

    pthread_mutex_lock(&jet_process.lock);
    if (!ready) {
        jet_params_init(&jet_process.defaults);
        ready = true;
    }
}

void jet_unlock(void)
{
    pthread_mutex_unlock(&jet_process.lock);
}

uint64_t jet_thread(void)
{
    static _Atomic uint64_t last;
    static _Thread_local uint64_t mine;

    if (mine == 0)
        mine = atomic_fetch_add(&last, 1) + 1;
    return mine;
}
