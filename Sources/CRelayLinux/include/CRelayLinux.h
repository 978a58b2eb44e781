// Calls that Glibc's Swift overlay lacks or makes awkward: ancillary data, epoll, TCP_INFO, absolute sleeps.
//
// - Every function that can fail returns a negative errno (`-EAGAIN`); its caller never reads `errno`.
// - No function blocks, except those whose comment says so. EINTR is retried, except in `crelay_epoll_wait`.
// - This header includes no system header, so that importing the module imports nothing else. Hence nothing is inline:
//   a call costs a nanosecond beside its system call.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// MARK: Reading and writing

/// Reads once and tells when the last byte returned reached this host.
///
/// - stamp_realtime_ns: the kernel's software receive timestamp; nanoseconds of CLOCK_REALTIME; 0 if there is none
///   (`crelay_enable_timestamps` was not called, or not before these bytes came; the kernel may need some milliseconds to
///   act on the very first call in a process).
/// - Returns: bytes read, 0 at the end of the stream, or -errno (`-EAGAIN`: nothing there).
ptrdiff_t crelay_receive(int fd, void *_Nonnull buffer, size_t length, int64_t *_Nonnull stamp_realtime_ns);

/// Reads once, without a timestamp. Returns as `crelay_receive` does.
ptrdiff_t crelay_receive_plain(int fd, void *_Nonnull buffer, size_t length);

/// Writes once. No SIGPIPE. Returns bytes taken, fewer than `length` if the socket's buffer is full, or -errno.
ptrdiff_t crelay_send(int fd, const void *_Nonnull bytes, size_t length);

/// Writes two ranges, one after the other, in one system call. Either may be empty. Returns as `crelay_send` does.
ptrdiff_t crelay_send2(int fd, const void *_Nullable first, size_t first_length,
                       const void *_Nullable second, size_t second_length);

// MARK: Socket options; each returns 0 or -errno

/// Software receive timestamps for `crelay_receive`. TCP and UDP; a Unix socket takes the option and gives no stamps.
int crelay_enable_timestamps(int fd);
/// TCP_NODELAY.
int crelay_set_nodelay(int fd, bool on);
/// TCP_NOTSENT_LOWAT: the socket counts as writable while fewer unsent bytes than this are queued.
int crelay_set_notsent_lowat(int fd, uint32_t bytes);
/// TCP_USER_TIMEOUT: milliseconds that sent data may stay unacknowledged; 0 restores the system's rule.
int crelay_set_user_timeout(int fd, uint32_t milliseconds);
/// From now on `close` resets the connection and drops what is queued.
int crelay_set_linger0(int fd);
int crelay_set_nonblocking(int fd);
/// SO_SNDBUF and SO_RCVBUF in bytes; the kernel doubles them.
int crelay_set_send_buffer(int fd, int bytes);
int crelay_set_receive_buffer(int fd, int bytes);
/// SO_ERROR: 0, or minus the pending error, which is cleared (how a nonblocking connect ended).
int crelay_so_error(int fd);

// MARK: epoll and eventfd

static const uint32_t CRELAY_EVENT_READABLE = 0x001;      // EPOLLIN
static const uint32_t CRELAY_EVENT_WRITABLE = 0x004;      // EPOLLOUT
static const uint32_t CRELAY_EVENT_ERROR = 0x008;         // EPOLLERR; reported unasked
static const uint32_t CRELAY_EVENT_HANGUP = 0x010;        // EPOLLHUP; reported unasked
static const uint32_t CRELAY_EVENT_PEER_CLOSED = 0x2000;  // EPOLLRDHUP

struct crelay_event {
    uint64_t data;    // as given when the descriptor was added
    uint32_t events;  // CRELAY_EVENT_* bits
};

/// Returns a descriptor or -errno.
int crelay_epoll_create(void);
/// Watches for READABLE and PEER_CLOSED, level-triggered. Returns 0 or -errno.
int crelay_epoll_add(int epoll_fd, int fd, uint64_t data);
/// Watches for `events` instead, level-triggered; to follow a connect, for example. Returns 0 or -errno.
int crelay_epoll_add_events(int epoll_fd, int fd, uint64_t data, uint32_t events);
/// Replaces what an added descriptor is watched for. Returns 0 or -errno.
int crelay_epoll_modify(int epoll_fd, int fd, uint64_t data, uint32_t events);
/// Returns 0 or -errno.
int crelay_epoll_delete(int epoll_fd, int fd);

/// Waits. BLOCKS for at most `timeout_ns`; 0 polls, below 0 waits for ever. Where the kernel lacks epoll_pwait2 (before
/// 5.11) the timeout is rounded up to milliseconds.
///
/// - Returns: how many of the `capacity` events (at least 1) were filled, 0 on timeout, or -errno. A signal returns 0.
int crelay_epoll_wait(int epoll_fd, struct crelay_event *_Nonnull events, int capacity, int64_t timeout_ns);

/// Returns a nonblocking eventfd or -errno.
int crelay_eventfd_create(void);
/// Makes it readable. Callable from any thread. Returns 0 or -errno.
int crelay_eventfd_signal(int fd);
/// Makes it unreadable again. Returns 0, also if it was not readable, or -errno.
int crelay_eventfd_drain(int fd);

