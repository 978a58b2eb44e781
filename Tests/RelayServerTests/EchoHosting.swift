import Glibc
import NIOPosix
import RelayArena
import RelayCore
import RelayHosting
import RelayServer
import RelayWire
import Synchronization

/// Takes connections as the arena would, and sends every binary message back. One blocking thread per connection.
final class EchoHosting: RoomHosting {
    struct Taken: Sendable {
        var request: Admission.Request
        var form: ClientForm
        var introduction: Introduction
        var route: RoomRoute
        var peer: String
        var arrival: UInt64
        var isNonBlocking: Bool
        var isCloseOnExec: Bool

        var identity: PlayerIdentity? { self.introduction.identity }
    }

    let directory: RoomDirectory
    private let threads = NIOThreadPool(numberOfThreads: 8)
    private let taken = Mutex<[Taken]>([])
    private let open = Atomic<Int>(0)
    private let pretended = Atomic<Int>(0)
    private let pretendedDescriptors = Atomic<Int>(0)

    init(maximumRooms: Int = 64) {
        self.directory = RoomDirectory(threads: 2, maximumRooms: maximumRooms)
        self.threads.start()
    }

    deinit { self.threads.shutdownGracefully { _ in } }

    var admissions: [Taken] { self.taken.withLock { $0 } }
    var connectionCount: Int { self.open.load(ordering: .relaxed) + self.pretended.load(ordering: .relaxed) }
    var descriptorCount: Int { self.open.load(ordering: .relaxed) + self.pretendedDescriptors.load(ordering: .relaxed) }
    var threadPulses: [UInt64] { [UInt64(self.pretended.load(ordering: .relaxed))] }

    let overloadedStrides: [UInt64] = []

    /// The relay that has every room; nil for this one.
    let elsewhere = Mutex<String?>(nil)

    private let running = Atomic<Int>(0)
    /// Searches that have not ended.
    var searches: Int { self.running.load(ordering: .relaxed) }

    /// What finding a place takes.
    let searchTime = Mutex<Duration?>(nil)

    /// Who has a seat, as tests pretend; who is kicked has none.
    let seated = Mutex<[SeatOccupant]>([])

    /// Whether a thread pretends to hang.
    let isSilent = Mutex(false)

    func occupants(_ query: OccupantQuery, andKick: Bool) async throws(RoomsAreSilent) -> [SeatOccupant] {
        if self.isSilent.withLock({ $0 }) { throw RoomsAreSilent() }
        return self.seated.withLock { seated in
            let found = seated.filter { query.matches($0) && (query.room == nil || query.room == $0.room) }
            if andKick { seated.removeAll { found.contains($0) } }
            return found
        }
    }

    func closeRoom(_ name: String, instance: String?) async throws(ClosingRefusal) -> ClosedRoom {
        if self.isSilent.withLock({ $0 }) { throw .silent }
        return try self.seated.withLock { seated throws(ClosingRefusal) in
            let inside = seated.filter { $0.room == name }
            guard !inside.isEmpty else { throw .gone }
            guard instance == nil || inside[0].instance == instance else { throw .otherRoom }
            seated.removeAll { $0.room == name }
            return ClosedRoom(room: name, instance: inside[0].instance, seats: inside.count)
        }
    }

    func adopt(_ types: RoomTypes) {}

    /// Why no room is opened; nil if one is.
    let opening = Mutex<OpeningRefusal?>(.relayFull)
    /// The rooms that were to be opened.
    let orders = Mutex<[PlacementRequest]>([])
    private let claims = Mutex<[(any AnyObject & Sendable)?]>([])

    func openRoom(_ request: PlacementRequest) async throws(OpeningRefusal) -> OpenedRoom {
        self.orders.withLock { $0.append(request) }
        if let refusal = self.opening.withLock({ $0 }) { throw refusal }
        guard self.lobby.room(request.room) == nil else { throw .exists }
        guard case .granted(let claim) = request.claimRoom() else { throw .tooManyRooms }
        self.claims.withLock { $0.append(claim) }
        self.lobby.publish(.sample(request.opening), of: .sample(request.room))
        return OpenedRoom(
            room: request.room, instance: request.newInstance.hexadecimal, type: request.type ?? request.onlyType ?? "default")
    }

    /// What becomes of requests; nil if that is not known in time.
    let outcome = Mutex<RequestOutcome?>(.result(.succeeded))
    /// The requests that came, each with its room.
    let requests = Mutex<[(request: SeatRequest, room: String)]>([])

    func perform(_ request: SeatRequest, in room: String) async -> RequestOutcome? {
        self.requests.withLock { $0.append((request, room)) }
        return self.outcome.withLock { $0 }
    }

