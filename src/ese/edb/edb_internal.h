/* SPDX-License-Identifier: Apache-2.0
 *
 * edb_internal.h - what the files of this room share: the open file, pages, tree cursors
 */
#ifndef HF_ESE_EDB_EDB_INTERNAL_H
#define HF_ESE_EDB_EDB_INTERNAL_H

#include "base/mem.h"
#include "ese/edb/edb.h"

#define EDB_PAGE_SIZE_MIN 4096u
#define EDB_PAGE_SIZE_MAX 32768u
#define EDB_DEPTH_MAX     16 /* levels of a tree */

/* Where every database keeps its own catalog. */
#define EDB_CATALOG_ROOT  4u
#define EDB_CATALOG_OBJID 2u
#define EDB_SHADOW_ROOT   24u
#define EDB_SHADOW_OBJID  3u

struct edb_file {
    int fd;              /* -1: the bytes are in memory */
    const uint8_t *data; /* the caller's, when in memory */
    uint64_t size;
    char *name;
    unsigned options;
    uint32_t page_count;
    uint32_t mended_reads;
    struct edb_header header;
    struct edb_error error;
    char *shadow_reason;
    struct edb_table *tables;
    size_t table_count, table_room;
    struct arena arena; /* names and stored bytes of the catalog */
};

/* Leaves the reason in the file and returns `status`. A page of 0 means no page in particular. */
enum edb_status edb_fail(struct edb_file *f, enum edb_status status, uint32_t page,
                         const char *format, ...) __attribute__((format(printf, 4, 5)));
enum edb_status edb_fail_memory(struct edb_file *f);

/* Reads exactly `size` bytes. */
EDB_CHECK enum edb_status edb_read_at(struct edb_file *f, uint64_t offset, void *out, size_t size);

EDB_CHECK enum edb_status edb_header_read(struct edb_file *f);

/* --- pages --- */

enum edb_page_flags {
    EDB_PAGE_ROOT = 0x1,
    EDB_PAGE_LEAF = 0x2,
    EDB_PAGE_PARENT_OF_LEAF = 0x4,
    EDB_PAGE_EMPTY = 0x8,
    EDB_PAGE_SPACE_TREE = 0x20,
    EDB_PAGE_INDEX = 0x40,
    EDB_PAGE_LONG_VALUE = 0x80,
    EDB_PAGE_NON_UNIQUE = 0x400,
    EDB_PAGE_NEW_RECORD_FORMAT = 0x800,
    EDB_PAGE_NEW_CHECKSUM = 0x2000,
};

enum edb_node_flags {
    EDB_NODE_VERSION = 0x1,
    EDB_NODE_DELETED = 0x2,
    EDB_NODE_COMPRESSED = 0x4, /* its key starts with a part of the page's prefix */
};

struct edb_page {
    const uint8_t *bytes; /* the whole page, borrowed */
    uint32_t size, number;
    uint32_t header_size;
    uint32_t flags; /* enum edb_page_flags */
    uint32_t objid, previous, next;
    uint16_t first_node; /* tag of node 0 */
    uint16_t node_count;
    struct ese_bytes prefix; /* shared by keys of this page */
};

struct edb_node {
    uint8_t flags;                   /* enum edb_node_flags */
    struct ese_bytes prefix, suffix; /* the key is both, one after the other */
    struct ese_bytes data;
};

/* Reads page `number` into `buffer` (a page long), verifies its checksum, and takes its frame
 * apart. After it, no tag leads out of the page. */
EDB_CHECK enum edb_status edb_page_read(struct edb_file *f, uint32_t number, uint8_t *buffer,
                                        struct edb_page *ret_page);

EDB_CHECK enum edb_status edb_page_node(struct edb_file *f, const struct edb_page *page, uint16_t i,
                                        struct edb_node *ret_node);

/* --- trees --- */

struct edb_cursor {
    struct edb_file *file;
    uint32_t root, objid;
    const char *what; /* "table X", for errors */
    uint32_t visits;  /* pages read since the start, bounded by the pages of the file */
    unsigned depth;   /* levels in use; 0: not started, or at the end */
    bool at_end;
    bool on_node;       /* node and key are set, and lie before the deepest level's place */
    bool backwards;     /* the last step was one back */
    bool data_in_order; /* seeks look for key and data as one, as a tree of repeated keys orders
                           its nodes */
    struct edb_level {
        uint8_t *buffer;
        struct edb_page page;
        uint16_t at; /* the node to take next */
    } levels[EDB_DEPTH_MAX];
    struct edb_node node;        /* current */
    uint8_t *key, *previous_key; /* a page long each */
    size_t key_size, previous_key_size;
    bool has_previous;
};

/* The cursor of a tree; it stands before the first node. `what` is borrowed. */
EDB_CHECK enum edb_status edb_cursor_init(struct edb_cursor *c, struct edb_file *f, uint32_t root,
                                          uint32_t objid, const char *what);
void edb_cursor_fini(struct edb_cursor *c); /* also of a zeroed one */

/* The next leaf node that is not deleted; its key is then in c->key. */
EDB_CHECK enum edb_status edb_cursor_next(struct edb_cursor *c);

/* The leaf node before the current one, or before the place that a seek has found. At the first it
 * is EDB_END, and the cursor stands before it. */
EDB_CHECK enum edb_status edb_cursor_previous(struct edb_cursor *c);

/* Puts the cursor behind the last node, or before the first. */
void edb_cursor_seek_end(struct edb_cursor *c, bool last);

/* Puts the cursor before the first node whose key is not below `key`. */
EDB_CHECK enum edb_status edb_cursor_seek(struct edb_cursor *c, const void *key, size_t size);

/* --- catalog, long values --- */

EDB_CHECK enum edb_status edb_catalog_load(struct edb_file *f);

struct edb_buffer {
    uint8_t *data;
    size_t size, room;
};

/* Room for `more` bytes behind size; NULL when there is no memory. */
uint8_t *edb_buffer_reserve(struct edb_buffer *b, size_t more);

struct edb_lv_reader {
    struct edb_cursor cursor;
    bool ready;
    struct edb_buffer chunk;
};

/* Assembles the long value whose id a record stores in `id`. */
EDB_CHECK enum edb_status edb_lv_read(struct edb_lv_reader *r, struct edb_file *f,
                                      const struct edb_table *t, const struct ese_value *id,
                                      struct edb_buffer *out);
void edb_lv_reader_fini(struct edb_lv_reader *r);

#endif
