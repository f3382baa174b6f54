/* SPDX-License-Identifier: Apache-2.0
 *
 * tree.c - walking a tree from its root, and seeking in it
 *
 * The key of a branch node separates: all keys below it are smaller, those of the next node's child
 * are not. The last one is empty and stands for infinity. A walk goes by the branches and not by
 * the leaves' chain, since the branches say which pages belong to the tree.
 *
 * Invariants:
 *     T1  every page of the walk carries the tree's object id, and only the first is a root.
 *     T2  keys ascend from node to node (descend on the way back), so no page is met twice without
 *         an error.
 *     T3  a walk reads no more pages than the file has, and goes no deeper than EDB_DEPTH_MAX. A
 *         walk ends with a seek, at an end of the tree, or where it turns round.
 *
 * Place: `at` of a branch level is behind the child that the walk is in; `at` of the leaf level is
 * the node to take next, the current one (on_node) lies before it.
 */
#include "ese/edb/edb_internal.h"

#include "ese/format/bytes.h"

#include <string.h>

enum edb_status edb_cursor_init(struct edb_cursor *c, struct edb_file *f, uint32_t root,
                                uint32_t objid, const char *what)
{
    *c = (struct edb_cursor){.file = f, .root = root, .objid = objid, .what = what};
    c->key = mem_alloc(2 * (size_t)f->header.page_size); /* prefix and suffix, each below a page */
    c->previous_key = mem_alloc(2 * (size_t)f->header.page_size);
    if (c->key == NULL || c->previous_key == NULL) {
        edb_cursor_fini(c);
        return edb_fail_memory(f);
    }
    return EDB_OK;
}

void edb_cursor_fini(struct edb_cursor *c)
{
    for (unsigned i = 0; i < EDB_DEPTH_MAX; i++)
        mem_free(c->levels[i].buffer);
    mem_free(c->key);
    mem_free(c->previous_key);
    *c = (struct edb_cursor){0};
}

static enum edb_status check_page(struct edb_cursor *c, const struct edb_page *p) /* T1 */
{
    bool root = (p->flags & EDB_PAGE_ROOT) != 0;

    if (p->objid != c->objid)
        return edb_fail(c->file, EDB_CORRUPT, p->number, "belongs to object %u, not to %s (%u)",
                        p->objid, c->what, c->objid);
    if (root != (c->depth == 0) || (p->flags & EDB_PAGE_SPACE_TREE))
        return edb_fail(c->file, EDB_CORRUPT, p->number, "not the kind of page that %s needs here",
                        c->what);
    if (!(p->flags & EDB_PAGE_NEW_RECORD_FORMAT))
        return edb_fail(c->file, EDB_UNSUPPORTED, p->number,
                        "has the record format of Windows 2000; upgrade the file there first");
    return EDB_OK;
}

/* Enters a page as the next level. */
static enum edb_status push(struct edb_cursor *c, uint32_t number)
{
    struct edb_level *level = &c->levels[c->depth];
    enum edb_status s;

    if (c->depth == EDB_DEPTH_MAX)
        return edb_fail(c->file, EDB_CORRUPT, number, "%s is deeper than %d levels", c->what,
                        EDB_DEPTH_MAX);
    if (c->visits++ >= c->file->page_count) /* T3 */
        return edb_fail(c->file, EDB_CORRUPT, number, "%s meets the same pages again", c->what);
    if (level->buffer == NULL)
        level->buffer = mem_alloc(c->file->header.page_size);
    if (level->buffer == NULL)
        return edb_fail_memory(c->file);
    s = edb_page_read(c->file, number, level->buffer, &level->page);
    if (s == EDB_OK)
        s = check_page(c, &level->page);
    if (s != EDB_OK)
        return s;
    level->at = 0;
    c->depth++;
    return EDB_OK;
}

static enum edb_status child_of(struct edb_cursor *c, const struct edb_page *p,
                                const struct edb_node *n, uint32_t *ret_child)
{
    if (n->data.size < 4)
        return edb_fail(c->file, EDB_CORRUPT, p->number, "a branch without a page to lead to");
    *ret_child = ese_get_u32(n->data.data);
    return EDB_OK;
}

