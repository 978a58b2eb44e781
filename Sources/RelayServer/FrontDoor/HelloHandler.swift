import NIOCore
import RelayHosting
import RelayWire

/// From the 101 to the hand-off: reads until the first message is complete, finds its room, and gives descriptor, codec
/// and unread bytes to the arena.
///
/// Reads are explicit, one at a time, so that unread bytes stay in the kernel for the arena. The hand-off takes one step of
/// the event loop: duplicate the descriptor, close the channel (which deregisters and closes, but does not shut the
/// connection down, because the duplicate keeps it open), admit. It waits until every write has been flushed, because
/// closing drops unflushed ones. An encrypted connection keeps its channel; what is handed over is its link.
package final class HelloHandler: ChannelInboundHandler, UpgradedHandler, RemovableChannelHandler {
    package typealias InboundIn = ByteBuffer
    package typealias OutboundOut = ByteBuffer

    private enum State {
        case reading
        /// The hello is complete; our writes may not be flushed yet.
        case ready(FirstMessage, arrival: UInt64)
        /// The room's place is being looked for.
        case placing
        /// Refused, handed off or gone.
        case done
    }

    private let shared: FrontDoorContext
    private let handshake: Handshake
    private let deadline: NIODeadline
    private var reader: HelloReader
    /// The one of the upgrade's `Authorization`; a hello's own counts first.
    private let ticket: [UInt8]?
    private var budget = HandshakeBudget()
    private var state = State.reading
    private var hasBegun = false
    private var unflushed = 0
    private let timer = HandshakeTimer()
    /// The search for the room's place; cancelled when nobody waits for it any more.
    private var search: Task<Void, Never>?
    private var context: ChannelHandlerContext?
    /// Whether this connection is counted in ``FrontDoorContext/guests``: it heartbeats without a hello.
    private var isGuest = false
    /// When bytes last came from it, while it may be one.
    private var lastHeard = NIODeadline.now()

    /// - Parameters:
    ///   - handshake: Whose connection it is.
    ///   - deadline: When the hello must be complete.
    package init(_ shared: FrontDoorContext, _ upgrade: AcceptedUpgrade, _ handshake: Handshake, deadline: NIODeadline) {
        (self.shared, self.handshake, self.deadline) = (shared, handshake, deadline)
        self.ticket = upgrade.ticket
        let opening = upgrade.opening.map { FirstMessage($0) }
        self.reader = HelloReader(
            messageBytes: shared.settings.messageBytes, form: upgrade.subprotocol.form, isComplete: opening != nil)
        if let opening { self.state = .ready(opening, arrival: shared.now()) }
    }

    package func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        self.timer.start(on: context.eventLoop, until: self.deadline) { self.refuse(Refusal(.helloTimeout)) }
    }

    package func handlerRemoved(context: ChannelHandlerContext) {
        self.timer.cancel()
        self.search?.cancel()
        if self.isGuest { self.shared.guests.leave(from: self.handshake.block) }
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

    package func begin() {
        self.hasBegun = true
        self.goOn()
    }

    package func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if case .done = self.state { return }
        let (arrival, before) = (self.shared.now(), self.reader.items)
        let bytes = Array(self.unwrapInboundIn(data).readableBytesView)
        switch self.reader.receive(bytes) {
        case .readOn(let answer):
            guard self.mayGoOn(self.reader.items - before) else {
                return self.refuse(Refusal(.rateLimited))
            }
            self.answer(answer)
            self.enterAsGuest(context)
        case .hello(let message, let answer):
            self.answer(answer)
            self.state = .ready(message, arrival: arrival)
        case .refuse(let refusal):
            self.refuse(refusal)
        case .closed(let answer):
            self.shared.counters.count(.leftBeforeHello)
            self.end(saying: answer)
        }
        if self.reader.unread.count > self.shared.settings.bounds.unreadBytes { self.refuse(Refusal(.rateLimited)) }
    }

    /// Charges what came and was no hello. What comes behind the hello is the room's to charge.
    private func mayGoOn(_ items: Int) -> Bool {
        guard case .reading = self.state else { return true }
        return self.budget.take(items, at: .now())
    }

    /// Drops the answer if the peer does not read: the next one will do.
    private func answer(_ frames: [UInt8]) {
        if !frames.isEmpty, self.context?.channel.isWritable == true { self.send(frames) }
    }

    /// A connection that sends text heartbeats may stay without a hello, as long as it goes on and they are not too many.
    private func enterAsGuest(_ context: ChannelHandlerContext) {
        guard case .reading = self.state, self.reader.hasHeartbeat else { return }
        self.lastHeard = .now()
        guard !self.isGuest, self.shared.guests.enter(from: self.handshake.block) else { return }
        self.isGuest = true
        self.handshake.becomeGuest()
        self.timer.cancel()
        self.watchGuest(context)
    }

    private func watchGuest(_ context: ChannelHandlerContext) {
        let silence = self.lastHeard + .milliseconds(HeartbeatGuests.patience)
        self.timer.start(on: context.eventLoop, until: silence) {
            guard let context = self.context else { return }
            switch self.state {
            case .reading: break
            case .ready: return self.refuse(Refusal(.helloTimeout))  // its hello waits for answers that it does not read
            case .placing, .done: return
            }
            if self.lastHeard + .milliseconds(HeartbeatGuests.patience) > .now() { return self.watchGuest(context) }
            self.shared.logger.info(
                "a connection that only sent heartbeats fell silent", metadata: ["peer": "\(self.handshake.address)"])
            self.refuse(Refusal(.helloTimeout, "No heartbeat for \(HeartbeatGuests.patience / 1000) s, and no hello before."))
        }
    }

    package func channelReadComplete(context: ChannelHandlerContext) { self.goOn() }

    package func channelInactive(context: ChannelHandlerContext) {
        if case .done = self.state {} else { self.shared.counters.count(.leftBeforeHello) }
        self.state = .done
        self.timer.cancel()
        self.search?.cancel()
        context.fireChannelInactive()
    }

    package func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        switch event {
        case FrontDoorEvent.draining(let retryAfter): self.refuse(Refusal(.draining, retryAfter: retryAfter))
        case FrontDoorEvent.evicted: context.channel.closeAtOnce()
        default: context.fireUserInboundEventTriggered(event)
        }
    }

    package func errorCaught(context: ChannelHandlerContext, error: any Error) { context.channel.closeAtOnce() }

    /// Takes the next step: reads, or hands off. Called after every read and every flush.
    private func goOn() {
        guard self.hasBegun, let context = self.context else { return }
        switch self.state {
        case .reading: context.read()
        case .ready(let first, let arrival) where self.unflushed == 0: self.place(first, arrival, context)
        case .ready, .placing, .done: break
        }
    }

    /// Counts what the peer is to blame for.
    private func charge(_ refusal: Refusal) {
        if refusal.isPeersFault { self.shared.addresses.fail(by: self.handshake.block, at: self.shared.now()) }
    }

    private func refuse(_ refusal: Refusal) {
        if case .done = self.state { return }
        self.shared.counters.count(refusal.code)
        self.charge(refusal)
        if let reason = refusal.reason { self.count(reason) }
        // A hello beyond the bound of messages is a ticket beyond its own: nothing else in it is long.
        let fault = refusal.ticket ?? (refusal.code == CloseCode.tooBig.rawValue && self.shared.asksForTickets ? .tooLong : nil)
        if let fault { self.shared.turnedAway(fault, self.handshake.address, detail: refusal.ticketDetail) }
        self.end(saying: refusal.frame)
    }

    private func count(_ reason: FrontDoorCounters.Reason) {
        self.shared.counters.count(reason)
        guard reason == .joinsPerAddress || reason == .roomsPerAddress else { return }
        self.shared.tell("an address is at its limit", self.handshake.address, reason)
    }

    private func end(saying words: [UInt8]) {
        self.state = .done
        self.timer.cancel()
        self.search?.cancel()
        guard let channel = self.context?.channel else { return }
        LingeringClose.start(channel, saying: [ByteBuffer(bytes: words)], patience: self.shared.patience)
    }
}

