/* SPDX-License-Identifier: Apache-2.0
 *
 * indexcreate.c - an index as the structure that would create it
 *
 * JET_IdxInfoCreateIndex, 2 and 3 fill a JET_INDEXCREATE, 2 or 3 and lay what it points to behind it
 * in the caller's buffer. The three have one beginning; the third names its locale, where the
 * others number it, and the first lacks the space hints at its end.
 */
#include "ese/api/indexcreate.h"

#include "ese/api/text.h"

#include <stddef.h>
#include <string.h>

_Static_assert(offsetof(JET_INDEXCREATE_A, cbKeyMost) == offsetof(JET_INDEXCREATE3_A, cbKeyMost),
               "the structures have one beginning");
_Static_assert(sizeof(JET_INDEXCREATE2_A) == sizeof(JET_INDEXCREATE3_A), "they differ in one type");
_Static_assert(sizeof(JET_INDEXCREATE3_W) == sizeof(JET_INDEXCREATE3_A), "A and W differ in types");

/* The rest of the caller's buffer; sticky when it is too small. */
struct rest {
    char *p;
    size_t left;
    bool wide, too_small;
};

static void *take(struct rest *r, size_t size)
{
    size_t pad = -(uintptr_t)r->p & (_Alignof(max_align_t) - 1);
    char *at = r->p + pad;

    if (r->too_small || r->left < pad || r->left - pad < size) {
        r->too_small = true;
        return NULL;
    }
    r->p = at + size;
    r->left -= pad + size;
    return memset(at, 0, size);
}

/* Text right behind what is there; gives its octets without the terminator. */
static size_t add_text(struct rest *r, const char *text, bool wide)
{
    unsigned long size = 0;

    if (r->too_small || jet_text_out(text, wide, r->p, r->left, &size) != JET_errSuccess) {
        r->too_small = true;
        return 0;
    }
    r->p += size;
    r->left -= size;
    return size;
}

static char *put_text(struct rest *r, const char *text)
{
    char *at = take(r, 0);

    (void)add_text(r, text, r->wide);
    return at;
}

/* "+one\0-two\0\0". The sign and its column are one text. */
static void put_key(struct rest *r, const struct ese_index_def *def, JET_INDEXCREATE3_A *out)
{
    char segment[JET_cbNameMost + 2];
    char *at = take(r, 0);
    size_t size = 0;

    for (unsigned i = 0; i < def->segment_count; i++) {
        segment[0] = def->segments[i].descending ? '-' : '+';
        (void)strncpy(segment + 1, def->segments[i].column, JET_cbNameMost);
        segment[JET_cbNameMost + 1] = '\0';
        size += add_text(r, segment, r->wide);
    }
    size += add_text(r, "", r->wide);
    out->szKey = at;
    out->cbKey = size;
}

static void put_collation(struct rest *r, const struct ese_collation *c, bool named,
                          JET_INDEXCREATE3_A *out)
{
    JET_UNICODEINDEX2 *by_name = NULL;
    JET_UNICODEINDEX *by_number = NULL;

    if (named) {
        by_name = take(r, sizeof *by_name);
        if (!by_name)
            return;
        by_name->szLocaleName = take(r, 0);
        by_name->dwMapFlags = c->map_flags;
        (void)add_text(r, c->locale ? c->locale : "", true);
        out->pidxunicode = by_name;
    } else {
        by_number = take(r, sizeof *by_number);
        if (!by_number)
            return;
        by_number->lcid = c->lcid;
        by_number->dwMapFlags = c->map_flags;
        out->pidxunicode = (JET_UNICODEINDEX2 *)(void *)by_number;
    }
    out->grbit |= JET_bitIndexUnicode;
}

static void put_conditions(struct rest *r, const struct ese_index_def *def, JET_INDEXCREATE3_A *out)
{
    JET_CONDITIONALCOLUMN_A *c = take(r, def->condition_count * sizeof *c);

    for (unsigned i = 0; c && i < def->condition_count; i++) {
        c[i].cbStruct = sizeof *c;
        c[i].grbit = def->conditions[i].grbit;
        c[i].szColumnName = put_text(r, def->conditions[i].column);
    }
    out->rgconditionalcolumn = c;
    out->cConditionalColumn = def->condition_count;
}

static void put_limits(struct rest *r, const struct ese_index_def *def, JET_INDEXCREATE3_A *out)
{
    JET_TUPLELIMITS *t = NULL;

    out->cbKeyMost = def->key_most;
    out->grbit |= JET_bitIndexKeyMost;
    out->cbVarSegMac = def->var_seg_mac;
    if (!(def->grbit & JET_bitIndexTuples))
        return;
    t = take(r, sizeof *t);
    if (!t)
        return;
    *t = (JET_TUPLELIMITS){def->tuple.length_min, def->tuple.length_max, def->tuple.to_index_max,
                           def->tuple.increment, def->tuple.start};
    out->ptuplelimits = t;
    out->grbit |= JET_bitIndexTupleLimits;
}

JET_ERR jet_put_index_create(const struct ese_index_def *def, bool wide, unsigned long level,
                             void *result, unsigned long max)
{
    size_t size =
        level == JET_IdxInfoCreateIndex ? sizeof(JET_INDEXCREATE_A) : sizeof(JET_INDEXCREATE3_A);
    JET_INDEXCREATE3_A out = {.cbStruct = size, .grbit = def->grbit, .ulDensity = def->density};
    struct rest r = {.wide = wide};

    if (!result)
        return JET_errInvalidParameter;
    if (max < size)
        return JET_errInvalidBufferSize;
    r.p = (char *)result + size;
    r.left = max - size;
    out.szIndexName = put_text(&r, def->name);
    put_key(&r, def, &out);
    put_collation(&r, &def->collation, level == JET_IdxInfoCreateIndex3, &out);
    put_limits(&r, def, &out);
    put_conditions(&r, def, &out);
    if (r.too_small)
        return JET_errBufferTooSmall;
    memcpy(result, &out, size);
    return JET_errSuccess;
}
