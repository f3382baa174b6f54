/* SPDX-License-Identifier: Apache-2.0
 *
 * cursor.h - cursors: where they stand, the row there, the copy buffer
 *
 * A cursor remembers its entry's bytes (index key and bookmark), never a place in a file, so it
 * stands where it stood however the row or its index entries have changed since. The row is what
 * the bookmark finds in the primary index.
 *
 * Places (ese-api 8)
 *     FIRST_LATER   the first row, looked up when it matters: after opening, after an index was set
 *     BEFORE_FIRST  no row; one step leads to the first
 *     ON_ENTRY      on an entry; its row may be gone (-1017) and may come back
 *     BESIDE        where an entry would be that was not found; no row, steps lead to its neighbours
 *     AFTER_LAST    no row; one step back leads to the last
 *
 * Invariants
 *     C1  ON_ENTRY and BESIDE: entry, key_size and bookmark are set for the current index.
 *     C2  A range ends whenever the cursor is placed anew and when a step leaves it.
 *     C3  There is one prepared update at most; placing the cursor cancels it.
 *     C4  What belongs to an undone level is undone: a place taken in it is BEFORE_FIRST, an index
 *         set in it the primary, an update prepared in it cancelled.
 */
#ifndef HF_ESE_ENGINE_CURSOR_H
#define HF_ESE_ENGINE_CURSOR_H

#include "ese/engine/schema.h"

#define ENG_BOOKMARK_MAX (ESE_KEY_MOST_MAX + 8)
#define ENG_ENTRY_MAX    (ESE_KEY_BUFFER + ENG_BOOKMARK_MAX)

enum eng_place { ENG_FIRST_LATER, ENG_BEFORE_FIRST, ENG_ON_ENTRY, ENG_BESIDE, ENG_AFTER_LAST };

struct eng_copy;
struct eng_filter;
struct eng_view;

struct eng_range {
    bool active, upper, inclusive;
    size_t size;
    uint8_t limit[ESE_KEY_BUFFER];
};

struct ese_cursor {
    struct ese_session *session;
    struct list of_session, of_table;
    struct eng_table *table;
    struct eng_schema *schema;
    uint64_t seen_changes, seen_view, seen_epoch; /* when the schema was looked up: S1, S2 */
    JET_GRBIT grbit;                              /* of JetOpenTable */

    struct eng_index *index; /* NULL: the primary, also when rows are numbered */
    atomic_uint index_objid; /* its, or 0: for other sessions to see */
    uint32_t itag;           /* of the current entry, where a row has several; 0 unknown */
    enum eng_place place;
    unsigned place_level, index_level; /* C4 */
    size_t entry_size, key_size, bookmark_size;
    uint8_t entry[ENG_ENTRY_MAX]; /* the key in the index's tree */
    uint8_t bookmark[ENG_BOOKMARK_MAX];
    struct store_cursor *scan; /* walks scan_tree; NULL until needed */
    uint64_t scan_tree;
    bool scan_here; /* the scan stands on our entry */

    struct store_value
        row; /* the row at `bookmark`, if row_known and view and writes are the same */
    bool row_known, row_in_scan;
    uint64_t row_view, row_writes;
    bool row_opened; /* and `record` is the row taken apart */
    struct ese_record record;

    bool key_begun, key_made, key_used;
    struct ese_key key; /* into `search` */
    size_t search_size;
    uint8_t search[ESE_KEY_BUFFER];
    struct eng_range range;

    struct eng_copy *copy;     /* NULL: nothing prepared */
    struct eng_filter *filter; /* NULL: none */
};

/* ---- cursor.c ---- */

JET_ERR eng_cursor_new(struct ese_session *session, struct eng_table *table,
                       struct eng_schema *schema, JET_GRBIT grbit, struct ese_cursor **ret_cursor);
