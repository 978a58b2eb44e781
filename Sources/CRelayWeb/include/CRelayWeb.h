#ifndef CRELAYWEB_H
#define CRELAYWEB_H

#include <stddef.h>

/// A file in the program's read-only data.
struct crelay_web_file {
    /// Where it lies below Web, as in "sdk/tickrelay.js".
    const char *name;
    const unsigned char *plain;
    size_t plain_size;
    /// The same, compressed; NULL if Tools/build-web has not run.
    const unsigned char *gzip;
    size_t gzip_size;
};

size_t crelay_web_file_count(void);
const struct crelay_web_file *crelay_web_file(size_t index);

#endif
