import NIOCore
import RelayArena
import RelayWire

/// From the 101 to the hand-off: reads until the first message is complete, finds its room, and gives descriptor, codec
/// and unread bytes to the arena.
///
/// Reads are explicit, one at a time, so that what the kernel holds stays there for the arena. The hand-off takes one step
/// of the event loop: duplicate the descriptor, close the channel (which deregisters and closes, but does not shut the
/// connection down, because the duplicate keeps it open), admit. It waits until everything written has been flushed,
/// because closing drops what has not.
final class HelloHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private enum State {
        case reading
        /// The hello is complete; what was written may not have been flushed.
        case ready(ClientMessage, arrival: UInt64)
        /// Refused, handed off or gone.
        case done
    }

    private let shared: FrontDoorContext
    private let deadline: NIODeadline
    private var reader: HelloReader
    private var state = State.reading
    private var hasBegun = false
    private var unflushed = 0
    private var timer: Scheduled<Void>?
    private var context: ChannelHandlerContext?

    /// - Parameter deadline: When the hello must be complete.
    init(_ shared: FrontDoorContext, deadline: NIODeadline) {
        (self.shared, self.deadline) = (shared, deadline)
        self.reader = HelloReader(messageBytes: shared.settings.messageBytes)
    }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        self.timer = context.eventLoop.assumeIsolated().scheduleTask(deadline: self.deadline) {
            self.refuse(Refusal(.helloTimeout))
        }
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.timer?.cancel()
        self.context = nil
    }

    /// Sends bytes that must be flushed before the hand-off.
    func send(_ bytes: [UInt8]) {
        guard let context = self.context else { return }
        self.unflushed += 1
        let flushed = context.writeAndFlush(self.wrapOutboundOut(ByteBuffer(bytes: bytes)))
        flushed.assumeIsolated().whenComplete { result in
            self.unflushed -= 1
            if case .failure = result { self.context?.close(promise: nil) } else { self.goOn() }
        }
    }

    /// The HTTP decoder is gone and has forwarded what it held: from now on reads come straight here.
    func begin() {
        self.hasBegun = true
        self.goOn()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if case .done = self.state { return }
        let arrival = self.shared.now()
        switch self.reader.receive(Array(self.unwrapInboundIn(data).readableBytesView)) {
        case .readOn(let pong):
            self.answer(pong)
        case .hello(let message, let pong):
            self.answer(pong)
            self.state = .ready(message, arrival: arrival)
        case .refuse(let refusal):
            self.refuse(refusal)
        case .closed(let answer):
            self.shared.counters.count(.leftBeforeHello)
            self.end(saying: answer)
        }
        if self.reader.unread.count > self.shared.settings.bounds.unreadBytes { self.refuse(Refusal(.internalError)) }
    }

    /// A pong is dropped when the peer does not read: the next one will do.
    private func answer(_ pong: [UInt8]?) {
        if let pong, self.context?.channel.isWritable == true { self.send(pong) }
    }

    func channelReadComplete(context: ChannelHandlerContext) { self.goOn() }

    func channelInactive(context: ChannelHandlerContext) {
        if case .done = self.state {} else { self.shared.counters.count(.leftBeforeHello) }
        self.state = .done
        self.timer?.cancel()
        context.fireChannelInactive()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        switch event {
        case FrontDoorEvent.draining(let retryAfter): self.refuse(Refusal(.draining, retryAfter: retryAfter))
        case FrontDoorEvent.evicted: context.close(promise: nil)
        default: context.fireUserInboundEventTriggered(event)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

    /// Does what is next, whoever called: read, or hand off. Called after every read and every flush.
    private func goOn() {
        guard self.hasBegun, let context = self.context else { return }
        switch self.state {
        case .reading: context.read()
        case .ready(let message, let arrival) where self.unflushed == 0: self.handOff(message, arrival, context)
        case .ready, .done: break
        }
    }

    private func refuse(_ refusal: Refusal) {
        if case .done = self.state { return }
        self.shared.counters.count(refusal.code)
        if let reason = refusal.reason { self.shared.counters.count(reason) }
        self.end(saying: refusal.frame)
    }

    private func end(saying words: [UInt8]) {
        self.state = .done
        self.timer?.cancel()
        guard let channel = self.context?.channel else { return }
        LingeringClose.start(channel, saying: words, patience: self.shared.patience)
    }
}

// MARK: - The hand-off

extension HelloHandler {
    private func handOff(_ message: ClientMessage, _ arrival: UInt64, _ context: ChannelHandlerContext) {
        let routed: AdmissionRouter.Routed
        do throws(Refusal) {
            routed = try self.shared.router.route(message)
        } catch {
            self.refuse(error)
            return
        }
        guard let descriptor = HandOff.duplicate(context.channel) else {
            self.shared.router.directory.release(routed.route)
            self.refuse(Refusal(.internalError))
            return
        }
        let peer = context.remoteAddress.map(HandOff.describe) ?? "unknown"
        self.state = .done
        self.timer?.cancel()
        self.shared.counters.count(.handedOff)
        context.close(promise: nil)
        self.shared.hosting.admit(
            Admission(
                descriptor: descriptor, request: routed.request, route: routed.route, decoder: self.reader.decoder,
                unread: self.reader.unread, arrival: arrival, peer: peer
            )
        )
    }
}
