import RelayCore
import RelayWire
import Testing

@Suite("Ticks, deadlines and heartbeats")
struct ScheduleTests {
    @Test("A tick is the floor of time times rate, and its deadline is its first instant", arguments: UInt64(1)...240)
    func floorAndDeadline(rate: UInt64) {
        var random = SplitMix64(seed: rate)
        for origin in [UInt64(0), 1, 1_700_000_000_000_000_000] {
            let schedule = TickSchedule(origin: Instant(nanoseconds: origin), rate: rate)
            for bits in UInt64(0)..<60 {
                let elapsed = random.below(UInt64(1) << bits) + (1 << bits)
                let tick = schedule.tick(at: Instant(nanoseconds: origin + elapsed))
                let wanted = elapsed.multipliedFullWidth(by: rate)
                #expect(tick.rawValue == UInt64(1_000_000_000).dividingFullWidth(wanted).quotient)
                let deadline = schedule.deadline(of: tick)
                #expect(deadline.nanoseconds <= origin + elapsed)
                #expect(schedule.tick(at: deadline) == tick)
                guard deadline.nanoseconds > origin else { continue }
                #expect(schedule.tick(at: Instant(nanoseconds: deadline.nanoseconds - 1)).rawValue == tick.rawValue - 1)
            }
        }
    }

    @Test("A reading before the origin is tick 0")
    func beforeOrigin() {
        let schedule = TickSchedule(origin: Instant(nanoseconds: 100), rate: 30)
        #expect(schedule.tick(at: .zero) == .none)
        #expect(schedule.deadline(of: .none) == schedule.origin)
    }

    @Test("30 Hz does not drift in 100 years")
    func noDrift() {
        let schedule = TickSchedule(origin: .zero, rate: 30)
        let century: UInt64 = 100 * 365 * 86_400
        #expect(schedule.deadline(of: Tick(rawValue: century * 30)).nanoseconds == century * 1_000_000_000)
    }

    struct HeartbeatRow: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var rate: UInt64
        var instance: UInt64
        var steps: [UInt64]
        var heartbeats: [UInt64]
    }

    @Test(
        "Heartbeats come once per interval, at a phase of the room's own, and skipped ones are not made up",
        arguments: [
            HeartbeatRow(
                testDescription: "phase 0", rate: 4, instance: 0, steps: Array(repeating: 1, count: 9),
                heartbeats: [101, 105, 109]
            ),
            HeartbeatRow(
                testDescription: "phase 3", rate: 4, instance: 7, steps: Array(repeating: 1, count: 9), heartbeats: [104, 108]
            ),
            HeartbeatRow(
                testDescription: "heartbeat tick skipped: the next tick run", rate: 4, instance: 0, steps: [2, 2, 1, 1, 3],
                heartbeats: [102, 105, 109]),
            HeartbeatRow(
                testDescription: "many skipped: one heartbeat", rate: 4, instance: 0, steps: [1, 40, 1, 1, 1, 1],
                heartbeats: [101, 141, 145]),
            HeartbeatRow(
                testDescription: "1 Hz: every tick", rate: 1, instance: 5, steps: [1, 1, 1], heartbeats: [101, 102, 103]),
        ]
    )
    func heartbeats(_ row: HeartbeatRow) {
        let harness = RoomHarness(instance: row.instance) { $0.rate = row.rate }
        var heartbeats: [UInt64] = []
        for step in row.steps {
            harness.tick(by: step)
            if harness.room.wasHeartbeat { heartbeats.append(harness.tickNumber) }
        }
        #expect(heartbeats == row.heartbeats)
    }

    @Test("A quiet room sends frames on heartbeats only, and each names its baseline")
    func quietRoom() {
        let harness = RoomHarness()
        let client = harness.join()
        harness.tick(90)
        #expect(client.heads.dropFirst().count == 3)
        #expect(client.heads.dropFirst().allSatisfy { $0.isHeartbeat && $0.coding == 0 })
        #expect(client.replica.heartbeats >= 3)
    }

    @Test("Ticks may be skipped: the frames in between are one")
    func skippedTicks() {
        let harness = RoomHarness()
        let client = harness.join()
        for value in 0..<20 {
            harness.uplink(client, .set(client.entity(1), "x", .integer(Int64(value))))
            harness.tick(by: UInt64(1 + value % 5))
            #expect(client.applied == harness.tickNumber)
        }
    }

    @Test("The heartbeat carries every player's RTT in rounded milliseconds and newest uplink, by ascending seat")
    func heartbeatRows() {
        let harness = RoomHarness()
        let near = harness.join()
        near.latency = 2_400_000
        let far = harness.join()
        far.latency = 12_600_000
        harness.join().acknowledges = false
        harness.uplink(far, .set(far.entity(1), "x", .integer(1)))
        harness.tick(10)
        _ = harness.tick { harness.room.wasHeartbeat }
        #expect(near.replica.heartbeatRows.map(\.seat.rawValue) == [1, 2, 3])
        #expect(near.replica.heartbeatRows.map(\.rtt) == [3, 14, 0])
        #expect(near.replica.heartbeatRows.map(\.lastUplink) == [0, 1, 0])
    }

    @Test("The welcome and every heartbeat say at which stride the room runs", arguments: WireLimits.strides)
    func stride(_ stride: UInt64) {
        let harness = RoomHarness()
        harness.take(.stride(stride))
        let client = harness.join()
        #expect(client.welcome?.stride == stride)
        _ = harness.tick { harness.room.wasHeartbeat }
        #expect(client.replica.stride == stride)
    }

    @Test("A room is empty from its start, while somebody is seated not, and again after")
    func emptiness() {
        let harness = RoomHarness()
        harness.tick()
        #expect(harness.room.emptySince != nil)
        let client = harness.join()
        #expect(harness.room.emptySince == nil)
        harness.send(client) { $0.leave() }
        harness.tick()
        #expect(client.closed == .left)
        #expect(harness.room.emptySince == harness.liveness)
    }
}
