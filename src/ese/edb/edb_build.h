/* SPDX-License-Identifier: Apache-2.0
 *
 * edb_build.h - small databases made in memory, for tests of their reader
 *
 * Not part of any library. A database has a few pages, each filled node by node; spare ones are
 * left zero. Nothing is checked: a test may build what is broken.
 */
#ifndef HF_ESE_EDB_EDB_BUILD_H
#define HF_ESE_EDB_EDB_BUILD_H

#include "ese/edb/edb.h"

#define EDB_BUILD_PAGES 40u

struct edb_build {
    uint8_t *data;
    size_t size;
    uint32_t page_size;
};

/* Pages of the sample. */
enum edb_build_sample_pages {
    SAMPLE_CATALOG = 4,
    SAMPLE_SHADOW = 24,
    SAMPLE_BASE = 26,
    SAMPLE_PEOPLE = 27, /* branch over the next two */
    SAMPLE_LEAF_1 = 28,
    SAMPLE_LEAF_2 = 29,
    SAMPLE_LONG_VALUES = 30,
};

#define SAMPLE_NOTE_SIZE 6014u /* plain bytes of the separated value: 4014 and 2000 */

void edb_build_init(struct edb_build *b, uint32_t page_size);
void edb_build_fini(struct edb_build *b);

/* Starts a page; what lies in it before is gone. A root gets a space header, others the prefix. */
void edb_build_page(struct edb_build *b, uint32_t page, uint32_t objid, uint32_t flags,
                    const void *prefix, size_t prefix_size);

/* Appends a node. A key that begins with the page's prefix is stored without it. */
void edb_build_node(struct edb_build *b, uint32_t page, uint8_t flags, const void *key,
                    size_t key_size, const void *data, size_t data_size);

uint8_t *edb_build_at(struct edb_build *b, uint32_t page); /* the page's first byte */

/* The stored bytes of node i: [prefix size] key size, key, data. */
uint8_t *edb_build_node_at(struct edb_build *b, uint32_t page, uint16_t i);

/* Writes all checksums, of the header and of every page that is not zero. */
void edb_build_seal(struct edb_build *b);

/* A whole database: a template table "base", "people" derived from it with two leaves, a deleted
 * row, a separated value, compressed values, several values, and a default. Not sealed. */
void edb_build_sample(struct edb_build *b, uint32_t page_size);

#endif
