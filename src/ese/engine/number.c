/* SPDX-License-Identifier: Apache-2.0
 *
 * number.c - numbers that are drawn once: object ids, long value ids, autoincrement
 *
 * The store keeps, for each, the first number that is not reserved; memory hands out what lies
 * below. A reservation is a small transaction of its own, committed lazily: commits reach the
 * device in order, so it is there before anything that uses a number of it (E2).
 */
#include "ese/engine/engine.h"

#include "base/log.h"
#include "ese/format/bytes.h"

#define RESERVE   256
#define KEY_SIZE  9
#define FIRST_ONE 1

void eng_number_init(struct eng_number *n, enum eng_number_kind kind, uint32_t database,
                     uint32_t objid, bool in_memory)
{
    *n = (struct eng_number){
        .kind = kind, .database = database, .objid = objid, .in_memory = in_memory};
    pthread_mutex_init(&n->lock, NULL);
}

static void make_key(const struct eng_number *n, uint8_t out[KEY_SIZE])
{
    out[0] = (uint8_t)n->kind;
    ese_put_be32(out + 1, n->database);
    ese_put_be32(out + 5, n->objid);
}

enum store_status eng_number_stored(struct store_txn *txn, const struct eng_number *n,
                                    uint64_t *ret_next)
{
    struct store_value v = {0};
    uint8_t key[KEY_SIZE];
    enum store_status s;

    make_key(n, key);
    s = store_get(txn, ENG_TREE_NUMBERS, eng_slice(key, sizeof key), &v);
    if (s == STORE_OK && v.size != 8)
        s = STORE_CORRUPT;
    if (s == STORE_OK)
        *ret_next = ese_get_u64(v.data);
    if (s == STORE_NOT_FOUND) {
        *ret_next = FIRST_ONE;
        s = STORE_OK;
    }
    store_value_release(&v);
    return s;
}

static enum store_status load(struct eng_number *n, struct store_txn *txn)
{
    enum store_status s = STORE_OK;

    if (n->loaded)
        return STORE_OK;
    s = eng_number_stored(txn, n, &n->next);
    n->limit = n->next;
    n->loaded = s == STORE_OK;
    return s;
}

static enum store_status save(const struct eng_number *n, struct store_txn *txn, uint64_t value)
{
    uint8_t key[KEY_SIZE], bytes[8];

    make_key(n, key);
    ese_put_u64(bytes, value);
    return store_put(txn, ENG_TREE_NUMBERS, eng_slice(key, sizeof key),
                     eng_slice(bytes, sizeof bytes), STORE_UPSERT);
}

/* Makes the store say that everything below `limit` is taken, and at least what comes next. */
static enum store_status reserve(struct ese_instance *instance, struct eng_number *n,
                                 uint64_t first, uint64_t count)
{
    struct store_txn *txn = NULL;
    enum store_status s;
    uint64_t limit = 0;

    s = store_begin(instance->store, 0, &txn);
    if (s)
        return s;
    s = load(n, txn);
    if (s == STORE_OK) {
        uint64_t from = n->next > first ? n->next : first;

        limit = from + count + (n->kind == ENG_NUMBER_DATABASE ? 0 : RESERVE);
        s = save(n, txn, limit);
    }
    if (s) {
        store_abort(txn);
        return s;
    }
    s = store_commit(txn, STORE_LAZY, NULL);
    if (s == STORE_OK)
        n->limit = limit;
    return s;
}

JET_ERR eng_number_draw(struct ese_instance *instance, struct eng_number *n, uint64_t first,
                        uint64_t count, uint64_t *ret_number)
{
    enum store_status s = STORE_OK;

    pthread_mutex_lock(&n->lock);
    if (n->in_memory && !n->loaded) {
        n->next = FIRST_ONE;
        n->limit = UINT64_MAX;
        n->loaded = true;
    }
    if (!n->loaded || n->limit - n->next < count || first + count > n->limit)
        s = reserve(instance, n, first, count);
    if (s == STORE_OK) {
        if (n->next < first)
            n->next = first;
        *ret_number = n->next;
        n->next += count;
    }
    pthread_mutex_unlock(&n->lock);
    return eng_error(s);
}

JET_ERR eng_number_raise(struct ese_instance *instance, struct eng_number *n, uint64_t used)
{
    bool known;
    uint64_t drawn;

    pthread_mutex_lock(&n->lock);
    known = n->loaded && n->next > used;
    pthread_mutex_unlock(&n->lock);
    return known ? JET_errSuccess : eng_number_draw(instance, n, used, 1, &drawn);
}

/* In a transaction of its own: gives back what was not drawn, or forgets the number. */
static void write_back(struct ese_instance *instance, const struct eng_number *n, bool forget)
{
    struct store_txn *txn = NULL;
    uint8_t key[KEY_SIZE];
    enum store_status s = store_begin(instance->store, 0, &txn);

    if (s)
        return;
    make_key(n, key);
    s = forget ? store_erase(txn, ENG_TREE_NUMBERS, eng_slice(key, sizeof key), STORE_ERASE_ANY)
               : save(n, txn, n->next);
    if (s == STORE_OK)
        s = store_commit(txn, STORE_LAZY, NULL);
    else
        store_abort(txn);
    if (s)
        log_line(LOG_LEVEL_WARNING, "reserved numbers are not given back status=%s",
                 store_status_name(s));
}

void eng_number_fini(struct ese_instance *instance, struct eng_number *n, bool forget)
{
    bool wanted = !n->in_memory && n->loaded && (forget || n->next < n->limit);

    if (wanted && !atomic_load(&instance->unavailable))
        write_back(instance, n, forget);
    pthread_mutex_destroy(&n->lock);
}
