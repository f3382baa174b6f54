/* SPDX-License-Identifier: Apache-2.0
 *
 * errors.c - JetGetErrorInfo, and looking results up
 */
#include "ese/api/errors.h"

#include <string.h>

/* The tree of categories: each one's parent. */
static const JET_ERRCAT parents[JET_errcatMax] = {
    [JET_errcatError] = JET_errcatUnknown,      [JET_errcatOperation] = JET_errcatError,
    [JET_errcatFatal] = JET_errcatOperation,    [JET_errcatIO] = JET_errcatOperation,
    [JET_errcatResource] = JET_errcatOperation, [JET_errcatMemory] = JET_errcatResource,
    [JET_errcatQuota] = JET_errcatResource,     [JET_errcatDisk] = JET_errcatResource,
    [JET_errcatData] = JET_errcatError,         [JET_errcatCorruption] = JET_errcatData,
    [JET_errcatInconsistent] = JET_errcatData,  [JET_errcatFragmentation] = JET_errcatData,
    [JET_errcatApi] = JET_errcatError,          [JET_errcatUsage] = JET_errcatApi,
    [JET_errcatState] = JET_errcatApi,          [JET_errcatObsolete] = JET_errcatApi,
};

const struct jet_error *jet_error_find(JET_ERR number)
{
    for (size_t i = 0; i < jet_error_count; i++)
        if (jet_errors[i].number == number)
            return &jet_errors[i];
    return NULL;
}

/* Writes the path from below the root down to `category`; the rest stays 0. */
static void write_hierarchy(JET_ERRCAT category, unsigned char path[8])
{
    unsigned depth = 0;

    for (JET_ERRCAT c = category; c != JET_errcatUnknown; c = parents[c])
        depth++;
    for (JET_ERRCAT c = category; c != JET_errcatUnknown; c = parents[c])
        path[--depth] = (unsigned char)c;
}

JET_ERR JET_API JetGetErrorInfoW(void *context, void *result, unsigned long max,
                                 unsigned long level, JET_GRBIT grbit)
{
    const struct jet_error *e = NULL;
    JET_ERRINFOBASIC_W info = {.cbStruct = sizeof info};

    if (grbit)
        return JET_errInvalidGrbit;
    if (level != JET_ErrorInfoSpecificErr || !context || !result)
        return JET_errInvalidParameter;
    if (max < sizeof info)
        return JET_errInvalidBufferSize;
    e = jet_error_find(*(const JET_ERR *)context);
    if (!e)
        return JET_errInvalidParameter;
    info.errValue = e->number;
    info.errcatMostSpecific = e->category;
    write_hierarchy(e->category, info.rgCategoricalHierarchy);
    memcpy(result, &info, sizeof info);
    return JET_errSuccess;
}
