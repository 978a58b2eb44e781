import Glibc
import Logging
import NIOPosix
import RelayArena
import RelayHosting
import RelayServer
import Synchronization
import Testing

/// A front door on a port of its own, with an ``EchoHosting`` behind it.
struct FrontDoorHarness {
    let hosting: EchoHosting
    let counters: FrontDoorCounters
    let common: CommonBounds
    let mint = HMACTokenMint(key: Array(repeating: 7, count: 32))
    let frontDoor: FrontDoor
    let port: Int

    /// Where a proxy of the tests connects from: this machine.
    static let proxies: [AddressRange] = [AddressRange("127.0.0.0/8")].compactMap { $0 }

    /// - Parameter common: Shared with others, as the counters are then; nil for its own.
    init(
        hosting: EchoHosting = EchoHosting(), listen: String = "127.0.0.1", common: CommonBounds? = nil,
        identity: ServerIdentity? = nil, counters: FrontDoorCounters = FrontDoorCounters(),
        adjust: (inout FrontDoorSettings) -> Void = { _ in }
    ) async throws {
        var settings = FrontDoorSettings(
            listen: Endpoint(host: listen, port: 0), helloTimeout: 5000, messageBytes: 4096, allowedOrigins: AllowedOrigins(),
            descriptorLimit: 20_000
        )
        adjust(&settings)
        let common = common ?? CommonBounds(settings, passwords: .forTests)
        (self.hosting, self.counters, self.common) = (hosting, counters, common)
        self.frontDoor = FrontDoor(
            settings: settings, identity: identity, hosting: hosting, mint: self.mint,
            environment: FrontDoorEnvironment(now: { 42 }, random: CountingRandom().next, unixTime: { 1_000_000 }),
            counters: counters, common: common,
            loop: MultiThreadedEventLoopGroup.singleton.next(), logger: Logger(label: "test")
        )
        self.port = try await self.frontDoor.start().port
    }

    /// Takes settings over as a reload does.
    func adopt(_ settings: FrontDoorSettings) async {
        self.common.adopt(settings)
        await self.frontDoor.adopt(settings)
    }

    /// Unfinished handshakes, those of other front doors with the same bounds included.
    var pending: Int { self.common.handshakes.count }

    /// Waits until it is so, ten seconds at most. Blocks.
    func wait(until isSo: () -> Bool) throws {
        for _ in 0..<10_000 {
            if isSo() { return }
            usleep(1000)
        }
        throw RawClient.Failure(what: "waited in vain")
    }

    /// Runs blocking calls where they block nobody, then closes the front door.
    func run<Result: Sendable>(_ body: @escaping @Sendable (Int) throws -> Result) async throws -> Result {
        let port = self.port
        do {
            let result = try await blockingThreads.runIfActive { try body(port) }
            await self.frontDoor.stop()
            return result
        } catch {
            await self.frontDoor.stop()
            throw error
        }
    }
}

/// Threads for calls that block. Of the shared pool's, one for each core, a client that waits for another's bytes can hold the last.
let blockingThreads: NIOThreadPool = {
    let pool = NIOThreadPool(numberOfThreads: 32)
    pool.start()
    return pool
}()

/// 1, 2, 3, …
private final class CountingRandom: Sendable {
    private let state = Atomic<UInt64>(0)
    @Sendable func next() -> UInt64 { self.state.add(1, ordering: .relaxed).newValue }
}
