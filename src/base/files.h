/* SPDX-License-Identifier: Apache-2.0
 *
 * files.h - what several rooms do with files
 */
#ifndef HF_BASE_FILES_H
#define HF_BASE_FILES_H

#include <stdbool.h>
#include <stddef.h>

/* Removes a file, or a folder with all that is in it; links are removed, not followed. False, with
 * errno, when something of it is left; what is not there is no failure. */
bool files_remove_tree(const char *path);

/* Copies a file to one that is not there yet, onto the device; false with errno, and what was made is
 * removed. */
bool files_copy(const char *from, const char *to);

/* Opens for reading what holds secrets: a regular file of this user or root, whose mode has none of the
 * bits of `closed_to`. *ret_fd is -1 unless it is good. */
enum files_secret {
    FILES_SECRET_GOOD,
    FILES_SECRET_UNREADABLE, /* errno says why */
    FILES_SECRET_NO_FILE,    /* but something else */
    FILES_SECRET_FOREIGN,    /* another user's */
    FILES_SECRET_OPEN        /* to others */
};
enum files_secret files_open_secret(const char *path, unsigned closed_to, int *ret_fd);

/* Writes all of it; false with errno. */
bool files_write(int fd, const void *data, size_t size);

/* Makes a folder's entries durable, or, of a tree, all files, folders and entries; false with errno. */
bool files_sync_folder(const char *path);
bool files_sync_tree(const char *path);

#endif
