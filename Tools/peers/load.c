// load: players for the relays that TickRelay is compared with.
//
// Each player is a WebSocket. At its slot of each tick it is read once, what came is counted, and it sends one masked input:
//
//     u64 when it was meant to be sent (CLOCK_MONOTONIC, ns)   u32 player   u32 turn   8 bytes of anything     24 bytes, little-endian
//
// A relay answers at its tick with one frame for the whole room: u32 tick, then for each input u16 seat and the input.
// So the time from one player to another is measured without a clock of its own in the relay, and to the moment at which
// the kernel got the frame (SO_TIMESTAMPING), not to the moment at which this program found the time to look.
//
// Every turn counts, and from when it was meant: also one whose input came late, never, or was never sent, because this program was
// late (those are counted as skipped, and their slots as late) or because the relay did not read. It is over when its input arrives, or a
// newer one of the same player. After the end this program reads on for a moment; what nobody has seen then counts with its age.
//
// The frame interval is the time from one frame of a player to its next, the one that is open at the end included.
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
static const int64_t READS_ON = 500000000;  // ns after the end in which inputs may still arrive

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
    int64_t newest[WATCHED];  // the newest turn seen of each; -1: none
    int64_t sent;             // its own newest turn with an input; -1: none
    int64_t last_read;        // when its socket had nothing more
    int64_t last_frame;       // when its newest frame came; 0: none
    uint32_t last_tick;       // of it
    size_t carried;           // bytes of a frame of which the rest has not come yet
    uint8_t *carry;
};

struct histogram {
    uint64_t count, late;     // how many of them were longer than two ticks
    int64_t most;
    int64_t sum, late_sum;    // ns: of all, and of those
    uint32_t buckets[BUCKETS];
};

static struct player *players;
static int player_count;
static struct histogram delivery, interval, lateness;
static uint64_t inputs, skipped, unseen, frames, frame_bytes, entries, lost, refused_bytes;
static int64_t origin;       // of the slots
static int64_t began, over;  // what is measured lies between; `over` is far away until the end
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

// When a slot is due. Multiplied before it is divided, so that no rate drifts.
static int64_t deadline_of(int64_t slot) {
    return origin + (int64_t)((__int128)slot * NS_PER_S / ((int64_t)options.rate * options.phases));
}

// When a player is meant to send, at each turn.
static int64_t meant(uint32_t player, int64_t turn) { return deadline_of(turn * options.phases + player % (uint32_t)options.phases); }

static uint32_t random_word(void) {  // xorshift32: masks need not be secret here
    noise ^= noise << 13, noise ^= noise >> 17, noise ^= noise << 5;
    return noise;
}

// --- what was measured ---

static void note(struct histogram *histogram, int64_t ns) {
    int64_t bucket = ns < 0 ? 0 : ns / BUCKET_NS;
    histogram->buckets[bucket < BUCKETS ? bucket : BUCKETS - 1]++;
    histogram->count++;
    histogram->sum += ns;
    if (ns > histogram->most) histogram->most = ns;
    if (ns > 2 * (NS_PER_S / options.rate + 1)) histogram->late++, histogram->late_sum += ns;
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
    memset(&interval, 0, sizeof interval);
    memset(&lateness, 0, sizeof lateness);
    inputs = skipped = unseen = frames = frame_bytes = entries = refused_bytes = 0;
    began = now();
}

static void print_percentiles(const char *name, const struct histogram *histogram) {
    printf("\"%s\": {\"p50\": %.2f, \"p90\": %.2f, \"p99\": %.2f, \"p999\": %.2f, \"max\": %.2f, \"count\": %llu, ", name,
           milliseconds_at(histogram, 0.5), milliseconds_at(histogram, 0.9), milliseconds_at(histogram, 0.99),
           milliseconds_at(histogram, 0.999), (double)histogram->most / 1e6, (unsigned long long)histogram->count);
}

static double share(double part, double whole) { return whole > 0 ? part / whole : 0; }

