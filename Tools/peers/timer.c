// timer: how late a thread is that does nothing but wait for a timer: what this machine can do, and nobody on it better.
//
// Usage: timer HZ SECONDS. A timerfd with absolute deadlines, read in a loop; prints the lateness as JSON, in microseconds.

#define _GNU_SOURCE
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

enum { BUCKETS = 1000000 };  // of a microsecond

static const int64_t NS_PER_S = 1000000000;
static uint32_t buckets[BUCKETS];

static int64_t now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * NS_PER_S + time.tv_nsec;
}

static int microseconds_at(double part, int64_t count) {
    int64_t below = 0;
    for (int bucket = 0; bucket < BUCKETS; bucket++)
        if ((below += buckets[bucket]) >= (int64_t)(part * (double)count + 0.5) && below) return bucket;
    return BUCKETS;
}

static void wait_until(int timer, int64_t deadline) {
    struct itimerspec time = {.it_value = {deadline / NS_PER_S, deadline % NS_PER_S}};
    uint64_t expired;
    if (timerfd_settime(timer, TFD_TIMER_ABSTIME, &time, NULL) || read(timer, &expired, sizeof expired) != sizeof expired)
        perror("timerfd"), exit(1);
}

int main(int count, char **words) {
    int64_t rate = count == 3 ? atoi(words[1]) : 0, slots = rate * (count == 3 ? atoi(words[2]) : 0);
    if (slots <= 0) fputs("usage: timer HZ SECONDS\n", stderr), exit(64);
    int timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC);
    if (timer < 0) perror("timerfd_create"), exit(1);
    prctl(PR_SET_TIMERSLACK, 1UL);
    int64_t origin = now();
    for (int64_t slot = 1; slot <= slots; slot++) {
        int64_t deadline = origin + slot * NS_PER_S / rate;
        wait_until(timer, deadline);
        int64_t late = (now() - deadline) / 1000;
        buckets[late < 0 ? 0 : late < BUCKETS ? late : BUCKETS - 1]++;
    }
    printf("{\"count\": %lld, \"p50\": %d, \"p99\": %d, \"p999\": %d}\n", (long long)slots, microseconds_at(0.5, slots),
           microseconds_at(0.99, slots), microseconds_at(0.999, slots));
    return 0;
}
