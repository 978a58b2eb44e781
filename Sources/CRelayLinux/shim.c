#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif

#include "CRelayLinux.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/errqueue.h>
#include <linux/net_tstamp.h>
#include <linux/sockios.h>
#include <linux/tcp.h>  // has all of struct tcp_info; must not meet <netinet/tcp.h>
#include <malloc.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

_Static_assert(EPOLLIN == 0x001 && EPOLLOUT == 0x004 && EPOLLERR == 0x008, "CRELAY_EVENT_*");
_Static_assert(EPOLLHUP == 0x010 && EPOLLRDHUP == 0x2000, "CRELAY_EVENT_*");

#define NANOSECONDS_PER_SECOND 1000000000LL

static int64_t nanoseconds(const struct timespec *time) {
    return (int64_t)time->tv_sec * NANOSECONDS_PER_SECOND + time->tv_nsec;
}

static struct timespec timespec_of(int64_t ns) {
    return (struct timespec){.tv_sec = ns / NANOSECONDS_PER_SECOND, .tv_nsec = ns % NANOSECONDS_PER_SECOND};
}

static int status(int result) { return result < 0 ? -errno : result; }

static int close_and_return(int fd, int result) {
    close(fd);
    return result;
}

// MARK: Reading and writing

static int64_t software_stamp(struct msghdr *message) {
    for (struct cmsghdr *control = CMSG_FIRSTHDR(message); control; control = CMSG_NXTHDR(message, control)) {
        if (control->cmsg_level != SOL_SOCKET || control->cmsg_type != SCM_TIMESTAMPING) continue;
        struct scm_timestamping stamps;
        if (control->cmsg_len < CMSG_LEN(sizeof stamps)) return 0;
        memcpy(&stamps, CMSG_DATA(control), sizeof stamps);
        struct timespec software = {.tv_sec = stamps.ts[0].tv_sec, .tv_nsec = stamps.ts[0].tv_nsec};
        return nanoseconds(&software);
    }
    return 0;
}

ptrdiff_t crelay_receive(int fd, void *buffer, size_t length, int64_t *stamp_realtime_ns) {
    _Alignas(struct cmsghdr) char control[128];
    struct iovec range = {.iov_base = buffer, .iov_len = length};
    ssize_t count;
    struct msghdr message;
    do {
        message = (struct msghdr){
            .msg_iov = &range, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
        count = recvmsg(fd, &message, MSG_DONTWAIT);
    } while (count < 0 && errno == EINTR);
    *stamp_realtime_ns = count > 0 ? software_stamp(&message) : 0;
    return count < 0 ? -errno : count;
}

ptrdiff_t crelay_receive_plain(int fd, void *buffer, size_t length) {
    ssize_t count;
    do { count = recv(fd, buffer, length, MSG_DONTWAIT); } while (count < 0 && errno == EINTR);
    return count < 0 ? -errno : count;
}

ptrdiff_t crelay_send(int fd, const void *bytes, size_t length) {
    ssize_t count;
    do { count = send(fd, bytes, length, MSG_DONTWAIT | MSG_NOSIGNAL); } while (count < 0 && errno == EINTR);
    return count < 0 ? -errno : count;
}

ptrdiff_t crelay_send2(int fd, const void *first, size_t first_length, const void *second, size_t second_length) {
    if (second_length == 0 && first) return crelay_send(fd, first, first_length);  // cheaper than sendmsg
    if (first_length == 0 && second) return crelay_send(fd, second, second_length);
    struct iovec ranges[2] = {
        {.iov_base = (void *)first, .iov_len = first_length},
        {.iov_base = (void *)second, .iov_len = second_length},
    };
    struct msghdr message = {.msg_iov = ranges, .msg_iovlen = 2};
    ssize_t count;
    do { count = sendmsg(fd, &message, MSG_DONTWAIT | MSG_NOSIGNAL); } while (count < 0 && errno == EINTR);
    return count < 0 ? -errno : count;
}

// MARK: Socket options

static int set_option(int fd, int level, int name, int value) {
    return status(setsockopt(fd, level, name, &value, sizeof value));
}

int crelay_enable_timestamps(int fd) {
    return set_option(fd, SOL_SOCKET, SO_TIMESTAMPING, SOF_TIMESTAMPING_RX_SOFTWARE | SOF_TIMESTAMPING_SOFTWARE);
}

int crelay_set_nodelay(int fd, bool on) { return set_option(fd, IPPROTO_TCP, TCP_NODELAY, on); }

int crelay_set_notsent_lowat(int fd, uint32_t bytes) {
    return set_option(fd, IPPROTO_TCP, TCP_NOTSENT_LOWAT, (int)bytes);
}

int crelay_set_user_timeout(int fd, uint32_t milliseconds) {
    return set_option(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, (int)milliseconds);
}

int crelay_set_linger0(int fd) {
    struct linger linger = {.l_onoff = 1, .l_linger = 0};
    return status(setsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, sizeof linger));
}