void eng_close_cursor(struct ese_session *session, struct ese_cursor *take_cursor);
/* A step for work with the cursor; the cursor's schema is current afterwards. */
JET_ERR eng_cursor_step(struct ese_cursor *cursor, enum eng_mode mode, struct eng_step *ret_step);
void eng_cursor_adopt(struct ese_cursor *c, struct eng_schema *take_new);
void eng_cursor_set_index(struct ese_cursor *c, struct eng_index *x);
/* A cursor, of whichever session, has it as its current index. */
bool eng_index_in_use(const struct eng_table *table, const struct eng_index *x);
/* The same without a transaction, where nothing is looked up but perhaps the schema. */
JET_ERR eng_cursor_refresh(struct ese_cursor *cursor);
JET_ERR eng_cursor_writable(const struct ese_cursor *cursor);
/* -1603 unless the cursor stands on an entry. Looks FIRST_LATER up. */
JET_ERR eng_cursor_on_entry(struct ese_cursor *cursor, struct eng_step *step);
/* The record: lent until the next write or move of the session. -1603, -1017. */
JET_ERR eng_cursor_row(struct ese_cursor *cursor, struct eng_step *step,
                       struct store_slice *ret_record);
/* The same, taken apart; once for all calls on the same row. */
JET_ERR eng_cursor_row_view(struct ese_cursor *cursor, struct eng_step *step,
                            struct eng_view *ret_view);
void eng_cursor_forget_row(struct ese_cursor *cursor);
void eng_cursor_forget_scan(struct ese_cursor *cursor);
void eng_cursor_set_place(struct ese_cursor *cursor, enum eng_place place);

/* Levels close (txn.c). */
void eng_cursors_settle(struct ese_session *session);
void eng_cursor_committed(struct ese_cursor *cursor, unsigned level);
void eng_cursor_rolled_back(struct ese_cursor *cursor, unsigned level);

/* The current index: of the primary index when the table has one, else NULL. */
static inline struct eng_index *eng_cursor_index(const struct ese_cursor *cursor)
{
    return cursor->index != NULL ? cursor->index : cursor->schema->primary;
}

/* Results into the program's buffer: full length always, -1038 or a warning when it is short. */
JET_ERR eng_give(const void *data, size_t size, void *buffer, uint32_t capacity, uint32_t *ret_size,
                 JET_ERR when_short);

/* ---- navigate.c ---- */

/* Moves to the neighbouring entry, range and C2 included. */
JET_ERR eng_cursor_first(struct ese_cursor *cursor, struct eng_step *step);
/* Places the cursor on the row `bookmark` in the current index. */
JET_ERR eng_cursor_goto(struct ese_cursor *cursor, struct eng_step *step, const void *bookmark,
                        size_t size);
/* Takes what the scan has found, STORE_OK, or its failure other than STORE_NOT_FOUND. On an error the
 * cursor stays where it was, and the scan is no longer there. */
JET_ERR eng_cursor_take(struct ese_cursor *cursor, struct eng_step *step, enum store_status found);
JET_ERR eng_cursor_scan(struct ese_cursor *cursor, struct eng_step *step,
                        struct store_cursor **ret_scan);
/* -1603, the range gone and the cursor outside, when the current key lies beyond the range. */
JET_ERR eng_cursor_check_range(struct ese_cursor *cursor);

/* Steps on in that direction while the row does not meet the filter. */
JET_ERR eng_cursor_pass(struct ese_cursor *cursor, struct eng_step *step, bool next);

/* ---- filter.c ---- */

void eng_filter_free(struct eng_filter *take_filter); /* accepts NULL */
JET_ERR eng_filter_holds(struct ese_cursor *cursor, struct eng_step *step, bool *ret_holds);

/* ---- view.c: columns of a record or of the copy buffer ---- */

struct eng_view {
    const struct eng_schema *schema;
    struct ese_record record;
    const struct eng_copy *copy; /* instead of the record */
};

enum eng_value_kind {
    ENG_VALUE_PLAIN,
    ENG_VALUE_COMPRESSED,
    ENG_VALUE_SEPARATED, /* data is a long value id */
    ENG_VALUE_DRAFT,     /* in the copy buffer, not in memory alone */
};

struct eng_draft;

struct eng_value {
    enum eng_value_kind kind;
    const uint8_t *data;
    uint32_t size; /* of data */
    struct eng_draft *draft;
};

struct eng_cell {
    enum ese_presence presence; /* ABSENT: no value and no default */
    uint32_t count;
    bool is_default;
    struct ese_field field;
    const struct eng_field *drafted;
    struct eng_value only; /* a default */
};

