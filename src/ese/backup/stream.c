/* SPDX-License-Identifier: Apache-2.0
 *
 * stream.c - log files of a backup that is read file by file: their names and first pages
 */
#include "ese/backup/stream.h"

#include <inttypes.h>
#include <string.h>

void stream_header_print(const struct stream_header *header, char out[STREAM_PAGE])
{
    size_t n = (size_t)snprintf(out, STREAM_PAGE, "Holdfast backup file 1\nstore ");

    for (size_t i = 0; i < sizeof header->store; i++)
        n += (size_t)snprintf(out + n, STREAM_PAGE - n, "%02x", header->store[i]);
    n += (size_t)snprintf(out + n, STREAM_PAGE - n, "\ngeneration %u\nsize %" PRIu64 "\nname %s\n",
                          header->generation, header->size, header->name);
    if (n < STREAM_PAGE)
        memset(out + n, 0, STREAM_PAGE - n);
}

bool stream_header_parse(const char page[STREAM_PAGE], struct stream_header *ret_header)
{
    char text[STREAM_PAGE + 1] = {0}, store[33] = {0};

    memcpy(text, page, STREAM_PAGE);
    if (sscanf(text,
               "Holdfast backup file 1\nstore %32[0-9a-f]\ngeneration %u\nsize %" SCNu64
               "\nname %4095[^\n]",
               store, &ret_header->generation, &ret_header->size, ret_header->name) != 4)
        return false;
    return backup_store_id_parse(store, ret_header->store);
}

bool stream_name(const char *base, uint32_t generation, char out[PATH_MAX])
{
    int n = snprintf(out, PATH_MAX, "%s%05x.log", base, generation);

    return n > 0 && n < PATH_MAX;
}

bool stream_path(const char *folder, const char *base, uint32_t generation, char out[PATH_MAX])
{
    char name[PATH_MAX];

    return stream_name(base, generation, name) && backup_path(out, folder, name);
}
