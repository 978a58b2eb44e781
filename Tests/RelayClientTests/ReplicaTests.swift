import RelayClient
import RelayWire
import Testing

/// One frame on top of the sample snapshot at tick 10.
struct FrameVector: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var frame: [UInt8]
    /// The value of field x of entity 0 of seat 1 afterwards; nil if the entity is gone.
    var x: Value?
    /// Why a snapshot is asked for, if it is.
    var resync: ResyncReason?

    init(_ name: String, _ frame: [UInt8], x: Value?, resync: ResyncReason? = nil) {
        (self.testDescription, self.frame, self.x, self.resync) = (name, frame, x, resync)
    }
}

/// An entities section of updates only.
func updates(_ writer: inout WireWriter, _ count: Int, _ rest: (inout WireWriter) -> Void) {
    writer.varint(0)
    writer.varint(0)
    writer.varint(count)
    rest(&writer)
}

/// Packed differences of one entity, by name index.
func difference(
    _ writer: inout WireWriter, _ entity: EntityID, _ differences: [(UInt16, Int64)], _ lists: DifferenceLists = []
) {
    var packer = DifferencePacker()
    packer.update(entity)
    for (name, difference) in differences { packer.difference(NameIndex(rawValue: name), difference) }
    writer.differenceHead(lists, packed: 1)
    packer.write(into: &writer)
}

let x = NameIndex(rawValue: 0)
let q = NameIndex(rawValue: 1)

@Test(
    "Frames apply, or ask for a snapshot, as SPEC section 6 says",
    arguments: [
        FrameVector("an empty difference", frame(.delta, tick: 11, baseline: 10), x: .integer(5)),
        FrameVector(
            "a difference adds",
            frame(.delta, tick: 11, baseline: 10, .entities) { difference(&$0, player1, [(0, -7)]) }, x: .integer(-2)),
        FrameVector(
            "a difference wraps",
            frame(.delta, tick: 11, baseline: 10, .entities) { difference(&$0, player1, [(0, .max)]) }, x: .integer(.min + 4)
        ),
        FrameVector(
            "an absolute field in a difference",
            frame(.delta, tick: 11, baseline: 10, .entities) { writer in
                difference(&writer, player1, [(1, 1)], .absolute)
                writer.varint(1)
                writer.absoluteUpdate(player1, fieldCount: 1)
                writer.indexedField(x, StoredValue(.bool(true)))
            }, x: .bool(true)),
        FrameVector(
            "a merged frame with an older baseline",
            frame(.merged, tick: 15, baseline: 4, .entities) {
                updates(&$0, 1) {
                    $0.absoluteUpdate(player1, fieldCount: 1); $0.indexedField(x, StoredValue(.integer(9)))
                }
            }, x: .integer(9)),
        FrameVector(
            "a merged removal of nobody",
            frame(.merged, tick: 15, baseline: 4, .entities) { writer in
                writer.varint(1)
                writer.entity(.room(9))
                writer.varint(0)
                writer.varint(0)
            }, x: .integer(5)),
        FrameVector(
            "a removal",
            frame(.delta, tick: 11, baseline: 10, .entities) { writer in
                writer.differenceHead(.removed, packed: 0)
                writer.varint(1)
                writer.entity(player1)
            }, x: nil),
        FrameVector(
            "a replaced entity forgets its fields",
            frame(.delta, tick: 11, baseline: 10, .entities) { writer in
                writer.differenceHead(.replaced, packed: 0)
                writer.varint(1)
                writer.replaced(player1, owner: .room, fieldCount: 1)
                writer.indexedField(q, StoredValue(.quantised(steps: 1)))
            }, x: nil),
        FrameVector("a difference from an older tick also fits", frame(.delta, tick: 12, baseline: 9), x: .integer(5)),
        FrameVector("a baseline we are not at", frame(.delta, tick: 13, baseline: 11), x: .integer(5), resync: .baseline),
        FrameVector(
            "an update of nobody",
            frame(.delta, tick: 11, baseline: 10, .entities) {
                difference(&$0, .room(3), [(0, 1)])
            }, x: .integer(5), resync: .nonsense),
        FrameVector(
            "a difference to a string",
            frame(.delta, tick: 11, baseline: 10, .entities) {
                difference(&$0, player1, [(2, 1)])
            }, x: .integer(5), resync: .nonsense),
        FrameVector("a tick that is not new", frame(.delta, tick: 10, baseline: 9), x: .integer(5), resync: .nonsense),
        FrameVector(
            "bytes left over", frame(.delta, tick: 11, baseline: 10) { $0.u8(0) }, x: .integer(5), resync: .nonsense),
        FrameVector(
            "a name that is another",
            frame(.merged, tick: 11, baseline: 10, .names) { writer in
                writer.varint(0)
                writer.varint(1)
                writer.nameEntry("y", quantum: nil)
            }, x: .integer(5), resync: .nonsense),
    ]
)
func appliesFrame(_ vector: FrameVector) throws {
    let bench = Bench()
    bench.joinWithSnapshot()
    _ = bench.takeSent()
    bench.receive(vector.frame)
    #expect(bench.replica.entity(player1)?["x"] == vector.x)
    let answers = try bench.takeSent().map { try decoded($0) }
    #expect(bench.isReplicaWhole == (vector.resync == nil))
    guard let reason = vector.resync else {
        #expect(answers.isEmpty)
        return
    }
    #expect(answers == [.resync(Ack(tick: Tick(rawValue: 10), delay: 0), reason)])
}

