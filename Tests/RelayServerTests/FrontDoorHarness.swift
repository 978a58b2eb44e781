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
    let counters = FrontDoorCounters()
    let mint = HMACTokenMint(key: Array(repeating: 7, count: 32))
    let frontDoor: FrontDoor
    let port: Int

    init(hosting: EchoHosting = EchoHosting(), listen: String = "127.0.0.1", adjust: (inout FrontDoorSettings) -> Void = { _ in })
        async throws
    {
        var settings = FrontDoorSettings(
            listen: Endpoint(host: listen, port: 0), helloTimeout: 5000, messageBytes: 4096, allowedOrigins: AllowedOrigins(),
            descriptorLimit: 20_000
        )
        adjust(&settings)
        self.hosting = hosting
        self.frontDoor = FrontDoor(
            settings: settings, hosting: hosting, mint: self.mint,
            environment: FrontDoorEnvironment(now: { 42 }, random: CountingRandom().next), counters: self.counters,
            loop: MultiThreadedEventLoopGroup.singleton.next(), logger: Logger(label: "test")
        )
        self.port = try await self.frontDoor.start().port
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
