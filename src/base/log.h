/* SPDX-License-Identifier: Apache-2.0
 *
 * log.h - what the libraries have to say, handed to whoever listens
 *
 * Libraries never print: they call the hook, which is NULL (silence) until a program sets one. A
 * line is "what happened key=value ...", without payload and without credentials.
 */
#ifndef HF_BASE_LOG_H
#define HF_BASE_LOG_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

enum log_level { LOG_LEVEL_DEBUG, LOG_LEVEL_INFO, LOG_LEVEL_WARNING, LOG_LEVEL_ERROR };

/* `level` is one of enum log_level; an int, so that the public hook is the same type. */
typedef void log_hook(int level, const char *line);

void log_set_hook(log_hook *hook); /* thread-safe; set before the first call of the library */

/* What strangers can provoke is logged so many times a second, that nobody can fill the log; of the
 * others the next line says how many they were. One for each kind of line, statically made. */
#define LOG_A_SECOND 64
#define LOG_RATION_INIT                   \
    {                                     \
        .lock = PTHREAD_MUTEX_INITIALIZER \
    }

struct log_ration {
    pthread_mutex_t lock;
    uint64_t second, lines, unlogged;
};

/* True if this one is to be logged; with how many were not before it. Without a hook nothing is. */
bool log_may(struct log_ration *r, uint64_t *ret_unlogged);

void log_line(enum log_level level, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
