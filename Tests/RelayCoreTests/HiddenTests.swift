import RelayCore
import RelayWire
import Testing

@Suite("Hidden players")
struct HiddenTests {
    private static let second: UInt64 = 1_000_000_000

    private static func say(_ isHidden: Bool, _ client: TestClient, _ harness: RoomHarness, ack: UInt64 = 0) {
        harness.send(client) { $0.visibility(Ack(tick: Tick(rawValue: ack), delay: 0), isHidden: isHidden) }
    }

    /// A writer that changes something at each of so many ticks.
    private static func busyTicks(_ harness: RoomHarness, _ writer: TestClient, _ count: Int) {
        for _ in 0..<count {
            harness.uplink(writer, .set(writer.entity(0), "x", .integer(Int64(harness.tickNumber))))
            harness.tick()
        }
    }

    /// A writer, and a player who has just said that it is hidden.
    private static func room(_ configure: (inout RoomConfiguration) -> Void = { _ in }) -> (
        RoomHarness, writer: TestClient, hidden: TestClient
    ) {
        let harness = RoomHarness(configure)
        let (writer, hidden) = (harness.join(), harness.join())
        self.busyTicks(harness, writer, 5)
        self.say(true, hidden, harness)
        return (harness, writer, hidden)
    }

    @Test("Get heartbeats alone, merged, and are not behind while they answer", arguments: [Role.player, .spectator])
    func heartbeatsAlone(role: Role) {
        let harness = RoomHarness()
        let (writer, hidden) = (harness.join(), harness.join(role))
        Self.busyTicks(harness, writer, 5)
        Self.say(true, hidden, harness)
        let before = hidden.heads.count
        Self.busyTicks(harness, writer, 20 * 30)
        let frames = hidden.heads[before...]
        #expect(frames.count == 20 && frames.allSatisfy { $0.isHeartbeat && $0.coding == 1 })
        #expect(harness.report(hidden)?.isHidden == true && harness.report(hidden)?.isBehind == false)
        #expect(harness.notes(.behind).isEmpty && harness.state(hidden) == .live)
        #expect(harness.report(writer)?.isHidden == false)
    }

    @Test("Shown again, they get what they missed at the next tick, once, and from then on each")
    func shown() {
        let (harness, writer, hidden) = Self.room()
        harness.uplink(writer, .say(1), .say(2, .seats, [hidden.seat]))
        harness.tick()
        _ = harness.tick { harness.room.wasHeartbeat }
        Self.busyTicks(harness, writer, 3)
        harness.uplink(writer, .say(3), .say(4, .seats, [hidden.seat]))
        Self.busyTicks(harness, writer, 2)
        #expect(hidden.applied < harness.tickNumber - 3)
        Self.say(false, hidden, harness)
        Self.busyTicks(harness, writer, 1)
        #expect(hidden.applied == harness.tickNumber && hidden.lastHead?.coding == 1)
        #expect(hidden.replica.events.map(\.value) == [1, 2, 3, 4].map { .integer($0) })
        let before = hidden.heads.count
        Self.busyTicks(harness, writer, 10)
        #expect(hidden.heads.count == before + 10)
    }

    @Test("Saying it again changes nothing; saying so is a message, and the bucket pays for it")
    func repetition() {
        let (harness, writer, hidden) = Self.room()
        Self.say(true, hidden, harness)
        let before = hidden.heads.count
        Self.busyTicks(harness, writer, 60)
        #expect(hidden.heads.count == before + 2)
        for _ in 0..<300 { Self.say(true, hidden, harness) }
        harness.tick()
        #expect(hidden.closed == .rateLimited)
    }

    @Test("An event log that is too small for a heartbeat's events says so: nothing is lost without a word")
    func gap() {
        let (harness, writer, hidden) = Self.room { $0.maximumEvents = 8 }
        harness.tick()
        _ = harness.tick { harness.room.wasHeartbeat }
        for value in 0..<20 as Range<Int64> {
            harness.uplink(writer, .say(value))
            harness.tick()
        }
        _ = harness.tick { harness.room.wasHeartbeat }
        #expect(hidden.replica.events.map(\.value) == (12..<20).map { .integer($0) })
        #expect(hidden.replica.gaps.count == 1)
    }

    @Test("A snapshot that a hidden client asks for comes with a heartbeat")
    func resync() {
        let (harness, writer, hidden) = Self.room()
        Self.busyTicks(harness, writer, 1)
        harness.resync(hidden)
        let before = hidden.heads.count
        let ticks = harness.tick { hidden.heads.count > before } ?? 0
        #expect(ticks <= 30 && hidden.lastHead?.isHeartbeat == true && hidden.lastHead?.coding == 2)
    }

    @Test("A rejoin begins visible")
    func rejoin() {
        let (harness, writer, hidden) = Self.room()
        Self.busyTicks(harness, writer, 1)
        harness.breakConnection(hidden)
        harness.tick()
        #expect(harness.report(hidden)?.isHidden == false)
        let back = harness.rejoin(hidden)
        let before = back.heads.count
        Self.busyTicks(harness, writer, 20)
        #expect(harness.report(back)?.isHidden == false && back.heads.count == before + 20)
    }

    @Test("Another occupant of the seat begins visible")
    func newcomer() {
        let (harness, writer, hidden) = Self.room()
        harness.send(hidden) { $0.leave() }
        Self.busyTicks(harness, writer, 1)
        let next = harness.join()
        #expect(next.seat == hidden.seat && harness.report(next)?.isHidden == false)
    }