JET_ERR eng_view_open(struct eng_view *v, const struct eng_schema *schema,
                      enum ese_record_form form, struct store_slice record);
void eng_view_copy(struct eng_view *v, const struct eng_schema *schema, const struct eng_copy *c);
/* A cell whose column has no value has its default, if `defaults`. */
JET_ERR eng_view_cell(const struct eng_view *v, const struct eng_column *column, bool defaults,
                      struct eng_cell *ret_cell);
JET_ERR eng_cell_value(const struct eng_cell *cell, uint32_t i, struct eng_value *ret_value);
/* Octets from `offset`, at most `room`; *ret_size is how many there are from offset on. */
JET_ERR eng_value_read(struct eng_step *step, const struct eng_table *table,
                       const struct eng_value *value, uint32_t offset, void *out, size_t room,
                       size_t *ret_size);
/* All of it, or its first `most` octets, in memory of `arena` when it is not at hand. */
JET_ERR eng_value_bytes(struct eng_step *step, const struct eng_table *table,
                        const struct eng_value *value, size_t most, struct arena *arena,
                        struct ese_bytes *ret_bytes);

/* ---- keys.c: the keys of a row ---- */

struct eng_keys {
    struct arena *arena;
    struct eng_key {
        const uint8_t *data;
        size_t size;
        uint32_t itag;
        uint32_t piece_at, piece_size; /* of tuples: octets of the value */
    } * keys;
    size_t count, room;
};

/* The primary key, without a number of its own. */
JET_ERR eng_primary_key(struct eng_step *step, const struct eng_table *table,
                        const struct eng_view *row, uint8_t out[ESE_KEY_BUFFER], size_t *ret_size);
/* Octets of a character, by which the pieces of a tuple index are measured. */
size_t eng_tuple_unit(const struct eng_index *x);
/* Every key under which the row stands in the index, each once. */
JET_ERR eng_row_keys(struct eng_step *step, const struct eng_table *table,
                     const struct eng_index *index, const struct eng_view *row,
                     struct eng_keys *keys);

/* ---- index.c: entries of secondary indexes ---- */

/* The key in the index's tree. */
size_t eng_entry_make(const struct eng_index *index, const void *key, size_t key_size,
                      const void *bookmark, size_t bookmark_size, uint8_t out[ENG_ENTRY_MAX]);
/* Splits what is in the tree. */
JET_ERR eng_entry_split(const struct eng_index *index, struct store_slice entry,
                        struct store_slice value, size_t *ret_key_size,
                        struct store_slice *ret_bookmark);
/* Changes the entries of one index from those of `before` to those of `after` (NULL: none). */
JET_ERR eng_index_update(struct eng_step *step, const struct eng_table *table,
                         const struct eng_index *index, const struct eng_view *before,
                         const struct eng_view *after, const void *bookmark, size_t size);
/* Enters all rows of the table. */
JET_ERR eng_index_build(struct eng_step *step, struct eng_table *table,
                        const struct eng_schema *schema, const struct eng_index *index);

/* ---- longvalue.c: values of their own in the long value tree ---- */

#define ENG_LID_MAX 8
struct eng_lid {
    uint8_t bytes[ENG_LID_MAX]; /* as a record has it */
    uint8_t size;
};

JET_ERR eng_lid_take(const void *data, size_t size, struct eng_lid *ret_lid);
JET_ERR eng_lv_new(struct eng_table *table, struct eng_lid *ret_lid);
JET_ERR eng_lv_size(struct eng_step *step, const struct eng_table *table, const struct eng_lid *lid,
                    uint32_t *ret_size);
/* As eng_value_read. */
JET_ERR eng_lv_read(struct eng_step *step, const struct eng_table *table, const struct eng_lid *lid,
                    uint32_t offset, void *out, size_t room, size_t *ret_size);
/* A whole new value. */
JET_ERR eng_lv_write(struct eng_step *step, const struct eng_table *table,
                     const struct eng_lid *lid, const uint8_t *data, uint32_t size);
JET_ERR eng_lv_put_root(struct eng_step *step, const struct eng_table *table,
                        const struct eng_lid *lid, uint32_t size);
