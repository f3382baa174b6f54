/* SPDX-License-Identifier: Apache-2.0
 *
 * jet_row.c - values into and out of rows, long ones in pieces
 */
#include "tool/jet.h"

#define PIECE ((size_t)256 << 10)

static bool set_failed(struct tool_failure *f, JET_ERR err, const struct tool_column *c)
{
    return tool_jet_fail(f, err, "setting the column %s", c->name);
}

bool tool_row_set(JET_SESID session, JET_TABLEID cursor, const struct tool_column *c,
                  const void *data, size_t size, unsigned value_number, struct tool_failure *f)
{
    /* Number 0 adds a value behind those that are there. */
    JET_SETINFO info = {.cbStruct = sizeof info, .itagSequence = value_number == 1 ? 1 : 0};
    bool pieces = tool_type_is_long(c->type) && size > PIECE;
    size_t done = pieces ? PIECE : size;
    JET_GRBIT grbit = data != NULL && size == 0 ? JET_bitSetZeroLength : 0;
    JET_ERR err = JetSetColumn(session, cursor, c->id, data, done, grbit, &info);

    info.itagSequence = value_number;
    while (err >= JET_errSuccess && done < size) {
        size_t n = size - done < PIECE ? size - done : PIECE;

        err = JetSetColumn(session, cursor, c->id, (const char *)data + done, n, JET_bitSetAppendLV,
                           &info);
        done += n;
    }
    return err >= JET_errSuccess || set_failed(f, err, c);
}

bool tool_row_get(JET_SESID session, JET_TABLEID cursor, const struct tool_column *c,
                  unsigned value_number, tool_piece *piece, void *self, bool *ret_null,
                  struct tool_failure *f)
{
    JET_RETINFO info = {.cbStruct = sizeof info, .itagSequence = value_number};
    char buffer[16384];
    unsigned long left = 0;
    size_t total = 0;

    *ret_null = false;
    do {
        JET_ERR err =
            JetRetrieveColumn(session, cursor, c->id, buffer, sizeof buffer, &left, 0, &info);
        size_t got = left < sizeof buffer ? left : sizeof buffer;

        if (err < JET_errSuccess)
            return tool_jet_fail(f, err, "reading the column %s at octet %lu", c->name,
                                 info.ibLongValue);
        if (err == JET_wrnColumnNull && info.ibLongValue == 0) {
            *ret_null = true;
            return true;
        }
        if (info.ibLongValue == 0)
            total = left;
        if (info.ibLongValue + left != total || (got == 0 && total > 0))
            return tool_fail(f, "the column %s says %zu octets and then %zu", c->name, total,
                             (size_t)(info.ibLongValue + left));
        piece(self, buffer, got, total);
        info.ibLongValue += got;
    } while (info.ibLongValue < total);
    return true;
}
