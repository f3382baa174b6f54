/* SPDX-License-Identifier: Apache-2.0
 *
 * schema.h - tables, their schemas, and who may see which
 *
 * A table object (struct eng_table) is what sessions share of a table while it is in use: who has
 * it open, its numbers, the schemas in memory. A schema is one version of a table's definition; it
 * never changes once made and is freed with its last reference.
 *
 * Versions are transactional as rows are: the version of a table is a number in the control tree,
 * written by each change of the definition, and a schema is made from catalog rows read in the same
 * snapshot. A cursor looks the version up again only where it can have changed (eng_table_current):
 *     S1  The session changes the definition itself: session.changes counts.
 *     S2  Another has changed it: only a new snapshot can see that, so nothing is looked up within
 *         one transaction. Across transactions the cursor compares table.changed, the epoch at which
 *         the last change ended, with the epoch at which it last looked. While a change is pending
 *         (table.pending) it always looks, because a commit is visible before `changed` says so.
 *
 * The gate of a table is a row in the control tree. A transaction that writes rows locks it shared,
 * once; making or deleting an index locks it exclusively and rewrites it. So no row can be written
 * by one who does not know of an index, and both sides hear of it as a write conflict (-1102). Nor
 * may an index be made from a snapshot that lacks rows: table.gate_left is the epoch at which the last
 * writer's transaction ended, as `changed` is for definitions, and while one is between its commit
 * and saying so it is counted in table.writers.
 * Outside of a transaction whoever makes or deletes an index holds the gate first: nobody new enters,
 * which is a write conflict for them, and those inside are waited for. So it comes about however many
 * write.
 * Changes of one definition by two transactions conflict on its version row.
 */
#ifndef HF_ESE_ENGINE_SCHEMA_H
#define HF_ESE_ENGINE_SCHEMA_H

#include "ese/engine/engine.h"
#include "ese/format/key.h"

struct eng_collation; /* collate.c */

struct eng_column {
    struct ese_column c; /* coltyp NIL: deleted */
    uint32_t order;
    bool inherited; /* the template table's */
};

struct eng_index {
    struct ese_index x;
    struct eng_column *columns[ESE_INDEX_SEGMENTS_MAX];
    struct eng_column *conditions[ESE_INDEX_SEGMENTS_MAX];
    uint64_t tree;
    uint32_t density;
    bool primary, unique, tuples;
    bool unicode;       /* has a segment of Unicode text */
    bool rows_numbered; /* of a temporary table that allows duplicates: a number ends each key */
    bool stale;         /* made with another collation: neither read nor written */
    bool foreign;       /* of a Windows database */
    int multi;          /* the first multi-valued segment, -1 none */
    uint32_t tuple_min, tuple_max, tuple_to, tuple_increment, tuple_start;
    struct eng_collation *collation; /* NULL: no Unicode text */
    struct ese_collator collator;
};

struct eng_schema {
    atomic_uint refs;
    uint32_t version;
    struct arena arena; /* everything below */
    const char *name;
    const char *template_table; /* NULL: none */
    uint32_t flags;             /* enum ese_table_flags */
    uint32_t density, pages;
    uint32_t lv_chunk, separate_lv;
    uint32_t record_max;
    struct eng_column *columns; /* by id, deleted ones too */
    unsigned column_count, fixed_count, variable_count, tagged_count;
    struct eng_column **by_name; /* live ones */
    unsigned live_count;
    struct eng_index *indexes;
    unsigned index_count;
    struct eng_index *primary; /* NULL: rows are numbered */
    struct eng_column *autoincrement, *version_column;
    bool escrow;
    bool not_null; /* some column must not be NULL */
};

struct eng_table {
    struct ese_instance *instance;
    struct eng_database *database; /* NULL: temporary */
    struct store *store;
    struct list link;
    uint32_t objid;
    uint64_t tree; /* long values: + 1, escrow deltas: + 2 */
    enum ese_record_form form;
    uint32_t page_size;
    atomic_uint lv_chunk;           /* octets of a chunk of its long values; the same for ever */
    unsigned refs;                  /* lock */
    struct list cursors;            /* lock; struct ese_cursor.of_table */
    struct ese_session *delete_by;  /* lock; deleted in a transaction that is open */
    bool deleted;                   /* lock; and that has committed */
    struct list schemas;            /* lock; struct eng_cached, newest first */
    atomic_uint pending;            /* open transactions that have changed the definition */
    atomic_uint_fast64_t changed;   /* S2 */
    atomic_uint entering;           /* transactions about to enter the gate */
    atomic_uint writers;            /* transactions that have entered the gate and not left */
    atomic_uint holders;            /* who wait until these two are none */
    atomic_uint_fast64_t gate_left; /* the epoch at which the last of them left */
    bool drops_duplicates;          /* temporary: a sort of unique keys */
    bool written;                   /* temporary: it has had rows */
    struct eng_number autoincrement, long_values, rows, escrow;
};

