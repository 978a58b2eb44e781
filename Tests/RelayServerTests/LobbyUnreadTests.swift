import NIOCore
import NIOEmbedded
import RelayHosting
import RelayServer
import Testing

@Suite("Streams of the lobby that nobody reads")
struct LobbyUnreadTests {
    /// What a stream's watch is told.
    enum Step: Sendable {
        /// A look at which so many bytes wait.
        case look(Int)
        /// So many wait before something is written, and so many behind it.
        case write(before: Int, after: Int)
    }

    @Test(
        "Only who has taken nothing of what waits for four looks reads nothing",
        arguments: [
            ("nothing waits", Array(repeating: .look(0), count: 9), false),
            ("three looks", [.write(before: 0, after: 9), .look(9), .look(9), .look(9)], false),
            ("four looks", [.write(before: 0, after: 9), .look(9), .look(9), .look(9), .look(9)], true),
            ("it takes a byte at the fourth", [.write(before: 0, after: 9), .look(9), .look(9), .look(9), .look(8)], false),
            ("it takes all at the fourth", [.write(before: 0, after: 9), .look(9), .look(9), .look(9), .look(0)], false),
            (
                "nothing of what is added since is taken either",
                [.write(before: 0, after: 9), .look(9), .look(9), .write(before: 9, after: 12), .look(12), .look(12)], true
            ),
            (
                "it takes less than is added, but it takes",
                [.write(before: 0, after: 9), .look(9), .look(9), .write(before: 8, after: 12), .look(12), .look(12)], false
            ),
            (
                "what waits begins to wait when it is written",
                [.look(0), .look(0), .look(0), .write(before: 0, after: 9), .look(9), .look(9), .look(9)], false
            ),
            (
                "after it has read it has as long again",
                [.write(before: 0, after: 9), .look(9), .look(9), .look(9), .look(5), .look(5), .look(5), .look(5)], false
            ),
        ] as [(String, [Step], Bool)])
    func watch(_ what: String, _ steps: [Step], _ readsNothing: Bool) {
        var watch = UnreadWatch(maximumLooks: 4)
        for step in steps {
            switch step {
            case .look(let waiting): watch.look(waiting: waiting)
            case .write(let before, let after):
                watch.saw(waiting: before)
                watch.wrote(waiting: after)
            }
        }
        #expect(watch.readsNothing == readsNothing, "\(what)")
    }

    /// A kernel that takes nothing until it is told to.
    private final class Socket: ChannelOutboundHandler {
        typealias OutboundIn = ByteBuffer
        var takes = false

        func flush(context: ChannelHandlerContext) { if self.takes { context.flush() } }
    }

    /// A stream over a socket of ours, in virtual time.
    private struct Watched {
        let loop = EmbeddedEventLoop()
        let index = LobbyIndex()
        let watchers = LobbyWatchers()
        let counters = FrontDoorCounters()
        let socket = Socket()
        let channel: EmbeddedChannel

        init() throws {
            self.channel = EmbeddedChannel(loop: self.loop)
            self.index.publish(.sample(1), of: .sample("a"))
            let place = try self.watchers.enter(from: nil)
            let streams = self.watchers.streams(on: self.loop, self.index)
            let stream = LobbyStream(LobbyQuery(), place, among: streams, patience: .seconds(1), counters: self.counters)
            try self.channel.pipeline.syncOperations.addHandlers(self.socket, stream)
            self.channel.pipeline.fireChannelActive()
        }

        /// Lets the socket take all that waits.
        func read() {
            self.socket.takes = true
            self.channel.flush()
            self.socket.takes = false
        }

        func change(_ players: Int) { self.index.publish(.sample(players), of: .sample("a")) }

        var state: State {
            self.loop.run()
            return State(watching: self.watchers.count, counted: self.counters.values["lobbyUnread", default: 0])
        }

        func finish() { _ = try? self.channel.finish(acceptAlreadyClosed: true) }
    }

    private struct State: Equatable {
        var watching: Int
        var counted: UInt64
    }

    @Test("A stream of which nothing could be written for 30 s is closed and counted, however much is added meanwhile")
    func closed() throws {
        let watched = try Watched()
        for second in 1...29 {
            watched.change(second)
            watched.loop.advanceTime(by: .seconds(1))
        }
        #expect(watched.state == State(watching: 1, counted: 0))
        watched.loop.advanceTime(by: .seconds(1))
        #expect(watched.state == State(watching: 0, counted: 1))
        watched.finish()
    }

    @Test("Who reads before that stays, and who has read all though little is new")
    func stays() throws {
        let watched = try Watched()
        for players in 1...5 {
            watched.change(players)
            watched.loop.advanceTime(by: LobbyStream.unreadLimit - .seconds(1))
            watched.read()
        }
        #expect(watched.state == State(watching: 1, counted: 0))
        watched.socket.takes = true
        watched.loop.advanceTime(by: .minutes(5))
        #expect(watched.state == State(watching: 1, counted: 0))
        watched.finish()
    }

    @Test("After ten minutes a stream ends, and is not counted")
    func ends() throws {
        let watched = try Watched()
        watched.socket.takes = true
        watched.loop.advanceTime(by: .minutes(10) - .seconds(1))
        #expect(watched.state == State(watching: 1, counted: 0))
        watched.loop.advanceTime(by: .seconds(3))  // the last second, and the patience of who ends it
        #expect(watched.state == State(watching: 0, counted: 0))
        watched.finish()
    }
}
