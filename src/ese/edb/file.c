/* SPDX-License-Identifier: Apache-2.0
 *
 * file.c - opening a database file, its header, and reads that stay inside it
 *
 * Physical page 0 is the header, 1 its shadow; logical page n is physical page n + 1.
 */
#include "ese/edb/edb_internal.h"

#include "ese/edb/checksum.h"
#include "ese/format/bytes.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MAGIC               0x89abcdefu
#define VERSION             0x620u
#define UPDATE_MAX          290u /* the newest format update whose changes are known */
#define ATTRIBUTE_STREAMING 1u
#define FILE_TYPE_DATABASE  1u

enum header_offsets {
    AT_MAGIC = 4,
    AT_VERSION = 8,
    AT_ATTRIBUTES = 12,
    AT_DBTIME = 16,
    AT_DB_SIGNATURE = 24,
    AT_STATE = 52,
    AT_LOG_SIGNATURE = 108,
    AT_FLAGS = 208,
    AT_LAST_OBJID = 212,
    AT_OS = 216,
    AT_UPDATE_MAJOR = 232,
    AT_PAGE_SIZE = 236,
    AT_REPAIR_COUNT = 240,
    AT_LOG_MIN_REQUIRED = 296,
    AT_LOG_MAX_REQUIRED = 300,
    AT_CREATED_VERSION = 340,
    AT_CREATED_UPDATE = 344,
    AT_LOG_MAX_COMMITTED = 416,
    AT_UPDATE_MINOR = 644,
    AT_FILE_TYPE = 667,
};

/* What to do about a failure. */
static const char *advice(enum edb_status status)
{
    switch (status) {
    case EDB_CORRUPT: return "; restore it from a backup, or repair a copy with esentutl /p";
    case EDB_DIRTY:
        return "; recover it where its log files are (esentutl /r), or allow dirty files to read "
               "it as it is";
    default: return "";
    }
}

enum edb_status edb_fail(struct edb_file *f, enum edb_status status, uint32_t page,
                         const char *format, ...)
{
    struct edb_error *e = &f->error;
    char what[256];
    va_list ap;

    va_start(ap, format);
    (void)vsnprintf(what, sizeof what, format, ap);
    va_end(ap);
    e->status = status;
    if (page != 0)
        (void)snprintf(e->text, sizeof e->text, "%.128s: page %u: %s%s", f->name, page, what,
                       advice(status));
    else
        (void)snprintf(e->text, sizeof e->text, "%.128s: %s%s", f->name, what, advice(status));
    return status;
}

enum edb_status edb_fail_memory(struct edb_file *f)
{
    return edb_fail(f, EDB_NO_MEMORY, 0, "out of memory");
}

enum edb_status edb_read_at(struct edb_file *f, uint64_t offset, void *out, size_t size)
{
    uint8_t *to = out;

    if (offset > f->size || size > f->size - offset)
        return edb_fail(f, EDB_CORRUPT, 0, "ends at byte %llu, before byte %llu that is needed",
                        (unsigned long long)f->size, (unsigned long long)offset + size);
    if (f->data != NULL) {
        memcpy(to, f->data + offset, size);
        return EDB_OK;
    }
    while (size > 0) {
        ssize_t n = pread(f->fd, to, size, (off_t)offset);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return edb_fail(f, EDB_IO, 0, "cannot read at byte %llu: %s",
                            (unsigned long long)offset, strerror(errno));
        if (n == 0)
            return edb_fail(f, EDB_IO, 0, "became shorter while it was read");
        to += n;
        offset += (uint64_t)n;
        size -= (size_t)n;
    }
    return EDB_OK;
}

const char *edb_state_text(uint32_t state)
{
    static const char *const texts[] = {
        "unknown",         "just created", "dirty shutdown",     "clean shutdown",
        "being converted", "force detach", "incremental reseed", "dirty and patched",
        "being reverted",
    };

    return state < sizeof texts / sizeof *texts ? texts[state] : texts[0];
}

