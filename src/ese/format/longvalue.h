/* SPDX-License-Identifier: Apache-2.0
 *
 * longvalue.h - keys and roots of the tree that holds a table's separated values
 *
 * A long value is its id (LID): 32 bits, or 64 with the top bit set. In a record the id is little
 * endian; in the tree it is big endian. The root's key is the id; a chunk's key is the id and the
 * chunk's offset in plain bytes, big endian.
 */
#ifndef HF_ESE_FORMAT_LONGVALUE_H
#define HF_ESE_FORMAT_LONGVALUE_H

#include "ese/format/format.h"

#define ESE_LV_KEY_MAX 12

struct ese_lv_key {
    uint8_t bytes[ESE_LV_KEY_MAX];
    uint8_t id_size; /* 4 or 8 */
};

struct ese_lv_root {
    uint32_t references;
    uint32_t size; /* plain bytes */
    bool encrypted;
};

/* From the id as a record stores it. */
ESE_FORMAT_CHECK enum ese_format_status ese_lv_key_of_id(const void *id, size_t size,
                                                         struct ese_lv_key *ret_key);

/* Appends the chunk's offset to the root's key; the key is then id_size + 4 bytes long. */
void ese_lv_key_set_offset(struct ese_lv_key *key, uint32_t offset);

/* Whether a key of the tree belongs to `of`; if so, whether it is a chunk's and at what offset. */
bool ese_lv_key_belongs(const struct ese_lv_key *of, const uint8_t *key, size_t size,
                        bool *ret_is_chunk, uint32_t *ret_offset);

ESE_FORMAT_CHECK enum ese_format_status ese_lv_root_decode(const void *data, size_t size,
                                                           struct ese_lv_root *ret_root);
void ese_lv_root_encode(const struct ese_lv_root *root, uint8_t out[8]);

/* Plain bytes of one chunk for a new table (spec 6). */
uint32_t ese_lv_chunk_size(uint32_t page_size);

#endif
