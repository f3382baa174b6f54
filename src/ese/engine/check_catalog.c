/* SPDX-License-Identifier: Apache-2.0
 *
 * check_catalog.c - do names, rows of the catalog and versions belong to one another?
 */
#include "ese/engine/check.h"

#include "ese/format/bytes.h"

#include <string.h>

/* Is there a row about the table itself? JET_errCatalogCorrupted: one that does not decode. */
static JET_ERR table_row(struct eng_checking *c, uint32_t objid, struct arena *arena,
                         struct eng_catalog_row *ret_row)
{
    return eng_catalog_get(c->step->txn, c->database, objid, ENG_CATALOG_TABLE, objid, arena,
                           ret_row);
}

/* ---- from names ---- */

static JET_ERR check_name(struct eng_checking *c, void *ctx, struct store_slice key,
                          struct store_slice value)
{
    uint8_t want[ESE_NAME_MAX + 2];
    char text[ENG_CHECK_TEXT];
    struct eng_catalog_row row = {0};
    struct arena arena;
    size_t size;
    JET_ERR err;

    (void)ctx;
    eng_check_text(key.data, key.size, text);
    if (value.size != 4) {
        eng_check_fault(c, "name=%s leads to no object", text);
        return JET_errSuccess;
    }
    arena_init(&arena, NULL, 0);
    err = table_row(c, ese_get_u32(value.data), &arena, &row);
    size = err || strlen(row.name) > ESE_NAME_MAX ? 0 : eng_name_key(row.name, want);
    if (err == JET_errObjectNotFound || err == JET_errCatalogCorrupted) {
        eng_check_fault(c, "name=%s object=%u has no row of its own", text,
                        ese_get_u32(value.data));
        err = JET_errSuccess;
    } else if (!err && (size != key.size || memcmp(want, key.data, size) != 0)) {
        eng_check_fault(c, "name=%s object=%u is called %s there", text, ese_get_u32(value.data),
                        row.name);
    }
    arena_fini(&arena);
    return err;
}

/* ---- from rows ---- */

/* A derived table's template is there, and is one. */
static JET_ERR check_template(struct eng_checking *c, const struct eng_catalog_row *row,
                              struct arena *arena)
{
    struct eng_catalog_row template = {0};
    uint32_t objid = 0;
    JET_ERR err = strlen(row->template_table) > ESE_NAME_MAX
                      ? JET_errObjectNotFound
                      : eng_name_find(c->step->txn, c->database, row->template_table, &objid);

    if (!err)
        err = table_row(c, objid, arena, &template);
    if (err && err != JET_errObjectNotFound && err != JET_errCatalogCorrupted)
        return err;
    if (err || !(template.flags & (uint32_t)ESE_TABLE_TEMPLATE))
        eng_check_fault(c, "object=%u is derived from %s, which is no template table", row->objid,
                        row->template_table);
    return JET_errSuccess;
}

/* A row about a table: its name leads back to it. */
static JET_ERR check_table_row(struct eng_checking *c, const struct eng_catalog_row *row)
{
    uint32_t objid = 0;
    JET_ERR err = strlen(row->name) > ESE_NAME_MAX
                      ? JET_errObjectNotFound
                      : eng_name_find(c->step->txn, c->database, row->name, &objid);

    if (err && err != JET_errObjectNotFound && err != JET_errCatalogCorrupted)
        return err;
    if (err || objid != row->objid)
        eng_check_fault(c, "object=%u is called %s, but that name does not lead to it", row->objid,
                        row->name);
    return JET_errSuccess;
}

static JET_ERR check_catalog_row(struct eng_checking *c, void *ctx, struct store_slice key,
                                 struct store_slice value)
{
    char text[ENG_CHECK_TEXT];
    uint8_t want[ENG_CATALOG_KEY];
    struct eng_catalog_row row = {0}, table = {0};
    struct arena arena;
    JET_ERR err;

    (void)ctx;
    arena_init(&arena, NULL, 0);
    err = eng_catalog_decode(c->database, value, &arena, &row);
    if (!err && row.type != ENG_CATALOG_COLUMN) /* a table has the two after it, too */
        eng_check_met(c, ENG_MOST_OBJECT, row.type == ENG_CATALOG_TABLE ? row.id + 2ull : row.id);
    if (!err)
        eng_catalog_key(row.objid, row.type, row.id, want);
    if (err && err != JET_errOutOfMemory) {
        eng_check_fault(c, "key=%s is not a row of the catalog",
                        eng_check_text(key.data, key.size, text));
        err = JET_errSuccess;
    } else if (!err && (key.size != sizeof want || memcmp(key.data, want, sizeof want) != 0)) {
        eng_check_fault(c, "key=%s holds the row of object=%u type=%u id=%u",
                        eng_check_text(key.data, key.size, text), row.objid, row.type, row.id);
    } else if (!err && row.type == ENG_CATALOG_TABLE) {
        err = check_table_row(c, &row);
        if (!err && row.template_table != NULL)
            err = check_template(c, &row, &arena);
    } else if (!err) {
        err = table_row(c, row.objid, &arena, &table);
        if (err == JET_errObjectNotFound)
            eng_check_fault(c, "object=%u type=%u id=%u name=%s belongs to no table", row.objid,
                            row.type, row.id, row.name);
        if (err != JET_errOutOfMemory)
            err = JET_errSuccess; /* one that does not decode is told of where it lies */
    }
    arena_fini(&arena);
    return err;
}

/* ---- from versions and gates ---- */

static JET_ERR check_control(struct eng_checking *c, void *ctx, struct store_slice key,
                             struct store_slice value)
{
    char text[ENG_CHECK_TEXT];
    struct eng_catalog_row row = {0};
    struct arena arena;
    JET_ERR err;

    (void)ctx;
    if (key.size != 5 || value.size != 4) {
        eng_check_fault(c, "key=%s is no version and no gate of a table",
                        eng_check_text(key.data, key.size, text));
        return JET_errSuccess;
    }
    eng_check_met(c, ENG_MOST_OBJECT, ese_get_u32(value.data)); /* versions are numbers of them */
    arena_init(&arena, NULL, 0);
    err = table_row(c, ese_get_be32(key.data), &arena, &row);
    if (err == JET_errObjectNotFound)
        eng_check_fault(c, "object=%u has a version, but no row of its own",
                        ese_get_be32(key.data));
    arena_fini(&arena);
    return err == JET_errOutOfMemory ? err : JET_errSuccess;
}

JET_ERR eng_check_catalog(struct eng_checking *c)
{
    uint32_t number = c->database->number;
    JET_ERR err = eng_check_tree(c, eng_tree(number, ENG_OBJID_NAMES), check_name, NULL);

    if (!err)
        err = eng_check_tree(c, eng_tree(number, ENG_OBJID_CATALOG), check_catalog_row, NULL);
    return err ? err : eng_check_tree(c, eng_tree(number, ENG_OBJID_CONTROL), check_control, NULL);
}
