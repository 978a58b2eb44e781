// What Swift has no word for: a hint to the processor's cache. No system calls, so that modules without descriptors may use it.
#pragma once

#include <stddef.h>

/// Brings `length` bytes into the cache while the thread goes on. A hint: touches nothing and cannot fail.
static inline void crelay_prefetch(const void *_Nonnull bytes, size_t length) {
    for (size_t offset = 0; offset < length; offset += 64) __builtin_prefetch((const char *)bytes + offset);
}