int crelay_set_nonblocking(int fd) {
    int flags = fcntl(fd, F_GETFL);
    return flags < 0 ? -errno : status(fcntl(fd, F_SETFL, flags | O_NONBLOCK));
}

int crelay_set_send_buffer(int fd, int bytes) { return set_option(fd, SOL_SOCKET, SO_SNDBUF, bytes); }

int crelay_set_receive_buffer(int fd, int bytes) { return set_option(fd, SOL_SOCKET, SO_RCVBUF, bytes); }

int crelay_so_error(int fd) {
    int error = 0;
    socklen_t size = sizeof error;
    return getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) < 0 ? -errno : -error;
}

// MARK: epoll and eventfd

int crelay_epoll_create(void) { return status(epoll_create1(EPOLL_CLOEXEC)); }

int crelay_epoll_add_events(int epoll_fd, int fd, uint64_t data, uint32_t events) {
    struct epoll_event event = {.events = events, .data.u64 = data};
    return status(epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fd, &event));
}

int crelay_epoll_add(int epoll_fd, int fd, uint64_t data) {
    return crelay_epoll_add_events(epoll_fd, fd, data, EPOLLIN | EPOLLRDHUP);
}

int crelay_epoll_modify(int epoll_fd, int fd, uint64_t data, uint32_t events) {
    struct epoll_event event = {.events = events, .data.u64 = data};
    return status(epoll_ctl(epoll_fd, EPOLL_CTL_MOD, fd, &event));
}

int crelay_epoll_delete(int epoll_fd, int fd) { return status(epoll_ctl(epoll_fd, EPOLL_CTL_DEL, fd, NULL)); }

static int wait_milliseconds(int epoll_fd, struct epoll_event *events, int capacity, int64_t timeout_ns) {
    int64_t milliseconds = timeout_ns < 0 ? -1 : timeout_ns / 1000000 + (timeout_ns % 1000000 != 0);
    return epoll_wait(epoll_fd, events, capacity, milliseconds > INT_MAX ? INT_MAX : (int)milliseconds);
}

static int wait_nanoseconds(int epoll_fd, struct epoll_event *events, int capacity, int64_t timeout_ns) {
#ifdef SYS_epoll_pwait2
    static atomic_bool is_missing;
    if (!atomic_load_explicit(&is_missing, memory_order_relaxed)) {
        struct timespec timeout = timespec_of(timeout_ns < 0 ? 0 : timeout_ns);
        long count = syscall(SYS_epoll_pwait2, epoll_fd, events, capacity, timeout_ns < 0 ? NULL : &timeout, NULL, 0);
        // EPERM: the answer of sandboxes to system calls that they do not know
        if (count >= 0 || (errno != ENOSYS && errno != EPERM)) return (int)count;
        atomic_store_explicit(&is_missing, true, memory_order_relaxed);
    }
#endif
    return wait_milliseconds(epoll_fd, events, capacity, timeout_ns);
}

int crelay_epoll_wait(int epoll_fd, struct crelay_event *events, int capacity, int64_t timeout_ns) {
    // The kernel's entries are no larger than ours (12 bytes on x86-64, where they are packed). It writes them into our
    // array; then we spread them out from the last to the first, so that none is overwritten before it is read.
    _Static_assert(sizeof(struct epoll_event) <= sizeof(struct crelay_event), "spread in place");
    int count = wait_nanoseconds(epoll_fd, (struct epoll_event *)(void *)events, capacity, timeout_ns);
    if (count < 0) return errno == EINTR ? 0 : -errno;
    for (int i = count - 1; i >= 0; i--) {
        struct epoll_event entry;
        memcpy(&entry, (const char *)events + (size_t)i * sizeof entry, sizeof entry);
        struct crelay_event ours = {.data = entry.data.u64, .events = entry.events};
        memcpy(&events[i], &ours, sizeof ours);
    }
    return count;
}

int crelay_eventfd_create(void) { return status(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)); }

