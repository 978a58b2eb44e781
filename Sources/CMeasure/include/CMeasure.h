#pragma once
#include <stdint.h>

/// Calls `body` once. A function of a name that no compiler changes or inlines: what happens inside of it is what callgrind
/// counts (`--toggle-collect=measured_section`).
void measured_section(void (*body)(void *context), void *context);

/// Allocations of this process so far: calls of malloc and its siblings, whoever made them. Freeing is not counted.
uint64_t allocation_count(void);
