import Logging
import NIOCore
import NIOHTTP1
import RelayHosting
import RelayWeb

// Requests of the lobby: SPEC section 20. What only reads is answered at once; what changes something, after its body has been read.
extension RequestHandler {
    func receivedForLobby(_ head: HTTPRequestHead, _ limit: Obstacle?, _ context: ChannelHandlerContext) {
        do throws(LobbyRefusal) {
            try self.checkLimits(limit)
            let lobby = self.shared.lobby
            switch try LobbyRoute(head) {
            case .description: self.answer(LobbyAPI.description, to: head, context)
            case .preflight: self.answer(LobbyAPI.preflight, to: head, context)
            case .list(let query): self.answer(lobby.list(query), to: head, context)
            case .room(let name): self.answer(try lobby.room(name), to: head, context)
            case .watch(let query): try self.watch(query, limit, context)
            case .make:
                try self.checkOrigin(of: head)
                try self.readBody(of: head, .newRoom, context)
            case .act(let room): try self.readBody(of: head, .act(room), context)
            }
        } catch {
            self.refuse(error, omitsBody: head.method == .HEAD, context)
        }
    }

    /// Who is at a limit gets no list either; that the relay is full concerns only who would stay.
    private func checkLimits(_ limit: Obstacle?) throws(LobbyRefusal) {
        var obstacle = limit
        if obstacle == .full, let wait = self.shared.addresses.failureWait(of: self.handshake.block, at: self.shared.now()) {
            obstacle = .failingAddress(wait: wait)
        }
        switch obstacle {
        case let obstacle? where obstacle != .full && obstacle != .crowdedAddress && obstacle != .origin:
            throw LobbyRefusal(obstacle, retryAfter: self.shared.lobby.retryAfter)
        case _?, nil: break
        }
    }

    /// A page that may not connect makes no rooms either, unless it has a ticket.
    private func checkOrigin(of head: HTTPRequestHead) throws(LobbyRefusal) {
        let obstacle = self.shared.policy.obstacle(head, onLoopback: self.onLoopback, limit: nil)
        guard obstacle == .origin, !self.shared.asksForTickets else { return }
        throw LobbyRefusal(.origin, retryAfter: self.shared.lobby.retryAfter)
    }

    private func answer(_ answer: HTTPAnswer, to head: HTTPRequestHead, _ context: ChannelHandlerContext) {
        var answer = answer
        answer.omitsBody = head.method == .HEAD
        self.finish(context, .lobbyAnswered, answer)
    }

    private func refuse(_ refusal: LobbyRefusal, omitsBody: Bool = false, _ context: ChannelHandlerContext) {
        if let fault = refusal.ticket {
            self.shared.turnedAway(fault, self.handshake.address, detail: refusal.ticketDetail)
        }
        // The counter of what is malformed charges by itself.
        if refusal.isPeersFault, refusal.counter != .lobbyMalformed {
            self.shared.addresses.fail(by: self.handshake.block, at: self.shared.now())
        }
        var answer = LobbyAPI.refused(refusal)
        answer.omitsBody = omitsBody
        self.finish(context, refusal.counter, answer)
    }

    // MARK: Watching

    /// A page that stays is a connection of its address, and makes way as guests do.
    private func watch(_ query: LobbyQuery, _ limit: Obstacle?, _ context: ChannelHandlerContext) throws(LobbyRefusal) {
        let (retryAfter, watchers) = (self.shared.lobby.retryAfter, self.shared.common.lobby)
        if limit == .full { throw LobbyRefusal(.full, retryAfter: retryAfter) }
        let place: LobbyWatchers.Place
        do throws(LobbyWatchers.Full) {
            place = try watchers.enter(from: self.handshake.block)
        } catch {
            throw LobbyRefusal(
                error.code, "As many watch the lobby as may: ask without 'Accept: text/event-stream', or try again later.",
                retryAfter: retryAfter)
        }
        guard self.handshake.enterConnection() else { throw LobbyRefusal(.crowdedAddress, retryAfter: retryAfter) }
        self.state = .done
        self.timer.cancel()
        self.shared.counters.count(.lobbyWatched)
        self.handshake.becomeGuest()
        let streams = watchers.streams(on: context.eventLoop, self.shared.lobby.index)
        context.channel.takeOver(
            by: LobbyStream(query, place, among: streams, patience: self.shared.patience, counters: self.shared.counters))
    }

    // MARK: Making a room, and acting in one