static int compare_bytes(const uint8_t *a, size_t a_size, const uint8_t *b, size_t b_size)
{
    int order = memcmp(a, b, a_size < b_size ? a_size : b_size);

    return order != 0 ? order : (a_size > b_size) - (a_size < b_size);
}

/* T2 */
static enum edb_status take_key(struct edb_cursor *c, const struct edb_page *p)
{
    const struct edb_node *n = &c->node;
    uint8_t *spare = c->previous_key;
    bool may_repeat = (p->flags & EDB_PAGE_NON_UNIQUE) != 0;
    int order;

    c->on_node = true;

    c->previous_key = c->key;
    c->previous_key_size = c->key_size;
    c->key = spare;
    if (n->prefix.size > 0)
        memcpy(c->key, n->prefix.data, n->prefix.size);
    memcpy(c->key + n->prefix.size, n->suffix.data, n->suffix.size);
    c->key_size = n->prefix.size + n->suffix.size;
    if (!c->has_previous) {
        c->has_previous = true;
        return EDB_OK;
    }
    order = compare_bytes(c->previous_key, c->previous_key_size, c->key, c->key_size);
    if (c->backwards)
        order = -order;
    if (order > 0 || (order == 0 && !may_repeat))
        return edb_fail(c->file, EDB_CORRUPT, p->number, "a key of %s is out of order", c->what);
    return EDB_OK;
}

/* Takes the next node of the deepest level: goes down, reports a leaf node, or skips one. */
static enum edb_status step(struct edb_cursor *c, bool *ret_found)
{
    struct edb_level *level = &c->levels[c->depth - 1];
    struct edb_node n;
    uint32_t child = 0;
    enum edb_status s = edb_page_node(c->file, &level->page, level->at++, &n);

    if (s != EDB_OK)
        return s;
    if (!(level->page.flags & EDB_PAGE_LEAF)) {
        s = child_of(c, &level->page, &n, &child);
        return s == EDB_OK ? push(c, child) : s;
    }
    if (n.flags & EDB_NODE_DELETED)
        return EDB_OK;
    c->node = n;
    *ret_found = true;
    return take_key(c, &level->page);
}

/* T3 */
static void turn(struct edb_cursor *c, bool backwards)
{
    if (c->backwards != backwards)
        c->visits = 0;
    c->backwards = backwards;
}

static enum edb_status arrive_at_end(struct edb_cursor *c, bool last)
{
    c->depth = 0;
    c->visits = 0;
    c->at_end = last;
    c->on_node = c->has_previous = false;
    return EDB_END;
}

enum edb_status edb_cursor_next(struct edb_cursor *c)
{
    bool found = false;
    enum edb_status s;

    if (c->at_end)
        return EDB_END;
    turn(c, false);
    if (c->depth == 0) {
        s = push(c, c->root);
        if (s != EDB_OK)
            return s;
    }
    while (!found) {
        while (c->depth > 0 &&
               c->levels[c->depth - 1].at >= c->levels[c->depth - 1].page.node_count)
            c->depth--;
        if (c->depth == 0)
            return arrive_at_end(c, true);
        s = step(c, &found);
        if (s != EDB_OK)
            return s;
    }
    return EDB_OK;
}

/* Enters a page at its end. */
static enum edb_status push_end(struct edb_cursor *c, uint32_t number)
{
    enum edb_status s = push(c, number);

    if (s == EDB_OK)
        c->levels[c->depth - 1].at = c->levels[c->depth - 1].page.node_count;
    return s;
}

/* Takes the node before the deepest level's place: goes down to its end, reports a leaf node, or
 * skips one. */
static enum edb_status step_back(struct edb_cursor *c, bool *ret_found)
{
    struct edb_level *level = &c->levels[c->depth - 1];
    bool leaf = (level->page.flags & EDB_PAGE_LEAF) != 0;
    uint16_t at = (uint16_t)(level->at - 1);
    struct edb_node n;
    uint32_t child = 0;
    enum edb_status s = edb_page_node(c->file, &level->page, at, &n);

