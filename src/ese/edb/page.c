/* SPDX-License-Identifier: Apache-2.0
 *
 * page.c - pages: header, tags, nodes
 *
 *     0  header, 40 bytes (80 on large pages)
 *        data: what the tags point at, offsets from here
 *        tags, growing down from the page's end: u16 size, u16 offset
 *
 * Tag 0 is the external header: the keys' common prefix, or on a root page the tree's space. The
 * nodes' tags follow in key order. Three flag bits of a node lie in its tag's offset on small
 * pages, in the node's first word on large ones.
 *
 * Invariants of a page that edb_page_read gave out:
 *     P1  its checksum is right, or one bit was mended so that it is.
 *     P2  every tag's bytes lie between header and tags.
 */
#include "ese/edb/edb_internal.h"

#include "base/log.h"
#include "ese/edb/checksum.h"
#include "ese/format/bytes.h"

#define HEADER_SMALL       40u
#define HEADER_LARGE       80u
#define TAG_SIZE           4u
#define TAG_COUNT_MASK     0x0fffu
#define TAG_RESERVED_SHIFT 12
#define TAG_RESERVED_MASK  7u
#define TAG_FLAGS_SHIFT    13
#define NODE_COUNT_MASK    0x1fffu

enum page_offsets {
    AT_PREVIOUS = 16,
    AT_NEXT = 20,
    AT_OBJID = 24,
    AT_TAG_STATE = 34,
    AT_FLAGS = 36,
};

static bool is_large(const struct edb_page *p)
{
    return p->header_size == HEADER_LARGE;
}

/* The bytes of tag i, and for small pages its node flags. */
static struct ese_bytes tag_bytes(const struct edb_page *p, uint32_t i, uint8_t *ret_flags)
{
    const uint8_t *tag = p->bytes + p->size - TAG_SIZE * (i + 1);
    uint16_t mask = is_large(p) ? 0x7fff : 0x1fff;
    uint16_t size = ese_get_u16(tag), offset = ese_get_u16(tag + 2);

    *ret_flags = is_large(p) ? 0 : (uint8_t)(offset >> TAG_FLAGS_SHIFT);
    return (struct ese_bytes){p->bytes + p->header_size + (offset & mask), size & mask};
}

/* P2 */
static enum edb_status check_tags(struct edb_file *f, const struct edb_page *p, uint32_t tags)
{
    const uint8_t *start = p->bytes + p->header_size;
    uint32_t room = p->size - p->header_size;
    uint8_t flags;

    if (tags > room / TAG_SIZE)
        return edb_fail(f, EDB_CORRUPT, p->number, "%u tags do not fit into the page", tags);
    room -= tags * TAG_SIZE;
    for (uint32_t i = 0; i < tags; i++) {
        struct ese_bytes b = tag_bytes(p, i, &flags);
        size_t offset = (size_t)(b.data - start);

        if (offset > room || b.size > room - offset)
            return edb_fail(f, EDB_CORRUPT, p->number, "tag %u leads out of the page's data", i);
    }
    return EDB_OK;
}

static enum edb_status parse(struct edb_file *f, uint32_t number, const uint8_t *bytes,
                             struct edb_page *ret_page)
{
    struct edb_page p = {.bytes = bytes, .size = f->header.page_size, .number = number};
    uint32_t state = ese_get_u16(bytes + AT_TAG_STATE);
    uint32_t tags = state & TAG_COUNT_MASK;
    uint32_t reserved = state >> TAG_RESERVED_SHIFT & TAG_RESERVED_MASK;
    enum edb_status s;
    uint8_t flags;

    p.header_size = ese_record_form_of(p.size) == ESE_RECORD_LARGE ? HEADER_LARGE : HEADER_SMALL;
    p.previous = ese_get_u32(bytes + AT_PREVIOUS);
    p.next = ese_get_u32(bytes + AT_NEXT);
    p.objid = ese_get_u32(bytes + AT_OBJID);
    p.flags = ese_get_u32(bytes + AT_FLAGS);
    p.first_node = (uint16_t)(reserved == 0 ? 1 : reserved); /* old files count none */
    if (tags < p.first_node)
        return edb_fail(f, EDB_CORRUPT, number, "%u tags, but %u are reserved", tags, p.first_node);
    p.node_count = (uint16_t)(tags - p.first_node);
    s = check_tags(f, &p, tags);
    if (s != EDB_OK)
        return s;
    if (!(p.flags & EDB_PAGE_ROOT))
        p.prefix = tag_bytes(&p, 0, &flags);
    *ret_page = p;
    return EDB_OK;
}

enum edb_status edb_page_read(struct edb_file *f, uint32_t number, uint8_t *buffer,
                              struct edb_page *ret_page)
{
    uint32_t size = f->header.page_size, bit = 0;
    enum edb_status s;

    if (number == 0 || number > f->page_count)
        return edb_fail(f, EDB_CORRUPT, number, "outside the file, which has pages 1 to %u",
                        f->page_count);
    s = edb_read_at(f, ((uint64_t)number + 1) * size, buffer, size);
    if (s != EDB_OK)
        return s;
    switch (edb_checksum_verify(buffer, size, number, &bit)) { /* P1 */
    case EDB_PAGE_GOOD: break;
    case EDB_PAGE_MENDED:
        f->mended_reads++;
        log_line(LOG_LEVEL_WARNING, "mended a flipped bit file=%s page=%u bit=%u", f->name, number,
                 bit);
        break;
    case EDB_PAGE_UNINITIALISED:
        return edb_fail(f, EDB_CORRUPT, number, "in use, but was never written");
    case EDB_PAGE_BAD: return edb_fail(f, EDB_CORRUPT, number, "wrong checksum");
    }
    return parse(f, number, buffer, ret_page);
}

enum edb_status edb_page_node(struct edb_file *f, const struct edb_page *page, uint16_t i,
                              struct edb_node *ret_node)
{
    struct edb_node n = {0};
    struct ese_bytes b;
    size_t suffix;

    if (i >= page->node_count)
        return edb_fail(f, EDB_CORRUPT, page->number, "has no node %u", i);
    b = tag_bytes(page, (uint32_t)page->first_node + i, &n.flags);
    if (is_large(page) && b.size >= 2)
        n.flags = (uint8_t)(ese_get_u16(b.data) >> TAG_FLAGS_SHIFT);
    if (n.flags & EDB_NODE_COMPRESSED) {
        size_t prefix = b.size >= 2 ? ese_get_u16(b.data) & NODE_COUNT_MASK : SIZE_MAX;

        if (prefix > page->prefix.size)
            return edb_fail(f, EDB_CORRUPT, page->number,
                            "node %u shares more of the key than the page holds", i);
        n.prefix = (struct ese_bytes){page->prefix.data, prefix};
        b.data += 2;
        b.size -= 2;
    }
    suffix = b.size >= 2 ? ese_get_u16(b.data) & NODE_COUNT_MASK : SIZE_MAX;
    if (b.size < 2 || suffix > b.size - 2)
        return edb_fail(f, EDB_CORRUPT, page->number, "node %u is shorter than its key", i);
    n.suffix = (struct ese_bytes){b.data + 2, suffix};
    n.data = (struct ese_bytes){b.data + 2 + suffix, b.size - 2 - suffix};
    *ret_node = n;
    return EDB_OK;
}