JET_ERR eng_lv_put_chunk(struct eng_step *step, const struct eng_table *table,
                         const struct eng_lid *lid, uint32_t offset, const uint8_t *data,
                         uint32_t size);
/* Octets `from` .. of the chunk at `offset`, which must be there. */
JET_ERR eng_lv_read_chunk(struct eng_step *step, const struct eng_table *table,
                          const struct eng_lid *lid, uint32_t offset, uint32_t from, uint8_t *out,
                          size_t size);
/* Erases the chunks that begin at or behind `size`. */
JET_ERR eng_lv_cut(struct eng_step *step, const struct eng_table *table, const struct eng_lid *lid,
                   uint32_t old_size, uint32_t size);
JET_ERR eng_lv_delete(struct eng_step *step, const struct eng_table *table,
                      const struct eng_lid *lid);
/* Streaming: chunks that go past the transaction's memory. */
JET_ERR eng_lv_stream_open(struct eng_step *step, const struct eng_table *table,
                           const struct eng_lid *lid, struct store_bulk **ret_bulk);
JET_ERR eng_lv_stream_put(struct store_bulk *bulk, const struct eng_lid *lid, uint32_t offset,
                          const uint8_t *data, uint32_t size);
JET_ERR eng_lv_stream_root(struct store_bulk *bulk, const struct eng_lid *lid, uint32_t size);
/* Gives up a value that was streamed and that nothing refers to. */
JET_ERR eng_lv_stream_drop(struct store_txn *txn, const struct eng_table *table,
                           const struct eng_lid *lid);

/* ---- copy.c: the copy buffer ---- */

#define ENG_CUT_MOST     (64u << 20) /* what an edit takes off; each chunk is a row erased */
#define ENG_DRAFT_MEMORY (1u << 20)  /* a value beyond this is streamed or edited in place */
#define ENG_EDIT_MEMORY  (16u << 20) /* changed chunks of one stored value held in memory */

struct eng_edit {
    uint32_t offset; /* of the chunk */
    uint8_t *data;   /* a whole chunk */
};

/* A value in the copy buffer. */
struct eng_draft {
    enum { DRAFT_BYTES, DRAFT_STORED, DRAFT_EDITED, DRAFT_STREAM } kind;
    uint8_t *data; /* BYTES; STREAM: the last, unfinished chunk */
    uint32_t size; /* of the whole value */
    uint32_t room;
    struct eng_lid lid; /* all but BYTES */
    uint32_t base_size; /* EDITED: as it is stored */
    struct eng_edit *edits;
    size_t edit_count, edit_room;
    struct store_bulk *bulk; /* STREAM, while it is open */
    unsigned bulk_level;     /* the session's level when it was opened */
    bool separate, intrinsic, uncompressed, compress;
};

struct eng_field {
    uint16_t id;
    bool changed;
    uint32_t count, room; /* count 0: NULL */
    struct eng_draft *values;
};

struct eng_copy {
    unsigned prep;
    unsigned level;
    bool locked;          /* the row is, in transaction `view` */
    bool increment_given; /* the program sets the autoincrement itself */
    uint64_t view;
    struct eng_field *fields; /* by id */
    size_t field_count, field_room;
    uint8_t *base; /* the record it began as; NULL for an insert */
    size_t base_size;
    size_t bookmark_size;
    uint8_t bookmark[ENG_BOOKMARK_MAX]; /* of that row */
};

struct eng_copy *eng_copy_new(unsigned prep);
/* Drops the update with what it has streamed. */
void eng_copy_cancel(struct ese_cursor *cursor);
void eng_copy_free(struct eng_copy *take_copy);
/* Empties a draft that has streamed: nobody will ever refer to that. Of others it changes nothing. */
void eng_copy_drop_stream(struct ese_cursor *cursor, struct eng_draft *d);
/* Fills the buffer from a record. With `own` its long values become values of the buffer's. */
JET_ERR eng_copy_load(struct eng_copy *c, struct eng_step *step, struct eng_table *table,
                      const struct eng_schema *schema, struct store_slice record, bool own);