int crelay_eventfd_signal(int fd) {
    uint64_t one = 1;
    ssize_t count;
    do { count = write(fd, &one, sizeof one); } while (count < 0 && errno == EINTR);
    return count < 0 && errno != EAGAIN ? -errno : 0;  // EAGAIN: the counter is full, so it is readable
}

int crelay_eventfd_drain(int fd) {
    uint64_t value;
    ssize_t count;
    do { count = read(fd, &value, sizeof value); } while (count < 0 && errno == EINTR);
    return count < 0 && errno != EAGAIN ? -errno : 0;
}

// MARK: Memory

void crelay_trim_memory(void) { malloc_trim(0); }

// MARK: Time

static int64_t read_clock(clockid_t clock) {
    struct timespec now = {0};
    clock_gettime(clock, &now);
    return nanoseconds(&now);
}

int64_t crelay_monotonic_ns(void) { return read_clock(CLOCK_MONOTONIC); }

int64_t crelay_thread_cpu_ns(void) { return read_clock(CLOCK_THREAD_CPUTIME_ID); }

void crelay_read_clocks(int64_t *monotonic_ns, int64_t *realtime_ns) {
    enum { tolerance_ns = 5000, attempts = 4 };
    int64_t before = crelay_monotonic_ns();
    for (int attempt = 0; attempt < attempts; attempt++) {
        *realtime_ns = read_clock(CLOCK_REALTIME);
        *monotonic_ns = crelay_monotonic_ns();
        if (*monotonic_ns - before <= tolerance_ns) return;
        before = *monotonic_ns;
    }
}

void crelay_sleep_until(int64_t deadline_ns) {
    struct timespec deadline = timespec_of(deadline_ns < 0 ? 0 : deadline_ns);
    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &deadline, NULL) == EINTR) {}
}

int crelay_set_timer_slack(uint64_t nanoseconds) {
    // 0 would restore the system's default: ask for the minimum instead
    return status(prctl(PR_SET_TIMERSLACK, (unsigned long)(nanoseconds ? nanoseconds : 1), 0, 0, 0));
}

// MARK: TCP

int crelay_tcp_info_get(int fd, struct crelay_tcp_info *out) {
    struct tcp_info info = {0};
    socklen_t size = sizeof info;
    if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &size) < 0) return -errno;
    *out = (struct crelay_tcp_info){
        .state = info.tcpi_state,
        .rtt_us = info.tcpi_rtt,
        .rto_us = info.tcpi_rto >> (info.tcpi_backoff < 31 ? info.tcpi_backoff : 31),
        .unacked_segments = info.tcpi_unacked,
        .total_retrans_segments = info.tcpi_total_retrans,
        .last_ack_recv_ms = info.tcpi_last_ack_recv,
        .last_data_recv_ms = info.tcpi_last_data_recv,
        .snd_cwnd_segments = info.tcpi_snd_cwnd,
        .snd_mss_bytes = info.tcpi_snd_mss,
        .snd_wnd_bytes = info.tcpi_snd_wnd,
        .notsent_bytes = info.tcpi_notsent_bytes,
        .bytes_acked = info.tcpi_bytes_acked,
        .bytes_received = info.tcpi_bytes_received,
    };
    return 0;
}

int crelay_outq(int fd) {
    int bytes = 0;
    return ioctl(fd, SIOCOUTQ, &bytes) < 0 ? -errno : bytes;
}

bool crelay_is_writable(int fd) {
    struct pollfd one = {.fd = fd, .events = POLLOUT};
    return poll(&one, 1, 0) == 1 && (one.revents & POLLOUT) != 0;
}

int crelay_set_keepalive(int fd, int seconds) {
    int result = set_option(fd, IPPROTO_TCP, TCP_KEEPIDLE, seconds);
    if (result == 0) result = set_option(fd, IPPROTO_TCP, TCP_KEEPINTVL, seconds);
    return result == 0 ? set_option(fd, SOL_SOCKET, SO_KEEPALIVE, 1) : result;
}

int crelay_tcp_listen(const char *host_ipv4, uint16_t port, int backlog) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_ANY)};
    if (host_ipv4 && inet_pton(AF_INET, host_ipv4, &address.sin_addr) != 1) return -EINVAL;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0) return -errno;
    int result = set_option(fd, SOL_SOCKET, SO_REUSEADDR, 1);
    if (result < 0) return close_and_return(fd, result);
    if (bind(fd, (struct sockaddr *)&address, sizeof address) < 0) return close_and_return(fd, -errno);
    if (listen(fd, backlog) < 0) return close_and_return(fd, -errno);
    return fd;
}

