import Foundation
import Logging
import RelayCore
import RelayHosting
import RelayJournal
import RelayWire
import Synchronization

/// Owns the rooms and carries bytes between sockets and them at tick time, on threads of its own.
package final class Arena: RoomHosting {
    let directory: RoomDirectory
    package let lobby = LobbyIndex()
    private let types: Mutex<RoomTypes>
    private let mailboxes: [ArenaMailbox]
    private let notes: NoteStream
    private let keeper: JournalKeeper?
    private let ended: [AsyncStream<Never>]

    /// Why an arena cannot start.
    package enum StartError: Error, CustomStringConvertible {
        /// No descriptor for a mailbox or a poll set.
        case outOfDescriptors
        package var description: String { "no descriptors left for the arena: raise LimitNOFILE" }
    }

    /// Starts the threads.
    ///
    /// - Parameters:
    ///   - passwords: Hashes the passwords that hosts set; without it their rooms stay locked and never end.
    ///   - keeper: Makes the rooms' journal files; nil if rooms do not outlive the process.
    ///   - restored: Rooms to begin with, no two of one name, as ``RoomRestorer`` found them in the same directory.
    package init(
        configuration: HostingConfiguration, mint: any TokenMint, logger: Logger, passwords: (any PasswordHashing)? = nil,
        keeper: JournalKeeper? = nil, restored: [RestoredRoom] = []
    ) throws(StartError) {
        self.directory = RoomDirectory(threads: configuration.threads, maximumRooms: configuration.maximumRooms)
        self.types = Mutex(configuration.types)
        self.notes = NoteStream(logger)
        self.keeper = keeper
        var threads: [ArenaThread] = []
        for index in 0..<configuration.threads {
            guard let mailbox = ArenaMailbox(),
                let thread = ArenaThread(
                    index: index, configuration: configuration, mailbox: mailbox, directory: self.directory, mint: mint,
                    notes: self.notes, keeper: keeper, lobby: self.lobby, passwords: passwords
                )
            else { throw .outOfDescriptors }
            threads.append(thread)
        }
        for room in restored {
            guard let route = self.directory.insert(room.name, room.instance, of: room.type) else { continue }
            guard threads[route.thread].adopt(room, route) else { throw .outOfDescriptors }
        }
        self.mailboxes = threads.map(\.mailbox)
        self.ended = threads.map { Self.start($0) }
    }

    /// Starts a thread. The stream ends when the thread does.
    private static func start(_ arena: ArenaThread) -> AsyncStream<Never> {
        let (stream, continuation) = AsyncStream.makeStream(of: Never.self)
        // Handed over whole: from here on only that thread touches it.
        nonisolated(unsafe) let arena = arena
        let thread = Thread {
            arena.run()
            continuation.finish()
        }
        thread.stackSize = 1 << 20
        thread.start()
        return stream
    }

    /// Every room is on this machine: finds its thread, or chooses one for a new room.
    package func place(_ request: PlacementRequest) async -> Placement {
        do throws(PlacementRefusal) {
            if let instance = request.instance { return .here(try self.directory.reserve(request.room, instance: instance)) }
            return .here(try self.reserve(request))
        } catch {
            return .refused(error)
        }
    }

    /// Finds a newcomer's room, or makes a place for a new one.
    private func reserve(_ request: PlacementRequest) throws(PlacementRefusal) -> RoomRoute {
        try self.directory.reserve(
            request.room, newInstance: request.newInstance, creation: request.creation, onlyType: request.onlyType,
            opening: request.opening, type: { self.type(for: request) }, claim: request.claimRoom)
    }

    private func type(for request: PlacementRequest) -> RoomType? {
        self.types.withLock { types in
            guard let name = request.type else { return types.type(ofRoom: request.room) }
            return types.type(named: name)
        }
    }
    package func adopt(_ types: RoomTypes) { self.types.withLock { $0 = types } }

    package func release(_ route: RoomRoute) { self.directory.release(route) }

    /// Takes a connection over: its descriptor, and the reservation in its route.
    package func admit(_ admission: consuming Admission) {
        let (carrier, route, mailbox) = (admission.carrier, admission.route, self.mailboxes[admission.route.thread])
        mailbox.holds(connections: 1, descriptors: carrier.descriptors)
        guard mailbox.post(.admit(admission)) else {
            mailbox.holds(connections: -1, descriptors: -carrier.descriptors)
            switch carrier {
            case .socket(let descriptor): SocketTransport(refusing: descriptor).close(abruptly: true)
            case .encrypted(let link): link.abandon()
            }
            return self.directory.release(route)
        }
    }

    /// A report on everything. All threads are asked at once and write their part between slots. A thread that does not answer in
    /// time counts as hanging (``RelayStatistics/Thread/answers``).
    package func statistics(_ detail: StatisticsDetail) async -> RelayStatistics {
        var statistics = RelayStatistics()
        var counters = RoomCounters()
        var transportCloses = [UInt64](repeating: 0, count: CloseCode.allCases.count)
        var (framesUnfinished, ticksNotJournaled, closedByPeer) = (UInt64(0), UInt64(0), UInt64(0))
        var (roomsEvicted, roomsClosed) = (UInt64(0), UInt64(0))
        for report in await self.ask({ .report($0, detail) }, else: .silence) {
            for var room in report.rooms {
                room.thread = statistics.threads.count
                statistics.rooms.append(room)
            }
            statistics.seats.add(report.seats)
            statistics.connections += report.connections
            statistics.threads.append(report.thread)
            counters.add(report.counters)
            for (index, count) in report.transportCloses.enumerated() { transportCloses[index] += count }
            framesUnfinished += report.framesUnfinished
            ticksNotJournaled += report.ticksNotJournaled
            roomsEvicted += report.roomsEvicted
            roomsClosed += report.roomsClosed
            closedByPeer += report.closedByPeer
        }
        switch detail {
        case .overview(let rooms): statistics.reduceToOverview(keeping: rooms)
        case .full: statistics.rooms.sort { $0.name < $1.name }
        case .rooms: statistics.reduceToRooms()
        }
        for counter in RoomCounter.allCases { statistics.counters["\(counter)"] = counters[counter] }
        for lag in [Lag.behind, .stalled, .dropped] {
            for cause in LagCause.allCases.filter(\.isVerdict) {
                statistics.counters["\(lag).\(cause.name)"] = counters[lag, cause]
            }
        }
        for (index, code) in CloseCode.allCases.enumerated() {
            statistics.counters["closed.\(code.name)"] = counters[code] + transportCloses[index]
        }
        statistics.lobby = RelayStatistics.Lobby(self.lobby.snapshot)
        statistics.counters["framesUnfinished"] = framesUnfinished
        statistics.counters["ticksNotJournaled"] = ticksNotJournaled
        statistics.counters["roomsEvicted"] = roomsEvicted
        statistics.counters["roomsClosed"] = roomsClosed
        statistics.counters["closedByPeer"] = closedByPeer
        return statistics
    }

    /// Asks every thread the same question and waits for all answers at once. `silence` stands in for a missing answer.
    private func ask<Value: Sendable>(
        _ command: @escaping @Sendable (Answer<Value>) -> ArenaCommand, else silence: Value
    ) async -> [Value] {
        await withTaskGroup(of: (Int, Value?).self) { group in
            for (index, mailbox) in self.mailboxes.enumerated() {
                group.addTask { (index, await Answer.wait(Self.patience) { mailbox.post(command($0)) }) }
            }
            var answers = self.mailboxes.map { _ in silence }
            for await (index, answer) in group { answers[index] = answer ?? silence }
            return answers
        }
    }

    /// The longest wait for a thread: twice the time that a report may take, which is one tick at 1 Hz.
    private static let patience = Duration.seconds(2)

    /// The figures that `systemctl status` shows. Cheap enough to ask every second; each call begins a new measurement of
    /// lateness.
    package func summary() async -> RelaySummary {
        var summary = RelaySummary(overloadedStrides: self.overloadedStrides)
        for part in await self.ask({ .summarize($0) }, else: RelaySummary()) { summary.add(part) }
        return summary
    }

    /// Asks the room's thread, or all threads.
    package func occupants(_ query: OccupantQuery, andKick: Bool) async throws(RoomsAreSilent) -> [SeatOccupant] {
        var answers: [[SeatOccupant]?]
        if let name = query.room {
            guard let route = self.directory.route(of: name) else { return [] }
            let answer = await Answer.wait(Self.patience) {
                self.mailboxes[route.thread].post(.findOccupants($0, query, route.instance, andKick: andKick))
            }
            answers = [answer]
        } else {
            answers = await self.ask(
                { (answer: Answer<[SeatOccupant]?>) in .findAllOccupants(answer, query, andKick: andKick) }, else: nil)
        }
        guard !answers.contains(where: { $0 == nil }) else { throw RoomsAreSilent() }
        return answers.flatMap { $0 ?? [] }.sorted { ($0.room, $0.seat) < ($1.room, $1.seat) }
    }

    package func openRoom(_ request: PlacementRequest) async throws(OpeningRefusal) -> OpenedRoom {
        guard let type = self.type(for: request) else { throw .typeRefused }
        guard Role.allCases.allSatisfy({ request.opening.held($0) <= request.opening.places($0, in: type.room) }) else {
            throw .tooManyHeld
        }
        let route: RoomRoute
        do throws(PlacementRefusal) {
            route = try self.reserve(request)
        } catch {
            throw OpeningRefusal(error)
        }
        defer { self.directory.release(route) }
        let isOpen = await Answer.wait(Self.patience) { self.mailboxes[route.thread].post(.open($0, route)) }
        guard let isOpen else { throw .silent }
        guard isOpen else { throw .relayFull }
        return OpenedRoom(room: route.name, instance: route.instance.hexadecimal, type: type.room.type)
    }

    package func hold(_ role: Role, in room: String, for newcomer: Introduction) async -> Bool {
        guard let route = self.directory.route(of: room) else { return false }
        return await Answer.wait(Self.patience) {
            self.mailboxes[route.thread].post(.hold($0, route.instance, role, newcomer))
        } ?? false
    }

    package func perform(_ request: SeatRequest, in room: String) async -> RequestOutcome? {
        guard let route = self.directory.route(of: room), route.instance == request.token.instance else {
            return .refused(.roomGone)
        }
        return await Answer.wait(Self.patience) { self.mailboxes[route.thread].post(.perform($0, request)) }
    }

    package func closeRoom(_ name: String, instance: String?) async throws(ClosingRefusal) -> ClosedRoom {
        guard let route = self.directory.route(of: name) else { throw .gone }
        guard instance.map({ $0 == route.instance.hexadecimal }) ?? true else { throw .otherRoom }
        let answer: ClosedRoom?? = await Answer.wait(Self.patience) {
            self.mailboxes[route.thread].post(.close($0, route.instance))
        }
        guard let answer else { throw .silent }
        guard let closed = answer else { throw .gone }
        return closed
    }

    /// Closes every connection with 1001 and returns when they are gone and the threads have ended.
    package func drain() async {
        for mailbox in self.mailboxes { _ = mailbox.post(.drain) }
        for stream in self.ended { for await _ in stream {} }
        self.keeper?.finish()
        await self.notes.finish()
    }

    /// Connections held, those on their way and closing ones included.
    package var connectionCount: Int { self.mailboxes.reduce(0) { $0 + $1.connections.load(ordering: .relaxed) } }

    /// Descriptors held for them.
    package var descriptorCount: Int { self.mailboxes.reduce(0) { $0 + $1.descriptors.load(ordering: .relaxed) } }

    /// The strides of the threads that cannot hold their ticks; empty while all is well. Cheap: atomic reads.
    package var overloadedStrides: [UInt64] {
        self.mailboxes.map { $0.overload.load(ordering: .relaxed) }.filter { $0 > 0 }
    }

    /// Breaks an invariant of one of a thread's rooms, to test the audit. False if there is no such thread.
    package func miscount(thread: Int) -> Bool {
        self.mailboxes.indices.contains(thread) && self.mailboxes[thread].post(.miscount)
    }

    /// Hangs a thread for ever, to test the watchdog. False if there is no such thread.
    package func hang(thread: Int) -> Bool {
        self.mailboxes.indices.contains(thread) && self.mailboxes[thread].post(.hang)
    }

    /// Makes a room's next tick hang or trap, to test the consequences. False if there is no such room.
    package func fail(_ fault: TickFault, room: String) -> Bool {
        guard let route = self.directory.route(of: room) else { return false }
        return self.mailboxes[route.thread].post(.fail(route.instance, fault))
    }

    /// One count per arena thread that grows at least every ``HostingConfiguration/longestSleep`` as long as the thread lives.
    package var threadPulses: [UInt64] { self.mailboxes.map { $0.pulse.load(ordering: .relaxed) } }
}

extension OpeningRefusal {
    fileprivate init(_ refusal: PlacementRefusal) {
        self =
            switch refusal {
            case .nameTaken: .exists
            case .relayFull: .relayFull
            case .overloaded, .crowded: .overloaded
            case .tooManyRooms: .tooManyRooms
            case .madeByOperators, .mayNotCreate, .otherType, .noSuchRoom, .roomGone, .otherRoom: .typeRefused
            }
    }
}
