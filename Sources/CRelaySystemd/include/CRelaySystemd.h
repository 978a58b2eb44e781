// libsystemd, found at run time: a machine without it builds and runs the same program (see DECISIONS.md).
//
// - Every function returns a negative errno when it fails; -ENOSYS if `crelay_systemd_load` has not found the library.
// - The prototypes are those of systemd 209 and later, which never changed; nothing here includes its headers.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

/// Finds libsystemd.so.0 and the functions used here. To be called once, before any other thread calls anything here.
///
/// - Returns: NULL, or why not; the text stays valid until the next call of dlopen's family on this thread.
const char *_Nullable crelay_systemd_load(void);

/// sd_notify(3): 1 if it was sent, 0 if nobody asked to be told (no NOTIFY_SOCKET).
int crelay_systemd_notify(const char *_Nonnull state);

/// sd_watchdog_enabled(3): 1 and the interval in microseconds, or 0.
int crelay_systemd_watchdog(uint64_t *_Nonnull interval_us);

/// sd_listen_fds_with_names(3): how many sockets there are, from descriptor 3 on. `names` is NULL-terminated and the
/// caller's to free with `crelay_systemd_free_names`; NULL if there are none.
int crelay_systemd_listen_fds(char *_Nullable *_Nullable *_Nonnull names);
void crelay_systemd_free_names(char *_Nullable *_Nullable names);

/// Whether a descriptor is a stream socket that listens.
bool crelay_systemd_is_listening(int fd);

/// sd_journal_sendv(3): one entry, whose fields are `KEY=value`; values may hold any byte. 0 or -errno.
int crelay_systemd_journal_send(const struct iovec *_Nonnull fields, int count);

/// Whether a descriptor is the one that JOURNAL_STREAM means: `device:inode`, decimal.
bool crelay_systemd_is_stream(int fd, uint64_t device, uint64_t inode);