    func hold(_ role: Role, in room: String, for newcomer: Introduction) async -> Bool { false }
    let lobby = LobbyIndex()
    func place(_ request: PlacementRequest) async -> Placement {
        self.running.add(1, ordering: .relaxed)
        defer { self.running.subtract(1, ordering: .relaxed) }
        if let time = self.searchTime.withLock({ $0 }) { await Self.pause(time) }
        if let url = self.elsewhere.withLock({ $0 }) { return .elsewhere(url: url) }
        do throws(PlacementRefusal) {
            if let instance = request.instance { return .here(try self.directory.reserve(request.room, instance: instance)) }
            return .here(
                try self.directory.reserve(
                    request.room, newInstance: request.newInstance, creation: request.creation,
                    onlyType: request.onlyType, opening: request.opening, claim: request.claimRoom))
        } catch {
            return .refused(error)
        }
    }

    /// As long as it takes, whoever has lost interest: other machines do not hear of that.
    private static func pause(_ time: Duration) async {
        await withCheckedContinuation { continuation in
            Task.detached {
                try? await Task.sleep(for: time)
                continuation.resume()
            }
        }
    }

    func release(_ route: RoomRoute) { self.directory.release(route) }

    /// Pretends to hold more connections, of a descriptor each if nothing else is said.
    func pretend(_ connections: Int, descriptors: Int? = nil) {
        self.pretended.store(connections, ordering: .relaxed)
        self.pretendedDescriptors.store(descriptors ?? connections, ordering: .relaxed)
    }

    func admit(_ admission: consuming Admission) {
        guard case .socket(let descriptor) = admission.carrier else { preconditionFailure("this hosting takes plain sockets") }
        let entry = Taken(
            request: admission.request, form: admission.form, introduction: admission.introduction, route: admission.route,
            peer: admission.peer, arrival: admission.arrival,
            isNonBlocking: fcntl(descriptor, F_GETFL) & O_NONBLOCK != 0,
            isCloseOnExec: fcntl(descriptor, F_GETFD) & FD_CLOEXEC != 0
        )
        self.taken.withLock { $0.append(entry) }
        self.open.add(1, ordering: .relaxed)
        let admission = admission
        self.threads.submit { _ in
            self.echo(admission, on: descriptor)
            close(descriptor)
            self.directory.release(admission.route)
            self.open.subtract(1, ordering: .relaxed)
        }
    }

    private func echo(_ admission: Admission, on descriptor: Int32) {
        var decoder = admission.decoder
        var bytes = admission.unread
        while true {
            var answer: [UInt8] = []
            var offset = 0
            let goesOn = bytes.withUnsafeMutableBytes { buffer -> Bool in
                while let item = try? decoder.next(in: buffer, from: &offset) {
                    guard case .message(let message) = item else { return false }
                    WebSocketEncoder.appendServerFrame(opcode: .binary, payload: message.payload, to: &answer)
                }
                return !decoder.isFinished
            }
            guard goesOn, self.write(answer, to: descriptor), let next = self.read(descriptor) else { return }
            bytes = next
        }
    }

    private func wait(_ descriptor: Int32, _ events: Int32) -> Bool {
        var poll = pollfd(fd: descriptor, events: Int16(events), revents: 0)
        return Glibc.poll(&poll, 1, 5000) == 1
    }

    private func read(_ descriptor: Int32) -> [UInt8]? {
        var buffer = [UInt8](repeating: 0, count: 700)
        guard self.wait(descriptor, POLLIN) else { return nil }
        let count = recv(descriptor, &buffer, buffer.count, 0)
        return count > 0 ? Array(buffer[..<count]) : nil
    }

    private func write(_ bytes: [UInt8], to descriptor: Int32) -> Bool {
        var rest = bytes[...]
        while !rest.isEmpty {
            guard self.wait(descriptor, POLLOUT) else { return false }
            let count = rest.withUnsafeBytes { send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            guard count > 0 else { return false }
            rest = rest.dropFirst(count)
        }
        return true
    }

    /// What was asked for.
    let asked = Mutex<[StatisticsDetail]>([])

    func statistics(_ detail: StatisticsDetail) async -> RelayStatistics {
        self.asked.withLock { $0.append(detail) }
        return RelayStatistics(connections: self.connectionCount, counters: ["closed.helloTimeout": 2, "own": 1])
    }

    func summary() async -> RelaySummary { RelaySummary(players: self.connectionCount) }

    func hang(thread: Int) -> Bool { false }
    func miscount(thread: Int) -> Bool { false }
    func fail(_ fault: TickFault, room: String) -> Bool { false }

    func drain() async {}
}

extension PasswordDesk {
    /// With the same salt each time.
    static let forTests = PasswordDesk(random: { 7 })
}
