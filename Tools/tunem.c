// tunem: a bad network in user space, for kernels without netem.
//
// Two network namespaces are joined by two TUN devices; every packet that one of them sends is read here, kept for the
// delay, and written to the other. Packets are lost before they wait and are never reordered, so a jittery link looks to
// TCP like a busy queue and not like a broken one. One thread, one packet at a time, nothing to configure in the kernel.
//
// Every queue is bounded (QUEUE_PACKETS and QUEUE_BYTES for each direction); over the bound the newest packet is dropped,
// as a full router does. What was carried and dropped is printed at the end.

#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum {
    QUEUE_PACKETS = 16384,            // a power of two: positions wrap
    QUEUE_BYTES = 32 * 1024 * 1024,
    PACKET_MAX = 65535,
    READS_PER_TURN = 64,              // so that a flood one way cannot hold up the other
    MTU = 1500,
    DEVICE_QUEUE = 1000,
};

static const char DEVICE[] = "tunem0";
static const int64_t NS_PER_MS = 1000000, NS_PER_S = 1000000000;

static const char USAGE[] =
    "usage: tunem [--delay MS] [--jitter MS] [--loss PERCENT] [--seed N] NETNS_A IPV4_A NETNS_B IPV4_B\n"
    "\n"
    "Joins two existing network namespaces (see `ip netns`) by a bad network. Prints \"ready\" once both ends are up.\n"
    "\n"
    "  --delay MS       how long each packet takes, one way, in either direction (default 0)\n"
    "  --jitter MS      the delay varies evenly by up to this much either way; order is kept (default 0)\n"
    "  --loss PERCENT   how many packets are lost, each way, independently (default 0)\n"
    "  --seed N         the same losses and jitter again (default: drawn, and printed at the end)\n"
    "\n"
    "SIGUSR1 turns a black hole on and off: everything sent meanwhile is lost.\n"
    "SIGUSR2 turns a stall on and off: everything sent meanwhile waits, up to the queue's bound.\n"
    "SIGTERM or SIGINT ends it; both devices go with it.\n";

struct packet {
    int64_t due;  // nanoseconds, CLOCK_MONOTONIC
    size_t length;
    uint8_t *bytes;
};

// One direction: what was read from `input` and waits to be written to `output`.
struct direction {
    const char *name;
    int input, output;
    struct packet queue[QUEUE_PACKETS];
    uint32_t head, tail;  // run freely; the packets waiting are head..<tail
    size_t queued_bytes;
    int64_t last_due;
    uint64_t carried, lost, overflowed, refused;
};

struct conditions {
    double delay, jitter;  // nanoseconds
    double loss;           // 0...1
};

static struct direction directions[2];
static uint64_t random_state;
static volatile sig_atomic_t black_hole, stalled, ended;

static void on_signal(int number) {
    switch (number) {
    case SIGUSR1: black_hole = !black_hole; break;
    case SIGUSR2: stalled = !stalled; break;
    default: ended = true; break;
    }
}

static void fail(const char *what) {
    fprintf(stderr, "tunem: %s: %s\n", what, strerror(errno));
    exit(1);
}

static void reject(const char *what, const char *value) {
    fprintf(stderr, "tunem: %s: %s\n\n%s", what, value, USAGE);
    exit(64);
}

static int64_t monotonic_now(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * NS_PER_S + now.tv_nsec;
}

// SplitMix64 (Steele, Lea & Flood 2014), as a fraction in 0..<1.
static double random_fraction(void) {
    uint64_t z = random_state += 0x9E3779B97F4A7C15;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
    return (double)((z ^ (z >> 31)) >> 11) * 0x1p-53;
}

// The device's end in its namespace

static struct sockaddr address_of(const char *text) {
    struct sockaddr_in address = {.sin_family = AF_INET};
    if (inet_pton(AF_INET, text, &address.sin_addr) != 1) reject("not an IPv4 address", text);
    struct sockaddr result;
    memcpy(&result, &address, sizeof result);
    return result;
}

