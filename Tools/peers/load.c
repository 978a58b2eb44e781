// load: players for the relays that TickRelay is compared with.
//
// Each player is a WebSocket. At its slot of each tick it is read once, what came is counted, and it sends one masked input:
//
//     u64 when it was sent (CLOCK_MONOTONIC, ns)   u32 player   12 bytes of anything              24 bytes, little-endian
//
// A relay answers at its tick with one frame for the whole room: u32 tick, then for each input u16 seat and the input.
// So the time from one player to another is measured without a clock of its own in the relay, and to the moment at which
// the kernel got the frame (SO_TIMESTAMPING), not to the moment at which this program found the time to look.
//
// The same shape of load as `tickrelay bots`: players of a room are spread over the slots of a tick, each watches two others,
// nobody asks epoll who can be read, because at each tick nearly all can.

#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <getopt.h>
#include <linux/errqueue.h>
#include <linux/net_tstamp.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum {
    PLAYERS_MAX = 18000,
    INPUT = 24, ENTRY = 2 + INPUT, FRAME_HEAD = 4,
    WATCHED = 2,
    READ_BYTES = 256 << 10, FRAME_MOST = READ_BYTES / 2, PHASES_MAX = 4096,
    BUCKETS = 200000,  // of 10 µs: up to 2 s
};

static const int64_t NS_PER_S = 1000000000, BUCKET_NS = 10000;
static const int64_t OLDEST_STAMP = 100000000;  // a stamp older than this is not believed

static const char USAGE[] =
    "usage: load --port N [--rooms N] [--players N] [--rate HZ] [--phases N]\n"
    "\n"
    "Joins, prints `joined N`, and plays. SIGUSR1: measure from now on. SIGTERM: print what was measured, as JSON, and end.\n";

static struct {
    int port, rooms, players, rate, phases;
} options = {.rooms = 1, .players = 8, .rate = 30, .phases = 8};

struct player {
    int socket;
    uint32_t number, watched[WATCHED];
    uint64_t newest[WATCHED];  // when the newest input seen of each was sent
    size_t carried;            // bytes of a frame of which the rest has not come yet
    uint8_t *carry;
};

struct histogram {
    uint64_t count;
    int64_t most;
    uint32_t buckets[BUCKETS];
};

static struct player *players;
static int player_count;
static struct histogram delivery, lateness;
static uint64_t inputs, frames, frame_bytes, entries, lost, refused_bytes;
static int64_t began;
static uint32_t noise = 2463534242;
static volatile sig_atomic_t ended, restarted;

static void end(int signal) { (void)signal, ended = 1; }
static void restart(int signal) { (void)signal, restarted = 1; }

static void die(const char *what) {
    perror(what);
    exit(1);
}

static int64_t clock_now(clockid_t clock) {
    struct timespec time;
    clock_gettime(clock, &time);
    return time.tv_sec * NS_PER_S + time.tv_nsec;
}

static int64_t now(void) { return clock_now(CLOCK_MONOTONIC); }

static void sleep_until(int64_t deadline) {
    struct timespec time = {deadline / NS_PER_S, deadline % NS_PER_S};
    while (!ended && clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &time, NULL) == EINTR) {}
}

static uint32_t random_word(void) {  // xorshift32: masks need not be secret here
    noise ^= noise << 13, noise ^= noise >> 17, noise ^= noise << 5;
    return noise;
}

// --- what was measured ---

static void note(struct histogram *histogram, int64_t ns) {
    int64_t bucket = ns < 0 ? 0 : ns / BUCKET_NS;
    histogram->buckets[bucket < BUCKETS ? bucket : BUCKETS - 1]++;
    histogram->count++;
    if (ns > histogram->most) histogram->most = ns;
}

static double milliseconds_at(const struct histogram *histogram, double part) {
    uint64_t below = 0, wanted = (uint64_t)(part * (double)histogram->count + 0.5);
    for (int bucket = 0; bucket < BUCKETS; bucket++)
        if ((below += histogram->buckets[bucket]) >= wanted && below) return (double)(bucket + 1) * (double)BUCKET_NS / 1e6;
    return 0;
}

static void measure_anew(void) {
    restarted = 0;
    memset(&delivery, 0, sizeof delivery);
    memset(&lateness, 0, sizeof lateness);
    inputs = frames = frame_bytes = entries = refused_bytes = 0;
    began = now();
}