// MARK: Memory

/// Gives memory that nobody uses back to the system. About 0.5 ms the first time, 0.1 ms when there is little (measured at 50 MB); other
/// threads wait for it only if they allocate meanwhile.
void crelay_trim_memory(void);

// MARK: Time

/// CLOCK_MONOTONIC and this thread's CPU time in nanoseconds.
int64_t crelay_monotonic_ns(void);
int64_t crelay_thread_cpu_ns(void);
/// Reads both clocks as of one moment. Reads again, in four attempts at most, if the thread was interrupted in between (for
/// more than 5 µs): the distance between the clocks would be wrong.
void crelay_read_clocks(int64_t *_Nonnull monotonic_ns, int64_t *_Nonnull realtime_ns);
/// BLOCKS until `crelay_monotonic_ns()` is at least `deadline_ns`; not at all if it already is.
void crelay_sleep_until(int64_t deadline_ns);
/// Sets how late the kernel may wake the calling thread, to batch timers. Nanoseconds, minimum 1 (0 counts as 1); the
/// system's default is 50 µs. Returns 0 or -errno.
int crelay_set_timer_slack(uint64_t nanoseconds);

// MARK: TCP

/// The kernel's TCP_INFO of a connection. A field that this kernel does not have is 0.
struct crelay_tcp_info {
    uint8_t state;                    // 1 = established, …; <netinet/tcp_states.h>
    uint32_t rtt_us;                  // smoothed
    uint32_t rto_us;                  // of the first attempt: without back-off
    uint32_t unacked_segments;
    uint32_t total_retrans_segments;  // since the connection began
    uint32_t last_ack_recv_ms;        // ago
    uint32_t last_data_recv_ms;       // ago
    uint32_t snd_cwnd_segments;
    uint32_t snd_mss_bytes;
    uint32_t snd_wnd_bytes;           // the peer's window
    uint32_t notsent_bytes;           // queued, never sent
    uint64_t bytes_acked;
    uint64_t bytes_received;
};

/// Returns 0 or -errno.
int crelay_tcp_info_get(int fd, struct crelay_tcp_info *_Nonnull info);
/// SIOCOUTQ: bytes not sent or not acknowledged yet, or -errno.
int crelay_outq(int fd);
/// Whether a write would take bytes now.
bool crelay_is_writable(int fd);
/// Has the kernel probe a peer that has said nothing for so many whole seconds, and again as often. TCP_USER_TIMEOUT, if it is set, says when
/// an unanswered probe ends the connection. Returns 0 or -errno.
int crelay_set_keepalive(int fd, int seconds);

/// Listens on an IPv4 address with SO_REUSEADDR; nonblocking. `host_ipv4`: dotted; NULL is every address. `port`: 0
/// lets the system choose (`crelay_local_port`). Returns a descriptor or -errno (`-EINVAL`: not an address).
int crelay_tcp_listen(const char *_Nullable host_ipv4, uint16_t port, int backlog);
/// Accepts; nonblocking. Returns a descriptor or -errno (`-EAGAIN`: nobody there).
int crelay_accept(int listen_fd);
/// Starts to connect; nonblocking. `host`: a numeric IPv4 or IPv6 address, or a name, whose look-up BLOCKS. Takes the first
/// address whose connect starts and tries no other later. Wait for WRITABLE, then ask `crelay_so_error`.
/// Returns a descriptor or -errno (`-EHOSTUNREACH`: the name has no address).
int crelay_tcp_connect_start(const char *_Nonnull host, uint16_t port);
/// The port that a socket is bound to, or -errno.
int crelay_local_port(int fd);

// MARK: Memory

/// Stores eight bytes at an address divisible by 8, after everything that this thread has stored before: a process that reads
/// the memory once this one is dead, and sees these bytes, sees the earlier stores too.
void crelay_store_release(void *_Nonnull address, uint64_t value);

// MARK: Process and thread

/// Raises the soft limit of open descriptors to the hard one. Returns the soft limit now in force, or -errno.
int64_t crelay_raise_nofile(void);
/// From now on the kernel makes no core of this process, for a file or a pipe, and lets no other process of its user read its memory; of
/// its children it writes none to files. Returns 0 or -errno.
int crelay_forbid_cores(void);
/// Fills from the kernel's generator. BLOCKS only before that is seeded, early at boot. Returns 0 or -errno.
int crelay_fill_random(void *_Nonnull buffer, size_t length);
/// Duplicates with FD_CLOEXEC. Returns a descriptor or -errno.
int crelay_dup_cloexec(int fd);
/// Asks the kernel for the shortest time slice, so that the calling thread runs soon after each wake-up, before threads with
/// longer slices (from kernel 6.12; older ones ignore it). Returns 0 or -errno.
int crelay_run_promptly(void);
/// Makes the allocator return large pieces of memory to the kernel as soon as they are freed. For the whole process.
void crelay_return_large_memory(void);
/// Makes the calling thread give way to others, for good: raises its niceness to at least so much. Returns 0 or -errno.
int crelay_give_way(int niceness);
/// Names the calling thread; cut after 15 bytes. Returns 0 or -errno.
int crelay_set_thread_name(const char *_Nonnull name);
