/* SPDX-License-Identifier: Apache-2.0
 *
 * params.h - system parameters: what there is (paramtab.c) and an instance's values
 */
#ifndef HF_ESE_API_PARAMS_H
#define HF_ESE_API_PARAMS_H

#include "ese/api/api.h"

#include <stdatomic.h>

#define JET_PARAM_COUNT JET_paramMaxValueInvalid

enum jet_param_kind { PARAM_NONE, PARAM_NUMBER, PARAM_POINTER, PARAM_TEXT };

enum jet_param_flags {
    PARAM_GLOBAL = 1 << 0,    /* one value for the process */
    PARAM_FIXED = 1 << 1,     /* not while the instance (GLOBAL: any instance) runs */
    PARAM_READ_ONLY = 1 << 2, /* never set; worked out when it is read */
};

struct jet_param_def {
    const char *name;
    enum jet_param_kind kind;
    unsigned flags;
    uint64_t min, max; /* of the number, or of the text's octets */
    uint64_t number;   /* the default */
    const char *text;  /* the default */
};

extern const struct jet_param_def jet_param_defs[JET_PARAM_COUNT];

/* Values of an instance, or the defaults of the process. Numbers are read without a lock. */
struct jet_params {
    _Atomic uint64_t numbers[JET_PARAM_COUNT];
    char *texts[JET_PARAM_COUNT]; /* NULL: the default */
};

/* NULL when there is no such parameter. */
const struct jet_param_def *jet_param_find(unsigned long id);

void jet_params_init(struct jet_params *params);
JET_ERR jet_params_copy(struct jet_params *to, const struct jet_params *from);
void jet_params_fini(struct jet_params *params);

/* Range and kind are checked; when it may be set is the caller's question. */
JET_ERR jet_params_set(struct jet_params *params, unsigned long id, JET_API_PTR number,
                       const char *text);
uint64_t jet_params_number(const struct jet_params *params, unsigned long id);
const char *jet_params_text(const struct jet_params *params, unsigned long id);

#endif