static void report(void) {
    printf("{\"players\": %d, \"seconds\": %.3f, \"inputs\": %llu, \"frames\": %llu, \"frame_bytes\": %llu, \"entries\": %llu, "
           "\"lost\": %llu, \"refused_bytes\": %llu, \"late_ms_p99\": %.2f, \"delivery_ms\": {\"p50\": %.2f, \"p90\": %.2f, "
           "\"p99\": %.2f, \"p999\": %.2f, \"max\": %.2f, \"count\": %llu}}\n",
           player_count, (double)(now() - began) / 1e9, (unsigned long long)inputs, (unsigned long long)frames,
           (unsigned long long)frame_bytes, (unsigned long long)entries, (unsigned long long)lost, (unsigned long long)refused_bytes,
           milliseconds_at(&lateness, 0.99), milliseconds_at(&delivery, 0.5), milliseconds_at(&delivery, 0.9),
           milliseconds_at(&delivery, 0.99), milliseconds_at(&delivery, 0.999), (double)delivery.most / 1e6,
           (unsigned long long)delivery.count);
}

// --- joining ---

static void upgrade(int socket, int room) {
    static char buffer[4096];
    int length = snprintf(buffer, sizeof buffer,
        "GET /%d HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n", room, options.port);
    if (send(socket, buffer, (size_t)length, MSG_NOSIGNAL) != length) die("send");
    size_t got = 0;
    while (got < 4 || memcmp(buffer + got - 4, "\r\n\r\n", 4)) {  // byte by byte: what follows is the relay's first frame
        if (got == sizeof buffer || recv(socket, buffer + got, 1, 0) != 1) die("no answer to the upgrade");
        got++;
    }
    if (got < 12 || memcmp(buffer, "HTTP/1.1 101", 12)) fprintf(stderr, "not upgraded: %.*s\n", (int)got, buffer), exit(1);
}

static void join(struct player *player, uint32_t number) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)options.port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int one = 1, stamps = SOF_TIMESTAMPING_RX_SOFTWARE | SOF_TIMESTAMPING_SOFTWARE;
    int room = (int)number / options.players, place = (int)number % options.players;
    player->number = number;
    player->socket = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (player->socket < 0 || connect(player->socket, (struct sockaddr *)&address, sizeof address)) die("connect");
    setsockopt(player->socket, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    setsockopt(player->socket, SOL_SOCKET, SO_TIMESTAMPING, &stamps, sizeof stamps);
    upgrade(player->socket, room);
    for (int index = 0; index < WATCHED; index++)  // always the same ones, and everybody is watched by as many
        player->watched[index] = (uint32_t)(room * options.players + (place + 1 + index) % options.players);
}

// --- playing ---

// What a frame shows of the two that a player watches. `arrival` is 0 if it is not known exactly.
static void look_at(struct player *player, const uint8_t *frame, size_t length, int64_t arrival) {
    frames++, frame_bytes += length, entries += length / ENTRY;
    for (size_t at = FRAME_HEAD; at + ENTRY <= length; at += ENTRY) {
        uint32_t number;
        int64_t sent;
        memcpy(&number, frame + at + 2 + 8, sizeof number);
        for (int index = 0; index < WATCHED; index++) {
            if (player->watched[index] != number) continue;
            memcpy(&sent, frame + at + 2, sizeof sent);
            bool is_new = (uint64_t)sent > player->newest[index] && number != player->number;
            if (is_new && arrival && sent >= began) note(&delivery, arrival - sent);
            player->newest[index] = (uint64_t)sent;
        }
    }
}

// One frame of the relay at the beginning of so many bytes: its length with header, 0 if it is not whole.
static size_t whole_frame(const uint8_t *bytes, size_t length, size_t *head) {
    if (length < 2) return 0;
    if (bytes[0] != 0x82 || bytes[1] > 126) fprintf(stderr, "a frame that no relay should send: %02x %02x\n", bytes[0], bytes[1]), exit(1);
    size_t payload = bytes[1];
    *head = 2;
    if (payload == 126) {
        if (length < 4) return 0;
        payload = (size_t)bytes[2] << 8 | bytes[3], *head = 4;
    }
    if (*head + payload > FRAME_MOST) fprintf(stderr, "a frame of %zu bytes\n", payload), exit(1);
    return *head + payload <= length ? *head + payload : 0;
}

// When the last byte arrived, on the monotonic clock; 0 if the kernel did not say.
static int64_t arrival_of(struct msghdr *message) {
    for (struct cmsghdr *control = CMSG_FIRSTHDR(message); control; control = CMSG_NXTHDR(message, control)) {
        if (control->cmsg_level != SOL_SOCKET || control->cmsg_type != SO_TIMESTAMPING) continue;
        struct scm_timestamping stamps;
        memcpy(&stamps, CMSG_DATA(control), sizeof stamps);
        int64_t stamp = stamps.ts[0].tv_sec * NS_PER_S + stamps.ts[0].tv_nsec, age = clock_now(CLOCK_REALTIME) - stamp;
        return stamp && age >= 0 && age <= OLDEST_STAMP ? now() - age : 0;
    }
    return 0;
}

