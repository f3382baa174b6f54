/* SPDX-License-Identifier: Apache-2.0
 *
 * preread.c - JetPrereadKeys: what lies at keys is read into the caches before it is asked for
 *
 * In the calling thread, and in the keys' order, so that neighbours are read once. Long values that lie
 * apart are not read.
 */
#include "ese/engine/cursor.h"

/* The entry at the key, or that after it, and its row. */
static JET_ERR read_one(const struct ese_cursor *cursor, struct eng_step *step,
                        struct store_cursor *scan, struct store_slice key)
{
    const struct eng_index *x = cursor->index;
    enum store_status s = store_cursor_seek(scan, step->txn, STORE_GE, key);
    struct store_slice bookmark;
    struct store_value row = {0};
    size_t key_size;
    JET_ERR err;

    if (s != STORE_OK || x == NULL) /* the primary index has the row in it */
        return s == STORE_NOT_FOUND ? JET_errSuccess : eng_error(s);
    err =
        eng_entry_split(x, store_cursor_key(scan), store_cursor_value(scan), &key_size, &bookmark);
    if (err)
        return err;
    s = store_get(step->txn, cursor->table->tree, bookmark, &row);
    store_value_release(&row);
    return s == STORE_NOT_FOUND ? JET_errSuccess : eng_error(s);
}

static JET_ERR read_all(const struct ese_cursor *cursor, struct eng_step *step, const void **keys,
                        const unsigned long *sizes, unsigned count, unsigned *ret_count)
{
    const struct ese_host *host = cursor->session->instance->host;
    uint64_t tree = cursor->index != NULL ? cursor->index->tree : cursor->table->tree;
    struct store_cursor *scan = NULL;
    JET_ERR err = eng_error(store_cursor_open(step->store, tree, &scan));

    for (unsigned i = 0; i < count && !err && !host->stopping(host); i++) {
        err = read_one(cursor, step, scan, eng_slice(keys[i], sizes[i]));
        *ret_count += !err;
    }
    store_cursor_close(scan);
    return err;
}

JET_ERR eng_preread(struct ese_session *session, struct ese_cursor *cursor, const void **keys,
                    const unsigned long *sizes, unsigned count, JET_GRBIT grbit,
                    unsigned *ret_count)
{
    const struct eng_index *x;
    struct eng_step step;
    unsigned done = 0;
    JET_ERR err = eng_cursor_step(cursor, ENG_READ, &step);

    (void)session;
    (void)grbit; /* the keys are in their order */
    if (err)
        return err;
    x = eng_cursor_index(cursor);
    if (step.foreign || (x != NULL && x->stale))
        done = count; /* there is nothing to be done for it */
    else
        err = read_all(cursor, &step, keys, sizes,
                       count < ENG_PREREAD_MOST ? count : ENG_PREREAD_MOST, &done);
    err = eng_step_end(&step, err);
    if (!err)
        *ret_count = done;
    return err;
}
