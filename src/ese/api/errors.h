/* SPDX-License-Identifier: Apache-2.0
 *
 * errors.h - the table of results: numbers, names, categories, texts
 */
#ifndef HF_ESE_API_ERRORS_H
#define HF_ESE_API_ERRORS_H

#include "ese/api/api.h"

struct jet_error {
    JET_ERR number;
    JET_ERRCAT category; /* the most specific one */
    const char *name;
    const char *text;
};

extern const struct jet_error jet_errors[];
extern const size_t jet_error_count;

/* NULL when there is no such result. */
const struct jet_error *jet_error_find(JET_ERR number);

#endif
