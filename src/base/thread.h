/* SPDX-License-Identifier: Apache-2.0
 *
 * thread.h - threads of the library's own: signals are the program's business, so they take none
 */
#ifndef HF_BASE_THREAD_H
#define HF_BASE_THREAD_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

/* Starts `run` with all signals blocked. `stack` in octets; less than PTHREAD_STACK_MIN: the system's own
 * choice. `ret_thread` NULL: detached, else to be joined. False when there can be none. */
bool thread_spawn(pthread_t *ret_thread, size_t stack, void *(*run)(void *), void *arg);

#endif
