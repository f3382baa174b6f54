/* SPDX-License-Identifier: Apache-2.0
 *
 * disk.c - what a power cut leaves of a folder
 *
 * Owns:   struct disk: the record, and files and folders as they are known to the program and to the
 *         device. Files are numbered by their making, the root is 0; a name lies in a folder, whatever
 *         that is called.
 * Pending: changes that no ended sync covers, in their order. A file's are entries of the record; a
 *         name's are (entry, name, file or NONE), side by side when one call made two.
 */
#include "disk.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SECTOR 512
#define PAGE   4096
#define NONE   SIZE_MAX
#define ROOT   0

struct content {
    uint8_t *data;
    size_t size, room;
};

struct file {
    bool folder;
    struct content durable;
    size_t *pending; /* entries of the record */
    size_t count;
};

struct name {
    size_t folder;
    char *text;
    size_t durable, now; /* files, or NONE */
};

struct change { /* of a name, pending */
    size_t entry, name, file;
};

struct sync {
    uint64_t number;
    size_t begin;
};

struct disk {
    struct crash *crash;
    uint8_t *trace;
    size_t *entries; /* offsets of the records */
    size_t length, at;
    struct file *files;
    size_t file_count;
    struct name *names;
    size_t name_count;
    struct change *changes;
    size_t change_count;
    size_t *numbers; /* of opened files, to files */
    size_t number_count;
    struct sync *syncs;
    size_t sync_count;
};

/* ---- memory ---- */

static void *grown(struct disk *d, void *old, size_t count, size_t size)
{
    void *bigger;

    if (count != 0 && (count & (count - 1)) != 0) /* room is a power of two */
        return old;
    bigger = realloc(old, (count == 0 ? 1 : 2 * count) * size);
    if (bigger == NULL)
        crash_fail(d->crash, "no memory", 0);
    return bigger;
}

#define APPEND(d, list, count) ((list) = grown(d, list, count, sizeof *(list)), &(list)[(count)++])

static void resize(struct disk *d, struct content *c, size_t size)
{
    if (size > c->room) {
        c->room = size + size / 2;
        c->data = realloc(c->data, c->room);
        if (c->data == NULL)
            crash_fail(d->crash, "no memory", 0);
    }
    if (size > c->size)
        memset(c->data + c->size, 0, size - c->size);
    c->size = size;
}

static void put(struct disk *d, struct content *c, size_t offset, const void *data, size_t size)
{
    if (size == 0)
        return;
    if (offset + size > c->size)
        resize(d, c, offset + size);
    memcpy(c->data + offset, data, size);
}

/* ---- the record ---- */

static struct trace_record record_of(const struct disk *d, size_t entry)
{
    struct trace_record r;

    memcpy(&r, d->trace + d->entries[entry], sizeof r);
    return r;
}

static const void *data_of(const struct disk *d, size_t entry)
{
    return d->trace + d->entries[entry] + sizeof(struct trace_record);
}

static uint8_t *read_file(struct disk *d, const char *path, size_t *ret_size)
{
    int fd = open(path, O_RDONLY);
    struct stat st;
    uint8_t *data;

    if (fd < 0 || fstat(fd, &st) != 0)
        crash_fail(d->crash, path, errno);
    data = malloc((size_t)st.st_size + 1);
    if (data == NULL || read(fd, data, (size_t)st.st_size) != st.st_size)
        crash_fail(d->crash, path, errno);
    close(fd);
    *ret_size = (size_t)st.st_size;
    return data;
}

static size_t new_file(struct disk *d, bool folder)
{
    struct file *f = APPEND(d, d->files, d->file_count);

    *f = (struct file){.folder = folder};
    return d->file_count - 1;
}

static size_t name_in(struct disk *d, size_t folder, const char *text, size_t length)
{
    struct name *n;

    for (size_t i = 0; i < d->name_count; i++)
        if (d->names[i].folder == folder && strncmp(d->names[i].text, text, length) == 0 &&
            d->names[i].text[length] == '\0')
            return i;
    n = APPEND(d, d->names, d->name_count);
    *n = (struct name){
        .folder = folder, .text = strndup(text, length), .durable = NONE, .now = NONE};
    return d->name_count - 1;
}

/* The name that a path below the root leads to, as folders are called now; NONE for the root itself. */
static size_t name_at(struct disk *d, const char *path)
{
    size_t name = NONE;

    while (*path != '\0') {
        size_t length = strcspn(path, "/");
        size_t folder = name == NONE ? ROOT : d->names[name].now;

        if (folder == NONE)
            crash_fail(d->crash, "the record speaks of an unknown folder", (long long)d->at);
        if (length > 0 && strncmp(path, ".", length) != 0)
            name = name_in(d, folder, path, length);
        path += length + (path[length] == '/');
    }
    return name;
}