static void configure(int control, unsigned long request, struct ifreq *settings, const char *what) {
    memcpy(settings->ifr_name, DEVICE, sizeof DEVICE);
    if (ioctl(control, request, settings) < 0) fail(what);
}

static void bring_up(const char *own, const char *peer) {
    int control = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (control < 0) fail("socket");
    configure(control, SIOCSIFADDR, &(struct ifreq){.ifr_addr = address_of(own)}, "own address");
    configure(control, SIOCSIFDSTADDR, &(struct ifreq){.ifr_dstaddr = address_of(peer)}, "peer's address");
    configure(control, SIOCSIFMTU, &(struct ifreq){.ifr_mtu = MTU}, "mtu");
    configure(control, SIOCSIFTXQLEN, &(struct ifreq){.ifr_qlen = DEVICE_QUEUE}, "queue length");
    configure(control, SIOCSIFFLAGS, &(struct ifreq){.ifr_flags = IFF_UP | IFF_RUNNING}, "up");
    close(control);
}

// A TUN device in the named namespace. It belongs there for as long as the descriptor is open, which is here.
static int open_device(const char *name, const char *own, const char *peer) {
    char path[256];
    snprintf(path, sizeof path, "/run/netns/%s", name);
    int home = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
    int there = open(path, O_RDONLY | O_CLOEXEC);
    if (home < 0 || there < 0 || setns(there, CLONE_NEWNET) < 0) fail(path);

    int device = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
    if (device < 0) fail("/dev/net/tun");
    configure(device, TUNSETIFF, &(struct ifreq){.ifr_flags = IFF_TUN | IFF_NO_PI}, "TUN device");
    bring_up(own, peer);

    if (setns(home, CLONE_NEWNET) < 0) fail("setns");
    close(there);
    close(home);
    return device;
}

// The wait

static void accept_packet(struct direction *way, const struct conditions *link, const uint8_t *bytes, size_t length) {
    if (black_hole || random_fraction() < link->loss) {
        way->lost++;
        return;
    }
    if (way->tail - way->head == QUEUE_PACKETS || way->queued_bytes + length > QUEUE_BYTES) {
        way->overflowed++;
        return;
    }
    int64_t now = monotonic_now();
    int64_t due = now + (int64_t)(link->delay + link->jitter * (2 * random_fraction() - 1));
    if (due < now) due = now;                      // jitter larger than the delay
    if (due < way->last_due) due = way->last_due;  // in order

    struct packet *packet = &way->queue[way->tail % QUEUE_PACKETS];
    *packet = (struct packet){.due = due, .length = length, .bytes = malloc(length)};
    if (packet->bytes == NULL) fail("malloc");
    memcpy(packet->bytes, bytes, length);
    way->last_due = due;
    way->queued_bytes += length;
    way->tail++;
}

static void read_packets(struct direction *way, const struct conditions *link) {
    static uint8_t buffer[PACKET_MAX];
    for (int i = 0; i < READS_PER_TURN; i++) {
        ssize_t length = read(way->input, buffer, sizeof buffer);
        if (length <= 0) {
            if (length < 0 && errno != EAGAIN && errno != EINTR) fail("read");
            return;
        }
        accept_packet(way, link, buffer, (size_t)length);
    }
}

// Writes what is due. Returns when the next packet will be, or `latest` if none is before.
static int64_t write_packets(struct direction *way, int64_t now, int64_t latest) {
    if (stalled) return latest;
    while (way->head != way->tail) {
        struct packet *packet = &way->queue[way->head % QUEUE_PACKETS];
        if (packet->due > now) return packet->due < latest ? packet->due : latest;
        if (write(way->output, packet->bytes, packet->length) == (ssize_t)packet->length) {
            way->carried++;
        } else {
            way->refused++;  // the other end is down or full: to the sender a loss like any other
        }
        way->queued_bytes -= packet->length;
        free(packet->bytes);
        way->head++;
    }
    return latest;
}