static void leave(struct player *player) {
    close(player->socket);
    player->socket = -1;
    lost++;
}

// The beginning of a frame is kept until the rest comes; rarely, so memory is taken when it is needed.
static void carry(struct player *player, const uint8_t *bytes, size_t length) {
    player->carried = length;
    if (!length) return;
    player->carry = realloc(player->carry, length);
    if (!player->carry) die("realloc");
    memcpy(player->carry, bytes, length);
}

static void read_once(struct player *player) {
    static uint8_t buffer[READ_BYTES];
    _Alignas(struct cmsghdr) char control[128];
    if (player->carried) memcpy(buffer, player->carry, player->carried);
    struct iovec range = {buffer + player->carried, sizeof buffer - player->carried};
    struct msghdr message = {.msg_iov = &range, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
    ssize_t got = recvmsg(player->socket, &message, MSG_DONTWAIT);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (got <= 0) return leave(player);
    int64_t arrival = arrival_of(&message);
    size_t length = player->carried + (size_t)got, at = 0, head = 0, whole;
    while ((whole = whole_frame(buffer + at, length - at, &head))) {
        look_at(player, buffer + at + head, whole - head, at + whole == length ? arrival : 0);
        at += whole;
    }
    carry(player, buffer + at, length - at);
}

static void send_input(struct player *player) {
    uint8_t frame[2 + 4 + INPUT] = {0x82, 0x80 | INPUT}, *input = frame + 6;
    uint32_t mask = random_word(), word;
    int64_t moment = now();
    memcpy(frame + 2, &mask, sizeof mask);
    memcpy(input, &moment, sizeof moment);
    memcpy(input + 8, &player->number, sizeof player->number);
    for (int at = 0; at < INPUT; at += 4) memcpy(&word, input + at, 4), word ^= mask, memcpy(input + at, &word, 4);
    ssize_t sent = send(player->socket, frame, sizeof frame, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (sent == (ssize_t)sizeof frame) inputs++;
    else if (sent < 0 && errno == EAGAIN) refused_bytes += sizeof frame;  // the relay does not read: this input is lost
    else leave(player);
}

static void play(void) {
    int64_t origin = now() + NS_PER_S / 100, slots_a_second = (int64_t)options.rate * options.phases;
    for (int64_t slot = 0; !ended; slot++) {
        // Multiplied before it is divided, so that no rate drifts.
        int64_t deadline = origin + (int64_t)((__int128)slot * NS_PER_S / slots_a_second);
        sleep_until(deadline);
        // Who was held up does not catch up: a player sends one input per tick or none, never two at once.
        int64_t newest = (int64_t)((__int128)(now() - origin) * slots_a_second / NS_PER_S);
        if (newest - slot >= options.phases) slot += (newest - slot) / options.phases * options.phases;
        if (restarted) measure_anew();
        note(&lateness, now() - deadline);
        for (int index = (int)(slot % options.phases); index < player_count; index += options.phases) {
            if (players[index].socket >= 0) read_once(&players[index]);
            if (players[index].socket >= 0) send_input(&players[index]);
        }
    }
}

static void parse(int count, char **words) {
    static const struct option known[] = {
        {"port", required_argument, 0, 'p'}, {"rooms", required_argument, 0, 'r'}, {"players", required_argument, 0, 'n'},
        {"rate", required_argument, 0, 'h'}, {"phases", required_argument, 0, 's'}, {0}};
    for (int letter; (letter = getopt_long(count, words, "", known, NULL)) != -1;) {
        int *value = letter == 'p' ? &options.port : letter == 'r' ? &options.rooms : letter == 'n' ? &options.players
            : letter == 'h' ? &options.rate : letter == 's' ? &options.phases : NULL;
        if (!value) fputs(USAGE, stderr), exit(64);
        *value = atoi(optarg);
    }
    player_count = options.rooms * options.players;
    bool good = options.port > 0 && options.rooms > 0 && options.players > 0 && options.players <= 1024 && player_count <= PLAYERS_MAX
        && options.rate > 0 && options.rate <= 240 && options.phases > 0 && options.phases <= PHASES_MAX && optind == count;
    if (!good) fputs(USAGE, stderr), exit(64);
}

int main(int count, char **words) {
    parse(count, words);
    prctl(PR_SET_TIMERSLACK, 1UL);
    sigaction(SIGTERM, &(struct sigaction){.sa_handler = end}, NULL);
    sigaction(SIGUSR1, &(struct sigaction){.sa_handler = restart}, NULL);
    players = calloc((size_t)player_count, sizeof *players);
    if (!players) die("calloc");
    for (int number = 0; number < player_count; number++) join(&players[number], (uint32_t)number);
    printf("joined %d\n", player_count);
    fflush(stdout);
    measure_anew();
    play();
    report();
    return 0;
}