int crelay_accept(int listen_fd) {
    int fd;
    do { fd = accept4(listen_fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK); } while (fd < 0 && errno == EINTR);
    return status(fd);
}

static int start_connecting(const struct addrinfo *address) {
    int fd = socket(address->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0) return -errno;
    int result = connect(fd, address->ai_addr, address->ai_addrlen);
    // EINTR: the connect goes on, as with EINPROGRESS
    if (result < 0 && errno != EINPROGRESS && errno != EINTR) return close_and_return(fd, -errno);
    return fd;
}

static int resolution_error(int code) {
    switch (code) {
    case EAI_SYSTEM: return errno ? -errno : -EHOSTUNREACH;
    case EAI_MEMORY: return -ENOMEM;
    case EAI_AGAIN: return -EAGAIN;
    default: return -EHOSTUNREACH;
    }
}

int crelay_tcp_connect_start(const char *host, uint16_t port) {
    char service[8];
    snprintf(service, sizeof service, "%u", (unsigned)port);
    struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV};
    struct addrinfo *found = NULL;
    int code = getaddrinfo(host, service, &hints, &found);
    if (code != 0) return resolution_error(code);
    int result = -EHOSTUNREACH;
    for (const struct addrinfo *address = found; address && result < 0; address = address->ai_next) {
        result = start_connecting(address);
    }
    freeaddrinfo(found);
    return result;
}

int crelay_local_port(int fd) {
    struct sockaddr_storage storage;
    socklen_t size = sizeof storage;
    if (getsockname(fd, (struct sockaddr *)&storage, &size) < 0) return -errno;
    switch (storage.ss_family) {
    case AF_INET: return ntohs(((struct sockaddr_in *)&storage)->sin_port);
    case AF_INET6: return ntohs(((struct sockaddr_in6 *)&storage)->sin6_port);
    default: return -EAFNOSUPPORT;
    }
}

// MARK: Memory

void crelay_store_release(void *address, uint64_t value) {
    atomic_store_explicit((_Atomic uint64_t *)address, value, memory_order_release);
}

// MARK: Process and thread

int64_t crelay_raise_nofile(void) {
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) < 0) return -errno;
    if (limit.rlim_cur != limit.rlim_max) {
        limit.rlim_cur = limit.rlim_max;
        if (setrlimit(RLIMIT_NOFILE, &limit) < 0) return -errno;
    }
    return limit.rlim_cur > INT64_MAX ? INT64_MAX : (int64_t)limit.rlim_cur;
}

int crelay_forbid_cores(void) {
    const struct rlimit none = {0, 0};
    if (setrlimit(RLIMIT_CORE, &none) < 0) return -errno;
    return prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0 ? -errno : 0;  // core(5): a core that goes into a pipe knows no limit
}

int crelay_fill_random(void *buffer, size_t length) {
    char *next = buffer;
    while (length > 0) {
        ssize_t count = getrandom(next, length, 0);
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return -errno;
        next += count;
        length -= (size_t)count;
    }
    return 0;
}

int crelay_dup_cloexec(int fd) { return status(fcntl(fd, F_DUPFD_CLOEXEC, 0)); }

int crelay_set_thread_name(const char *name) {
    char cut[16] = {0};
    strncpy(cut, name, sizeof cut - 1);
    return -pthread_setname_np(pthread_self(), cut);
}

static id_t this_thread(void) { return (id_t)syscall(SYS_gettid); }

int crelay_run_promptly(void) {
    // struct sched_attr of the kernel, first version; libc has none
    struct {
        uint32_t size, policy;
        uint64_t flags;
        int32_t nice;
        uint32_t priority;
        uint64_t runtime, deadline, period;
    } wish = {.size = sizeof wish, .policy = SCHED_OTHER, .runtime = 100000};  // time slice in nanoseconds, the kernel's minimum
    _Static_assert(sizeof wish == 48, "SCHED_ATTR_SIZE_VER0");
    wish.nice = getpriority(PRIO_PROCESS, this_thread());
    return status((int)syscall(SYS_sched_setattr, 0, &wish, 0));
}

int crelay_give_way(int niceness) {
    if (getpriority(PRIO_PROCESS, this_thread()) >= niceness) return 0;
    return status(setpriority(PRIO_PROCESS, this_thread(), niceness));  // Linux: of one thread
}