// MARK: - The hand-off

extension HelloHandler {
    /// Asks where the room is; the answer comes back to this event loop.
    private func place(_ first: FirstMessage, _ arrival: UInt64, _ context: ChannelHandlerContext) {
        let request: Admission.Request
        do throws(Refusal) {
            request = try self.shared.router.request(first.message, ticket: self.ticket)
            try self.checkJoins(request)
        } catch {
            self.refuse(error)
            return
        }
        self.state = .placing
        self.timer.cancel()
        let unplaced = Refusal(
            .relayFull, "The room was not found in time: try again later.", retryAfter: self.shared.router.retryAfter,
            reason: .refusedUnplaced
        )
        let patience = TimeAmount.milliseconds(Int64(self.shared.settings.helloTimeout))
        self.timer.start(on: context.eventLoop, until: .now() + patience) { self.refuse(unplaced) }
        let router = self.shared.router
        let placed = context.eventLoop.makePromise(of: Result<AdmissionRouter.Routed, Refusal>.self)
        placed.futureResult.assumeIsolated().whenSuccess { self.placed($0, first.form, arrival) }
        let (addresses, block, address) = (self.shared.addresses, self.handshake.block, self.handshake.address.ip)
        self.search = Task {
            placed.succeed(await router.route(request, from: address, block) { addresses.take(.room, by: block).roomClaim })
        }
    }

