/* SPDX-License-Identifier: Apache-2.0
 *
 * progress.h - the program's function that hears of a long call's progress
 */
#ifndef HF_ESE_API_PROGRESS_H
#define HF_ESE_API_PROGRESS_H

#include "ese/api/gate.h"

/* Called as one of the program's own from within the call. */
struct jet_report {
    struct jet_call *call;
    JET_PFNSTATUS function;
};

/* The report of a struct ese_progress whose ctx is a struct jet_report. */
JET_ERR jet_report(void *ctx, JET_SNP snp, JET_SNT snt, uint32_t done, uint32_t total);

#endif