static void load(struct disk *d, const char *path, size_t folder)
{
    DIR *list = opendir(path);
    char each[600];
    struct stat st;

    if (list == NULL)
        crash_fail(d->crash, path, errno);
    for (struct dirent *e; (e = readdir(list)) != NULL;) {
        size_t name, file;

        if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
            continue;
        (void)snprintf(each, sizeof each, "%s/%s", path, e->d_name);
        if (stat(each, &st) != 0)
            crash_fail(d->crash, each, errno);
        name = name_in(d, folder, e->d_name, strlen(e->d_name));
        file = new_file(d, S_ISDIR(st.st_mode));
        d->names[name].durable = d->names[name].now = file;
        if (S_ISDIR(st.st_mode)) {
            load(d, each, file);
        } else {
            struct content *c = &d->files[file].durable;

            c->data = read_file(d, each, &c->size);
            c->room = c->size;
        }
    }
    closedir(list);
}

struct disk *disk_new(struct crash *c, const char *base)
{
    struct disk *d = calloc(1, sizeof *d);

    if (d == NULL)
        crash_fail(c, "no memory", 0);
    d->crash = c;
    (void)new_file(d, true); /* ROOT */
    load(d, base, ROOT);
    return d;
}

void disk_read(struct disk *d, const char *trace)
{
    size_t size = 0;

    if (access(trace, F_OK) != 0)
        return; /* killed before it had done anything */
    d->trace = read_file(d, trace, &size);
    for (size_t at = 0; at + sizeof(struct trace_record) <= size;) {
        struct trace_record r;

        memcpy(&r, d->trace + at, sizeof r);
        if (r.size > size - at - sizeof r)
            break;
        *APPEND(d, d->entries, d->length) = at;
        at += sizeof r + r.size;
    }
}

void disk_free(struct disk *take_disk)
{
    struct disk *d = take_disk;

    for (size_t i = 0; i < d->file_count; i++) {
        free(d->files[i].durable.data);
        free(d->files[i].pending);
    }
    for (size_t i = 0; i < d->name_count; i++)
        free(d->names[i].text);
    free(d->files);
    free(d->names);
    free(d->changes);
    free(d->numbers);
    free(d->syncs);
    free(d->entries);
    free(d->trace);
    free(d);
}

size_t disk_length(const struct disk *d)
{
    return d->length;
}

enum trace_kind disk_kind(const struct disk *d, size_t entry)
{
    return record_of(d, entry).kind;
}

/* ---- going on ---- */

static void set_name(struct disk *d, const char *path, size_t file)
{
    size_t name = name_at(d, path);

    d->names[name].now = file;
    *APPEND(d, d->changes, d->change_count) =
        (struct change){.entry = d->at, .name = name, .file = file};
}

static size_t file_at(struct disk *d, const char *path)
{
    size_t name = name_at(d, path);

    return name == NONE ? ROOT : d->names[name].now;
}

/* Numbers are given by rising; one that is opened anew gets a new one. */
static void open_number(struct disk *d, uint64_t number, const char *path, bool made)
{
    size_t file = made ? new_file(d, false) : file_at(d, path);

    if (made)
        set_name(d, path, file);
    while (d->number_count <= number)
        *APPEND(d, d->numbers, d->number_count) = NONE;
    d->numbers[number] = file;
}

static struct file *numbered(struct disk *d, uint64_t number)
{
    if (number >= d->number_count || d->numbers[number] == NONE)
        crash_fail(d->crash, "the record speaks of an unknown file", (long long)number);
    return &d->files[d->numbers[number]];
}

static void apply(struct disk *d, struct content *c, size_t entry)
{
    struct trace_record r = record_of(d, entry);

    if (r.kind == TRACE_SIZE)
        resize(d, c, (size_t)r.offset);
    else
        put(d, c, (size_t)r.offset, data_of(d, entry), r.size);
}

static void sync_data(struct disk *d, struct file *f, size_t begin) /* D1 */
{
    size_t done = 0;

    while (done < f->count && f->pending[done] < begin)
        apply(d, &f->durable, f->pending[done++]);
    if (done == 0)
        return;
    f->count -= done;
    memmove(f->pending, f->pending + done, f->count * sizeof *f->pending);
}

/* Does a sync of the folder cover this change? A rename's two names go together, also from one folder to
 * another. */
static bool covers(const struct disk *d, size_t folder, size_t begin, size_t i)
{
    const struct change *c = &d->changes[i];

    if (c->entry >= begin)
        return false;
    return d->names[c->name].folder == folder ||
           (i > 0 && c[-1].entry == c->entry && d->names[c[-1].name].folder == folder) ||
           (i + 1 < d->change_count && c[1].entry == c->entry &&
            d->names[c[1].name].folder == folder);
}

