import CRelayLinux
import Logging
import NIOPosix
import RelayCore
import RelayHosting
import RelayServer
import RelayWire
import Synchronization

/// A machine without rooms, which knows where they are.
final class SignpostHosting: RoomHosting {
    private let url: String
    private let asked = Atomic<Int>(0)

    init(url: String) { self.url = url }

    /// How often somebody looked for a room here.
    var requests: Int { self.asked.load(ordering: .relaxed) }

    func adopt(_ types: RoomTypes) {}
    func openRoom(_ request: PlacementRequest) async throws(OpeningRefusal) -> OpenedRoom { throw .relayFull }
    func perform(_ request: SeatRequest, in room: String) async -> RequestOutcome? { .refused(.roomGone) }
    func hold(_ role: Role, in room: String, for newcomer: Introduction) async -> Bool { false }
    let lobby = LobbyIndex()
    func place(_ request: PlacementRequest) async -> Placement {
        self.asked.add(1, ordering: .relaxed)
        return .elsewhere(url: self.url)
    }

    func release(_ route: RoomRoute) {}
    func admit(_ admission: consuming Admission) { preconditionFailure("nobody is admitted here") }
    func statistics(_ detail: StatisticsDetail) async -> RelayStatistics { RelayStatistics() }
    func occupants(_ query: OccupantQuery, andKick: Bool) async -> [SeatOccupant] { [] }
    func closeRoom(_ name: String, instance: String?) async throws(ClosingRefusal) -> ClosedRoom { throw .gone }
    func summary() async -> RelaySummary { RelaySummary() }
    func drain() async {}
    let connectionCount = 0
    let descriptorCount = 0
    let threadPulses: [UInt64] = []
    let overloadedStrides: [UInt64] = []
    func hang(thread: Int) -> Bool { false }
    func miscount(thread: Int) -> Bool { false }
    func fail(_ fault: TickFault, room: String) -> Bool { false }

    /// Opens a front door in front of one, and runs a body with its address.
    static func with(url: String, _ body: (SignpostHosting, String) async throws -> Void) async throws {
        let hosting = SignpostHosting(url: url)
        let configuration = try ServerConfiguration(ConfigurationSources(commandLine: [("listen", "127.0.0.1:0")]), processors: 1)
        let frontDoor = FrontDoor(
            settings: configuration.frontDoor(descriptorLimit: 4096), hosting: hosting, mint: HMACTokenMint(key: Array(0..<32)),
            environment: FrontDoorEnvironment(
                now: { UInt64(crelay_monotonic_ns()) }, random: { UInt64.random(in: 0 ... .max) }, unixTime: { 0 }),
            counters: FrontDoorCounters(), loop: MultiThreadedEventLoopGroup.singleton.next(),
            logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })
        )
        let port = try await frontDoor.start().port
        do {
            try await body(hosting, "ws://127.0.0.1:\(port)")
        } catch {
            await frontDoor.stop()
            throw error
        }
        await frontDoor.stop()
    }
}