static inline bool eng_table_is_temp(const struct eng_table *t)
{
    return t->database == NULL;
}

/* ---- catalog.c: rows of the catalog as bytes ---- */

enum eng_catalog_type {
    ENG_CATALOG_TABLE = 1,
    ENG_CATALOG_COLUMN = 2,
    ENG_CATALOG_INDEX = 3,
    ENG_CATALOG_LONG_VALUE = 4,
};

struct eng_catalog_row {
    uint32_t objid;
    uint16_t type;
    uint32_t id;
    uint32_t coltyp_or_root, space, flags, pages_or_locale;
    bool root;
    uint16_t record_offset; /* of a fixed column, else 0 */
    uint32_t lcmap_flags;
    uint16_t key_most;
    uint32_t lv_chunk;
    const char *name;
    const char *template_table; /* of a derived table */
    struct ese_bytes default_value, key_ids, var_seg_mac, conditions, tuple_limits, version,
        sort_id, locale, separate_lv;
};

#define ENG_CATALOG_KEY 13
void eng_catalog_key(uint32_t objid, uint16_t type, uint32_t id, uint8_t out[ENG_CATALOG_KEY]);
/* The prefix of all rows of a table. */
#define ENG_CATALOG_PREFIX 5
JET_ERR eng_catalog_put(struct store_txn *txn, const struct eng_database *db,
                        const struct eng_catalog_row *row, enum store_put_mode mode);
JET_ERR eng_catalog_erase(struct store_txn *txn, const struct eng_database *db, uint32_t objid,
                          uint16_t type, uint32_t id);
/* Strings and bytes go to the arena. */
JET_ERR eng_catalog_decode(const struct eng_database *db, struct store_slice record,
                           struct arena *arena, struct eng_catalog_row *ret_row);
JET_ERR eng_catalog_get(struct store_txn *txn, const struct eng_database *db, uint32_t objid,
                        uint16_t type, uint32_t id, struct arena *arena,
                        struct eng_catalog_row *ret_row);
/* Calls `each` for every row of the table; stops at its first error. */
JET_ERR eng_catalog_each(struct store_txn *txn, const struct eng_database *db, uint32_t objid,
                         struct arena *arena,
                         JET_ERR (*each)(void *ctx, const struct eng_catalog_row *row), void *ctx);

/* A table's name as a key; ret has room for 2 + ESE_NAME_MAX octets. */
size_t eng_name_key(const char *name, uint8_t *out);
JET_ERR eng_name_find(struct store_txn *txn, const struct eng_database *db, const char *name,
                      uint32_t *ret_objid);

/* ---- schema.c ---- */

struct eng_schema *eng_schema_new(void);
struct eng_schema *eng_schema_ref(struct eng_schema *s);
void eng_schema_unref(struct eng_schema *s); /* accepts NULL */
/* Orders columns, finds what others ask for, opens collations; `columns` and `indexes` are set. */
JET_ERR eng_schema_finish(struct eng_schema *s, uint32_t page_size);
/* The version that the transaction sees, made from its catalog rows. */
JET_ERR eng_schema_load(struct store_txn *txn, struct eng_table *table, uint32_t version,
                        struct eng_schema **ret_schema);

struct eng_column *eng_column_by_id(const struct eng_schema *s, JET_COLUMNID id);
struct eng_column *eng_column_by_name(const struct eng_schema *s, const char *name);
struct eng_index *eng_index_by_name(const struct eng_schema *s, const char *name);
/* The places a record's layout needs: the end of fixed data up to column `last_fixed`. */
uint16_t eng_fixed_end(const struct eng_schema *s, unsigned last_fixed);
uint32_t eng_record_max(uint32_t page_size, uint32_t primary_key_most);

