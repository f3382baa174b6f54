/* SPDX-License-Identifier: Apache-2.0
 *
 * mutant.c - faults made to order; compiled only with -Dmutants=true
 */
#include "rpc/core/mutant.h"

#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static pthread_once_t once = PTHREAD_ONCE_INIT;
static const char *fault;

static void look(void)
{
    const char *set = getenv("HOLDFAST_MUTANT");

    fault = set != NULL ? set : "";
}

bool mutant_is(const char *format, ...)
{
    char name[64];
    va_list args;

    (void)pthread_once(&once, look);
    va_start(args, format);
    (void)vsnprintf(name, sizeof name, format, args);
    va_end(args);
    return strcmp(name, fault) == 0;
}
