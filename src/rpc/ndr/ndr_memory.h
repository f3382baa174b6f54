/* SPDX-License-Identifier: Apache-2.0
 *
 * ndr_memory.h - the runtime's side of ndr.h: setting up and ending the marshalling of a call
 *
 * A call has one arena and one struct ndr_memory over it; readers and writers borrow both. All that
 * is allocated here lies in the arena, but for the nodes of midl_user_allocate.
 */
#ifndef HF_RPC_NDR_NDR_MEMORY_H
#define HF_RPC_NDR_NDR_MEMORY_H

#include <holdfast/ndr.h>

struct arena;

/* `allocate` and `release` are the interface's, or NULL if its stubs need none. Needs no fini: what
 * it holds is the arena's, but for nodes, which end by one of the two functions below. */
void ndr_memory_init(struct ndr_memory *m, struct arena *arena, void *(*allocate)(size_t),
                     void (*release)(void *));

/* Unmarshalling failed: gives every node back to `release`. */
void ndr_memory_discard_nodes(struct ndr_memory *m);

/* Unmarshalling went well: the nodes are the program's or the stub's release function's. */
void ndr_memory_forget_nodes(struct ndr_memory *m);

/* Takes `size` octets off the budget (N3); false when there are not so many left. */
bool ndr_memory_charge(struct ndr_memory *m, size_t size);

/* Reads stub data at `base`, borrowed as long as anything that was read is used; `swap` and `ndr64`
 * as the header and the presentation context say. For arrays to be seen in place base should be at
 * a multiple of 8. */
void ndr_in_init(struct ndr_in *in, const uint8_t *base, size_t size, bool swap, bool ndr64,
                 struct ndr_memory *memory);

/* Writes into `first`, `size` octets lent by the caller (NULL with 0: none), leaving `reserve`
 * octets at its beginning free for a header; goes on in the arena. */
void ndr_out_init(struct ndr_out *out, uint8_t *first, size_t size, size_t reserve, bool ndr64,
                  struct ndr_memory *memory);

/* Ends the writing. On success the list from out->first holds ndr_out_size(out) octets in order, no
 * segment of it empty; on failure out->status is returned. */
RPC_STATUS ndr_out_finish(struct ndr_out *out);

/* The table behind [ptr] pointers (full.c). An object is known by its id, or by address and type;
 * `in` and `out` say in which direction its pointee has gone already. */
struct ndr_full_object {
    struct ndr_full_object *next;              /* all of a table, newest first */
    struct ndr_full_object *same_id, *same_at; /* chains of the hashes */
    uint64_t id;
    const void *at;
    const void *type;
    uint32_t count;
    bool in, out;
};

/* Both NULL when there is none. */
struct ndr_full_object *ndr_full_by_id(const struct ndr_memory *m, uint64_t id);
struct ndr_full_object *ndr_full_by_object(const struct ndr_memory *m, const void *at,
                                           const void *type);

/* Enters an object whose id is not in the table; NULL when there is no memory. */
struct ndr_full_object *ndr_full_add(struct ndr_memory *m, uint64_t id, const void *at,
                                     const void *type, uint32_t count);

/* Says that the object of `o` lies elsewhere now. */
void ndr_full_move(struct ndr_memory *m, struct ndr_full_object *o, const void *at,
                   const void *type, uint32_t count);

#endif
