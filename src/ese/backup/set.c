/* SPDX-License-Identifier: Apache-2.0
 *
 * set.c - what a backup consists of: its manifest, read and written
 */
#include "ese/backup/set.h"

#include "base/files.h"
#include "base/mem.h"
#include "ese/file_error.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MANIFEST  "manifest"
#define MAGIC     "Holdfast backup 2\n"
#define LINE_SIZE (PATH_MAX + 100)
#define PARTS_MAX 0xfffff /* what five digits of a log file's name hold */
#define UNITS     1000    /* of progress */

/* ---- paths and sums ---- */

bool backup_path(char out[PATH_MAX], const char *a, const char *b)
{
    int n = snprintf(out, PATH_MAX, "%s/%s", a, b);

    return n > 0 && n < PATH_MAX;
}

bool backup_make_parents(const char *root, const char *path)
{
    char copy[PATH_MAX];

    snprintf(copy, sizeof copy, "%s", path);
    for (char *p = copy + strlen(root) + 1; (p = strchr(p, '/')) != NULL; p++) {
        *p = '\0';
        if (mkdir(copy, 0777) != 0 && errno != EEXIST)
            return false;
        *p = '/';
    }
    return true;
}

bool backup_set_part(const char *folder, uint32_t part, char out[PATH_MAX])
{
    char name[24] = "store";

    if (part > 0)
        snprintf(name, sizeof name, "store.%u", part);
    return backup_path(out, folder, name);
}

bool backup_store_id_parse(const char *hex, uint8_t ret_id[16])
{
    if (strspn(hex, "0123456789abcdef") != 32 || hex[32] != '\0')
        return false;
    for (unsigned i = 0; i < 16; i++) {
        unsigned byte = 0;

        if (sscanf(hex + 2 * i, "%2x", &byte) != 1)
            return false;
        ret_id[i] = (uint8_t)byte;
    }
    return true;
}

uint64_t backup_sum(uint64_t sum, const void *data, size_t size)
{
    const uint8_t *p = data;

    for (size_t i = 0; i < size; i++)
        sum = (sum ^ p[i]) * 0x100000001b3u;
    return sum;
}

/* ---- progress ---- */

JET_ERR backup_tell(struct backup_progress *p, JET_SNT snt)
{
    uint64_t units = p->total > 0 ? p->done * UNITS / p->total : 0;
    JET_ERR err;

    if (snt == JET_sntComplete || units > UNITS)
        units = UNITS;
    p->begun = true;
    err = p->to->report(p->to->ctx, p->snp, snt, (uint32_t)units, UNITS);
    return err < 0 ? err : JET_errSuccess;
}

JET_ERR backup_tell_end(struct backup_progress *p, JET_ERR err)
{
    if (!err)
        return backup_tell(p, JET_sntComplete);
    if (p->begun)
        (void)backup_tell(p, JET_sntFail);
    return err;
}

/* ---- in memory ---- */

void backup_set_init(struct backup_set *set)
{
    *set = (struct backup_set){.size = 0};
    list_init(&set->databases);
    list_init(&set->files);
}

void backup_databases_free(struct list *take_databases)
{
    LIST_FOR_EACH_SAFE (it, take_databases)
        mem_free(LIST_ENTRY(it, struct backup_database, link));
}

void backup_set_take_databases(struct backup_set *set, struct list *ret_databases)
{
    list_init(ret_databases);
    LIST_FOR_EACH_SAFE (it, &set->databases) {
        list_remove(it);
        list_append(ret_databases, it);
    }
}

void backup_set_fini(struct backup_set *set)
{
    backup_databases_free(&set->databases);
    LIST_FOR_EACH_SAFE (it, &set->files)
        mem_free(LIST_ENTRY(it, struct backup_file, link));
    backup_set_init(set);
}

JET_ERR backup_set_add_database(struct backup_set *set, uint32_t number, uint32_t page_size,
                                const char *path)
{
    struct backup_database *db;

    if (strchr(path, '\n') != NULL) /* the manifest has lines */
        return JET_errInvalidPath;
    db = mem_alloc(sizeof *db + strlen(path) + 1);
    if (db == NULL)
        return JET_errOutOfMemory;
    db->number = number;
    db->page_size = page_size;
    strcpy(db->path, path);
    list_append(&set->databases, &db->link);
    return JET_errSuccess;
}

JET_ERR backup_set_add_file(struct backup_set *set, const char *name, uint64_t size, uint64_t sum,
                            uint32_t part)
{
    struct backup_file *file = mem_alloc(sizeof *file + strlen(name) + 1);

    if (file == NULL)
        return JET_errOutOfMemory;
    file->size = size;
    file->sum = sum;
    file->part = part;
    strcpy(file->name, name);
    list_append(&set->files, &file->link);
    set->size += size;
    if (part > set->parts)
        set->parts = part;
    return JET_errSuccess;
}

const struct backup_file *backup_set_find(const struct backup_set *set, const char *name)
{
    LIST_FOR_EACH (it, &set->files) {
        const struct backup_file *file = LIST_ENTRY(it, struct backup_file, link);

        if (strcmp(file->name, name) == 0)
            return file;
    }
    return NULL;
}