    private func readBody(
        of head: HTTPRequestHead, _ purpose: LobbyBody.Purpose, _ context: ChannelHandlerContext
    ) throws(LobbyRefusal) {
        self.state = .readingBody(try LobbyBody(head, purpose))
        guard head.version == .http1_1, HeaderList(head.headers["expect"]).names("100-continue") else { return }
        context.writeAndFlush(self.wrapOutboundOut(ByteBuffer(string: "HTTP/1.1 100 Continue\r\n\r\n")), promise: nil)
    }

    func received(_ part: ByteBuffer, of body: LobbyBody, _ context: ChannelHandlerContext) {
        var body = body
        do throws(LobbyRefusal) {
            try body.append(part)
            self.state = .readingBody(body)
        } catch {
            self.refuse(error, context)
        }
    }

    /// The body is complete.
    func received(_ body: LobbyBody, _ context: ChannelHandlerContext) {
        let lobby = self.shared.lobby
        do throws(LobbyRefusal) {
            switch body.purpose {
            case .newRoom:
                let order = try NewRoom(body: body.bytes)
                let maker = RoomMaker(
                    ticket: body.credentials, address: self.handshake.address.ip, block: self.handshake.block)
                self.run(context, { await lobby.make(order, for: maker) }, self.made)
            case .act(let room):
                let request = try lobby.seatRequest(body, from: self.handshake.address.ip, in: room)
                self.run(context, { await lobby.act(request, in: room) }) { self.acted($0, request, in: room, $1) }
            }
        } catch {
            self.refuse(error, context)
        }
    }

    /// Does what may take a while. After `helloTimeout` the peer is told that nobody knows what became of it.
    private func run<Value: Sendable>(
        _ context: ChannelHandlerContext, _ work: @escaping @Sendable () async -> Result<Value, LobbyRefusal>,
        _ finish: @escaping (Result<Value, LobbyRefusal>, ChannelHandlerContext) -> Void
    ) {
        self.state = .awaitingAnswer
        // Whoever has said all that it has to say may close its half.
        try? context.channel.syncOptions?.setOption(.allowRemoteHalfClosure, value: true)
        let retryAfter = self.shared.lobby.retryAfter
        let patience = TimeAmount.milliseconds(Int64(self.shared.settings.helloTimeout))
        self.timer.start(on: context.eventLoop, until: .now() + patience) {
            self.refuse(.silent(retryAfter: retryAfter), context)
        }
        let done = context.eventLoop.makePromise(of: Result<Value, LobbyRefusal>.self)
        done.futureResult.assumeIsolated().whenSuccess { finish($0, context) }
        Task { done.succeed(await work()) }
    }

    private func made(_ outcome: Result<MadeRoom, LobbyRefusal>, _ context: ChannelHandlerContext) {
        if case .success(let room) = outcome { self.log(room.opened) }
        self.finish(outcome.map(LobbyAPI.made), .lobbyMade, context)
    }

    private func acted(
        _ outcome: Result<Void, LobbyRefusal>, _ request: SeatRequest, in room: String, _ context: ChannelHandlerContext
    ) {
        if case .success = outcome { self.log(request, in: room) }
        self.finish(outcome.map { LobbyAPI.acted }, .lobbyActed, context)
    }

    /// Does nothing if time was up before, or the peer is gone.
    private func finish(
        _ outcome: Result<HTTPAnswer, LobbyRefusal>, _ counter: FrontDoorCounters.Reason, _ context: ChannelHandlerContext
    ) {
        guard case .awaitingAnswer = self.state else { return }
        switch outcome {
        case .success(let answer): self.finish(context, counter, answer)
        case .failure(let refusal): self.refuse(refusal, context)
        }
    }

    private func log(_ room: OpenedRoom) {
        self.shared.logger.info(
            "a room was made over HTTP",
            metadata: [
                "room": "\(room.room.forLog)", "instance": "\(room.instance)", "type": "\(room.type)",
                "peer": "\(self.handshake.address)",
            ])
    }

    /// So that it can be found out whose token was used from where. What the words of an act are is nobody's business here.
    private func log(_ request: SeatRequest, in room: String) {
        self.shared.logger.info(
            "a host acted over HTTP",
            metadata: [
                "room": "\(room.forLog)", "seat": "\(request.token.seat)", "act": "\(LobbyAct.name(of: request.operation))",
                "peer": "\(self.handshake.address)",
            ])
    }
}
