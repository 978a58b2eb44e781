// floor: what a relay's traffic costs when nobody does any work.
//
// `floor serve` reads every connection once per tick, just before it sends each of them one frame of fixed size; `floor
// load` is the other end. No protocol, no state: one recv and one send per player and tick, and a timer. What a relay
// costs more than this, it costs for being one.
//
// Like the relay, connections are spread over the period in phases, those of a room together. So that it can be measured while
// it carries all of them, it says when the last one has come.

#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <getopt.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { CONNECTIONS_MAX = 16384, PHASES_MAX = 64, BYTES_MAX = 16384 };

static const int64_t NS_PER_S = 1000000000;

static const char USAGE[] =
    "usage: floor serve|load [--port N] [--connections N] [--bytes N] [--rate HZ] [--phases N] [--room N]\n"
    "\n"
    "  --port N         where the server is (load), or listens (serve; default: any, printed)\n"
    "  --connections N  how many there are (default 800)\n"
    "  --bytes N        what is sent to each at each tick (default 48)\n"
    "  --rate HZ        ticks per second (default 30)\n"
    "  --phases N       slots per tick (default 8)\n"
    "  --room N         connections that are served in one slot together (default 8)\n"
    "\n"
    "SIGTERM ends it; what was carried is printed.\n";

static struct {
    bool serves;
    int port, connections, bytes, rate, phases, room;
} options = {.connections = 800, .bytes = 48, .rate = 30, .phases = 8, .room = 8};

// Connections of one phase, and the poll set that says which of them can be read.
struct phase {
    int poll, count;
    int sockets[CONNECTIONS_MAX];
};

static struct phase phases[PHASES_MAX];
static volatile sig_atomic_t ended;
static uint64_t reads, bytes_read, writes, ticks, late_ticks;

static void end(int signal) { (void)signal, ended = 1; }

static void die(const char *what) {
    perror(what);
    exit(1);
}

static int64_t now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * NS_PER_S + time.tv_nsec;
}

static void sleep_until(int64_t deadline) {
    struct timespec time = {deadline / NS_PER_S, deadline % NS_PER_S};
    while (!ended && clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &time, NULL) == EINTR) {}
}

static void add(int number, int descriptor) {
    struct phase *phase = &phases[number / options.room % options.phases];
    struct epoll_event event = {.events = EPOLLIN, .data.fd = descriptor};
    int one = 1;
    setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    if (epoll_ctl(phase->poll, EPOLL_CTL_ADD, descriptor, &event)) die("epoll_ctl");
    phase->sockets[phase->count++] = descriptor;
}

static struct sockaddr_in loopback(int port) {
    return (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
}

static void accept_all(void) {
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), one = 1;
    struct sockaddr_in address = loopback(options.port);
    socklen_t length = sizeof address;
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (bind(listener, (struct sockaddr *)&address, length) || listen(listener, 1024)) die("listen");
    getsockname(listener, (struct sockaddr *)&address, &length);
    printf("listening on %d\n", ntohs(address.sin_port));
    fflush(stdout);
    for (int number = 0; number < options.connections; number++) {
        int descriptor = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (descriptor < 0) die("accept");
        add(number, descriptor);
    }
    close(listener);
    printf("joined %d\n", options.connections);
    fflush(stdout);
}

static void connect_all(void) {
    struct sockaddr_in address = loopback(options.port);
    for (int number = 0; number < options.connections; number++) {
        int descriptor = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        if (descriptor < 0 || connect(descriptor, (struct sockaddr *)&address, sizeof address)) die("connect");
        add(number, descriptor);
    }
}

static void read_phase(struct phase *phase) {
    static struct epoll_event events[CONNECTIONS_MAX];
    static char buffer[BYTES_MAX];
    int count = epoll_wait(phase->poll, events, CONNECTIONS_MAX, 0);
    for (int index = 0; index < count; index++) {
        ssize_t got = recv(events[index].data.fd, buffer, sizeof buffer, MSG_DONTWAIT);
        if (got == 0 || (got < 0 && errno != EAGAIN)) ended = 1;  // the other end is gone, and so are we
        if (got > 0) reads++, bytes_read += (uint64_t)got;
    }
}

static void write_phase(struct phase *phase) {
    static const char frame[BYTES_MAX];
    for (int index = 0; index < phase->count; index++) {
        ssize_t sent = send(phase->sockets[index], frame, (size_t)options.bytes, MSG_DONTWAIT | MSG_NOSIGNAL);
        if (sent == options.bytes) writes++;
    }
}

static void play(void) {
    int64_t slot = NS_PER_S / options.rate / options.phases, deadline = now() + slot;
    // The load is half a slot off, so that nobody reads what is being sent at that very moment.
    if (!options.serves) deadline += slot / 2;
    for (uint64_t number = 0; !ended; number++, deadline += slot) {
        sleep_until(deadline);
        ticks++;
        if (now() - deadline > slot) late_ticks++;
        struct phase *phase = &phases[number % (uint64_t)options.phases];
        read_phase(phase);
        write_phase(phase);
    }
}

static void parse(int count, char **words) {
    static const struct option known[] = {
        {"port", required_argument, 0, 'p'}, {"connections", required_argument, 0, 'c'}, {"bytes", required_argument, 0, 'b'},
        {"rate", required_argument, 0, 'r'}, {"phases", required_argument, 0, 's'},
        {"room", required_argument, 0, 'm'}, {0}};
    for (int letter; (letter = getopt_long(count, words, "", known, NULL)) != -1;) {
        int *value = letter == 'p' ? &options.port : letter == 'c' ? &options.connections : letter == 'b' ? &options.bytes
            : letter == 'r' ? &options.rate : letter == 's' ? &options.phases : letter == 'm' ? &options.room : NULL;
        if (!value) fputs(USAGE, stderr), exit(64);
        *value = atoi(optarg);
    }
    const char *role = optind + 1 == count ? words[optind] : "";
    options.serves = !strcmp(role, "serve");
    bool good = (options.serves || !strcmp(role, "load")) && options.connections > 0 && options.connections <= CONNECTIONS_MAX
        && options.bytes > 0 && options.bytes <= BYTES_MAX && options.rate > 0 && options.phases > 0 && options.phases <= PHASES_MAX
        && options.room > 0;
    if (!good) fputs(USAGE, stderr), exit(64);
}

int main(int count, char **words) {
    parse(count, words);
    struct sigaction action = {.sa_handler = end};
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGINT, &action, NULL);
    prctl(PR_SET_TIMERSLACK, 1UL);
    for (int index = 0; index < options.phases; index++)
        if ((phases[index].poll = epoll_create1(EPOLL_CLOEXEC)) < 0) die("epoll_create1");
    if (options.serves) accept_all();
    else connect_all();
    play();
    printf("%llu reads, %llu bytes, %llu writes, %llu slots, %llu late by a slot\n", (unsigned long long)reads,
           (unsigned long long)bytes_read, (unsigned long long)writes, (unsigned long long)ticks, (unsigned long long)late_ticks);
    return 0;
}
