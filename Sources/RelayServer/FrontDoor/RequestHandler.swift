import NIOCore
import NIOHTTP1

/// The first request of a connection: answers it, or upgrades and makes way for a ``HelloHandler``.
///
/// NIO's own upgrade handler is not used: it treats a refused upgrade as an ordinary request, and it hides when the 101
/// has been flushed, which the hand-off must know.
final class RequestHandler: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = ByteBuffer
    typealias Decoder = ByteToMessageHandler<HTTPRequestDecoder>

    private enum State {
        case awaitingHead
        /// The upgrade is accepted; its request has not ended.
        case upgrading(AcceptedUpgrade)
        /// Nothing more to do: answered, handed to the next handler, or closed.
        case done
    }

    private let shared: FrontDoorContext
    private let handshakeCount: () -> Int
    private let deadline: NIODeadline
    private let onLoopback: Bool
    private let decoder: Decoder
    private let meter: ByteMeter
    private var state = State.awaitingHead
    private let timer = HandshakeTimer()

    /// - Parameters:
    ///   - onLoopback: Whether the listener is on a loopback address.
    ///   - handshakeCount: Unfinished handshakes, this one included.
    ///   - decoder: Stands before this handler; on its removal it forwards the bytes behind the request.
    ///   - meter: Stands before the decoder.
    init(
        _ shared: FrontDoorContext, onLoopback: Bool, handshakeCount: @escaping () -> Int, decoder: Decoder, meter: ByteMeter
    ) {
        (self.shared, self.onLoopback, self.handshakeCount) = (shared, onLoopback, handshakeCount)
        (self.decoder, self.meter) = (decoder, meter)
        self.deadline = .now() + .milliseconds(Int64(shared.settings.helloTimeout))
    }

    func handlerAdded(context: ChannelHandlerContext) {
        let channel = context.channel
        self.timer.start(on: context.eventLoop, until: self.deadline) {
            self.shared.counters.count(.requestTimeout)
            self.state = .done
            channel.close(promise: nil)
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
        case (.head, _), (.body, _), (.end, _):
            break  // the rest of a request whose head has been judged
        }
    }

    private func received(_ head: HTTPRequestHead, _ context: ChannelHandlerContext) {
        let taken = self.shared.hosting.connectionCount + self.handshakeCount()
        let nearCapacity = taken > self.shared.settings.nearCapacity
        let (policy, onLoopback) = (self.shared.policy, self.onLoopback)
        switch policy.decide(head, onLoopback: onLoopback, nearCapacity: nearCapacity) {
        case .upgrade(let upgrade):
            self.state = .upgrading(upgrade)
            do {
                try context.channel.syncOptions?.setOption(.autoRead, value: false)
            } catch {
                context.close(promise: nil)
            }
        case .noUpgrade:
            let answer = self.shared.site.answer(head, onLoopback: onLoopback) {
                policy.obstacle(head, onLoopback: onLoopback, nearCapacity: nearCapacity)
            }
            self.finish(context, answer.isFile ? .servedFile : .answeredPlain, answer)
        case .refuse(let answer, let reason):
            self.finish(context, reason, answer)
        }
    }

    /// A file may take as long as a hello: it does not fit into every socket's buffer at once.
    private func finish(_ context: ChannelHandlerContext, _ reason: FrontDoorCounters.Reason, _ answer: HTTPAnswer) {
        self.state = .done
        self.timer.cancel()
        self.shared.counters.count(reason)
        let patience = self.shared.patience
        let helloTimeout = TimeAmount.milliseconds(Int64(self.shared.settings.helloTimeout))
        LingeringClose.start(
            context.channel, saying: answer.parts, patience: answer.isFile ? max(patience, helloTimeout) : patience,
            whenDraining: patience
        )
    }

    private func perform(_ upgrade: AcceptedUpgrade, _ context: ChannelHandlerContext) {
        self.timer.cancel()
        self.shared.counters.count(.upgraded)
        let hello = HelloHandler(self.shared, upgrade, deadline: self.deadline)
        let pipeline = context.pipeline.syncOperations
        do {
            try pipeline.addHandler(hello, position: .after(self))
        } catch {
            context.close(promise: nil)
            return
        }
        hello.send(HTTPAnswer.switchingProtocols(upgrade))
        pipeline.removeHandler(self.meter, promise: nil)
        // The removal takes effect in the loop's next step, and first forwards the bytes behind the request.
        pipeline.removeHandler(self.decoder).assumeIsolated().whenComplete { _ in hello.begin() }
        pipeline.removeHandler(self, promise: nil)
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        switch event {
        case is FrontDoorEvent: context.close(promise: nil)
        default: context.fireUserInboundEventTriggered(event)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard case .awaitingHead = self.state, !(error is IOError) else {
            context.close(promise: nil)
            return
        }
        let isTooLong = error is ByteMeter.TooMany
        let answer =
            isTooLong
            ? HTTPAnswer(431, "Request Header Fields Too Large", "The request is too long.")
            : HTTPAnswer(400, "Bad Request", "This is not HTTP/1.1 as RFC 9112 has it.")
        self.finish(context, isTooLong ? .requestTooLong : .requestMalformed, answer)
    }
}

/// Bounds what a connection may send before its upgrade.
final class ByteMeter: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer

    /// More bytes came than the bound allows.
    struct TooMany: Error {}

    private var left: Int

    /// - Parameter bytes: The bound.
    init(bytes: Int) { self.left = bytes }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        self.left -= self.unwrapInboundIn(data).readableBytes
        if self.left >= 0 { context.fireChannelRead(data) } else { context.fireErrorCaught(TooMany()) }
    }
}
