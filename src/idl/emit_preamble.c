/* SPDX-License-Identifier: Apache-2.0
 *
 * emit_preamble.c - the few functions that generated code shares, written where they are used
 */
#include <ctype.h>
#include <string.h>

#include "idl/emit.h"

/* clang-format off: one line of C, one line here. */
/* Each is written if its symbol stands in the functions or in a later piece. */
static const struct {
    const char *symbol, *text;
} pieces[] = {
    {"struct stub_memory", "/* Where new pointees come from: the call's arena, or "
                           "midl_user_allocate. With `log`, memory\n"
                           " * of the caller is kept as it was before it is written to. */\n"
                           "struct stub_memory {\n"
                           "    int user, log;\n"
                           "    struct stub_image *images;\n"
                           "};\n"},
    {"stub_new(",
     "static inline void *stub_new(struct ndr_in *in, struct stub_memory *m, uint32_t count,\n"
     "                             size_t size)\n"
     "{\n"
     "    return m->user ? ndr_alloc_user(in, count, size) : ndr_alloc(in, count, size);\n"
     "}\n"},
    {"struct stub_image *i", "/* What lay in the caller's memory; put back when unmarshalling "
                             "fails. What cannot be kept is\n"
                             " * not written to. */\n"
                             "struct stub_image {\n"
                             "    struct stub_image *next;\n"
                             "    void *at, *copy;\n"
                             "    size_t size;\n"
                             "};\n"},
    {"stub_save(", "static inline int stub_save(struct ndr_in *in, struct stub_memory *m, void "
                   "*at, size_t size)\n"
                   "{\n"
                   "    struct stub_image *i;\n"
                   "\n"
                   "    if (!m->log || in->status != 0)\n"
                   "        return in->status == 0;\n"
                   "    i = ndr_alloc(in, 1, sizeof *i);\n"
                   "    if (i == NULL || (i->copy = ndr_alloc(in, 1, size)) == NULL)\n"
                   "        return 0;\n"
                   "    memcpy(i->copy, at, size);\n"
                   "    i->at = at;\n"
                   "    i->size = size;\n"
                   "    i->next = m->images;\n"
                   "    m->images = i;\n"
                   "    return 1;\n"
                   "}\n"},
    {"stub_restore(", "static inline void stub_restore(struct stub_memory *m)\n"
                      "{\n"
                      "    for (struct stub_image *i = m->images; i != NULL; i = i->next)\n"
                      "        memcpy(i->at, i->copy, i->size);\n"
                      "}\n"},
    {"stub_pending", "/* A pointer whose pointee follows in the stream and has no memory yet. */\n"
                     "static char stub_pending_mark;\n"
                     "#define stub_pending ((void *)&stub_pending_mark)\n"},
    {"stub_pointee(",
     "static inline void *stub_pointee(struct ndr_in *in, struct stub_memory *m, const void *old,\n"
     "                                 size_t size)\n"
     "{\n"
     "    void *p = (void *)(uintptr_t)old;\n"
     "\n"
     "    if (p == stub_pending)\n"
     "        return stub_new(in, m, 1, size);\n"
     "    return stub_save(in, m, p, size) ? p : NULL;\n"
     "}\n"},
    {"stub_scalars(",
     "/* An array of scalars: seen in place, or copied to the program's memory. */\n"
     "static inline void *stub_scalars(struct ndr_in *in, struct stub_memory *m, uint32_t count,\n"
     "                                 size_t width)\n"
     "{\n"
     "    void *p;\n"
     "\n"
     "    if (!m->user)\n"
     "        return ndr_get_view(in, count, width);\n"
     "    p = ndr_get_fits(in, count, width) ? ndr_alloc_user(in, count, width) : NULL;\n"
     "    if (p != NULL)\n"
     "        ndr_get_array(in, p, count, width);\n"
     "    return p;\n"
     "}\n"},
    {"stub_note",
     "/* A value that is compared with its expression when all of that has been read. */\n"
     "struct stub_note {\n"
     "    int64_t value;\n"
     "    int seen;\n"
     "};\n"
     "\n"
     "static inline void stub_note(struct ndr_in *in, struct stub_note *n, int64_t value)\n"
     "{\n"
     "    ndr_in_check(in, !n->seen || n->value == value);\n"
     "    n->value = value;\n"
     "    n->seen = 1;\n"
     "}\n"},
    {"stub_range(",
     "static inline void stub_range(struct ndr_in *in, int64_t value, int64_t low, int64_t high)\n"
     "{\n"
     "    if (value < low || value > high)\n"
     "        ndr_in_fail(in, 1734); /* RPC_S_INVALID_BOUND */\n"
     "}\n"},
    {"stub_count(", "/* How many elements an [out] array has room for. */\n"
                    "static inline uint32_t stub_count(struct ndr_in *in, int64_t count)\n"
                    "{\n"
                    "    if (count >= 0 && count <= INT32_MAX)\n"
                    "        return (uint32_t)count;\n"
                    "    ndr_in_fail(in, 1734); /* RPC_S_INVALID_BOUND */\n"
                    "    return 0;\n"
                    "}\n"},
    {"stub_limit(", "/* How many elements the caller has room for. */\n"
                    "static inline uint32_t stub_limit(int64_t count)\n"
                    "{\n"
                    "    return count < 0 ? 0 : count > INT32_MAX ? INT32_MAX : (uint32_t)count;\n"
                    "}\n"},
    {"stub_room(",
     "/* The routine may not send more elements than it was given room for. */\n"
     "static inline void stub_room(struct ndr_out *out, int64_t count, uint32_t room)\n"
     "{\n"
     "    if (count > (int64_t)room)\n"
     "        ndr_out_fail(out, 1734); /* RPC_S_INVALID_BOUND */\n"
     "}\n"},
    {"stub_open(",
     "/* The size of a structure that ends with `count` elements of `each` octets. */\n"
     "static inline size_t stub_open(size_t least, size_t offset, uint32_t count, size_t each)\n"
     "{\n"
     "    size_t size = offset + (size_t)count * each;\n"
     "\n"
     "    return size < least ? least : size;\n"
     "}\n"},
    {"stub_open_tail(",
     "/* The gap behind an open array in NDR64; not every peer sends it at the very end. */\n"
     "static inline void stub_open_tail(struct ndr_in *in, size_t align)\n"
     "{\n"
     "    size_t gap = (size_t)(in->base - in->pos) & (align - 1);\n"
     "\n"
     "    if (in->ndr64)\n"
     "        in->pos += gap < (size_t)(in->end - in->pos) ? gap : (size_t)(in->end - in->pos);\n"
     "}\n"},
    {"stub_referent(",
     "/* A [ptr] pointer holds its referent's id until the pointee's turn comes. */\n"
     "static inline void *stub_referent(struct ndr_in *in)\n"
     "{\n"
     "    return (void *)(uintptr_t)ndr_get_full_slot(in);\n"
     "}\n"},
    {"stub_full_count(",
     "static inline uint32_t stub_full_count(struct ndr_out *out, int64_t count)\n"
     "{\n"
     "    if (count >= 0 && count <= INT32_MAX)\n"
     "        return (uint32_t)count;\n"
     "    ndr_out_fail(out, 1734); /* RPC_S_INVALID_BOUND */\n"
     "    return 0;\n"
     "}\n"},
    {"stub_seen", "/* The [ptr] pointees that were given back already. */\n"
                  "struct stub_seen {\n"
                  "    const void **at;\n"
                  "    size_t count, room;\n"
                  "};\n"
                  "\n"
                  "static inline void stub_seen_put(struct stub_seen *s, const void *p)\n"
                  "{\n"
                  "    size_t i = ((uintptr_t)p >> 4) & (s->room - 1);\n"
                  "\n"
                  "    while (s->at[i] != NULL)\n"
                  "        i = (i + 1) & (s->room - 1);\n"
                  "    s->at[i] = p;\n"
                  "    s->count++;\n"
                  "}\n"
                  "\n"
                  "/* True once for each pointer. Without memory for the table it is never true: a "
                  "leak does less\n"
                  " * harm than giving back twice. */\n"
                  "static inline int stub_first(struct stub_seen *s, const void *p)\n"
                  "{\n"
                  "    struct stub_seen old = *s;\n"
                  "\n"
                  "    for (size_t i = (uintptr_t)p >> 4; s->room != 0 && s->at[i & (s->room - 1)] "
                  "!= NULL; i++)\n"
                  "        if (s->at[i & (s->room - 1)] == p)\n"
                  "            return 0;\n"
                  "    if (s->count * 2 >= s->room) {\n"
                  "        s->room = s->room == 0 ? 64 : s->room * 2;\n"
                  "        s->at = calloc(s->room, sizeof *s->at);\n"
                  "        if (s->at == NULL) {\n"
                  "            *s = old;\n"
                  "            return 0;\n"
                  "        }\n"
                  "        s->count = 0;\n"
                  "        for (size_t i = 0; i < old.room; i++)\n"
                  "            if (old.at[i] != NULL)\n"
                  "                stub_seen_put(s, old.at[i]);\n"
                  "        free(old.at);\n"
                  "    }\n"
                  "    stub_seen_put(s, p);\n"
                  "    return 1;\n"
                  "}\n"},
};

