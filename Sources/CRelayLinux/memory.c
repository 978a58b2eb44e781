#include "CRelayLinux.h"

#include <malloc.h>

void crelay_return_large_memory(void) {
    // Setting the threshold fixes it. Otherwise glibc raises it each time a large piece is freed, and then keeps such pieces.
    enum { threshold = 256 << 10 };
    mallopt(M_MMAP_THRESHOLD, threshold);
}
