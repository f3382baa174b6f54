/* SPDX-License-Identifier: Apache-2.0
 *
 * edb.h - reading Windows .edb files (ESE database version 0x620)
 *
 * Limits: read only; page sizes 4, 8, 16 and 32 KiB; small enough trees (16 levels); values up to
 * 2 GiB - 1. Refused with a reason: files that were not shut down cleanly (unless allowed), newer
 * format updates than known (unless allowed), streaming files, records of Windows 2000, encrypted
 * values, values compressed by XPRESS9, XPRESS10 or LZ4.
 *
 *     struct edb_error e;
 *     struct edb_file *f;
 *     struct edb_scan *s;
 *
 *     if (edb_open("Current.mdb", 0, &f, &e))
 *         errx(1, "%s", e.text);
 *     edb_scan_open(f, edb_table_find(f, "CLIENTS"), &s);
 *     while (edb_scan_next(s) == EDB_OK)
 *         ... edb_scan_field, edb_scan_value ...
 *     edb_scan_close(s);
 *     edb_close(f);
 *
 * Every function that fails leaves the reason, with file and page, in edb_file_error. A file and
 * what was opened on it belong to one thread at a time; several files may be open on one path.
 */
#ifndef HF_ESE_EDB_EDB_H
#define HF_ESE_EDB_EDB_H

#include "ese/format/format.h"
#include "ese/format/record.h"

enum edb_status {
    EDB_OK = 0,
    EDB_END,            /* no further row or node */
    EDB_IO,             /* the system could not read the file */
    EDB_NOT_A_DATABASE, /* another kind of file */
    EDB_DIRTY,          /* not shut down cleanly, and not allowed by the options */
    EDB_UNSUPPORTED,    /* sound, but of a form that is not read here */
    EDB_CORRUPT,        /* the bytes contradict themselves or their checksum */
    EDB_NO_MEMORY,
    EDB_NOT_FOUND,
};

#define EDB_CHECK __attribute__((warn_unused_result))

enum edb_options {
    EDB_ALLOW_DIRTY = 1 << 0, /* read a file that needs its logs replayed, as far as it goes */
    EDB_ALLOW_NEWER = 1 << 1, /* read a file whose format update is newer than known */
    EDB_HEADER_ONLY = 1 << 2, /* whatever its state and update; the file then has no tables */
};

enum edb_state { EDB_STATE_DIRTY = 2, EDB_STATE_CLEAN = 3 };

struct edb_error {
    enum edb_status status;
    char text[512];
};

struct edb_header {
    uint32_t version, update_major, update_minor;
    uint32_t created_version, created_update;
    uint32_t page_size; /* never 0 */
    uint32_t state;     /* enum edb_state, or another number of spec 2 */
    uint32_t attributes, flags, file_type;
    uint64_t dbtime;
    uint32_t last_objid, repair_count;
    uint32_t os_major, os_minor, os_build, os_service_pack;
    uint32_t log_min_required, log_max_required, log_max_committed;
    uint8_t db_signature[28], log_signature[28];
    bool from_shadow; /* the first header page was unusable */
};

struct edb_index {
    struct ese_index def;
    uint32_t root;    /* page; the table's own for the primary index */
    uint32_t density; /* percent */
};

struct edb_table {
    const char *name;
    const char *template_name;   /* NULL: not derived */
    uint32_t objid, root, flags; /* enum ese_table_flags */
    uint32_t density, initial_pages;
    uint32_t lv_root, lv_objid; /* 0: no long value was ever separated */
    struct ese_column *columns; /* fixed, variable, derived tagged, own tagged; each by id */
    size_t column_count;
    struct edb_index *indexes;
    size_t index_count;
};

struct edb_file;
struct edb_scan;

EDB_CHECK enum edb_status edb_open(const char *path, unsigned options, struct edb_file **ret_file,
                                   struct edb_error *reterr_error);

/* As edb_open, on bytes that stay the caller's and must outlive the file. */
EDB_CHECK enum edb_status edb_open_memory(const void *data, size_t size, const char *name,
                                          unsigned options, struct edb_file **ret_file,
                                          struct edb_error *reterr_error);

void edb_close(struct edb_file *take_file); /* accepts NULL; scans must be closed before */

const struct edb_error *edb_file_error(const struct edb_file *f);
const struct edb_header *edb_file_header(const struct edb_file *f);
uint32_t edb_file_page_count(const struct edb_file *f); /* pages are 1 .. count */

/* Why the catalog was read from its shadow copy; NULL when it was not. */
const char *edb_file_shadow_reason(const struct edb_file *f);

/* How many reads met a page with one flipped bit, and mended it in memory by its checksum. */
uint32_t edb_file_mended_reads(const struct edb_file *f);

const struct edb_table *edb_tables(const struct edb_file *f, size_t *ret_count);    /* by objid */
const struct edb_table *edb_table_find(const struct edb_file *f, const char *name); /* or NULL */
const struct ese_column *edb_column_find(const struct edb_table *t, uint16_t id, bool derived);
const char *edb_state_text(uint32_t state);

/* The rows of a table in the order of its primary index. The scan stands before the first row. */
EDB_CHECK enum edb_status edb_scan_open(struct edb_file *f, const struct edb_table *t,
                                        struct edb_scan **ret_scan);
EDB_CHECK enum edb_status edb_scan_next(struct edb_scan *s); /* EDB_END after the last */
void edb_scan_close(struct edb_scan *take_scan);             /* accepts NULL */

/* The current row; both last until the next edb_scan_next. */
const struct ese_record *edb_scan_record(const struct edb_scan *s);
struct ese_bytes edb_scan_key(const struct edb_scan *s);

/* What the current row has in `column`, the column's default where the row is silent; never
 * ESE_ABSENT. `column` must be the scanned table's own. */
EDB_CHECK enum edb_status edb_scan_field(struct edb_scan *s, const struct ese_column *column,
                                         struct ese_field *ret_field);

/* Value i of that field as plain bytes: assembled from the long value tree, decompressed. They
 * last until the next call for this scan. */
EDB_CHECK enum edb_status edb_scan_value(struct edb_scan *s, const struct ese_column *column,
                                         const struct ese_field *field, uint32_t i,
                                         struct ese_bytes *ret_value);

#endif