struct eng_field *eng_copy_find(const struct eng_copy *c, uint16_t id);
/* The field, made NULL when it is new. NULL: no memory. */
struct eng_field *eng_copy_field(struct eng_copy *c, uint16_t id);
/* NULL: no memory. */
struct eng_draft *eng_field_append(struct eng_field *f);
void eng_field_remove(struct eng_field *f, uint32_t i);
void eng_field_clear(struct eng_field *f);
void eng_copy_drop_field(struct eng_copy *c, struct eng_field *f);
JET_ERR eng_draft_assign(struct eng_draft *d, const void *data, size_t size);
void eng_draft_clear(struct eng_draft *d);
void eng_draft_close(struct eng_draft *d); /* its stream, if any; it may be opened again */
/* Writes at `offset`, growing the value; `size_only` sets the length. */
JET_ERR eng_draft_write(struct eng_draft *d, struct eng_step *step, struct eng_table *table,
                        uint32_t offset, const void *data, uint32_t size);
JET_ERR eng_draft_resize(struct eng_draft *d, struct eng_step *step, struct eng_table *table,
                         uint32_t size);
JET_ERR eng_draft_read(const struct eng_draft *d, struct eng_step *step,
                       const struct eng_table *table, uint32_t offset, void *out, size_t room,
                       size_t *ret_size);
/* A level closes: streams opened in it end, and go on as what they are. */
void eng_draft_settle(struct eng_draft *d, unsigned level);
/* Before the update, outside of its level: ends streams. */
JET_ERR eng_draft_finish(struct eng_draft *d, struct eng_step *step, struct eng_table *table);
/* Writes the value into the long value tree, under the id that comes out. The draft stays as it
 * is: the update may yet fail. */
JET_ERR eng_draft_store(const struct eng_draft *d, struct eng_step *step, struct eng_table *table,
                        struct eng_lid *ret_lid);
/* A stored value as one of the draft's own, which nothing else refers to. */
JET_ERR eng_draft_own(struct eng_draft *d, struct eng_step *step, struct eng_table *table);

/* ---- encode.c: the copy buffer as a record ---- */

JET_ERR eng_copy_encode(struct eng_copy *c, struct eng_step *step, struct eng_table *table,
                        const struct eng_schema *schema, uint8_t *out, size_t room,
                        size_t *ret_size);

/* ---- escrow.c ---- */

JET_ERR eng_escrow_sum(struct eng_step *step, const struct eng_table *table,
                       const struct eng_column *column, const void *bookmark, size_t size,
                       int64_t *ret_sum);
/* The row is locked exclusively: -1102 when another has added to it since the snapshot. */
JET_ERR eng_escrow_check(struct eng_step *step, const struct eng_table *table, const void *bookmark,
                         size_t size);
/* The row is locked shared, by JetGetLock: -1102 when another adds to it, or has since the snapshot. */
JET_ERR eng_escrow_read_lock(struct eng_step *step, const struct eng_table *table,
                             const void *bookmark, size_t size);
/* As eng_escrow_check; then with `fold` what is pending goes into the record, else it is erased. */
JET_ERR eng_escrow_settle(struct eng_step *step, struct eng_table *table, const void *bookmark,
                          size_t size, const struct eng_schema *schema, struct eng_copy *fold);
int64_t eng_escrow_get(const struct eng_column *column, const uint8_t *data);
void eng_escrow_put(const struct eng_column *column, int64_t v, uint8_t *out);

/* ---- zero.c: rows that go when a count comes to zero ---- */

bool eng_zero_matters(const struct eng_column *column);
/* The transaction has changed such a column of that row. */
JET_ERR eng_zero_note(struct ese_session *session, struct eng_table *table, const void *bookmark,
                      size_t size);
/* The transaction has ended: looks at the rows that it noted. */
void eng_zero_settle(struct ese_session *session);
void eng_zero_forget(struct ese_session *session);

/* ---- ddl.c: what changes of a definition share ---- */

/* A writing step on a table whose definition may be changed through the cursor. Where it is fixed,
 * what JET_bitTablePermitDDL allows is adding. */
