/* SPDX-License-Identifier: Apache-2.0
 *
 * thread.c - threads of the library's own
 */
#include "base/thread.h"

#include <limits.h>
#include <signal.h>

bool thread_spawn(pthread_t *ret_thread, size_t stack, void *(*run)(void *), void *arg)
{
    pthread_attr_t attr;
    pthread_t detached;
    sigset_t all, before;
    int error;

    (void)pthread_attr_init(&attr);
    if (ret_thread == NULL)
        (void)pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
    if (stack >= (size_t)PTHREAD_STACK_MIN)
        (void)pthread_attr_setstacksize(&attr, stack);
    (void)sigfillset(&all);
    (void)pthread_sigmask(SIG_SETMASK, &all, &before);
    error = pthread_create(ret_thread != NULL ? ret_thread : &detached, &attr, run, arg);
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    (void)pthread_attr_destroy(&attr);
    return error == 0;
}
