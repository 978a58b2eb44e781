import Glibc
import RelayHosting
import RelaySystemd
import Testing

@Suite("Telling systemd", .serialized)
struct NotificationTests {
    @Test(
        "Notifications are the assignments of sd_notify(3)",
        arguments: [
            (Notification.ready(processID: 42), "READY=1\nMAINPID=42"),
            (.status("12 rooms, 96 players"), "STATUS=12 rooms, 96 players"),
            (.status("one\nWATCHDOG=1"), "STATUS=one WATCHDOG=1"),
            (.reloading(monotonic: 7), "RELOADING=1\nMONOTONIC_USEC=7"),
            (.stopping, "STOPPING=1"),
            (.extendTimeout(microseconds: 5), "EXTEND_TIMEOUT_USEC=5"),
            (.alive, "WATCHDOG=1"),
            (.broken, "WATCHDOG=trigger"),
        ]
    )
    func assignments(_ notification: Notification, _ text: String) { #expect(notification.assignments == text) }

    @Test("What is told arrives at the socket of the environment, and without one nothing does")
    func arrival() throws {
        unsetenv("NOTIFY_SOCKET")
        let alone = ServiceManager()
        #expect(!alone.notify(.stopping))
        let inbox = try NotifySocket()
        defer { inbox.close() }
        let manager = ServiceManager()
        #expect(manager.notify(.ready(processID: 1), .status("well")))
        #expect(inbox.next() == "READY=1\nMAINPID=1\nSTATUS=well")
    }

    @Test("The watchdog testifies only on proof")
    func testimony() throws {
        let inbox = try NotifySocket()
        defer { inbox.close() }
        let manager = ServiceManager()
        let watchdog = Watchdog(manager, interval: WatchdogInterval(microseconds: 40_000))
        let counter = Counter()
        watchdog.start(progress: { [counter.next(), counter.isHanging ? 1 : counter.next()] })
        #expect(inbox.next() == "WATCHDOG=1")
        watchdog.drain()
        #expect((0..<100).contains { _ in inbox.next() == "WATCHDOG=1\nEXTEND_TIMEOUT_USEC=5000000" })
        counter.hang()
        while inbox.next(within: 200) != nil {}  // what was on its way
        #expect(inbox.next(within: 500) == nil)
        watchdog.stop()
    }

    @Test("It says how long ago the last proof was, and whether anybody acts on it")
    func figures() throws {
        let inbox = try NotifySocket()
        let clock = StoppedClock()
        let watchdog = Watchdog(ServiceManager(), interval: nil, now: { clock.now })
        #expect(
            watchdog.figures == RelayStatistics.Watchdog(supervised: true, enabled: false, proofs: 0, sinceProofMicroseconds: nil)
        )
        let counter = Counter()
        watchdog.start(progress: { [counter.next()] })
        #expect(inbox.next() == "WATCHDOG=1")
        watchdog.stop()
        clock.advance(by: 250_000_000)
        let figures = watchdog.figures
        #expect(figures.proofs >= 1 && figures.sinceProofMicroseconds == 250_000)
        inbox.close()
        #expect(!watchdog.figures.supervised)
        #expect(Watchdog(ServiceManager(), interval: WatchdogInterval(microseconds: 40_000)).figures.enabled)
    }

    @Test("Who is broken is ended at once")
    func broken() throws {
        let inbox = try NotifySocket()
        defer { inbox.close() }
        let manager = ServiceManager()
        let watchdog = Watchdog(manager, interval: WatchdogInterval(microseconds: 40_000))
        let counter = Counter()
        watchdog.start(progress: { [counter.next(), Pulse.broken] })
        #expect(inbox.next() == "WATCHDOG=trigger")
        watchdog.stop()
    }

    @Test(
        "An interval must be at least one tick and what a machine keeps",
        arguments: [
            (2_000_000, 33_333_333, nil),
            (100_000, 33_333_333, nil),
            (
                99_000, 33_333_333,
                "WatchdogSec: 99ms: must be at least 100ms, what any machine keeps, or a healthy relay is killed"
            ),
            (
                500_000, 1_000_000_000,
                "WatchdogSec: 500ms: must be at least 1000ms, the length of a tick, or a healthy relay is killed"
            ),
            (1_000_000, 1_000_000_000, nil),
        ] as [(UInt64, UInt64, String?)]
    )
    func intervals(_ microseconds: UInt64, _ tick: UInt64, _ problem: String?) {
        #expect(WatchdogInterval(microseconds: microseconds).problem(tick: tick) == problem)
    }
}

@Suite("Proof of progress")
struct ProgressWitnessTests {
    @Test("All must move; one that has ended need not")
    func proof() {
        let ended = Pulse.ended
        var witness = ProgressWitness()
        let looks: [([UInt64], Bool)] = [
            ([1, 1], false),
            ([2, 2], true),
            ([3, 2], false),
            ([9, 2], false),
            ([9, 3], true),  // the first has moved since the last proof, though not since the last look
            ([10, ended], true),
            ([11, ended], true),
            ([11, ended], false),
            ([12, ended, 1], false),  // another set of counters proves nothing yet
        ]
        for (counts, expected) in looks {
            let proved = witness.proves(counts)
            #expect(proved == expected, "\(counts)")
        }
    }
}
