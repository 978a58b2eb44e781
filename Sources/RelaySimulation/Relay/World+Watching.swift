import RelayCore
import RelayHosting
import RelayTransport
import RelayWire

// What watches the relay's connections, and harms them.
extension World {
    /// Gives the models every input of the room.
    func observe(_ input: RoomInput) {
        switch input {
        case .message(let bytes, let seat, let generation, _):
            guard let now = self.book.seated[seat], now.generation == generation else { return }
            self.received.append((seat, now.connection, Array(bytes)))
        case .lost(let seat, let generation, let connection, _):
            guard !self.book.isRepeating else { return }
            self.model.disturb(seat, replaced: false)
            self.book.oldCloses.append((seat, generation, connection))
        case .handedOver(let delivery, _, _, _, let isComplete):
            if !isComplete { self.totals.remainders += 1 }
            self.model.handedOver(self.relay.room.currentTick, to: delivery.seat)
        case .join, .rejoin, .reading, .controlFrame, .ponged, .unread, .kernel, .stride, .kick, .request, .tick, .remainderSent,
            .idle,
            .end:
            break
        }
    }

    /// Reads every connection, and tells the model who was not read to the end.
    func readEverybody() {
        self.openFrontDoor()
        self.relay.readEverybody()
        for (seat, now) in self.book.seated {
            guard let connection = self.book.connections[now.connection], self.relay.transport(of: now.connection) != nil,
                connection.isLeftUnread(stride: self.relay.room.stride)
            else { continue }
            self.model.markUnread(seat)
        }
        self.takeFromFenced()
    }

    /// The defect ``Defect/fencingSkipped``: a relay that ignores generations.
    private func takeFromFenced() {
        for (connection, message) in self.network.fenced {
            guard let old = self.book.oldCloses.last(where: { self.book.connections[$0.connection] === connection }),
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
                guard let connection = self.book.connections[id] else {
                    return self.fail("a welcome for connection \(id.rawValue), which is no more")
                }
                connection.sentTick = welcome.resumed ? connection.resumedFrom : .none
                self.book.seated[welcome.seat] = (welcome.generation, id)
            case .close(let id, let code):
                self.network.digest.mix(id.rawValue << 16 | UInt64(code.rawValue))
                if let old = self.book.seated.first(where: { $0.value.connection == id }) {
                    self.book.oldCloses.append((old.key, old.value.generation, id))
                }
            case .note(let place):
                let note = self.relay.room.notes[place]
                self.network.digest.mix(UInt64(note.seat.rawValue) << 32 | note.tick.rawValue)
                self.checkVerdict(note)
            case .deliver, .hashPassword, .answer: break
            }
        }
    }

    /// Checks the frames that the room wants sent, before they are.
    func checkDeliveries() {
        for delivery in self.relay.room.deliveries {
            guard let connection = self.book.connections[delivery.connection],
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
        let kept = Set(self.book.oldCloses.map(\.connection))
        self.book.connections = self.book.connections.filter { $0.value.stage != .over || kept.contains($0.key) }
    }
}