/* Is there a later change of the same name that the sync covers? Then this one is over, too. */
static bool is_past(const struct disk *d, size_t folder, size_t begin, size_t i)
{
    for (size_t k = i + 1; k < d->change_count; k++)
        if (d->changes[k].name == d->changes[i].name && covers(d, folder, begin, k))
            return true;
    return false;
}

static void sync_names(struct disk *d, size_t folder, size_t begin) /* D2 */
{
    struct change *kept = malloc((d->change_count + 1) * sizeof *kept);
    size_t count = 0;

    if (kept == NULL)
        crash_fail(d->crash, "no memory", 0);
    for (size_t i = 0; i < d->change_count; i++) {
        const struct change *c = &d->changes[i];

        if (covers(d, folder, begin, i))
            d->names[c->name].durable = c->file;
        else if (!is_past(d, folder, begin, i))
            kept[count++] = *c;
    }
    if (count > 0)
        memcpy(d->changes, kept, count * sizeof *kept);
    d->change_count = count;
    free(kept);
}

static void end_sync(struct disk *d, struct trace_record r)
{
    for (size_t i = 0; i < d->sync_count; i++) {
        struct sync s = d->syncs[i];
        struct file *f = numbered(d, r.file);

        if (s.number != r.offset)
            continue;
        d->syncs[i] = d->syncs[--d->sync_count];
        if (f->folder)
            sync_names(d, d->numbers[r.file], s.begin);
        else
            sync_data(d, f, s.begin);
        return;
    }
    crash_fail(d->crash, "a sync ends that had not begun", (long long)r.offset);
}

static void happen(struct disk *d)
{
    struct trace_record r = record_of(d, d->at);
    const char *path = data_of(d, d->at);
    struct file *f;

    switch ((enum trace_kind)r.kind) {
    case TRACE_OPEN: open_number(d, r.file, path, false); break;
    case TRACE_CREATE: open_number(d, r.file, path, true); break;
    case TRACE_WRITE:
    case TRACE_SIZE:
        f = numbered(d, r.file);
        f->pending = grown(d, f->pending, f->count, sizeof *f->pending);
        f->pending[f->count++] = d->at;
        break;
    case TRACE_SYNC_BEGIN:
        *APPEND(d, d->syncs, d->sync_count) = (struct sync){.number = r.offset, .begin = d->at};
        break;
    case TRACE_SYNC_END: end_sync(d, r); break;
    case TRACE_RENAME:
        if (file_at(d, path) == NONE)
            crash_fail(d->crash, "the record renames an unknown file", (long long)d->at);
        set_name(d, path + strlen(path) + 1, file_at(d, path));
        set_name(d, path, NONE);
        break;
    case TRACE_LINK: set_name(d, path + strlen(path) + 1, file_at(d, path)); break;
    case TRACE_UNLINK:
    case TRACE_RMDIR: set_name(d, path, NONE); break;
    case TRACE_MKDIR: set_name(d, path, new_file(d, true)); break;
    case TRACE_TELL: break;
    }
}

void disk_go(struct disk *d, size_t cut, void (*told)(void *ctx, const void *data, size_t size),
             void *ctx)
{
    for (; d->at < cut && d->at < d->length; d->at++) {
        struct trace_record r = record_of(d, d->at);

        if (r.kind == TRACE_TELL)
            told(ctx, data_of(d, d->at), r.size);
        happen(d);
    }
}

/* ---- the cut ---- */

static size_t chance(struct disk *d, size_t below)
{
    return (size_t)crash_random(d->crash, below);
}

/* How many of the pending changes of names are on the device (D2); `files` gets what each name leads
 * to. */
static void leave_names(struct disk *d, enum disk_cut how, size_t *files)
{
    size_t kept = how == DISK_LOSE_ALL   ? 0
                  : how == DISK_KEEP_ALL ? d->change_count
                                         : chance(d, d->change_count + 1);

    if (kept < d->change_count && kept > 0 && d->changes[kept].entry == d->changes[kept - 1].entry)
        kept++; /* both names of a rename */
    for (size_t i = 0; i < d->name_count; i++)
        files[i] = d->names[i].durable;
    for (size_t i = 0; i < kept; i++)
        files[d->changes[i].name] = d->changes[i].file;
}

/* The first `count` pending changes, the last of them torn at a sector. */
static void leave_prefix(struct disk *d, const struct file *f, struct content *c)
{
    size_t count = chance(d, f->count + 1);

    for (size_t i = 0; i < count; i++)
        apply(d, c, f->pending[i]);
    if (count < f->count && record_of(d, f->pending[count]).kind == TRACE_WRITE) {
        struct trace_record r = record_of(d, f->pending[count]);
        size_t end = ((size_t)r.offset + chance(d, r.size + 1)) / SECTOR * SECTOR;

        if (end > r.offset)
            put(d, c, (size_t)r.offset, data_of(d, f->pending[count]), end - (size_t)r.offset);
    }
}