static void parse_header(const uint8_t *p, struct edb_header *h)
{
    *h = (struct edb_header){
        .version = ese_get_u32(p + AT_VERSION),
        .update_major = ese_get_u32(p + AT_UPDATE_MAJOR),
        .update_minor = ese_get_u32(p + AT_UPDATE_MINOR),
        .created_version = ese_get_u32(p + AT_CREATED_VERSION),
        .created_update = ese_get_u32(p + AT_CREATED_UPDATE),
        .page_size = ese_get_u32(p + AT_PAGE_SIZE),
        .state = ese_get_u32(p + AT_STATE),
        .attributes = ese_get_u32(p + AT_ATTRIBUTES),
        .flags = ese_get_u32(p + AT_FLAGS),
        .file_type = ese_get_u32(p + AT_FILE_TYPE),
        .dbtime = ese_get_u64(p + AT_DBTIME),
        .last_objid = ese_get_u32(p + AT_LAST_OBJID),
        .repair_count = ese_get_u32(p + AT_REPAIR_COUNT),
        .os_major = ese_get_u32(p + AT_OS),
        .os_minor = ese_get_u32(p + AT_OS + 4),
        .os_build = ese_get_u32(p + AT_OS + 8),
        .os_service_pack = ese_get_u32(p + AT_OS + 12),
        .log_min_required = ese_get_u32(p + AT_LOG_MIN_REQUIRED),
        .log_max_required = ese_get_u32(p + AT_LOG_MAX_REQUIRED),
        .log_max_committed = ese_get_u32(p + AT_LOG_MAX_COMMITTED),
    };
    memcpy(h->db_signature, p + AT_DB_SIGNATURE, sizeof h->db_signature);
    memcpy(h->log_signature, p + AT_LOG_SIGNATURE, sizeof h->log_signature);
    if (h->page_size == 0)
        h->page_size = EDB_PAGE_SIZE_MIN;
}

static bool page_size_is_known(uint32_t size)
{
    return size >= EDB_PAGE_SIZE_MIN && size <= EDB_PAGE_SIZE_MAX && (size & (size - 1)) == 0;
}

/* Tries one copy of the header; `offset` is where it lies. */
static enum edb_status try_header(struct edb_file *f, uint64_t offset, uint8_t *page,
                                  struct edb_header *ret_header)
{
    struct edb_header h;
    enum edb_status s = edb_read_at(f, offset, page, EDB_PAGE_SIZE_MIN);

    if (s != EDB_OK)
        return s;
    parse_header(page, &h);
    if (ese_get_u32(page + AT_MAGIC) != MAGIC)
        return edb_fail(f, EDB_NOT_A_DATABASE, 0, "not an ESE database (no signature)");
    if (!page_size_is_known(h.page_size))
        return edb_fail(f, EDB_UNSUPPORTED, 0, "page size %u is not 4, 8, 16 or 32 KiB",
                        h.page_size);
    s = edb_read_at(f, offset, page, h.page_size);
    if (s != EDB_OK)
        return s;
    if (ese_get_u32(page) != edb_checksum_old(page, h.page_size))
        return edb_fail(f, EDB_CORRUPT, 0, "wrong checksum of the header");
    *ret_header = h;
    return EDB_OK;
}

static enum edb_status check_header(struct edb_file *f, const struct edb_header *h)
{
    if (h->version != VERSION)
        return edb_fail(f, EDB_UNSUPPORTED, 0, "format version 0x%x, where 0x%x is read",
                        h->version, VERSION);
    if (h->file_type != 0 && h->file_type != FILE_TYPE_DATABASE)
        return edb_fail(f, EDB_UNSUPPORTED, 0, "an ESE file, but no database (file type %u)",
                        h->file_type);
    if (h->attributes & ATTRIBUTE_STREAMING)
        return edb_fail(f, EDB_UNSUPPORTED, 0, "an obsolete streaming file, not a database");
    if (f->options & EDB_HEADER_ONLY)
        return EDB_OK;
    if (h->update_major > UPDATE_MAX && !(f->options & EDB_ALLOW_NEWER))
        return edb_fail(f, EDB_UNSUPPORTED, 0,
                        "format update %u is newer than the newest known, %u; allow newer updates "
                        "to try it all the same",
                        h->update_major, UPDATE_MAX);
    if (h->state != EDB_STATE_CLEAN && !(f->options & EDB_ALLOW_DIRTY))
        return edb_fail(f, EDB_DIRTY, 0, "was not shut down cleanly (%s)",
                        edb_state_text(h->state));
    return EDB_OK;
}

/* The shadow lies one page behind, and the page size is what an unusable header cannot tell. */
enum edb_status edb_header_read(struct edb_file *f)
{
    struct edb_error first;
    struct edb_header h = {0};
    enum edb_status s;
    uint8_t *page = mem_alloc(EDB_PAGE_SIZE_MAX);
    uint64_t pages;

