import RelayCore
import RelayHosting
import RelayTransport
import RelayWire

/// What the world keeps beside the relay's connections, to check them and to do them harm.
struct Shell {
    /// The liveness clock, nanoseconds, advanced as a real thread must advance it.
    var liveness: UInt64 = 0
    /// By their names in the room.
    var connections: [ConnectionID: SimulatedConnection] = [:]
    /// The newest connection of each seat, by seat number.
    var seated: [SeatNumber: (generation: UInt64, connection: ConnectionID)] = [:]
    /// Ended connections whose close may be reported once more.
    var oldCloses: [(seat: SeatNumber, generation: UInt64, connection: ConnectionID)] = []
    /// An old close is being reported once more.
    var isRepeating = false
}

/// Makes the relay's own form of a token, without the signature: no simulated client forges one.
struct PlainMint: TokenMint {
    func mint(_ token: RejoinToken) -> [UInt8] {
        var writer = WireWriter(capacity: 32)
        writer.u64(token.instance.low)
        writer.u64(token.instance.high)
        writer.u32(UInt32(token.seat.rawValue))
        writer.u64(token.generation)
        return writer.array
    }

    func verify(_ bytes: [UInt8]) -> RejoinToken? {
        var cursor = WireCursor()
        guard bytes.count == 28, let low = try? cursor.fixed(UInt64.self, bytes.span),
            let high = try? cursor.fixed(UInt64.self, bytes.span), let seat = try? cursor.fixed(UInt32.self, bytes.span),
            let generation = try? cursor.fixed(UInt64.self, bytes.span)
        else { return nil }
        return RejoinToken(
            instance: RoomInstance(high: high, low: low), seat: SeatNumber(rawValue: UInt16(truncatingIfNeeded: seat)),
            generation: generation
        )
    }
}

// Around the relay's connections, which are the production ones: the front door before them, and what watches and harms them.
extension World {
    // MARK: The front door

    /// Reads from connections that have not said hello.
    func openFrontDoor() {
        for connection in self.network.connections where connection.stage == .frontDoor { self.readHello(connection) }
    }

    private func readHello(_ connection: SimulatedConnection) {
        withUnsafeTemporaryAllocation(byteCount: 1_024, alignment: 8) { buffer in
            switch connection.receive(into: buffer) {
            case .nothing: return
            case .ended: connection.end(isAbortive: false)
            case .bytes(let count, _):
                let bytes = UnsafeMutableRawBufferPointer(rebasing: buffer[..<count])
                var offset = 0
                do throws(WebSocketError) {
                    guard let item = try connection.frontDoor.next(in: bytes, from: &offset) else { return }
                    guard case .message(let message) = item, message.opcode == .binary else {
                        return self.relay.context.turnAway(connection, .wrongMessageType)
                    }
                    let hello = Array(message.payload)
                    self.admit(hello, connection, unread: Array(bytes[offset...]))
                } catch {
                    self.relay.context.turnAway(connection, CloseCode(rawValue: error.closeCode) ?? .protocolError)
                }
            }
        }
    }

    private func admit(_ hello: [UInt8], _ connection: SimulatedConnection, unread: [UInt8]) {
        let request: Admission.Request
        switch Result(catching: { () throws(WireError) in try ClientMessage(decoding: hello.span) }) {
        case .success(.hello(let hello)): request = .hello(hello)
        case .success(.rejoin(let rejoin)):
            guard let token = PlainMint().verify(rejoin.token), token.instance == self.relay.room.instance else {
                return self.relay.context.turnAway(connection, .tokenRefused)
            }
            connection.resumedFrom = rejoin.tick
            request = .rejoin(rejoin, token)
        case .success(.uplink), .success(.ack), .success(.resync), .success(.leave):
            return self.relay.context.turnAway(connection, .outOfPlace)
        case .failure(let error): return self.relay.context.turnAway(connection, error.closeCode)
        }
        let newcomer = Newcomer(request, decoder: connection.frontDoor, unread: unread, arrival: self.network.now)
        let id = self.relay.admit(connection, newcomer)
        connection.stage = .relay(id)
        self.shell.connections[id] = connection
    }

    // MARK: Watching

    /// Gives the models every input of the room.
    func observe(_ input: RoomInput) {
        switch input {
        case .message(let bytes, let seat, let generation, _):
            guard let now = self.shell.seated[seat], now.generation == generation else { return }
            self.received.append((seat, now.connection, Array(bytes)))
        case .lost(let seat, let generation, let connection, _):
            guard !self.shell.isRepeating else { return }
            self.model.disturb(seat, replaced: false)
            self.shell.oldCloses.append((seat, generation, connection))
        case .handedOver(let delivery, _, _, let isComplete):
            if !isComplete { self.totals.remainders += 1 }
            self.model.handedOver(self.relay.room.currentTick, to: delivery.seat)
        case .join, .rejoin, .reading, .unread, .kernel, .stride, .kick, .tick, .remainderSent, .idle, .end: break
        }
    }

    /// Reads every connection, and tells the model who was not read to the end.
    func readEverybody() {
        self.openFrontDoor()
        self.relay.readEverybody()
        for (seat, now) in self.shell.seated {
            guard let connection = self.shell.connections[now.connection], self.relay.transport(of: now.connection) != nil,
                connection.isLeftUnread(stride: self.relay.room.stride)
            else { continue }
            self.model.noteUnread(seat)
        }
        self.takeFromFenced()
    }

    /// The defect ``Defect/fencingSkipped``: a relay that ignores generations.
    private func takeFromFenced() {
        for (connection, message) in self.network.fenced {
            guard let old = self.shell.oldCloses.last(where: { self.shell.connections[$0.connection] === connection }),
                let now = self.relay.room.inspect(old.seat), now.connection != nil
            else { continue }
            let arrival = Arrival(at: self.network.now, isExact: false)
            message.withUnsafeBytes {
                _ = self.relay.give(.message($0, from: old.seat, generation: now.generation, arrival: arrival))
            }
        }
        self.network.fenced.removeAll()
    }

    /// Notes what the room's outputs mean for connections. Call before they are carried out.
    func observeOutputs() {
        for output in self.relay.room.outputs {
            switch output {
            case .welcome(let id, let welcome):
                guard let connection = self.shell.connections[id] else {
                    return self.fail("a welcome for connection \(id.rawValue), which is no more")
                }
                connection.sentTick = welcome.resumed ? connection.resumedFrom : .none
                self.shell.seated[welcome.seat] = (welcome.generation, id)
            case .close(let id, let code):
                self.network.digest.mix(id.rawValue << 16 | UInt64(code.rawValue))
                if let old = self.shell.seated.first(where: { $0.value.connection == id }) {
                    self.shell.oldCloses.append((old.key, old.value.generation, id))
                }
            case .note(let note): self.network.digest.mix(UInt64(note.seat.rawValue) << 32 | note.tick.rawValue)
            case .deliver: break
            }
        }
    }

    /// Checks the frames that the room wants sent, before they are.
    func checkDeliveries() {
        for delivery in self.relay.room.deliveries {
            guard let connection = self.shell.connections[delivery.connection],
                self.relay.transport(of: delivery.connection) != nil
            else {
                self.fail("a frame for connection \(delivery.connection.rawValue), which is closed")
                continue
            }
            self.checkDelivery(delivery, connection)
        }
    }

    /// Forgets connections that are over.
    func forgetOver() {
        self.network.connections.removeAll { $0.stage == .over }
        let kept = Set(self.shell.oldCloses.map(\.connection))
        self.shell.connections = self.shell.connections.filter { $0.value.stage != .over || kept.contains($0.key) }
    }
}