/* The size after the first `count` pending writes, or at a page within the next. */
static size_t size_after(struct disk *d, const struct file *f, size_t old, size_t count)
{
    size_t size = old;

    for (size_t i = 0; i < count; i++) {
        struct trace_record r = record_of(d, f->pending[i]);

        if (r.offset + r.size > size)
            size = (size_t)r.offset + r.size;
    }
    if (count < f->count && chance(d, 2)) {
        struct trace_record r = record_of(d, f->pending[count]);
        size_t page = ((size_t)r.offset + chance(d, r.size + 1)) / PAGE * PAGE;

        if (page > size)
            size = page;
    }
    return size;
}

/* Each unit of the file has what it had after some of the pending writes, its own choice which. */
static void leave_units(struct disk *d, const struct file *f, struct content *c)
{
    size_t unit = chance(d, 2) ? SECTOR : PAGE, old = c->size, most = old, units, *upto;

    for (size_t i = 0; i < f->count; i++) {
        struct trace_record r = record_of(d, f->pending[i]);

        if (r.kind == TRACE_SIZE) {
            leave_prefix(d, f, c);
            return;
        }
        if (r.offset + r.size > most)
            most = (size_t)r.offset + r.size;
    }
    resize(d, c, most);
    units = most / unit + 1;
    upto = malloc(units * sizeof *upto);
    if (upto == NULL)
        crash_fail(d->crash, "no memory", 0);
    for (size_t i = 0; i < units; i++)
        upto[i] = chance(d, 2) ? f->count : chance(d, f->count + 1);
    for (size_t i = 0; i < f->count; i++) {
        struct trace_record r = record_of(d, f->pending[i]);
        const uint8_t *data = data_of(d, f->pending[i]);
        size_t begin = (size_t)r.offset, end = begin + r.size;

        for (size_t at = begin; at < end;) {
            size_t next = (at / unit + 1) * unit < end ? (at / unit + 1) * unit : end;

            if (i < upto[at / unit])
                memcpy(c->data + at, data + (at - begin), next - at);
            at = next;
        }
    }
    free(upto);
    if (chance(d, 3) == 0) /* the size is older than some of the data: that of a write, or a page */
        c->size = size_after(d, f, old, chance(d, f->count + 1));
}

static void leave_data(struct disk *d, const char *path, const struct file *f, enum disk_cut how,
                       struct content *c)
{
    if (how == DISK_MIXED)
        how = (enum disk_cut)chance(d, DISK_MIXED);
    if (how == DISK_SECTORS && strstr(path, "/MANIFEST-") != NULL) /* D1 */
        how = DISK_PREFIX;
    resize(d, c, 0);
    put(d, c, 0, f->durable.data, f->durable.size);
    if (how == DISK_KEEP_ALL)
        for (size_t i = 0; i < f->count; i++)
            apply(d, c, f->pending[i]);
    else if (how == DISK_PREFIX)
        leave_prefix(d, f, c);
    else if (how == DISK_SECTORS)
        leave_units(d, f, c);
}

static void write_file(struct disk *d, const char *path, const struct content *c)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL, 0600);

    if (fd < 0 || (c->size > 0 && write(fd, c->data, c->size) != (ssize_t)c->size))
        crash_fail(d->crash, path, errno);
    close(fd);
}

static void leave_folder(struct disk *d, enum disk_cut how, const size_t *files, size_t folder,
                         const char *path)
{
    struct content c = {0};
    char each[600];

    if (mkdir(path, 0700) != 0)
        crash_fail(d->crash, path, errno);
    for (size_t i = 0; i < d->name_count; i++) {
        const struct file *f = &d->files[files[i] == NONE ? ROOT : files[i]];

        if (files[i] == NONE || d->names[i].folder != folder)
            continue;
        (void)snprintf(each, sizeof each, "%s/%s", path, d->names[i].text);
        if (f->folder) {
            leave_folder(d, how, files, files[i], each);
        } else {
            leave_data(d, each, f, how, &c);
            write_file(d, each, &c);
        }
    }
    free(c.data);
}

void disk_leave(struct disk *d, enum disk_cut how, const char *folder)
{
    size_t *files = malloc((d->name_count + 1) * sizeof *files);

    if (files == NULL)
        crash_fail(d->crash, "no memory", 0);
    leave_names(d, how, files);
    leave_folder(d, how, files, ROOT, folder);
    free(files);
}