static void report(void) {
    printf("{\"players\": %d, \"seconds\": %.3f, \"inputs\": %llu, \"skipped\": %llu, \"frames\": %llu, \"frame_bytes\": %llu, "
           "\"entries\": %llu, \"lost\": %llu, \"refused_bytes\": %llu, \"late_ms_p99\": %.2f, ",
           player_count, (double)(over - began) / 1e9, (unsigned long long)inputs, (unsigned long long)skipped, (unsigned long long)frames,
           (unsigned long long)frame_bytes, (unsigned long long)entries, (unsigned long long)lost, (unsigned long long)refused_bytes,
           milliseconds_at(&lateness, 0.99));
    print_percentiles("delivery_ms", &delivery);
    printf("\"late_share\": %.5f, \"unseen\": %llu}, ", share((double)delivery.late, (double)delivery.count), (unsigned long long)unseen);
    print_percentiles("frame_interval_ms", &interval);
    printf("\"late_time_share\": %.5f}}\n", share((double)interval.late_sum, (double)interval.sum));
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
    player->number = number, player->sent = -1;
    player->socket = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (player->socket < 0 || connect(player->socket, (struct sockaddr *)&address, sizeof address)) die("connect");
    setsockopt(player->socket, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    setsockopt(player->socket, SOL_SOCKET, SO_TIMESTAMPING, &stamps, sizeof stamps);
    upgrade(player->socket, room);
    for (int index = 0; index < WATCHED; index++) {  // always the same ones, and everybody is watched by as many
        player->watched[index] = (uint32_t)(room * options.players + (place + 1 + index) % options.players);
        player->newest[index] = -1;
    }
}

// --- playing ---

// Turns of the player `number` after `seen` and up to `newest` are over. Returns how many of them count.
static uint64_t note_turns(uint32_t number, int64_t seen, int64_t newest, int64_t arrival) {
    uint64_t count = 0;
    for (int64_t turn = newest; turn > seen; turn--) {  // backwards: those before the measurement are all behind the first of them
        int64_t wanted = meant(number, turn);
        if (wanted < began) break;
        if (wanted >= over) continue;
        note(&delivery, arrival - wanted);
        count++;
    }
    return count;
}

// As far as it lies in what is measured.
static void note_interval(int64_t from, int64_t to) {
    if (!from || to < began || from > over) return;
    note(&interval, (to < over ? to : over) - (from > began ? from : began));
}

// The kernel has one stamp for all that was read. A frame with others behind it is taken to have come when it was due, if that was after
// the read before; if it was due earlier, it is late, and what is late comes in a burst: then it counts with the others.
static int64_t arrival_in(const struct player *player, uint32_t tick, int64_t stamp, bool is_last) {
    int64_t due = player->last_frame + (int64_t)(tick - player->last_tick) * (NS_PER_S / options.rate);
    return !is_last && player->last_frame && due > player->last_read && due < stamp ? due : stamp;
}

// What a frame shows of the two that a player watches.
static void look_at(struct player *player, const uint8_t *frame, size_t length, int64_t stamp, bool is_last) {
    uint32_t tick;
    if (length < FRAME_HEAD) fprintf(stderr, "a frame of %zu bytes\n", length), exit(1);
    memcpy(&tick, frame, sizeof tick);
    int64_t arrival = arrival_in(player, tick, stamp, is_last);
    note_interval(player->last_frame, arrival);
    player->last_frame = arrival, player->last_tick = tick;
    if (arrival <= over) frames++, frame_bytes += length, entries += length / ENTRY;
    for (size_t at = FRAME_HEAD; at + ENTRY <= length; at += ENTRY) {
        uint32_t number, turn;
        memcpy(&number, frame + at + 2 + 8, sizeof number);
        memcpy(&turn, frame + at + 2 + 12, sizeof turn);
        for (int index = 0; index < WATCHED; index++) {
            if (player->watched[index] != number || number == player->number || turn <= player->newest[index]) continue;
            note_turns(number, player->newest[index], turn, arrival);
            player->newest[index] = turn;
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

// When the last byte arrived, on the monotonic clock; now if the kernel did not say, or said what cannot be.
static int64_t stamp_of(struct msghdr *message, int64_t last_read) {
    int64_t looked = now();
    for (struct cmsghdr *control = CMSG_FIRSTHDR(message); control; control = CMSG_NXTHDR(message, control)) {
        if (control->cmsg_level != SOL_SOCKET || control->cmsg_type != SO_TIMESTAMPING) continue;
        struct scm_timestamping stamps;
        memcpy(&stamps, CMSG_DATA(control), sizeof stamps);
        int64_t stamp = stamps.ts[0].tv_sec * NS_PER_S + stamps.ts[0].tv_nsec, age = clock_now(CLOCK_REALTIME) - stamp;
        if (stamp && age >= 0 && age <= looked - last_read) return looked - age;
    }
    return looked;
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

// `slot_began`: nothing that is not there yet came before it.
static void read_once(struct player *player, int64_t slot_began) {
    static uint8_t buffer[READ_BYTES];
    _Alignas(struct cmsghdr) char control[128];
    if (player->carried) memcpy(buffer, player->carry, player->carried);
    struct iovec range = {buffer + player->carried, sizeof buffer - player->carried};
    struct msghdr message = {.msg_iov = &range, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
    ssize_t got = recvmsg(player->socket, &message, MSG_DONTWAIT);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) {
        player->last_read = slot_began;
        return;
    }
    if (got <= 0) return leave(player);
    int64_t stamp = stamp_of(&message, player->last_read);
    size_t length = player->carried + (size_t)got, at = 0, head = 0, whole;
    while ((whole = whole_frame(buffer + at, length - at, &head))) {
        look_at(player, buffer + at + head, whole - head, stamp, at + whole == length);
        at += whole;
    }
    player->last_read = slot_began;
    carry(player, buffer + at, length - at);
}

static void send_input(struct player *player, int64_t turn) {
    uint8_t frame[2 + 4 + INPUT] = {0x82, 0x80 | INPUT}, *input = frame + 6;
    uint32_t mask = random_word(), word, short_turn = (uint32_t)turn;
    int64_t moment = meant(player->number, turn);
    memcpy(frame + 2, &mask, sizeof mask);
    memcpy(input, &moment, sizeof moment);
    memcpy(input + 8, &player->number, sizeof player->number);
    memcpy(input + 12, &short_turn, sizeof short_turn);
    for (int at = 0; at < INPUT; at += 4) memcpy(&word, input + at, 4), word ^= mask, memcpy(input + at, &word, 4);
    ssize_t sent = send(player->socket, frame, sizeof frame, MSG_DONTWAIT | MSG_NOSIGNAL);
    player->sent = turn;
    if (sent == (ssize_t)sizeof frame) inputs++;
    else if (sent < 0 && errno == EAGAIN) refused_bytes += sizeof frame;  // the relay does not read: this input is lost
    else leave(player);
}

// Who was held up does not catch up: a player sends one input per tick or none, never two at once. Slots left out were late, too.
static int64_t next_slot(int64_t slot, int64_t moment) {
    int64_t newest = (int64_t)((__int128)(moment - origin) * options.rate * options.phases / NS_PER_S);
    int64_t ticks = (newest - slot) / options.phases;
    if (ticks <= 0) return slot;
    for (int64_t left_out = slot; left_out < slot + ticks * options.phases; left_out++)
        if (deadline_of(left_out) >= began) note(&lateness, moment - deadline_of(left_out));
    skipped += (uint64_t)(ticks * player_count);
    return slot + ticks * options.phases;
}

static void play(void) {
    origin = now() + NS_PER_S / 100;
    for (int64_t slot = 0; !ended; slot++) {
        sleep_until(deadline_of(slot));
        if (restarted) measure_anew();
        int64_t moment = now();
        slot = next_slot(slot, moment);
        note(&lateness, moment - deadline_of(slot));
        for (int index = (int)(slot % options.phases); index < player_count; index += options.phases) {
            if (players[index].socket >= 0) read_once(&players[index], moment);
            if (players[index].socket >= 0) send_input(&players[index], slot / options.phases);
        }
    }
}

// Whether somebody has still to see an input that counts.
static bool is_waiting(void) {
    for (int number = 0; number < player_count; number++)
        for (int index = 0; index < WATCHED; index++) {
            const struct player *player = &players[number], *watched = &players[player->watched[index]];
            if (player->socket >= 0 && watched != player && player->newest[index] < watched->sent) return true;
        }
    return false;
}

// Nothing more is sent. What is on its way arrives; what is not counts with its age.
static void end_well(void) {
    over = now();
    for (int64_t moment = over; is_waiting() && moment < over + READS_ON; moment = now()) {
        for (int number = 0; number < player_count; number++)
            if (players[number].socket >= 0) read_once(&players[number], moment);
        clock_nanosleep(CLOCK_MONOTONIC, 0, &(struct timespec){.tv_nsec = NS_PER_S / 1000}, NULL);
    }
    int64_t moment = now();
    for (int number = 0; number < player_count; number++) {
        struct player *player = &players[number];
        if (player->last_frame < over) note_interval(player->last_frame, over);
        for (int index = 0; index < WATCHED; index++)
            if (player->watched[index] != player->number)
                unseen += note_turns(player->watched[index], player->newest[index], players[player->watched[index]].sent, moment);
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
    over = INT64_MAX;
    measure_anew();
    play();
    end_well();
    report();
    return 0;
}