/* ---- table.c: table objects ---- */

/* One reference; made when nobody has it yet. */
JET_ERR eng_table_ref(struct eng_database *db, uint32_t objid, struct eng_table **ret_table);
JET_ERR eng_table_new_temp(struct ese_instance *instance, struct eng_table **ret_table);
/* Frees the tables that a database which nobody has open keeps in memory. */
void eng_database_forget_tables(struct eng_database *db);
void eng_table_hold(struct eng_table *table);
void eng_table_unref(struct eng_table *take_table);

JET_ERR eng_version_read(struct store_txn *txn, const struct eng_table *table,
                         uint32_t *ret_version);
/* The schema of version `version`, from memory or the catalog; one reference. */
JET_ERR eng_table_schema(struct eng_step *step, struct eng_table *table, uint32_t version,
                         struct eng_schema **ret_schema);
/* That of the version which the step sees; one reference. */
JET_ERR eng_schema_seen(struct eng_step *step, struct eng_table *table,
                        struct eng_schema **ret_schema);
/* A table by name, and its schema; one reference of each. After an error *ret_table may be one too. */
JET_ERR eng_table_seen(struct eng_step *step, struct eng_database *db, const char *name,
                       struct eng_table **ret_table, struct eng_schema **ret_schema);

/* What a change of the definition does first: conflicts with others', a new version. */
enum eng_change_kind { ENG_CHANGE_CREATE, ENG_CHANGE_ALTER, ENG_CHANGE_DELETE };
JET_ERR eng_table_change(struct eng_step *step, struct eng_table *table, enum eng_change_kind kind);
/* Ends the changes of levels above `level`, for others to see or undone. */
void eng_changes_end(struct ese_session *session, unsigned level, bool committed);
/* Leaves them to `level`. */
void eng_changes_release(struct ese_session *session, unsigned level);

/* The gate, shared: before the first write of a transaction in the table. */
JET_ERR eng_gate_enter(struct eng_step *step, struct eng_table *table);
/* The transaction, or the level that entered, has ended; `kept`: what it wrote is there. */
void eng_gate_leave(struct ese_session *session, struct eng_table *take_table, bool kept);
/* Exclusively: before an index is deleted, or with `all_rows` made, -1102 then also when another has
 * written in the table since the snapshot. */
JET_ERR eng_gate_close(struct eng_step *step, struct eng_table *table, bool all_rows);
/* At level 0, before the step: keeps writers out and waits, not for ever, until none is inside. */
void eng_gate_hold(struct eng_table *table);
void eng_gate_let_go(struct eng_table *table);

/* ---- collate.c: Unicode text in keys, by ICU ---- */

/* What a catalog row says of the collation that made an index's keys. */
#define ENG_SORT_ID 16
JET_ERR eng_collation_open(const struct ese_index *x, struct eng_collation **ret_collation);
void eng_collation_close(struct eng_collation *take_collation);
void eng_collation_id(const struct eng_collation *c, uint8_t out[ENG_SORT_ID]);
enum ese_format_status eng_collation_key(void *self, const struct ese_index *index,
                                         const uint8_t *text, size_t size, uint8_t *out,
                                         size_t room, size_t *ret_size, bool *ret_truncated);
/* A BCP 47 name for a language id; "" when there is none. */
void eng_locale_of_lcid(uint32_t lcid, char *out, size_t size);

/* ---- define.c: what a program asks for, checked, as catalog rows ---- */

/* A table's columns so far. */
struct eng_layout {
    unsigned fixed, variable, tagged; /* ids given */
    uint32_t fixed_end;
    bool autoincrement, version;
};

void eng_layout_of(const struct eng_schema *s, struct eng_layout *ret_layout);
/* Gives the column its id and place; the row lends from `def`. */
JET_ERR eng_define_column(struct eng_layout *layout, const struct ese_column_def *def,
                          struct eng_catalog_row *ret_row);
/* Memory of the row comes from the arena. `id`: the index's object. */
JET_ERR eng_define_index(const struct eng_schema *s, const struct ese_host *host,
                         uint32_t page_size, const struct ese_index_def *def, uint32_t id,
                         struct arena *arena, struct eng_catalog_row *ret_row);
JET_GRBIT eng_column_grbit(const struct ese_column *c);
JET_GRBIT eng_index_grbit(const struct eng_index *x);

#endif