/* clang-format on */

#define PIECE_COUNT (sizeof pieces / sizeof pieces[0])

/* True if `symbol` stands in `text` as a whole: an interface may be called notebook, and stub_note be
 * the beginning of stub_notebook. */
static bool mentions(const char *text, const char *symbol)
{
    size_t n = strlen(symbol);

    for (const char *p = text; (p = strstr(p, symbol)) != NULL; p += n) {
        unsigned char next = (unsigned char)p[n];

        if (symbol[n - 1] == '(' || !(isalnum(next) || next == '_'))
            return true;
    }
    return false;
}

static bool wanted(const bool *need, const char *const *texts, size_t i)
{
    for (size_t k = 0; k < 2; k++)
        if (texts[k] != NULL && mentions(texts[k], pieces[i].symbol))
            return true;
    for (size_t k = i + 1; k < PIECE_COUNT; k++)
        if (need[k] && mentions(pieces[k].text, pieces[i].symbol))
            return true;
    return false;
}

void emit_preamble(struct emit *e, const char *helpers, const char *bodies)
{
    const char *const texts[2] = {helpers, bodies};
    bool need[PIECE_COUNT];

    for (size_t i = PIECE_COUNT; i-- > 0;)
        need[i] = wanted(need, texts, i);
    for (size_t i = 0; i < PIECE_COUNT; i++)
        if (need[i])
            emit_raw(e, "%s\n", pieces[i].text);
    for (const struct emit_full *f = e->full; f != NULL; f = f->next)
        emit_raw(e, "static const char stub_type_%s;\n", f->id);
    if (e->full != NULL)
        emit_raw(e, "\n");
    emit_operators(e);
}