    if (page == NULL)
        return edb_fail_memory(f);
    s = try_header(f, 0, page, &h);
    first = f->error;
    for (uint32_t size = EDB_PAGE_SIZE_MIN; s != EDB_OK && s != EDB_IO && size <= EDB_PAGE_SIZE_MAX;
         size *= 2) {
        s = try_header(f, size, page, &h);
        if (s == EDB_OK && h.page_size != size)
            s = EDB_CORRUPT;
        h.from_shadow = true;
    }
    mem_free(page);
    if (s != EDB_OK) {
        f->error = first;
        return first.status;
    }
    s = check_header(f, &h);
    if (s != EDB_OK)
        return s;
    f->header = h;
    pages = f->size / h.page_size;
    f->page_count = pages <= 2 ? 0 : pages - 2 > UINT32_MAX ? UINT32_MAX : (uint32_t)(pages - 2);
    return EDB_OK;
}

static enum edb_status open_path(struct edb_file *f)
{
    struct stat st;

    f->fd = open(f->name, O_RDONLY | O_CLOEXEC);
    if (f->fd < 0 || fstat(f->fd, &st) != 0)
        return edb_fail(f, EDB_IO, 0, "cannot open: %s", strerror(errno));
    if (!S_ISREG(st.st_mode))
        return edb_fail(f, EDB_NOT_A_DATABASE, 0, "not a regular file");
    f->size = (uint64_t)st.st_size;
    return EDB_OK;
}

static enum edb_status open_common(struct edb_file *f, const char *name, unsigned options)
{
    enum edb_status s;

    f->fd = -1;
    f->options = options;
    arena_init(&f->arena, NULL, 0);
    f->name = mem_strdup(name);
    if (f->name == NULL)
        return edb_fail_memory(f);
    s = f->data != NULL ? EDB_OK : open_path(f);
    if (s == EDB_OK)
        s = edb_header_read(f);
    if (s == EDB_OK && !(options & EDB_HEADER_ONLY))
        s = edb_catalog_load(f);
    return s;
}

static enum edb_status open_or_explain(struct edb_file *take_file, const char *name,
                                       unsigned options, struct edb_file **ret_file,
                                       struct edb_error *reterr_error)
{
    enum edb_status s;

    if (take_file == NULL) {
        *reterr_error = (struct edb_error){EDB_NO_MEMORY, "out of memory"};
        return EDB_NO_MEMORY;
    }
    s = open_common(take_file, name, options);
    if (s == EDB_OK) {
        *ret_file = take_file;
    } else {
        *reterr_error = take_file->error;
        edb_close(take_file);
    }
    return s;
}

enum edb_status edb_open(const char *path, unsigned options, struct edb_file **ret_file,
                         struct edb_error *reterr_error)
{
    return open_or_explain(mem_alloc(sizeof(struct edb_file)), path, options, ret_file,
                           reterr_error);
}

enum edb_status edb_open_memory(const void *data, size_t size, const char *name, unsigned options,
                                struct edb_file **ret_file, struct edb_error *reterr_error)
{
    struct edb_file *f = mem_alloc(sizeof *f);

    if (f != NULL) {
        f->data = size > 0 ? data : (const uint8_t *)"";
        f->size = size;
    }
    return open_or_explain(f, name, options, ret_file, reterr_error);
}

void edb_close(struct edb_file *take_file)
{
    struct edb_file *f = take_file;

    if (f == NULL)
        return;
    for (size_t i = 0; i < f->table_count; i++) {
        mem_free(f->tables[i].columns);
        mem_free(f->tables[i].indexes);
    }
    mem_free(f->tables);
    mem_free(f->shadow_reason);
    arena_fini(&f->arena);
    if (f->fd >= 0)
        (void)close(f->fd);
    mem_free(f->name);
    mem_free(f);
}

const struct edb_error *edb_file_error(const struct edb_file *f)
{
    return &f->error;
}

const struct edb_header *edb_file_header(const struct edb_file *f)
{
    return &f->header;
}

uint32_t edb_file_page_count(const struct edb_file *f)
{
    return f->page_count;
}

const char *edb_file_shadow_reason(const struct edb_file *f)
{
    return f->shadow_reason;
}

uint32_t edb_file_mended_reads(const struct edb_file *f)
{
    return f->mended_reads;
}
