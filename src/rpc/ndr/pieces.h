/* SPDX-License-Identifier: Apache-2.0
 *
 * pieces.h - marshalled data, read in order from the segments it lies in
 */
#ifndef HF_RPC_NDR_PIECES_H
#define HF_RPC_NDR_PIECES_H

#include <string.h>

#include <holdfast/ndr.h>

struct ndr_pieces {
    const struct ndr_segment *segment;
    size_t offset; /* in it */
};

/* Copies the next `size` octets, or what is left of them; returns how many. */
static inline size_t ndr_pieces_copy(struct ndr_pieces *from, uint8_t *to, size_t size)
{
    size_t done = 0;

    while (done < size && from->segment != NULL) {
        size_t n = from->segment->size - from->offset;

        if (n > size - done)
            n = size - done;
        memcpy(to + done, from->segment->data + from->offset, n);
        done += n;
        from->offset += n;
        if (from->offset == from->segment->size)
            *from = (struct ndr_pieces){.segment = from->segment->next};
    }
    return done;
}

#endif