@Test("A snapshot fills the replica, and its values read in their units")
func appliesSnapshot() {
    let bench = Bench()
    bench.joinWithSnapshot()
    let entity = bench.replica.entity(player1)
    #expect(entity?["x"] == .integer(5))
    #expect(entity?.number("q") == 1.5)
    #expect(entity?.string("s") == "hi")
    #expect(bench.replica.players.map(\.seat.rawValue) == [1, 2])
    #expect(bench.replica.host == SeatNumber(rawValue: 1))
    #expect(bench.takeEvents().last == .ticked(Tick(rawValue: 10)))
}

@Test("A right checksum at a heartbeat is silent; a wrong one is counted and asks for a snapshot, once until it comes")
func verifiesChecksum() throws {
    let bench = Bench()
    bench.joinWithSnapshot()
    let sum = bench.replica.checksum
    bench.receive(snapshot(tick: 11, checksum: sum))
    #expect(bench.statistics.divergences == 0)
    #expect(bench.statistics.rtt == 20)
    _ = bench.takeSent()
    bench.receive(snapshot(tick: 12, checksum: sum &+ 1))
    #expect(bench.statistics.divergences == 1)
    #expect(
        try decoded(bench.takeSent().first)
            == .resync(Ack(tick: Tick(rawValue: 12), delay: 0), .checksum))
    bench.receive(frame(.delta, tick: 13, baseline: 12))
    #expect(bench.statistics.framesIgnored == 1)
    #expect(bench.takeSent().isEmpty)
    for tick in UInt64(14)...19 {
        bench.advance(by: 1_000_000_000)
        bench.receive(frame(.delta, tick: tick, baseline: 12))
    }
    #expect(bench.statistics.resyncs == 1)
    bench.receive(snapshot(tick: 20, checksum: sum))
    #expect(bench.isReplicaWhole)
    bench.advance(by: 1_000_000_000)
    #expect(bench.statistics.resyncs == 1)
}

@Test("What does not fit after the snapshot came asks for the next one at once")
func asksAgain() throws {
    let bench = Bench()
    bench.joinWithSnapshot()
    let sum = bench.replica.checksum
    bench.receive(snapshot(tick: 11, checksum: sum &+ 1))
    bench.receive(snapshot(tick: 12, checksum: sum))
    _ = bench.takeSent()
    bench.receive(snapshot(tick: 13, checksum: sum &+ 1))
    #expect(try decoded(bench.takeSent().last) == .resync(Ack(tick: Tick(rawValue: 13), delay: 0), .checksum))
    bench.receive([ServerMessageKind.frame.rawValue, 0xFF])
    #expect(bench.takeSent().isEmpty)
    bench.receive(snapshot(tick: 14, checksum: sum))
    #expect(bench.isReplicaWhole)
    #expect(bench.statistics.resyncs == 2)
}

@Test("A snapshot that makes no sense while one is awaited ends the connection, and the next one begins with a snapshot")
func givesUpOnSnapshots() throws {
    let bench = Bench()
    bench.joinWithSnapshot()
    let sum = bench.replica.checksum
    bench.receive(snapshot(tick: 11, checksum: sum &+ 1))
    bench.receive(snapshot(tick: 12, checksum: sum) + [0])
    #expect(bench.directives.contains(.close(code: 1002)))
    let isJoined = bench.session.isJoined
    #expect(!isJoined)
    bench.advance(by: 1_000_000_000)
    _ = bench.takeSent()
    bench.open()
    guard case .rejoin(let rejoin) = try decoded(bench.takeSent().last) else {
        Issue.record("no rejoin")
        return
    }
    #expect(rejoin.tick == .none)
}

@Test("The stride is that of the newest welcome, or of the newest heartbeat applied")
func followsStride() {
    let bench = Bench()
    #expect(bench.stride == 1)
    bench.joinWithSnapshot(.sample(stride: 2))
    #expect(bench.stride == 2)
    let sum = bench.replica.checksum
    bench.receive(snapshot(tick: 11, checksum: sum, stride: 4))
    #expect(bench.stride == 4)
    bench.receive(snapshot(tick: 12))
    #expect(bench.stride == 4)
    bench.receive(snapshot(tick: 13, checksum: sum, stride: 3) + [0])
    #expect(bench.stride == 4)
    bench.close(nil)
    bench.reconnect()
    bench.receive { $0.welcome(.sample(tick: 14, generation: 2)) }
    #expect(bench.stride == 1)
}

@Test("The roster keeps RTTs over a change of state and forgets those who left")
func followsRoster() {
    let bench = Bench()
    bench.joinWithSnapshot()
    bench.receive(snapshot(tick: 11, checksum: bench.replica.checksum))
    bench.receive(
        frame(.delta, tick: 12, baseline: 11, .roster) { writer in
            writer.seat(SeatNumber(rawValue: 2))
            writer.varint(2)
            writer.rosterRow(RosterRow(seat: SeatNumber(rawValue: 1), state: .left, cause: .unknown, joined: Tick(rawValue: 1)))
            writer.rosterRow(
                RosterRow(seat: SeatNumber(rawValue: 2), state: .stalled, cause: .network, joined: Tick(rawValue: 1)))
        }
    )
    #expect(bench.replica.players.map(\.seat.rawValue) == [2])
    #expect(bench.replica.player(SeatNumber(rawValue: 2))?.rtt == 20)
    #expect(bench.replica.player(SeatNumber(rawValue: 2))?.state == .stalled)
}