/* ---- reading ---- */

/* Relative, without a way out of its folder. */
static bool is_safe_name(const char *name)
{
    for (const char *p = name;; p++) {
        size_t n = strcspn(p, "/");

        if (n == 0 || (n <= 2 && strncmp(p, "..", n) == 0))
            return false;
        p += n;
        if (*p == '\0')
            return true;
    }
}

static JET_ERR parse_line(struct backup_set *set, const char *line)
{
    uint64_t size = 0, sum = 0;
    unsigned number = 0, page = 0;
    int at = 0;

    if (sscanf(line, "database %u %u %n", &number, &page, &at) == 2 && at > 0 && line[at] != '\0')
        return backup_set_add_database(set, number, page, line + at);
    at = 0;
    if (sscanf(line, "file %" SCNu64 " %" SCNx64 " %u %n", &size, &sum, &number, &at) == 3 &&
        at > 0 && number <= PARTS_MAX && is_safe_name(line + at))
        return backup_set_add_file(set, line + at, size, sum, number);
    if (sscanf(line, "parts %u", &number) == 1 && number >= set->parts && number <= PARTS_MAX) {
        set->parts = number;
        return JET_errSuccess;
    }
    return strncmp(line, "store ", 6) == 0 && backup_store_id_parse(line + 6, set->store)
               ? JET_errSuccess
               : JET_errInvalidBackup;
}

JET_ERR backup_set_parse(struct backup_set *set, FILE *file)
{
    char line[LINE_SIZE];
    JET_ERR err = JET_errSuccess;

    if (fgets(line, sizeof line, file) == NULL || strcmp(line, MAGIC) != 0)
        return JET_errInvalidBackup;
    while (!err && fgets(line, sizeof line, file) != NULL) {
        char *end = strchr(line, '\n');

        if (end == NULL)
            return JET_errInvalidBackup;
        *end = '\0';
        if (strcmp(line, "end") == 0)
            return JET_errSuccess;
        err = parse_line(set, line);
    }
    return err ? err : JET_errInvalidBackup;
}

JET_ERR backup_set_read(struct backup_set *set, const char *folder)
{
    char path[PATH_MAX];
    FILE *file = backup_path(path, folder, MANIFEST) ? fopen(path, "re") : NULL;
    JET_ERR err = file == NULL ? JET_errNoBackup : backup_set_parse(set, file);

    if (file != NULL)
        fclose(file);
    return err;
}

JET_ERR backup_set_find_in(struct backup_set *set, const char *folder, char ret_where[PATH_MAX])
{
    static const char *const places[] = {".", "new", "old"};
    JET_ERR err = JET_errNoBackup;

    for (size_t i = 0; i < sizeof places / sizeof *places && err == JET_errNoBackup; i++)
        err = backup_path(ret_where, folder, places[i]) ? backup_set_read(set, ret_where)
                                                        : JET_errInvalidPath;
    return err;
}

/* ---- writing ---- */

static bool print(const struct backup_set *set, FILE *file)
{
    fputs(MAGIC "store ", file);
    for (size_t i = 0; i < sizeof set->store; i++)
        fprintf(file, "%02x", set->store[i]);
    fputs("\n", file);
    LIST_FOR_EACH (it, &set->databases) {
        const struct backup_database *db = LIST_ENTRY(it, struct backup_database, link);

        fprintf(file, "database %u %u %s\n", db->number, db->page_size, db->path);
    }
    LIST_FOR_EACH (it, &set->files) {
        const struct backup_file *f = LIST_ENTRY(it, struct backup_file, link);

        fprintf(file, "file %" PRIu64 " %" PRIx64 " %u %s\n", f->size, f->sum, f->part, f->name);
    }
    fprintf(file, "parts %u\nend\n", set->parts);
    return fflush(file) == 0 && !ferror(file);
}

JET_ERR backup_set_text(const struct backup_set *set, char **ret_text, size_t *ret_size)
{
    FILE *file = open_memstream(ret_text, ret_size);
    bool ok = file != NULL && print(set, file);

    if (file != NULL && fclose(file) != 0)
        ok = false;
    return ok ? JET_errSuccess : JET_errOutOfMemory;
}

static JET_ERR write_text(const char *path, const char *text, size_t size)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    JET_ERR err = fd >= 0 && files_write(fd, text, size) && fsync(fd) == 0 ? JET_errSuccess
                                                                           : ese_file_error(errno);

    if (fd >= 0 && close(fd) != 0 && !err)
        err = ese_file_error(errno);
    return err;
}

JET_ERR backup_set_write(const struct backup_set *set, const char *folder)
{
    char path[PATH_MAX], beside[PATH_MAX];
    char *text = NULL;
    size_t size = 0;
    JET_ERR err;

    if (!backup_path(path, folder, MANIFEST) || !backup_path(beside, folder, MANIFEST ".new"))
        return JET_errInvalidPath;
    err = backup_set_text(set, &text, &size);
    if (!err)
        err = write_text(beside, text, size);
    free(text);
    return !err && rename(beside, path) != 0 ? ese_file_error(errno) : err;
}
