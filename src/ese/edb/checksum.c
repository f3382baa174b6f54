/* SPDX-License-Identifier: Apache-2.0
 *
 * checksum.c - checksums of pages
 *
 * Old form: the exclusive or of all words but the first.
 *
 * New form, over blocks (the page, or a quarter of a large one): low word, the exclusive or of all
 * words; high word, two sums over the numbers of the bits that are set. E is the exclusive or of
 * the numbers, F that of their complements. One flipped bit changes E by its number and F by the
 * complement, so that the two changes are complements of each other and E's names the bit.
 *
 * E needs no walk over bits: bit j of it is the parity of all set bits whose number has bit j. For
 * the five low bits that is a mask over the exclusive or of all words; for the others it is a sum
 * over the numbers of words of odd parity. F is E, or its complement when the total parity is odd.
 */
#include "ese/edb/checksum.h"

#include "ese/edb/edb_internal.h"
#include "ese/format/bytes.h"

#include <string.h>

#define SUM_SEED        0x89abcdefu
#define OFFSET_FLAGS    36
#define OFFSET_LARGE    40 /* sums of blocks 1 to 3, eight bytes each */
#define BLOCKS_OF_LARGE 4u

struct sum {
    uint32_t parity; /* exclusive or of words */
    uint32_t ecc;    /* F << 16 | E */
};

static bool is_large(uint32_t size)
{
    return size > 8192;
}

uint32_t edb_checksum_old(const uint8_t *page, size_t size)
{
    uint32_t x = SUM_SEED;

    for (size_t i = 4; i < size; i += 4)
        x ^= ese_get_u32(page + i);
    return x;
}

/* `skip` bytes at the start count as zero. */
static struct sum sum_block(const uint8_t *block, uint32_t size, uint32_t skip, uint32_t seed)
{
    static const uint32_t masks[] = {0xaaaaaaaa, 0xcccccccc, 0xf0f0f0f0, 0xff00ff00, 0xffff0000};
    uint32_t all = 0, words = 0, e = 0, limit = size * 8 - 1, f;

    for (uint32_t i = skip; i < size; i += 4) {
        uint32_t w = ese_get_u32(block + i);

        all ^= w;
        words ^= (i / 4) & -(uint32_t)__builtin_parity(w);
    }
    for (unsigned j = 0; j < sizeof masks / sizeof *masks; j++)
        e |= (uint32_t)__builtin_parity(all & masks[j]) << j;
    e |= words << 5;
    f = __builtin_parity(all) ? ~e & limit : e;
    return (struct sum){.parity = all ^ seed, .ecc = f << 16 | e};
}

static uint32_t block_count(uint32_t size)
{
    return is_large(size) ? BLOCKS_OF_LARGE : 1;
}

static struct sum sum_of(const uint8_t *page, uint32_t size, uint32_t number, uint32_t block)
{
    uint32_t block_size = size / block_count(size);

    return sum_block(page + block * block_size, block_size, block == 0 ? 8 : 0, number);
}

static uint8_t *stored_at(uint8_t *page, uint32_t block)
{
    return block == 0 ? page : page + OFFSET_LARGE + 8 * (block - 1);
}

static enum edb_page_health verify_block(uint8_t *page, uint32_t size, uint32_t number,
                                         uint32_t block, uint32_t *ret_bit)
{
    uint32_t block_size = size / block_count(size), limit = block_size * 8 - 1;
    const uint8_t *stored = stored_at(page, block);
    uint32_t want_parity = ese_get_u32(stored), want_ecc = ese_get_u32(stored + 4);
    struct sum got = sum_of(page, size, number, block);
    uint32_t difference = got.ecc ^ want_ecc;
    uint32_t e = difference & 0xffff, f = difference >> 16;

    if (got.parity == want_parity && difference == 0)
        return EDB_PAGE_GOOD;
    if ((e ^ f) != limit || (got.parity ^ want_parity) != 1u << e % 32)
        return EDB_PAGE_BAD;
    page[block * block_size + e / 8] ^= (uint8_t)(1u << e % 8);
    *ret_bit = block * block_size * 8 + e;
    return EDB_PAGE_MENDED;
}

static bool all_zero(const uint8_t *page, uint32_t size)
{
    return page[0] == 0 && memcmp(page, page + 1, size - 1) == 0;
}

enum edb_page_health edb_checksum_verify(uint8_t *page, uint32_t size, uint32_t number,
                                         uint32_t *ret_bit)
{
    enum edb_page_health health = EDB_PAGE_GOOD;

    if (all_zero(page, size))
        return EDB_PAGE_UNINITIALISED;
    if (!(ese_get_u32(page + OFFSET_FLAGS) & EDB_PAGE_NEW_CHECKSUM)) {
        if (ese_get_u32(page) == edb_checksum_old(page, size) && ese_get_u32(page + 4) == number)
            return EDB_PAGE_GOOD;
        return EDB_PAGE_BAD;
    }
    /* Block 0 holds the sums of the others, so it comes first. */
    for (uint32_t block = 0; block < block_count(size); block++) {
        enum edb_page_health h = verify_block(page, size, number, block, ret_bit);

        if (h == EDB_PAGE_BAD)
            return h;
        if (h == EDB_PAGE_MENDED)
            health = h;
    }
    return health;
}

static void store(uint8_t *at, struct sum s)
{
    ese_put_u32(at, s.parity);
    ese_put_u32(at + 4, s.ecc);
}

void edb_checksum_seal(uint8_t *page, uint32_t size, uint32_t number)
{
    if (!(ese_get_u32(page + OFFSET_FLAGS) & EDB_PAGE_NEW_CHECKSUM)) {
        ese_put_u32(page + 4, number); /* part of what is summed */
        ese_put_u32(page, edb_checksum_old(page, size));
        return;
    }
    for (uint32_t block = block_count(size); block-- > 0;) /* block 0 covers the others' sums */
        store(stored_at(page, block), sum_of(page, size, number, block));
}