// Signals are let in only while waiting, so that none can come between looking at its flag and going to sleep.
static void carry(const struct conditions *link, const sigset_t *while_waiting) {
    struct pollfd readable[2] = {
        {.fd = directions[0].input, .events = POLLIN},
        {.fd = directions[1].input, .events = POLLIN},
    };
    while (!ended) {
        int64_t now = monotonic_now(), next = now + NS_PER_S;
        for (int i = 0; i < 2; i++) next = write_packets(&directions[i], now, next);
        struct timespec wait = {.tv_sec = (next - now) / NS_PER_S, .tv_nsec = (next - now) % NS_PER_S};
        if (ppoll(readable, 2, &wait, while_waiting) < 0) {
            if (errno != EINTR) fail("ppoll");
            continue;
        }
        for (int i = 0; i < 2; i++) {
            if (readable[i].revents & (POLLERR | POLLHUP)) return;  // its namespace is gone
            if (readable[i].revents & POLLIN) read_packets(&directions[i], link);
        }
    }
}

static sigset_t catch_signals(void) {
    static const int caught[] = {SIGUSR1, SIGUSR2, SIGTERM, SIGINT};
    sigset_t blocked, before;
    sigemptyset(&blocked);
    struct sigaction action = {.sa_handler = on_signal};
    for (size_t i = 0; i < sizeof caught / sizeof *caught; i++) {
        sigaddset(&blocked, caught[i]);
        sigaction(caught[i], &action, NULL);
    }
    sigprocmask(SIG_BLOCK, &blocked, &before);
    for (size_t i = 0; i < sizeof caught / sizeof *caught; i++) sigdelset(&before, caught[i]);
    return before;
}

// The command line

static double number_in(const char *text, double lowest, double highest, const char *what) {
    char *end;
    double value = strtod(text, &end);
    if (end == text || *end != '\0' || !(value >= lowest && value <= highest)) reject(what, text);
    return value;
}

static struct conditions parse_options(int count, char **arguments) {
    static const struct option options[] = {
        {"delay", required_argument, NULL, 'd'}, {"jitter", required_argument, NULL, 'j'},
        {"loss", required_argument, NULL, 'l'},  {"seed", required_argument, NULL, 's'},
        {"help", no_argument, NULL, 'h'},        {0},
    };
    struct conditions link = {0};
    for (int option; (option = getopt_long(count, arguments, "", options, NULL)) != -1;) {
        switch (option) {
        case 'd': link.delay = number_in(optarg, 0, 60000, "delay is 0 to 60000 ms, not") * NS_PER_MS; break;
        case 'j': link.jitter = number_in(optarg, 0, 60000, "jitter is 0 to 60000 ms, not") * NS_PER_MS; break;
        case 'l': link.loss = number_in(optarg, 0, 100, "loss is 0 to 100 percent, not") / 100; break;
        case 's': random_state = strtoull(optarg, NULL, 0); break;
        case 'h': fputs(USAGE, stdout); exit(0);
        default: fputs(USAGE, stderr); exit(64);
        }
    }
    return link;
}

static void print_summary(uint64_t seed) {
    for (int i = 0; i < 2; i++) {
        const struct direction *way = &directions[i];
        fprintf(stderr, "tunem: %s: %llu carried, %llu lost, %llu over the queue's bound, %llu refused\n", way->name,
                (unsigned long long)way->carried, (unsigned long long)way->lost, (unsigned long long)way->overflowed,
                (unsigned long long)way->refused);
    }
    fprintf(stderr, "tunem: seed %llu\n", (unsigned long long)seed);
}

int main(int count, char **arguments) {
    if (getrandom(&random_state, sizeof random_state, 0) != sizeof random_state) fail("getrandom");
    struct conditions link = parse_options(count, arguments);
    if (count - optind != 4) reject("needed", "two namespaces with an address each");
    char **ends = arguments + optind;
    uint64_t seed = random_state;

    sigset_t while_waiting = catch_signals();
    int a = open_device(ends[0], ends[1], ends[3]);
    int b = open_device(ends[2], ends[3], ends[1]);
    directions[0].name = "A to B", directions[0].input = a, directions[0].output = b;
    directions[1].name = "B to A", directions[1].input = b, directions[1].output = a;
    puts("ready");
    fflush(stdout);

    carry(&link, &while_waiting);
    print_summary(seed);
    return 0;
}