    if (s != EDB_OK)
        return s;
    if (!leaf) {
        s = child_of(c, &level->page, &n, &child);
        return s == EDB_OK ? push_end(c, child) : s;
    }
    if (n.flags & EDB_NODE_DELETED) {
        level->at = at;
        return EDB_OK;
    }
    c->node = n;
    *ret_found = true;
    return take_key(c, &level->page);
}

enum edb_status edb_cursor_previous(struct edb_cursor *c)
{
    bool found = false;
    enum edb_status s;

    if (c->depth == 0 && !c->at_end)
        return EDB_END;
    turn(c, true);
    if (c->depth == 0) {
        c->at_end = false;
        s = push_end(c, c->root);
        if (s != EDB_OK)
            return s;
    }
    if (c->on_node)
        c->levels[c->depth - 1].at--;
    c->on_node = false;
    while (!found) {
        while (c->depth > 0 && c->levels[c->depth - 1].at == 0) {
            c->depth--;
            if (c->depth > 0)
                c->levels[c->depth - 1].at--;
        }
        if (c->depth == 0)
            return arrive_at_end(c, false);
        s = step_back(c, &found);
        if (s != EDB_OK)
            return s;
    }
    return EDB_OK;
}

void edb_cursor_seek_end(struct edb_cursor *c, bool last)
{
    (void)arrive_at_end(c, last);
}

/* How the key of node n, and its data behind it where that is part of the order, compares with
 * `key`. A separator has both in its key. */
static int compare_node(const struct edb_node *n, bool with_data, const uint8_t *key, size_t size)
{
    const struct ese_bytes parts[] = {n->prefix, n->suffix, n->data};

    for (unsigned i = 0; i < (with_data ? 3u : 2u); i++) {
        size_t part = parts[i].size < size ? parts[i].size : size;
        int order = part > 0 ? memcmp(parts[i].data, key, part) : 0;

        if (order != 0)
            return order;
        if (parts[i].size > size)
            return 1;
        key += part;
        size -= part;
    }
    return size > 0 ? -1 : 0;
}

/* The first node of a page that is not below `key` (leaf), or that lies above it (branch). */
static enum edb_status search_page(struct edb_cursor *c, struct edb_level *level,
                                   const uint8_t *key, size_t size)
{
    bool leaf = (level->page.flags & EDB_PAGE_LEAF) != 0;
    uint16_t low = 0, high = level->page.node_count;

    if (!leaf && high > 0)
        high--; /* the last separator is infinity */
    while (low < high) {
        uint16_t middle = (uint16_t)((low + high) / 2);
        struct edb_node n;
        enum edb_status s = edb_page_node(c->file, &level->page, middle, &n);
        int order;

        if (s != EDB_OK)
            return s;
        order = compare_node(&n, leaf && c->data_in_order, key, size);
        if (leaf ? order < 0 : order <= 0)
            low = (uint16_t)(middle + 1);
        else
            high = middle;
    }
    level->at = low;
    return EDB_OK;
}

enum edb_status edb_cursor_seek(struct edb_cursor *c, const void *key, size_t size)
{
    uint32_t page = c->root;

    c->depth = 0;
    c->visits = 0;
    c->at_end = c->has_previous = c->on_node = false;
    for (;;) {
        struct edb_level *level = &c->levels[c->depth];
        struct edb_node n;
        enum edb_status s = push(c, page);

        if (s == EDB_OK)
            s = search_page(c, level, key, size);
        if (s != EDB_OK)
            return s;
        if ((level->page.flags & EDB_PAGE_LEAF) || level->page.node_count == 0)
            return EDB_OK;
        s = edb_page_node(c->file, &level->page, level->at, &n);
        if (s == EDB_OK)
            s = child_of(c, &level->page, &n, &page);
        if (s != EDB_OK)
            return s;
        level->at++;
    }
}
