/* SPDX-License-Identifier: Apache-2.0
 *
 * collate.c - Unicode text in keys: ICU's sort keys
 *
 * A collation is a locale and the flags of LCMapString that an index was made with; flags that ICU
 * knows by other names are mapped here. An index keeps the versions of ICU's collator and of its
 * root table (eng_collation_id): keys of another version are not comparable, and such an index is
 * neither read nor written.
 *
 * A sort key ends with a 0 and holds no other, so keys of several segments compare as they should.
 */
#include "ese/engine/schema.h"

#include "base/log.h"

#include <string.h>
#include <unicode/ucol.h>
#include <unicode/uloc.h>

#define FLAG_IGNORE_CASE     0x00000001u
#define FLAG_IGNORE_NONSPACE 0x00000002u
#define FLAG_IGNORE_SYMBOLS  0x00000004u
#define LOCALE_MAX           128
#define CHUNK                512 /* units converted on the stack */

struct eng_collation {
    UCollator *collator;
};

void eng_locale_of_lcid(uint32_t lcid, char *out, size_t size)
{
    UErrorCode status = U_ZERO_ERROR;
    char name[LOCALE_MAX];

    out[0] = '\0';
    if (uloc_getLocaleForLCID(lcid, name, sizeof name, &status) <= 0 || U_FAILURE(status))
        return;
    uloc_toLanguageTag(name, out, (int32_t)size, 0, &status);
    if (U_FAILURE(status))
        out[0] = '\0';
}

/* The index's locale as ICU names it: its UTF-16 name, else its language id. */
static bool locale_of(const struct ese_index *x, char out[LOCALE_MAX])
{
    UErrorCode status = U_ZERO_ERROR;
    char tag[LOCALE_MAX];

    if (x->locale_name.size == 0) {
        eng_locale_of_lcid(x->lcid, tag, sizeof tag);
        if (tag[0] == '\0')
            return false;
    } else {
        size_t n = x->locale_name.size / 2;

        if (n >= sizeof tag)
            return false;
        for (size_t i = 0; i < n; i++) {
            if (x->locale_name.data[2 * i + 1] != 0)
                return false;
            tag[i] = (char)x->locale_name.data[2 * i];
        }
        tag[n] = '\0';
    }
    uloc_forLanguageTag(tag, out, LOCALE_MAX, NULL, &status);
    return U_SUCCESS(status) && status != U_STRING_NOT_TERMINATED_WARNING;
}

/* Width and kana differ on the level of case: one strength leaves all three out. */
static UCollationStrength strength_of(uint32_t flags)
{
    if (flags & FLAG_IGNORE_NONSPACE)
        return UCOL_PRIMARY;
    return flags & FLAG_IGNORE_CASE ? UCOL_SECONDARY : UCOL_TERTIARY;
}

JET_ERR eng_collation_open(const struct ese_index *x, struct eng_collation **ret_collation)
{
    UErrorCode status = U_ZERO_ERROR;
    struct eng_collation *c;
    char locale[LOCALE_MAX];

    if (!locale_of(x, locale))
        return JET_errInvalidLanguageId;
    c = mem_alloc(sizeof *c);
    if (c == NULL)
        return JET_errOutOfMemory;
    c->collator = ucol_open(locale, &status);
    if (U_SUCCESS(status)) {
        ucol_setStrength(c->collator, strength_of(x->lcmap_flags));
        ucol_setAttribute(c->collator, UCOL_ALTERNATE_HANDLING,
                          x->lcmap_flags & FLAG_IGNORE_SYMBOLS ? UCOL_SHIFTED : UCOL_NON_IGNORABLE,
                          &status);
    }
    if (U_FAILURE(status)) {
        log_line(LOG_LEVEL_ERROR, "collation not opened locale=%s error=%s", locale,
                 u_errorName(status));
        eng_collation_close(c);
        return JET_errInvalidLanguageId;
    }
    *ret_collation = c;
    return JET_errSuccess;
}

void eng_collation_close(struct eng_collation *take_collation)
{
    if (take_collation == NULL)
        return;
    if (take_collation->collator != NULL)
        ucol_close(take_collation->collator);
    mem_free(take_collation);
}

void eng_collation_id(const struct eng_collation *c, uint8_t out[ENG_SORT_ID])
{
    UVersionInfo version, uca;

    memset(out, 0, ENG_SORT_ID);
    memcpy(out, "ICU-", 4);
    ucol_getVersion(c->collator, version);
    ucol_getUCAVersion(c->collator, uca);
    memcpy(out + 4, version, sizeof version);
    memcpy(out + 8, uca, sizeof uca);
}

enum ese_format_status eng_collation_key(void *self, const struct ese_index *index,
                                         const uint8_t *text, size_t size, uint8_t *out,
                                         size_t room, size_t *ret_size, bool *ret_truncated)
{
    const struct eng_collation *c = self;
    UChar lent[CHUNK], *units = lent;
    size_t count = size / 2;
    int32_t full;

    (void)index;
    if (count > CHUNK)
        units = mem_alloc(count * sizeof *units);
    if (units == NULL)
        return ESE_FORMAT_NO_ROOM;
    memcpy(units, text, count * sizeof *units);
    full = ucol_getSortKey(c->collator, units, (int32_t)count, out, (int32_t)room);
    if (units != lent)
        mem_free(units);
    *ret_truncated = full < 0 || (size_t)full > room;
    *ret_size = *ret_truncated ? room : (size_t)full;
    return full > 0 ? ESE_FORMAT_OK : ESE_FORMAT_BAD_VALUE;
}
