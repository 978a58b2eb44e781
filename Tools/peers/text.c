// text: players and spectators of TickRelay itself, as simple as clients of the JSON form are (SPEC section 18).
//
// A client reads at its slot of each tick, counts the frames that came, and answers a ping with a pong. A player then writes one field
// of 24 bytes, as text. With --binary a spectator speaks tickrelay.v1 instead and acknowledges as SPEC section 7 asks: the same room with
// one spectator of either form says what the form costs. What frames hold is not looked at.

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
#include <sys/prctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { CLIENTS_MAX = 18000, PAYLOAD = 24, READ_BYTES = 256 << 10, PHASES_MAX = 4096, CONTROL_MAX = 125, TEXT_MAX = 125 };
enum { FIN = 0x80, MASKED = 0x80, TEXT = 1, BINARY = 2, CLOSE = 8, PING = 9, PONG = 10 };

static const int64_t NS_PER_S = 1000000000;
static const int64_t ACK_DELAY = 218000000;  // ns: seven eighths of what the welcome allows by default, as our own clients wait

static const char USAGE[] =
    "usage: text --port N --room PREFIX [--rooms N] [--clients N] [--rate HZ] [--phases N] [--spectate | --binary]\n"
    "\n"
    "So many clients join each of the rooms PREFIX-0, PREFIX-1 and so on: players who write at every tick, spectators with --spectate, spectators of\n"
    "tickrelay.v1 with --binary. Prints `joined N`, and plays. SIGUSR1: count from now on. SIGTERM: print what was counted, as JSON, and end.\n";

static struct {
    int port, rooms, clients, rate, phases;
    const char *room;
    bool spectates, is_binary;
} options = {.rooms = 1, .clients = 8, .rate = 30, .phases = 8};

struct client {
    int socket;
    uint64_t tick;      // of the newest frame, if binary
    int64_t read_at;    // when that came
    int64_t ack_due;    // 0: not
    size_t carried;     // bytes of a frame of which the rest has not come yet
    uint8_t *carry;
};

static struct client *clients;
static int client_count;
static uint64_t frames, frame_bytes, inputs, answers, lost, late_slots, slots;
static int64_t origin;
static uint32_t noise = 2463534242;
static volatile sig_atomic_t ended, restarted;

static void end(int signal) { (void)signal, ended = 1; }
static void restart(int signal) { (void)signal, restarted = 1; }

static void die(const char *what) {
    perror(what);
    exit(1);
}

static int64_t now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * NS_PER_S + time.tv_nsec;
}

static uint32_t random_word(void) {  // xorshift32: masks need not be secret here
    noise ^= noise << 13, noise ^= noise >> 17, noise ^= noise << 5;
    return noise;
}

// --- sending ---

static void leave(struct client *client) {
    close(client->socket);
    client->socket = -1;
    lost++;
}

// One masked frame. What the relay does not take at once is a relay that does not read.
static bool say(struct client *client, int opcode, const void *payload, size_t length) {
    uint8_t frame[6 + CONTROL_MAX] = {(uint8_t)(FIN | opcode), (uint8_t)(MASKED | length)};
    uint32_t mask = random_word();
    memcpy(frame + 2, &mask, sizeof mask);
    for (size_t at = 0; at < length; at++) frame[6 + at] = ((const uint8_t *)payload)[at] ^ frame[2 + at % 4];
    if (send(client->socket, frame, 6 + length, MSG_DONTWAIT | MSG_NOSIGNAL) == (ssize_t)(6 + length)) return true;
    leave(client);
    return false;
}

static size_t put_varint(uint8_t *bytes, uint64_t value) {
    size_t length = 0;
    for (; value > 127; value >>= 7) bytes[length++] = (uint8_t)(value | 0x80);
    bytes[length++] = (uint8_t)value;
    return length;
}

static void acknowledge(struct client *client, int64_t moment) {
    uint8_t message[1 + 10 + 10] = {4};
    size_t length = 1 + put_varint(message + 1, client->tick);
    length += put_varint(message + length, (uint64_t)(moment - client->read_at) / 1000);
    client->ack_due = 0;
    answers += say(client, BINARY, message, length);
}

