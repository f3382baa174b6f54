/* SPDX-License-Identifier: Apache-2.0
 *
 * longvalue.c - keys and roots of long values
 */
#include "ese/format/longvalue.h"

#include "ese/format/bytes.h"

#include <string.h>

#define LV_ROOT_SIZE      8
#define LV_ROOT_ENCRYPTED 0x1
#define LV_WIDE           0x80 /* of the first byte of a key: the id has 8 bytes */

enum ese_format_status ese_lv_key_of_id(const void *id, size_t size, struct ese_lv_key *ret_key)
{
    const uint8_t *p = id;

    if (size != 4 && size != 8)
        return ESE_FORMAT_CORRUPT;
    if (((p[size - 1] & LV_WIDE) != 0) != (size == 8))
        return ESE_FORMAT_CORRUPT;
    *ret_key = (struct ese_lv_key){.id_size = (uint8_t)size};
    for (size_t i = 0; i < size; i++)
        ret_key->bytes[i] = p[size - 1 - i];
    return ESE_FORMAT_OK;
}

void ese_lv_key_set_offset(struct ese_lv_key *key, uint32_t offset)
{
    ese_put_be32(key->bytes + key->id_size, offset);
}

bool ese_lv_key_belongs(const struct ese_lv_key *of, const uint8_t *key, size_t size,
                        bool *ret_is_chunk, uint32_t *ret_offset)
{
    size_t id = of->id_size;

    if ((size != id && size != id + 4) || memcmp(of->bytes, key, id) != 0)
        return false;
    *ret_is_chunk = size != id;
    *ret_offset = size != id ? ese_get_be32(key + id) : 0;
    return true;
}

enum ese_format_status ese_lv_root_decode(const void *data, size_t size,
                                          struct ese_lv_root *ret_root)
{
    const uint8_t *p = data;

    if (size < LV_ROOT_SIZE)
        return ESE_FORMAT_CORRUPT;
    *ret_root = (struct ese_lv_root){
        .references = ese_get_u32(p),
        .size = ese_get_u32(p + 4),
        .encrypted = size > LV_ROOT_SIZE && (p[LV_ROOT_SIZE] & LV_ROOT_ENCRYPTED) != 0,
    };
    return ret_root->size <= ESE_LONG_VALUE_MAX ? ESE_FORMAT_OK : ESE_FORMAT_CORRUPT;
}

void ese_lv_root_encode(const struct ese_lv_root *root, uint8_t out[8])
{
    ese_put_u32(out, root->references);
    ese_put_u32(out + 4, root->size);
}

uint32_t ese_lv_chunk_size(uint32_t page_size)
{
    switch (page_size) {
    case 16384: return 4050;
    case 32768: return 8150;
    default: return page_size - 82;
    }
}
