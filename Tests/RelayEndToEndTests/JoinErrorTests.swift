import NIOCore
import NIOPosix
import RelayWire
import Testing
import TickRelayClient

/// Answers each connection with the same bytes, or not at all.
private struct Listener {
    private let channel: any Channel
    var port: Int { self.channel.localAddress?.port ?? 0 }
    var address: String { "ws://127.0.0.1:\(self.port)" }

    /// - Parameter answer: Sent at the first bytes that come; nil sends nothing, and keeps the connection open.
    static func start(_ answer: String?) async throws -> Listener {
        let bootstrap = ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture { try channel.pipeline.syncOperations.addHandler(Answer(answer)) }
            }
        return Listener(channel: try await bootstrap.bind(host: "127.0.0.1", port: 0).get())
    }

    func stop() async { try? await self.channel.close() }

    private final class Answer: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        private let answer: String?

        init(_ answer: String?) { self.answer = answer }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            guard let answer else { return }
            let channel = context.channel
            channel.writeAndFlush(ByteBuffer(string: answer)).whenComplete { _ in channel.close(promise: nil) }
        }
    }
}

/// Why `join` fails.
private func failure(at address: String, within milliseconds: Int = 1_500) async -> JoinError? {
    var options = GameOptions()
    options.joinTimeout = .milliseconds(milliseconds)
    do throws(JoinError) {
        let game = try await TickRelay.join(room: "lobby", at: address, options: options)
        await game.leave()
        return nil
    } catch {
        return error
    }
}

@Suite("Errors of joining", .timeLimit(.minutes(1)))
struct JoinErrorTests {
    @Test("A port where nothing listens is refused, and the error says so")
    func closedPort() async throws {
        let listener = try await Listener.start(nil)
        let port = listener.port
        await listener.stop()
        let error = await failure(at: "ws://127.0.0.1:\(port)", within: 500)
        #expect(error == .connectionRefused("127.0.0.1:\(port)"))
        #expect(error?.description.contains("Nothing listens at 127.0.0.1:\(port)") == true)
    }

    @Test("A host that does not exist is not found")
    func noHost() async {
        #expect(await failure(at: "ws://no-such-host.invalid:7777", within: 2_000) == .hostNotFound("no-such-host.invalid"))
    }

    @Test(
        "An HTTP refusal comes with its status and text",
        arguments: [
            (400, "Bad Request", "A token does not belong into the URL.\n", "A token does not belong into the URL."),
            (403, "Forbidden", "", "Forbidden"),
            (404, "Not Found", "<html><body>nothing</body></html>", "Not Found"),
            (503, "Service Unavailable", "Too many connections: try again later.", "Too many connections: try again later."),
        ])
    func http(status: Int, phrase: String, body: String, text: String) async throws {
        let type = body.hasPrefix("<") ? "text/html" : "text/plain"
        let head =
            "HTTP/1.1 \(status) \(phrase)\r\nContent-Type: \(type)\r\nContent-Length: \(body.utf8.count)\r\nRetry-After: 0\r\n\r\n"
        let listener = try await Listener.start(head + body)
        #expect(await failure(at: listener.address) == .httpRefused(status: status, text: text))
        await listener.stop()
    }

    @Test("Somebody who never answers is waited for until the time is over")
    func silent() async throws {
        let listener = try await Listener.start(nil)
        #expect(await failure(at: listener.address, within: 500) == .timedOut)
        await listener.stop()
    }

    @Test("Somebody who speaks no HTTP, or hangs up, is unreachable", arguments: ["hello\r\n\r\n", ""])
    func noHTTP(answer: String) async throws {
        let listener = try await Listener.start(answer)
        let error = await failure(at: listener.address, within: 500)
        if case .unreachable(let place, _) = error {
            #expect(place == "127.0.0.1:\(listener.port)")
        } else {
            Issue.record("\(String(describing: error))")
        }
        await listener.stop()
    }

    @Test("A relay that is full says so at once")
    func full() async throws {
        try await TestRelay.with([("seatsPerRoom", "1")]) { relay in
            let first = try await TickRelay.join(room: "lobby", at: relay.address)
            #expect(await failure(at: relay.address) == .refused(.roomFull))
            await first.leave()
        }
    }

    @Test("Every error says what to do")
    func sentences() {
        let errors: [JoinError] = [
            .badRoomName, .badRoomType, .badPassword, .badInvitation, .badCard, .badAddress("http://x"), .hostNotFound("x"),
            .connectionRefused("x:1"), .refused(.roomGone), .refused(.nameTaken), .refused(.wrongPassword), .refused(.roomLocked),
            .unreachable("x:1", reason: "no route"),
            .httpRefused(status: 403, text: ""), .notRelay("x:1"), .refused(.roomFull), .elsewhere("ws://y"),
            .closed(code: 4999, reason: ""),
            .timedOut, .cancelled,
        ]
        for error in errors { #expect(error.description.count > 20 && !error.description.contains("JoinError")) }
    }
}
