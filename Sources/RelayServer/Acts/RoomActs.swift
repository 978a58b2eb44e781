import Logging
import RelayHosting

/// What operators do to rooms and players: kick, close, ban, lift. Each is one line of the log, done or not.
package struct RoomActs: Sendable {
    let hosting: any RoomHosting
    let bans: BanList
    let counters: FrontDoorCounters
    let logger: Logger
    /// Seconds since 1970.
    let unixTime: @Sendable () -> Int64

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
        unixTime: @escaping @Sendable () -> Int64
    ) {
        (self.hosting, self.bans, self.counters, self.logger, self.unixTime) = (hosting, bans, counters, logger, unixTime)
    }

    // MARK: Acts

    /// - Throws: 404 if nobody has the seat, 409 if somebody else has it by now.
    package func kick(_ request: KickRequest, by actor: Operator) async throws(RefusedAct) -> Kicked {
        let asked: Audit = ["room": request.room, "seat": "\(request.seat)", "reason": request.reason]
        return try await self.audited("kicked", asked, actor) { () async throws(RefusedAct) in
            let occupant = try await self.occupant(of: request.seat, in: request.room, generation: request.generation)
            let kicked = await self.hosting.occupants(
                OccupantQuery(in: request.room) { $0.seat == occupant.seat && $0.had(generation: occupant.generation) },
                andKick: true)
            guard !kicked.isEmpty else { throw .noSeat(request.seat, in: request.room) }
            return (Kicked(kicked: kicked), Self.audit(of: kicked))
        }
    }

    /// - Throws: 404 if there is no such room.
    package func close(_ request: CloseRequest, by actor: Operator) async throws(RefusedAct) -> Closed {
        try await self.audited("closed a room", ["room": request.room, "reason": request.reason], actor) {
            () async throws(RefusedAct) in
            guard let closed = await self.hosting.closeRoom(request.room) else { throw .noRoom(request.room) }
            return (Closed(closed: closed), ["instance": closed.instance, "seats": "\(closed.seats)"])
        }
    }

    /// - Throws: 404 if nobody has the seat, 409 if it cannot be told from others, or there are too many bans, 507 if it could not be saved.
    package func ban(_ request: BanRequest, by actor: Operator) async throws(RefusedAct) -> Banned {
        let asked: Audit = [
            "room": request.room, "seat": request.seat.map { "\($0)" }, "player": request.player, "address": request.address,
            "seconds": "\(request.seconds)", "reason": request.reason,
        ]
        return try await self.audited("banned", asked, actor) { () async throws(RefusedAct) in
            let subject = try await self.subject(of: request)
            let room = request.everywhere == true ? nil : request.room
            let now = self.unixTime()
            let draft = Ban(
                id: 0, subject, room: room, made: now, until: now + request.seconds, by: actor.proof.rawValue,
                reason: request.reason)
            let ban = try await self.changingBans { () throws(BanList.Refusal) in try self.bans.add(draft) }
            self.counters.count(.bansMade)
            let kicked = await self.enforce(ban)
            return (Banned(ban: ban, kicked: kicked), Self.audit(of: ban, kicked))
        }
    }

    /// - Throws: 404 if there is no such ban, 507 if the change could not be saved.
    package func lift(_ id: UInt64, by actor: Operator) async throws(RefusedAct) -> Lifted {
        try await self.audited("lifted a ban", ["ban": "\(id)"], actor) { () async throws(RefusedAct) in
            let now = self.unixTime()
            let lifted = try await self.changingBans { () throws(BanList.Refusal) in try self.bans.lift(id, at: now) }
            guard let lifted else { throw .noBan }
            self.counters.count(.bansLifted)
            return (Lifted(lifted: lifted), Self.audit(of: lifted, []))
        }
    }

    // MARK: Occupants

    private func occupant(
        of seat: UInt16, in room: String, generation: UInt64?
    ) async throws(RefusedAct) -> SeatOccupant {
        let found = await self.hosting.occupants(OccupantQuery(in: room) { $0.seat == seat }, andKick: false)
        guard let occupant = found.first else { throw .noSeat(seat, in: room) }
        guard generation.map({ occupant.had(generation: $0) }) ?? true else {
            throw RefusedAct(.conflict, "Somebody else has seat \(seat) of \(room.forLog) by now: look again.")
        }
        return occupant
    }

    private func subject(of request: BanRequest) async throws(RefusedAct) -> Ban.Subject {
        if let player = request.player { return .player(player) }
        if let range = request.address.flatMap({ AddressRange($0) }) { return try Self.subject(of: range) }
        guard let seat = request.seat, let room = request.room else { preconditionFailure("a request without a mistake") }
        let occupant = try await self.occupant(of: seat, in: room, generation: request.generation)
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
        let all = await self.hosting.occupants(
            OccupantQuery(in: room) { $0.address.map { range.contains($0) } ?? false }, andKick: false)
        let others = all.filter { ($0.room, $0.seat) != (occupant.room, occupant.seat) }
        guard others.isEmpty else {
            let seats = others.count == 1 ? "Another seat has" : "\(others.count) other seats have"
            throw RefusedAct(.conflict, "\(seats) the address \(range), too: 'shared' bans them all.")
        }
    }

    // MARK: Bans

    /// Waits for the file on a thread that may wait.
    private func changingBans<Changed: Sendable>(
        _ change: @escaping @Sendable () throws(BanList.Refusal) -> Changed
    ) async throws(RefusedAct) -> Changed {
        let outcome = try? await AdminAPI.desk.runIfActive { Result { () throws(BanList.Refusal) in try change() } }
        guard let outcome else { throw RefusedAct(.serviceUnavailable, "The relay is shutting down.") }
        do throws(BanList.Refusal) { return try outcome.get() } catch { throw RefusedAct(error) }
    }

    /// After this whoever said hello before the ban counted has a seat, or has none. Seconds.
    static let secondLook = 2

    /// Kicks everybody whom a ban names, and soon again: somebody may have been on the way to a seat.
    private func enforce(_ ban: Ban) async -> [SeatOccupant] {
        let query = OccupantQuery(in: ban.room) { ban.names(player: $0.player, address: $0.address) }
        let kicked = await self.hosting.occupants(query, andKick: true)
        Task {
            try await Task.sleep(for: .seconds(Self.secondLook))
            guard self.bans.all(at: self.unixTime()).contains(ban) else { return }
            _ = await self.hosting.occupants(query, andKick: true)
        }
        return kicked
    }

    /// Kicks who is banned from restored rooms: the process may have ended between a ban and its kick. Returns when they are gone, which takes
    /// a tick, so that nobody is welcomed first.
    package func enforceAll() async {
        let (bans, now) = (self.bans, self.unixTime())
        guard !bans.all(at: now).isEmpty else { return }
        let query = OccupantQuery(in: nil) { bans.ban(of: $0.player, $0.address, in: $0.room, at: now) != nil }
        for _ in 0..<Self.mostLooks {
            guard await !self.hosting.occupants(query, andKick: true).isEmpty else { return }
            try? await Task.sleep(for: .milliseconds(Self.betweenLooks))
        }
    }

    /// A tick is a second at most; a room that does not tick must not keep the relay from opening.
    private static let (betweenLooks, mostLooks) = (20, 100)

    // MARK: Audit

    /// Names and texts of a log line; nil is left out.
    typealias Audit = [String: String?]

    private func audited<Answer>(
        _ done: String, _ asked: Audit, _ actor: Operator,
        _ act: () async throws(RefusedAct) -> (Answer, Audit)
    ) async throws(RefusedAct) -> Answer {
        let known: Audit = ["by": actor.proof.rawValue, "from": "\(actor.address)"]
        do throws(RefusedAct) {
            let (answer, found) = try await act()
            self.write("operator: \(done)", asked.merging(found) { $1 ?? $0 }.merging(known) { $1 })
            return answer
        } catch {
            self.counters.count(.actsRefused)
            self.write("operator: refused: \(done): \(error.sentence)", asked.merging(known) { $1 })
            throw error
        }
    }

    private func write(_ line: String, _ audit: Audit) {
        let metadata = audit.compactMapValues { $0.map { Logger.MetadataValue.string($0.forLog) } }
        self.logger.notice("\(line)", metadata: metadata)
    }

    private static func audit(of kicked: [SeatOccupant]) -> Audit {
        guard let one = kicked.first, kicked.count == 1 else { return ["kicked": "\(kicked.count)"] }
        return [
            "room": one.room, "seat": "\(one.seat)", "generation": "\(one.generation)", "player": one.player, "name": one.name,
            "peer": one.peer, "kicked": "1",
        ]
    }

    private static func audit(of ban: Ban, _ kicked: [SeatOccupant]) -> Audit {
        var audit: Audit = ["ban": "\(ban.id)", "until": ban.end, "where": ban.room ?? "everywhere", "kicked": "\(kicked.count)"]
        switch ban.subject {
        case .player(let player): audit["player"] = player
        case .address(let range): audit["address"] = "\(range)"
        }
        return audit
    }
}

extension SeatOccupant {
    /// Of its connection; nil without one, or by a Unix socket.
    var address: IPAddress? { self.peer.flatMap { IPAddress(ofPeer: $0) } }
}