static void write_input(struct client *client, int64_t turn) {
    static const char digits[] = "0123456789abcdef";
    char text[TEXT_MAX], payload[PAYLOAD + 1] = {0};
    uint64_t number = (uint64_t)turn * 0x9E3779B97F4A7C15u;
    for (int at = 0; at < PAYLOAD; at++) payload[at] = digits[number >> (at * 2) & 15];
    int length = snprintf(text, sizeof text, "{\"set\":{\"p\":\"%s\"}}", payload);
    inputs += say(client, TEXT, text, (size_t)length);
}

// --- joining ---

static void expect_upgrade(int socket) {
    static char buffer[4096];
    size_t got = 0;
    while (got < 4 || memcmp(buffer + got - 4, "\r\n\r\n", 4)) {  // byte by byte: what follows is the relay's first message
        if (got == sizeof buffer || recv(socket, buffer + got, 1, 0) != 1) die("no answer to the upgrade");
        got++;
    }
    if (memcmp(buffer, "HTTP/1.1 101", 12)) fprintf(stderr, "not upgraded: %.*s\n", (int)got, buffer), exit(1);
}

static void say_hello(struct client *client, int room) {
    char request[512], name[96];
    int name_length = snprintf(name, sizeof name, "%s-%d", options.room, room);
    const char *query = options.is_binary ? "" : options.spectates ? "&role=spectator" : "";
    int length = snprintf(request, sizeof request,
        "GET /?room=%s%s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n%s"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
        name, query, options.port, options.is_binary ? "Sec-WebSocket-Protocol: tickrelay.v1\r\n" : "");
    if (send(client->socket, request, (size_t)length, MSG_NOSIGNAL) != length) die("send");
    expect_upgrade(client->socket);
    if (!options.is_binary) return;
    uint8_t hello[128] = {1, 1, (uint8_t)name_length};
    memcpy(hello + 3, name, (size_t)name_length);
    hello[3 + name_length] = 1;  // a spectator; and no flags
    if (!say(client, BINARY, hello, (size_t)name_length + 5)) die("hello");
}

static void join(struct client *client, int room) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)options.port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int one = 1;
    client->socket = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (client->socket < 0 || connect(client->socket, (struct sockaddr *)&address, sizeof address)) die("connect");
    setsockopt(client->socket, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    say_hello(client, room);
}

// --- playing ---

static void look_at_frame(struct client *client, const uint8_t *payload, size_t length, int64_t moment) {
    if (options.is_binary) {
        if (length < 3 || payload[0] != 0x82) return;  // a welcome
        bool is_first = !client->tick;
        client->tick = 0, client->read_at = moment;
        for (size_t at = 2; at < length && at < 12; at++) {
            client->tick |= (uint64_t)(payload[at] & 127) << (7 * (at - 2));
            if (payload[at] < 128) break;
        }
        if (!client->ack_due) client->ack_due = moment + (is_first ? 0 : ACK_DELAY);
    } else if (length < 8 || memcmp(payload, "{\"tick\":", 8)) {
        return;
    }
    frames++, frame_bytes += length;
}

static void look_at(struct client *client, int opcode, const uint8_t *payload, size_t length, int64_t moment) {
    if (opcode == PING && length <= CONTROL_MAX) answers += say(client, PONG, payload, length);
    else if (opcode == CLOSE) leave(client);
    else if (opcode == (options.is_binary ? BINARY : TEXT)) look_at_frame(client, payload, length, moment);
}

// One frame of the relay at the beginning of so many bytes: its length with header, 0 if it is not whole.
static size_t whole_frame(const uint8_t *bytes, size_t length, size_t *head) {
    if (length < 2) return 0;
    size_t payload = bytes[1];
    *head = payload < 126 ? 2 : payload == 126 ? 4 : 10;
    if (length < *head) return 0;
    if (payload > 125) payload = 0;
    for (size_t at = 2; at < *head; at++) payload = payload << 8 | bytes[at];
    if (payload > READ_BYTES / 2) fprintf(stderr, "a frame of %zu bytes\n", payload), exit(1);
    return *head + payload <= length ? *head + payload : 0;
}

static void carry(struct client *client, const uint8_t *bytes, size_t length) {
    client->carried = length;
    if (!length) return;
    client->carry = realloc(client->carry, length);
    if (!client->carry) die("realloc");
    memcpy(client->carry, bytes, length);
}