    /// A return by token is no join: after a restart all of a school come back at once.
    private func checkJoins(_ request: Admission.Request) throws(Refusal) {
        guard case .hello = request, let wait = self.shared.addresses.join(by: self.handshake.block, at: self.shared.now()) else {
            return
        }
        throw Refusal(
            .relayFull, "Too many joins from your address: try again later.", retryAfter: wait, reason: .joinsPerAddress)
    }

    private func placed(_ outcome: Result<AdmissionRouter.Routed, Refusal>, _ form: ClientForm, _ arrival: UInt64) {
        guard case .placing = self.state, let context = self.context else {
            // Refused or gone meanwhile.
            switch outcome {
            case .success(let routed): self.shared.hosting.release(routed.route)
            case .failure(let refusal): self.charge(refusal)  // what it cost it has cost
            }
            return
        }
        switch outcome {
        case .success(let routed): self.handOff(routed, form, arrival, context)
        case .failure(let refusal): self.refuse(refusal)
        }
    }

    private func handOff(
        _ routed: AdmissionRouter.Routed, _ form: ClientForm, _ arrival: UInt64, _ context: ChannelHandlerContext
    ) {
        let address = self.handshake.address.ip
        if let refusal = self.shared.router.ban(of: routed.introduction.identity?.player, address, in: routed.route.name) {
            self.shared.hosting.release(routed.route)
            return self.refuse(refusal)
        }
        guard self.hasDescriptor else {
            self.shared.hosting.release(routed.route)
            return self.refuse(Refusal(.relayFull, retryAfter: self.shared.router.retryAfter))
        }
        guard let descriptor = HandOff.duplicate(context.channel) else {
            self.shared.hosting.release(routed.route)
            self.refuse(Refusal(.internalError))
            return
        }
        self.state = .done
        self.timer.cancel()
        self.shared.counters.count(.handedOff)
        if let counter = routed.counter { self.shared.counters.count(counter) }
        let hold = self.handshake.connectionHold
        guard let carrier = self.carrier(descriptor, context) else { return self.shared.hosting.release(routed.route) }
        self.shared.hosting.admit(
            Admission(
                carrier, request: routed.request, form: form, introduction: routed.introduction, route: routed.route,
                decoder: self.reader.decoder, unread: self.reader.unread, arrival: arrival,
                peer: self.handshake.address.description, hold: hold
            )
        )
    }

    /// An encrypted connection takes a second descriptor from now on. Many hellos at once may want more than were free when they were upgraded.
    private var hasDescriptor: Bool {
        guard self.shared.links != nil else { return true }
        return self.shared.hosting.descriptorCount + self.shared.common.handshakes.count < self.shared.settings.capacity
    }

    /// What the arena takes over: the duplicate of the descriptor, or the link of an encrypted connection.
    private func carrier(_ descriptor: Int32, _ context: ChannelHandlerContext) -> Admission.Carrier? {
        guard let links = self.shared.links else {
            context.close(promise: nil)
            return .socket(descriptor)
        }
        let channel = context.channel
        self.handshake.leave()
        do {
            return .encrypted(try links.link(channel, descriptor: descriptor, replacing: self))
        } catch {
            // It was closed in this very step.
            HandOff.close(descriptor)
            channel.close(promise: nil)
            return nil
        }
    }
}