    // MARK: Silence

    /// What a stalled client says, and when: seconds after the stall. After that it says nothing.
    struct Patience: CustomTestStringConvertible, Sendable {
        var testDescription: String
        var said: [(at: Int, isHidden: Bool)] = []
        var isHidden = true
        var acknowledges = true
        var grace: UInt64 = 4
        var hiddenGrace: UInt64 = 20
        /// Seconds from the stall to the drop.
        var lasts: Int
    }

    private static let patience: [Patience] = [
        Patience(testDescription: "hidden: hiddenGrace takes the place of graceWindow", lasts: 20),
        Patience(testDescription: "hidden, and hiddenGrace is the shorter one", grace: 20, hiddenGrace: 4, lasts: 4),
        Patience(testDescription: "visible: graceWindow", isHidden: false, lasts: 4),
        Patience(testDescription: "it hides after the stall", said: [(2, true)], isHidden: false, lasts: 20),
        Patience(testDescription: "it is shown after long: a graceWindow from then on", said: [(15, false)], lasts: 19),
        Patience(
            testDescription: "shown, and says so again: no more time for that", said: [(10, false), (13, false)], lasts: 14),
        Patience(testDescription: "shown at the last moment", said: [(19, false)], lasts: 20),
        Patience(
            testDescription: "who changes its mind for ever has no longer than who stays hidden",
            said: (1..<20).map { ($0, $0 % 2 == 0) }, lasts: 20),
        Patience(
            testDescription: "shown, with a hiddenGrace below graceWindow", said: [(1, false)], grace: 6, hiddenGrace: 4, lasts: 6
        ),
        Patience(testDescription: "it has never acknowledged anything: graceWindow", acknowledges: false, lasts: 4),
    ]

    @Test("How long a stalled seat is waited for", arguments: Self.patience)
    func grace(_ row: Patience) {
        let harness = RoomHarness {
            ($0.graceWindow, $0.hiddenGrace) = (row.grace * Self.second, row.hiddenGrace * Self.second)
        }
        let writer = harness.join()
        let silent = harness.connect()
        silent.acknowledges = row.acknowledges
        harness.take(.join(.player, silent.connection, at: harness.now))
        Self.busyTicks(harness, writer, 5)
        silent.acknowledges = false
        if row.isHidden { Self.say(true, silent, harness) }
        while harness.state(silent) == .live { Self.busyTicks(harness, writer, 1) }
        let stall = harness.tickNumber
        var said = row.said[...]
        while silent.closed == nil {
            if let next = said.first, harness.tickNumber - stall >= 30 * UInt64(next.at) {
                Self.say(next.isHidden, silent, harness)
                said.removeFirst()
            }
            Self.busyTicks(harness, writer, 1)
        }
        #expect(silent.closed == .stalled)
        #expect(abs(Int(harness.tickNumber - stall) - 30 * row.lasts) <= 2, "\(harness.tickNumber - stall) ticks")
    }

    @Test(
        "A hidden player that falls silent lags because it is hidden, whatever its kernel says; in roster, notes and the next welcome"
    )
    func cause() {
        let (harness, writer, hidden) = Self.room { $0.hiddenGrace = 2 * Self.second }
        Self.busyTicks(harness, writer, 2)
        harness.kernels[hidden.seat] = KernelSample(
            rtt: 1_000, retransmissionTimeout: 200_000, retransmits: 9, unackedSegments: 9,
            undeliveredBytes: 1 << 20,
            notSentBytes: 0, sinceLastAck: 6_000_000, peerWindow: 65_536, congestionWindow: 10, takesBytes: true)
        hidden.acknowledges = false
        Self.busyTicks(harness, writer, 5 * 30)
        #expect(harness.notes(.behind).map(\.cause) == [.hidden] && harness.notes(.stalled).map(\.cause) == [.hidden])
        #expect(writer.replica.roster[hidden.seat]?.state == .stalled && writer.replica.roster[hidden.seat]?.cause == .hidden)
        Self.busyTicks(harness, writer, 60)
        #expect(harness.notes(.dropped).map(\.cause) == [.hidden] && harness.room.counters[.dropped, .hidden] == 1)
        #expect(harness.rejoin(hidden).welcome?.cause == .hidden)
    }

    @Test("Thawed, it is shown and acknowledges: live in its seat, and nothing was lost")
    func thaw() {
        let (harness, writer, hidden) = Self.room { ($0.graceWindow, $0.hiddenGrace) = (Self.second, 20 * Self.second) }
        (hidden.acknowledges, hidden.reads) = (false, false)
        for value in 0..<10 as Range<Int64> {
            harness.uplink(writer, .say(value))
            Self.busyTicks(harness, writer, 30)
        }
        #expect(harness.state(hidden) == .stalled && hidden.closed == nil)
        Self.say(false, hidden, harness, ack: hidden.applied)
        Self.busyTicks(harness, writer, 1)
        (hidden.acknowledges, hidden.reads) = (true, true)
        hidden.readAll()
        Self.busyTicks(harness, writer, 2)
        #expect(harness.state(hidden) == .live && hidden.applied == harness.tickNumber)
        #expect(hidden.replica.events.map(\.value) == (0..<10).map { .integer($0) } && hidden.replica.gaps.isEmpty)
    }
}
