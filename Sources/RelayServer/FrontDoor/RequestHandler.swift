import NIOCore
import NIOHTTP1
import NIOSSL
import NIOTLS

/// The first request of a connection: answers it, or upgrades and makes way for a ``HelloHandler``.
///
/// NIO's own upgrade handler is not used: it treats a refused upgrade as an ordinary request, and it hides when the 101
/// has been flushed, which the hand-off must know.
final class RequestHandler: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = ByteBuffer
    typealias Decoder = ByteToMessageHandler<HTTPRequestDecoder>

    enum State {
        case awaitingHead
        /// The body of a request to the lobby comes.
        case readingBody(LobbyBody)
        /// A room is being made, or carries out an act.
        case awaitingAnswer
        /// The upgrade is accepted; its request has not ended.
        case upgrading(AcceptedUpgrade)
        /// Nothing more to do: answered, handed to the next handler, or closed.
        case done
    }

    let shared: FrontDoorContext
    let handshake: Handshake
    private let deadline: NIODeadline
    let onLoopback: Bool
    private let decoder: Decoder
    private let meter: ByteMeter
    var state = State.awaitingHead
    /// The handshake of TLS is complete.
    private var hasTLS = false
    /// An upgrade is the echo's.
    private var isEcho = false
    let timer = HandshakeTimer()

    /// - Parameters:
    ///   - handshake: Whose connection it is.
    ///   - onLoopback: Whether the listener is on a loopback address, and no proxy is in between.
    ///   - decoder: Stands before this handler; on its removal it forwards the bytes behind the request.
    ///   - meter: Stands before the decoder.
    init(
        _ shared: FrontDoorContext, _ handshake: Handshake, onLoopback: Bool, decoder: Decoder, meter: ByteMeter
    ) {
        (self.shared, self.handshake) = (shared, handshake)
        (self.onLoopback, self.decoder, self.meter) = (onLoopback, decoder, meter)
        self.deadline = .now() + .milliseconds(Int64(shared.settings.helloTimeout))
    }

    func handlerAdded(context: ChannelHandlerContext) {
        let channel = context.channel
        self.timer.start(on: context.eventLoop, until: self.deadline) {
            self.shared.counters.count(self.handshake.awaitsProxyHeader ? .proxyHeaderTimeout : .requestTimeout)
            self.handshakeOfTLSEnded(channel, nil)
            self.end(channel)
        }
    }

    func handlerRemoved(context: ChannelHandlerContext) { self.timer.cancel() }

    func channelInactive(context: ChannelHandlerContext) {
        self.timer.cancel()
        context.fireChannelInactive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch (self.unwrapInboundIn(data), self.state) {
        case (.head(let head), .awaitingHead):
            self.received(head, context)
        case (.end, .upgrading(let upgrade)):
            self.state = .done
            self.perform(upgrade, context)
        case (.body(let part), .readingBody(let body)): self.received(part, of: body, context)
        case (.end, .readingBody(let body)): self.received(body, context)
        case (.head, _), (.body, _), (.end, _):
            break  // the rest of a request whose head has been judged
        }
    }

    private func received(_ head: HTTPRequestHead, _ context: ChannelHandlerContext) {
        self.warnOfUnnamedProxy(head.headers)
        let limit = self.limit(on: head)
        let (policy, onLoopback) = (self.shared.policy, self.onLoopback)
        switch policy.decide(head, onLoopback: onLoopback, limit: limit) {
        case .upgrade(let upgrade):
            guard self.handshake.enterConnection() else {
                let obstacle = Obstacle.crowdedAddress
                let answer = obstacle.answer(retryAfter: policy.retryAfterMilliseconds)
                return self.finish(context, obstacle.refusal.counter, answer)
            }
            self.state = .upgrading(upgrade)
            self.isEcho = head.uri == EchoHandler.path && self.shared.settings.echo.isOpen(onLoopback: onLoopback)
            do {
                try context.channel.syncOptions?.setOption(.autoRead, value: false)
            } catch {
                context.close(promise: nil)
            }
        case .noUpgrade where LobbyRoute.isLobby(target: head.uri): self.receivedForLobby(head, limit, context)
        case .noUpgrade where limit == .crowdedHandshakes:
            // A file takes as long to send as the slowest reader likes, and holds a handshake's place meanwhile.
            let answer = Obstacle.crowdedHandshakes.answer(retryAfter: policy.retryAfterMilliseconds)
            self.finish(context, .handshakesPerAddress, answer)
        case .noUpgrade:
            let answer = self.shared.site.answer(head, onLoopback: onLoopback, isSecure: self.handshake.isSecure) {
                policy.obstacle(head, onLoopback: onLoopback, limit: limit)
            }
            self.finish(context, answer.isFile ? .servedFile : .answeredPlain, answer)
        case .refuse(let answer, let reason):
            self.finish(context, reason, answer)
        }
    }

    /// A proxy on this machine that `proxies` does not name makes everybody this machine: no limits, the playground open, perhaps no tickets.
    private func warnOfUnnamedProxy(_ headers: HTTPHeaders) {
        guard !self.handshake.isProxied, self.handshake.peer.isOnThisMachine,
            ForwardedHeader.allCases.contains(where: { headers.contains(name: $0.name) })
        else { return }
        self.shared.counters.count(.forwardedUnbelieved)
        self.shared.tell(
            "a proxy on this machine that is not believed: all who come through it count as this machine, so set proxies and access",
            self.handshake.address, .forwardedUnbelieved, every: 60)
    }

    /// What refuses upgrades of this client, whatever the request. The client is known from now on.
    private func limit(on head: HTTPRequestHead) -> Obstacle? {
        let addresses = self.shared.addresses
        do {
            guard try self.handshake.identify(by: head.headers) else { return .crowdedHandshakes }
        } catch {
            return .proxy
        }
        if self.isFull { return .full }
        let block = self.handshake.block
        if let wait = addresses.failureWait(of: block, at: self.shared.now()) { return .failingAddress(wait: wait) }
        return addresses.isFull(.connection, of: block) ? .crowdedAddress : nil
    }

    /// Whether descriptors are nearly used up, or there are as many connections as there may be. Handshakes count, this one too.
    private var isFull: Bool {
        let (settings, hosting, handshakes) = (self.shared.settings, self.shared.hosting, self.shared.common.handshakes.count)
        return hosting.descriptorCount + handshakes > settings.nearCapacity
            || hosting.connectionCount + handshakes > settings.maximumConnections
    }

    /// A file may take as long as a hello: it does not fit into every socket's buffer at once.
    func finish(_ context: ChannelHandlerContext, _ reason: FrontDoorCounters.Reason, _ answer: HTTPAnswer) {
        self.state = .done
        self.timer.cancel()
        self.shared.counters.count(reason)
        self.charge(reason)
        let patience = self.shared.patience
        let helloTimeout = TimeAmount.milliseconds(Int64(self.shared.settings.helloTimeout))
        LingeringClose.start(
            context.channel, saying: answer.parts, patience: answer.isLong ? max(patience, helloTimeout) : patience,
            whenDraining: patience
        )
    }

    /// What the client is to blame for, and what operators want to know.
    private func charge(_ reason: FrontDoorCounters.Reason) {
        switch reason {
        case .refusedUpgrade, .requestTooLong, .requestMalformed, .lobbyMalformed:
            self.shared.addresses.fail(by: self.handshake.block, at: self.shared.now())
        case .proxyHeaderForeign:
            self.shared.addresses.fail(by: self.handshake.block, at: self.shared.now())
            self.shared.tell(
                "a PROXY header of a peer that is no trusted proxy: if it is yours, set proxies and proxyProtocol",
                self.handshake.address, reason)
        case .connectionsPerAddress, .handshakesPerAddress, .failuresPerAddress, .joinsPerAddress, .roomsPerAddress:
            self.shared.tell("an address is at its limit", self.handshake.address, reason)
        case .forwardedRefused, .proxyHeaderMissing, .proxyHeaderMalformed:
            self.shared.tell("a proxy does not say whose connection it passes on", self.handshake.address, reason)
        default: break
        }
    }

    private func perform(_ upgrade: AcceptedUpgrade, _ context: ChannelHandlerContext) {
        self.timer.cancel()
        self.shared.counters.count(.upgraded)
        let next: any UpgradedHandler =
            self.isEcho ? EchoHandler(self.shared) : HelloHandler(self.shared, upgrade, self.handshake, deadline: self.deadline)
        let pipeline = context.pipeline.syncOperations
        do {
            try pipeline.addHandler(next, position: .after(self))
        } catch {
            context.close(promise: nil)
            return
        }
        next.send(HTTPAnswer.switchingProtocols(upgrade))
        pipeline.removeHandler(self.meter, promise: nil)
        // The removal takes effect in the loop's next step, and first forwards the bytes behind the request.
        pipeline.removeHandler(self.decoder).assumeIsolated().whenComplete { _ in next.begin() }
        pipeline.removeHandler(self, promise: nil)
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        switch event {
        case FrontDoorEvent.draining where self.awaitsAnswer: break  // rooms run on until every front door is empty
        case is FrontDoorEvent: self.end(context.channel)
        case TLSUserEvent.handshakeCompleted: self.hasTLS = true
        default: context.fireUserInboundEventTriggered(event)
        }
    }

    private var awaitsAnswer: Bool { if case .awaitingAnswer = self.state { true } else { false } }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        switch self.state {
        case .awaitingHead, .readingBody: break
        case .upgrading, .awaitingAnswer, .done: return self.end(context.channel)
        }
        let isOfProxy = error is ProxyHeaderHandler.Refused || error is ProxyHeaderGuard.Foreign
        if error is IOError || error is NIOSSLError || error is BoringSSLError {
            self.handshakeOfTLSEnded(context.channel, error)
            return self.end(context.channel)
        }
        // Nothing else of a request is long but a ticket.
        if error is ByteMeter.TooMany, self.shared.asksForTickets { self.shared.turnedAway(.tooLong, self.handshake.address) }
        let (reason, answer) = Self.answer(to: error)
        guard self.handshake.speaksTLS, isOfProxy else {
            return self.finish(context, reason, answer)
        }
        // Nothing can be said before the handshake of TLS.
        self.shared.counters.count(reason)
        self.charge(reason)
        self.end(context.channel)
    }

    /// The connection ends. A handshake of TLS that has cost us a signature and came to nothing is a failure of its address, however it
    /// ended; who goes before that, as health checks do, or after it, has failed at nothing.
    ///
    /// - Parameter error: Nil for one that was too slow.
    private func handshakeOfTLSEnded(_ channel: any Channel, _ error: (any Error)?) {
        let sent = (try? channel.pipeline.syncOperations.handler(type: CipherMeter.self).bytes) ?? 0
        let isCutOff = error == nil || error is IOError || error.flatMap(Self.isEndOfFile) == true
        guard self.handshake.speaksTLS, !self.hasTLS, sent > 0 || !isCutOff else {
            if error != nil { self.shared.counters.count(.leftBeforeHello) }
            return
        }
        self.shared.counters.count(.tlsFailed)
        self.shared.addresses.fail(by: self.handshake.block, at: self.shared.now())
        let detail = error.map(Self.detail) ?? "too slow"
        self.shared.tell("a handshake of TLS failed", self.handshake.address, .tlsFailed, detail: detail)
    }

    private static func isEndOfFile(_ error: any Error) -> Bool {
        if case NIOSSLError.handshakeFailed(.sslError([.eofDuringHandshake])) = error { true } else { false }
    }

    /// Closes without an answer.
    private func end(_ channel: any Channel) {
        self.state = .done
        self.timer.cancel()
        channel.closeAtOnce()
    }

    /// BoringSSL's name of what went wrong, such as `HTTP_REQUEST`, without its codes and places around it. None of it is the peer's text.
    private static func detail(of error: any Error) -> String {
        let text = "\(error)"
        guard let library = text.firstRange(of: "OPENSSL_internal:") else { return text }
        return String(text[library.upperBound...].prefix { $0 != " " && $0 != "]" })
    }

    private static func answer(to error: any Error) -> (FrontDoorCounters.Reason, HTTPAnswer) {
        func bad(_ sentence: String) -> HTTPAnswer { HTTPAnswer(400, "Bad Request", sentence) }
        switch error {
        case is ByteMeter.TooMany:
            return (.requestTooLong, HTTPAnswer(431, "Request Header Fields Too Large", "The request is too long."))
        case is ProxyHeaderGuard.Foreign:
            return (
                .proxyHeaderForeign, bad("A PROXY header is taken from trusted proxies only: look at proxies and proxyProtocol.")
            )
        case let refused as ProxyHeaderHandler.Refused where refused.problem == .missing:
            return (
                .proxyHeaderMissing, bad("A PROXY header is awaited from this proxy: have it sent, or set proxyProtocol to off.")
            )
        case is ProxyHeaderHandler.Refused:
            return (.proxyHeaderMalformed, bad("This is no PROXY header of version 1 or 2 as it is taken here."))
        default:
            return (.requestMalformed, bad("This is not HTTP/1.1 as RFC 9112 has it."))
        }
    }
}