static void read_once(struct client *client, int64_t moment) {
    static uint8_t buffer[READ_BYTES];
    if (client->carried) memcpy(buffer, client->carry, client->carried);
    ssize_t got = recv(client->socket, buffer + client->carried, sizeof buffer - client->carried, MSG_DONTWAIT);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (got <= 0) return leave(client);
    size_t length = client->carried + (size_t)got, at = 0, head = 0, whole;
    while (client->socket >= 0 && (whole = whole_frame(buffer + at, length - at, &head))) {
        look_at(client, buffer[at] & 15, buffer + at + head, whole - head, moment);
        at += whole;
    }
    carry(client, buffer + at, length - at);
}

static void turn_of(struct client *client, int64_t turn, int64_t moment) {
    if (client->socket >= 0) read_once(client, moment);
    if (client->socket >= 0 && client->ack_due && client->ack_due <= moment) acknowledge(client, moment);
    if (client->socket >= 0 && !options.spectates) write_input(client, turn);
}

static int64_t deadline_of(int64_t slot) { return origin + (int64_t)((__int128)slot * NS_PER_S / ((int64_t)options.rate * options.phases)); }

static void count_anew(void) {
    restarted = 0;
    frames = frame_bytes = inputs = answers = late_slots = slots = 0;
}

static void play(void) {
    origin = now();
    for (int64_t slot = 0; !ended; slot++) {
        int64_t due = deadline_of(slot);
        struct timespec time = {due / NS_PER_S, due % NS_PER_S};
        while (!ended && clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &time, NULL) == EINTR) {}
        if (restarted) count_anew();
        int64_t moment = now();
        slots++, late_slots += moment - due > NS_PER_S / options.rate / 2;
        for (int index = (int)(slot % options.phases); index < client_count; index += options.phases)
            turn_of(&clients[index], slot / options.phases, moment);
    }
}

static void parse(int count, char **words) {
    static const struct option known[] = {
        {"port", required_argument, 0, 'p'}, {"room", required_argument, 0, 'n'}, {"rooms", required_argument, 0, 'r'},
        {"clients", required_argument, 0, 'c'}, {"rate", required_argument, 0, 'h'}, {"phases", required_argument, 0, 's'},
        {"spectate", no_argument, 0, 'w'}, {"binary", no_argument, 0, 'b'}, {0}};
    for (int letter; (letter = getopt_long(count, words, "", known, NULL)) != -1;) {
        int *value = letter == 'p' ? &options.port : letter == 'r' ? &options.rooms : letter == 'c' ? &options.clients
            : letter == 'h' ? &options.rate : letter == 's' ? &options.phases : NULL;
        if (value) *value = atoi(optarg);
        else if (letter == 'n') options.room = optarg;
        else if (letter == 'w' || letter == 'b') options.spectates = true, options.is_binary |= letter == 'b';
        else fputs(USAGE, stderr), exit(64);
    }
    client_count = options.rooms * options.clients;
    bool good = options.port > 0 && options.room && strlen(options.room) < 50 && client_count > 0 && client_count <= CLIENTS_MAX
        && options.rate > 0 && options.rate <= 240 && options.phases > 0 && options.phases <= PHASES_MAX && optind == count;
    if (!good) fputs(USAGE, stderr), exit(64);
}

int main(int count, char **words) {
    parse(count, words);
    prctl(PR_SET_TIMERSLACK, 1UL);
    sigaction(SIGTERM, &(struct sigaction){.sa_handler = end}, NULL);
    sigaction(SIGUSR1, &(struct sigaction){.sa_handler = restart}, NULL);
    clients = calloc((size_t)client_count, sizeof *clients);
    if (!clients) die("calloc");
    for (int number = 0; number < client_count; number++) join(&clients[number], number / options.clients);
    printf("joined %d\n", client_count);
    fflush(stdout);
    play();
    printf("{\"frames\": %llu, \"frame_bytes\": %llu, \"inputs\": %llu, \"answers\": %llu, \"lost\": %llu, \"late_slots\": %.4f}\n",
           (unsigned long long)frames, (unsigned long long)frame_bytes, (unsigned long long)inputs, (unsigned long long)answers,
           (unsigned long long)lost, slots ? (double)late_slots / (double)slots : 0);
    return 0;
}
