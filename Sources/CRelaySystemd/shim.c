#include "CRelaySystemd.h"

#include <dlfcn.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>

// Written once by `crelay_systemd_load`, read by everybody after it.
static int (*notify)(int unset_environment, const char *state);
static int (*watchdog_enabled)(int unset_environment, uint64_t *usec);
static int (*listen_fds_with_names)(int unset_environment, char ***names);
static int (*journal_sendv)(const struct iovec *iov, int n);

const char *crelay_systemd_load(void) {
    if (journal_sendv) return NULL;
    void *library = dlopen("libsystemd.so.0", RTLD_NOW | RTLD_LOCAL);
    if (!library) return dlerror();
    *(void **)&notify = dlsym(library, "sd_notify");
    *(void **)&watchdog_enabled = dlsym(library, "sd_watchdog_enabled");
    *(void **)&listen_fds_with_names = dlsym(library, "sd_listen_fds_with_names");
    *(void **)&journal_sendv = dlsym(library, "sd_journal_sendv");
    if (notify && watchdog_enabled && listen_fds_with_names && journal_sendv) return NULL;
    notify = NULL, watchdog_enabled = NULL, listen_fds_with_names = NULL, journal_sendv = NULL;
    return "libsystemd.so.0 is older than 227";
}

int crelay_systemd_notify(const char *state) { return notify ? notify(0, state) : -ENOSYS; }

int crelay_systemd_watchdog(uint64_t *interval_us) {
    return watchdog_enabled ? watchdog_enabled(0, interval_us) : -ENOSYS;
}

int crelay_systemd_listen_fds(char ***names) {
    *names = NULL;
    return listen_fds_with_names ? listen_fds_with_names(0, names) : -ENOSYS;
}

void crelay_systemd_free_names(char **names) {
    for (char **name = names; name && *name; name++) free(*name);
    free(names);
}

bool crelay_systemd_is_listening(int fd) {
    int type = 0, accepts = 0;
    socklen_t length = sizeof type;
    if (getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &length) < 0 || type != SOCK_STREAM) return false;
    length = sizeof accepts;
    return getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &accepts, &length) == 0 && accepts;
}

int crelay_systemd_journal_send(const struct iovec *fields, int count) {
    return journal_sendv ? journal_sendv(fields, count) : -ENOSYS;
}

bool crelay_systemd_is_stream(int fd, uint64_t device, uint64_t inode) {
    struct stat found;
    return fstat(fd, &found) == 0 && found.st_dev == device && found.st_ino == inode;
}