enum eng_ddl { ENG_DDL_ADD, ENG_DDL_CHANGE };
JET_ERR eng_ddl_begin(struct ese_cursor *cursor, enum eng_ddl kind, struct eng_step *ret_step);
JET_ERR eng_table_is_empty(struct ese_cursor *cursor, struct eng_step *step, bool *ret_empty);
/* ddl_index.c, at level 0: deletes secondary indexes whose text is in another collation's order, and
 * with `unicode` all of Unicode text. */
JET_ERR eng_delete_stale_indexes(struct ese_session *session, struct eng_database *db, bool unicode,
                                 unsigned *ret_count);
/* ddl_template.c: a cursor on a template table; what a derived table has of its indexes. */
JET_ERR eng_template_open(struct ese_session *session, JET_DBID dbid, const char *name,
                          struct ese_cursor **ret_cursor);
JET_ERR eng_template_indexes(struct eng_step *step, struct eng_table *table,
                             const struct ese_cursor *template, struct arena *arena);
/* ddl_number.c: gives the rows numbers for the autoincrement column that the step has made. */
JET_ERR eng_number_rows(struct eng_step *step, struct eng_table *table);

/* ---- what the provider's table names ---- */

JET_ERR eng_create_table(struct ese_session *session, JET_DBID dbid, struct ese_table_def *def,
                         struct ese_cursor **ret_cursor);
JET_ERR eng_delete_table(struct ese_session *session, JET_DBID dbid, const char *name);
JET_ERR eng_rename_table(struct ese_session *session, JET_DBID dbid, const char *name,
                         const char *new_name);
JET_ERR eng_add_column(struct ese_session *session, struct ese_cursor *cursor,
                       struct ese_column_def *def);
JET_ERR eng_delete_column(struct ese_session *session, struct ese_cursor *cursor, const char *name,
                          JET_GRBIT grbit);
JET_ERR eng_rename_column(struct ese_session *session, struct ese_cursor *cursor, const char *name,
                          const char *new_name);
JET_ERR eng_set_default(struct ese_session *session, JET_DBID dbid, const char *table,
                        const char *column, const void *data, uint32_t size);
JET_ERR eng_create_indexes(struct ese_session *session, struct ese_cursor *cursor,
                           struct ese_index_def *defs, unsigned count);
JET_ERR eng_delete_index(struct ese_session *session, struct ese_cursor *cursor, const char *name);
JET_ERR eng_list_tables(struct ese_session *session, JET_DBID dbid, bool system,
                        struct arena *arena, const char *const **ret_names, size_t *ret_count);
JET_ERR eng_describe_table(struct ese_session *session, JET_DBID dbid, const char *name,
                           struct arena *arena, struct ese_table_info *ret_info);
JET_ERR eng_describe_cursor(struct ese_session *session, struct ese_cursor *cursor,
                            struct arena *arena, struct ese_table_info *ret_info);
JET_ERR eng_open_table(struct ese_session *session, JET_DBID dbid, const char *name,
                       JET_GRBIT grbit, struct ese_cursor **ret_cursor);
JET_ERR eng_dup_cursor(struct ese_session *session, struct ese_cursor *cursor,
                       struct ese_cursor **ret_cursor);
JET_COLTYP eng_column_type(struct ese_cursor *cursor, JET_COLUMNID id);
JET_ERR eng_move(struct ese_session *session, struct ese_cursor *cursor, int32_t rows,
                 JET_GRBIT grbit);
JET_ERR eng_set_index(struct ese_session *session, struct ese_cursor *cursor, const char *name,
                      JET_GRBIT grbit, uint32_t itag);
const char *eng_current_index(struct ese_cursor *cursor);
JET_ERR eng_make_key(struct ese_session *session, struct ese_cursor *cursor, const void *data,
                     uint32_t size, JET_GRBIT grbit);
JET_ERR eng_seek(struct ese_session *session, struct ese_cursor *cursor, JET_GRBIT grbit);
JET_ERR eng_set_range(struct ese_session *session, struct ese_cursor *cursor, JET_GRBIT grbit);
JET_ERR eng_get_bookmark(struct ese_session *session, struct ese_cursor *cursor, void *buffer,
                         uint32_t capacity, uint32_t *ret_size);
JET_ERR eng_goto_bookmark(struct ese_session *session, struct ese_cursor *cursor, const void *data,
                          uint32_t size);
