import Logging
import NIOPosix
import RelayHosting
import RelayWire

/// What operators do to rooms and players: open, kick, close, ban, lift. Each is audited: ``ActAudit``.
package struct RoomActs: Sendable {
    let hosting: any RoomHosting
    let bans: BanList
    let audit: ActAudit
    let counters: FrontDoorCounters
    /// Seconds since 1970.
    let unixTime: @Sendable () -> Int64
    /// 128 random bits.
    let newInstance: @Sendable () -> RoomInstance

    /// The room that is there now.
    package struct Opened: Codable, Sendable { package var opened: OpenedRoom }
    /// Who has lost a seat.
    package struct Kicked: Codable, Sendable { package var kicked: [SeatOccupant] }
    /// The room that has ended.
    package struct Closed: Codable, Sendable { package var closed: ClosedRoom }
    /// The new ban, and who has lost a seat by it.
    package struct Banned: Codable, Sendable { package var ban: Ban; package var kicked: [SeatOccupant] }
    /// The ban that has ended.
    package struct Lifted: Codable, Sendable { package var lifted: Ban }

    package init(
        hosting: any RoomHosting, bans: BanList, counters: FrontDoorCounters, logger: Logger,
        unixTime: @escaping @Sendable () -> Int64, newInstance: @escaping @Sendable () -> RoomInstance
    ) {
        (self.hosting, self.bans, self.counters) = (hosting, bans, counters)
        (self.unixTime, self.newInstance) = (unixTime, newInstance)
        self.audit = ActAudit(counters: counters, logger: logger)
    }

    // MARK: Acts

    /// - Throws: 409 if there is one of this name, 503 if there are too many.
    package func open(_ request: OpenRequest, by actor: Operator) async throws(RefusedAct) -> Opened {
        try await self.audit.of(.open, request.audit, by: actor) { () async throws(RefusedAct) in
            do throws(OpeningRefusal) {
                let room = PlacementRequest(
                    room: request.room, instance: nil, newInstance: self.newInstance(), creation: .byOperator)
                let opened = try await self.hosting.openRoom(room)
                return (Opened(opened: opened), ["instance": opened.instance, "type": opened.type])
            } catch {
                throw RefusedAct(error, room: request.room)
            }
        }
    }

    /// - Throws: 404 if nobody has the seat, 409 if somebody else has it by now, or another room has the name.
    package func kick(_ request: KickRequest, by actor: Operator) async throws(RefusedAct) -> Kicked {
        try await self.audit.of(.kick, request.audit, by: actor) { () async throws(RefusedAct) in
            let occupant = try await self.occupant(
                of: request.seat, in: request.room, request.instance, generation: request.generation)
            let kicked = try await self.occupants(in: request.room, andKick: true) {
                $0.instance == occupant.instance && $0.seat == occupant.seat && $0.had(generation: occupant.generation)
            }
            guard !kicked.isEmpty else { throw .noSeat(request.seat, in: request.room) }
            return (Kicked(kicked: kicked), ActAudit.words(of: kicked))
        }
    }

    /// - Throws: 404 if there is no such room, 409 if another one has the name.
    package func close(_ request: CloseRequest, by actor: Operator) async throws(RefusedAct) -> Closed {
        try await self.audit.of(.close, request.audit, by: actor) { () async throws(RefusedAct) in
            do throws(ClosingRefusal) {
                let closed = try await self.hosting.closeRoom(request.room, instance: request.instance)
                return (Closed(closed: closed), ["instance": closed.instance, "seats": "\(closed.seats)"])
            } catch {
                throw RefusedAct(error, room: request.room)
            }
        }
    }

    /// - Throws: 404 if nobody has the seat, 409 if it cannot be told from others, or there are too many bans, 507 if it could not be saved.
    package func ban(_ request: BanRequest, by actor: Operator) async throws(RefusedAct) -> Banned {
        try await self.audit.of(.ban, request.audit, by: actor) { () async throws(RefusedAct) in
            let subject = try await self.subject(of: request)
            let now = self.unixTime()
            let draft = Ban(
                id: 0, subject, room: request.everywhere == true ? nil : request.room, made: now, until: now + request.seconds,
                by: actor.proof.rawValue, reason: request.reason)
            let ban = try await self.changingBans { () throws(BanList.Refusal) in try self.bans.add(draft) }
            self.counters.count(.bansMade)
            // It counts, whatever becomes of the kicks: they are tried again.
            let kicked = await self.enforce(ban)
            return (Banned(ban: ban, kicked: kicked), ActAudit.words(of: ban, kicked: kicked.count))
        }
    }

    /// - Throws: 404 if there is no such ban, 507 if the change could not be saved.
    package func lift(_ id: UInt64, by actor: Operator) async throws(RefusedAct) -> Lifted {
        try await self.audit.of(.lift, ["ban": "\(id)"], by: actor) { () async throws(RefusedAct) in
            let now = self.unixTime()
            let lifted = try await self.changingBans { () throws(BanList.Refusal) in try self.bans.lift(id, at: now) }
            guard let lifted else { throw .noBan }
            self.counters.count(.bansLifted)
            return (Lifted(lifted: lifted), ActAudit.words(of: lifted, kicked: 0))
        }
    }

    // MARK: Occupants

    private func occupants(
        in room: String?, andKick: Bool = false, _ matches: @escaping @Sendable (SeatOccupant) -> Bool
    ) async throws(RefusedAct) -> [SeatOccupant] {
        do throws(RoomsAreSilent) {
            return try await self.hosting.occupants(OccupantQuery(in: room, matches), andKick: andKick)
        } catch {
            throw .silent
        }
    }

    private func occupant(
        of seat: UInt16, in room: String, _ instance: String?, generation: UInt64?
    ) async throws(RefusedAct) -> SeatOccupant {
        guard let occupant = try await self.occupants(in: room, { $0.seat == seat }).first else { throw .noSeat(seat, in: room) }
        guard instance.map({ $0 == occupant.instance }) ?? true else { throw .otherRoom }
        guard generation.map({ occupant.had(generation: $0) }) ?? true else {
            throw RefusedAct(.conflict, "Somebody else has seat \(seat) of \(room.forLog) by now: look again.")
        }
        return occupant
    }

    private func subject(of request: BanRequest) async throws(RefusedAct) -> Ban.Subject {
        if let player = request.player { return .player(player) }
        if let range = request.address.flatMap({ AddressRange($0) }) { return try Self.subject(of: range) }
        guard let seat = request.seat, let room = request.room else { preconditionFailure("a request without a mistake") }
        let occupant = try await self.occupant(of: seat, in: room, request.instance, generation: request.generation)
        if let player = occupant.player { return .player(player) }
        guard let block = occupant.address.map({ AddressBlock($0) }), let range = AddressRange("\(block)") else {
            let sentence =
                "Seat \(seat) of \(room.forLog) has no ticket and no connection now, so nobody knows whom to ban: kick it."
            throw RefusedAct(.conflict, sentence)
        }
        let subject = try Self.subject(of: range)
        if request.shared != true { try await self.checkAlone(occupant, range, in: request.everywhere == true ? nil : room) }
        return subject
    }

    private static func subject(of range: AddressRange) throws(RefusedAct) -> Ban.Subject {
        guard !range.hasThisMachine else { throw RefusedAct(.conflict, "This machine's own addresses cannot be banned.") }
        return .address(range)
    }

    /// A ban by address must not take others with it whom nobody meant.
    private func checkAlone(_ occupant: SeatOccupant, _ range: AddressRange, in room: String?) async throws(RefusedAct) {
        let all = try await self.occupants(in: room) { $0.address.map { range.contains($0) } ?? false }
        let others = all.filter { ($0.room, $0.seat) != (occupant.room, occupant.seat) }
        guard others.isEmpty else {
            let seats = others.count == 1 ? "Another seat has" : "\(others.count) other seats have"
            throw RefusedAct(.conflict, "\(seats) the address \(range), too: 'shared' bans them all.")
        }
    }

    // MARK: Bans

    /// Writes the file of bans: a disk may take long, and nobody else is to wait for it.
    private static let clerk: NIOThreadPool = {
        let pool = NIOThreadPool(numberOfThreads: 1)
        pool.start()
        return pool
    }()

    private func changingBans<Changed: Sendable>(
        _ change: @escaping @Sendable () throws(BanList.Refusal) -> Changed
    ) async throws(RefusedAct) -> Changed {
        let outcome = try? await Self.clerk.runIfActive { Result { () throws(BanList.Refusal) in try change() } }
        guard let outcome else { throw RefusedAct(.serviceUnavailable, "It was given up before it was done: ask again.") }
        do throws(BanList.Refusal) { return try outcome.get() } catch { throw RefusedAct(error) }
    }

    /// Between the kicks of a ban: somebody may have been on the way to a seat, or a thread may not have answered. Seconds: it kicks at once, and
    /// after 1, 4 and 15.
    private static let pausesBetweenKicks = [1, 3, 11]

    /// Kicks everybody whom a ban names, now and after each of ``pausesBetweenKicks``.
    private func enforce(_ ban: Ban) async -> [SeatOccupant] {
        let kicked = await self.kick(ban)
        Task {
            for pause in Self.pausesBetweenKicks {
                try await Task.sleep(for: .seconds(pause))
                guard self.bans.all(at: self.unixTime()).contains(ban) else { return }
                _ = await self.kick(ban)
            }
        }
        return kicked
    }

    private func kick(_ ban: Ban) async -> [SeatOccupant] {
        let kicked = try? await self.occupants(in: ban.room, andKick: true) { ban.names(player: $0.player, address: $0.address) }
        for occupant in kicked ?? [] { self.audit.write("kicked by a ban", ActAudit.words(of: occupant, by: ban)) }
        return kicked ?? []
    }

    /// Kicks who is banned from restored rooms: the process may have ended between a ban and its kick. Returns when they are gone, which takes
    /// a tick, so that nobody is welcomed first.
    package func enforceAll() async {
        let (index, now) = (self.bans.index, self.unixTime())
        guard !self.bans.all(at: now).isEmpty else { return }
        for _ in 0..<Self.mostLooks {
            let kicked = try? await self.occupants(in: nil, andKick: true) {
                index.ban(of: $0.player, $0.address, in: $0.room, at: now) != nil
            }
            if kicked?.isEmpty == true { return }
            for occupant in kicked ?? [] {
                let ban = index.ban(of: occupant.player, occupant.address, in: occupant.room, at: now)
                if let ban { self.audit.write("kicked by a ban", ActAudit.words(of: occupant, by: ban)) }
            }
            try? await Task.sleep(for: .milliseconds(Self.betweenLooks))
        }
    }

    /// A tick is a second at most; a room that does not tick must not keep the relay from opening.
    private static let (betweenLooks, mostLooks) = (20, 100)
}

extension SeatOccupant {
    /// Of its connection; nil without one, or by a Unix socket.
    var address: IPAddress? { self.peer.flatMap { IPAddress(ofPeer: $0) } }
}