JET_ERR eng_get_secondary_bookmark(struct ese_session *session, struct ese_cursor *cursor,
                                   void *key, uint32_t key_capacity, uint32_t *ret_key_size,
                                   void *bookmark, uint32_t bookmark_capacity,
                                   uint32_t *ret_bookmark_size);
JET_ERR eng_goto_secondary_bookmark(struct ese_session *session, struct ese_cursor *cursor,
                                    const void *key, uint32_t key_size, const void *bookmark,
                                    uint32_t bookmark_size, JET_GRBIT grbit);
JET_ERR eng_retrieve_key(struct ese_session *session, struct ese_cursor *cursor, void *buffer,
                         uint32_t capacity, uint32_t *ret_size, JET_GRBIT grbit);
JET_ERR eng_get_position(struct ese_session *session, struct ese_cursor *cursor,
                         uint64_t *ret_before, uint64_t *ret_total);
JET_ERR eng_goto_position(struct ese_session *session, struct ese_cursor *cursor, uint64_t before,
                          uint64_t total);
JET_ERR eng_count(struct ese_session *session, struct ese_cursor *cursor, uint64_t max,
                  uint64_t *ret_count);
JET_ERR eng_set_filter(struct ese_session *session, struct ese_cursor *cursor,
                       const JET_INDEX_COLUMN *conditions, unsigned count);
#define ENG_PREREAD_MOST 4096 /* keys, or ranges and rows, of one call */
JET_ERR eng_preread(struct ese_session *session, struct ese_cursor *cursor, const void **keys,
                    const unsigned long *sizes, unsigned count, JET_GRBIT grbit,
                    unsigned *ret_count);
JET_ERR eng_preread_ranges(struct ese_session *session, struct ese_cursor *cursor,
                           const JET_INDEX_RANGE *ranges, uint32_t count, const JET_COLUMNID *ids,
                           uint32_t id_count, JET_GRBIT grbit, uint32_t *ret_count);
JET_ERR eng_preread_tables(struct ese_session *session, JET_DBID dbid, const char *const *names,
                           unsigned count);
JET_ERR eng_check_row(struct ese_session *session, struct ese_cursor *cursor);
JET_ERR eng_prepare(struct ese_session *session, struct ese_cursor *cursor, unsigned prep);
JET_ERR eng_set_columns(struct ese_session *session, struct ese_cursor *cursor,
                        JET_SETCOLUMN *columns, unsigned count);
JET_ERR eng_update(struct ese_session *session, struct ese_cursor *cursor, void *buffer,
                   uint32_t capacity, uint32_t *ret_size, JET_GRBIT grbit);
JET_ERR eng_delete_row(struct ese_session *session, struct ese_cursor *cursor);
JET_ERR eng_escrow(struct ese_session *session, struct ese_cursor *cursor, JET_COLUMNID id,
                   const void *delta, uint32_t size, void *buffer, uint32_t capacity,
                   uint32_t *ret_size, JET_GRBIT grbit);
JET_ERR eng_lock(struct ese_session *session, struct ese_cursor *cursor, JET_GRBIT grbit);
JET_ERR eng_retrieve_columns(struct ese_session *session, struct ese_cursor *cursor,
                             JET_RETRIEVECOLUMN *columns, unsigned count);
JET_ERR eng_enumerate(struct ese_session *session, struct ese_cursor *cursor,
                      const JET_ENUMCOLUMNID *wanted, unsigned wanted_count,
                      unsigned long *ret_count, JET_ENUMCOLUMN **ret_columns, JET_PFNREALLOC grow,
                      void *grow_ctx, uint32_t value_max, JET_GRBIT grbit);
JET_ERR eng_record_size(struct ese_session *session, struct ese_cursor *cursor, JET_GRBIT grbit,
                        JET_RECSIZE2 *size);
JET_ERR eng_open_temp_table(struct ese_session *session, const JET_COLUMNDEF *columns,
                            unsigned count, const struct ese_collation *collation, JET_GRBIT grbit,
                            uint32_t key_most, uint32_t var_seg_mac, struct ese_cursor **ret_cursor,
                            JET_COLUMNID *ret_ids);

#endif
