import RelayCore
import RelayWire
import RelayWireJSON

// The JSON form: text messages are turned into binary ones before the room sees them, and pings follow frames.
extension ConnectedRoom {
    /// Takes one text message. False if the connection is over, or will be at the tick.
    func take(text bytes: UnsafeRawBufferPointer, _ state: TextState, from pointer: ConnectionPointer, _ arrival: Arrival) -> Bool
    {
        if let heartbeat = TextHeartbeat(bytes) { return self.take(heartbeat, bytes, state, from: pointer, arrival) }
        guard let seat = pointer.pointee.seat else { return true }
        do throws(JSONError) {
            let text = Span<UInt8>(_unsafeBytes: bytes)
            try self.context.translator.translate(text, from: seat, newest: &state.newestUplink)
        } catch {
            self.lose(pointer, code: error.closeCode, sentence: error.sentence)
            return false
        }
        return self.giveMessage(self.context.translator.message, from: pointer, arrival)
    }

    private func take(
        _ heartbeat: TextHeartbeat, _ text: UnsafeRawBufferPointer, _ state: TextState, from pointer: ConnectionPointer,
        _ arrival: Arrival
    ) -> Bool {
        guard self.mayControl(pointer) else { return false }
        switch heartbeat {
        case .ping, .two, .twoProbe, .echo:
            self.owe(pointer)
            state.owed.add(heartbeat, text)
        case .pong, .probed: self.acknowledge(state.tick(of: heartbeat), from: pointer, arrival)
        }
        return true
    }

    /// Gives the room the acknowledgement that the answer to a ping is.
    func acknowledge(_ tick: Tick?, from pointer: ConnectionPointer, _ arrival: Arrival) {
        guard let tick, let seat = pointer.pointee.seat else { return }
        self.give(.ponged(tick, from: seat, generation: pointer.pointee.generation, arrival: arrival))
    }

    /// Notes the ping that is to follow a frame, and sends it at once if the transport took the frame whole. A frame that was not is always pinged,
    /// because the room awaits its acknowledgement: ``Room/handedOver(_:bytes:at:liveness:isComplete:)``.
    func ping(_ pointer: ConnectionPointer, after delivery: Delivery, isComplete: Bool) {
        guard let state = pointer.pointee.text, delivery.needsPing(isComplete: isComplete) else { return }
        state.toPing = self.room.currentTick
        self.sendPing(pointer)
    }

    /// Sends the ping that is due, unless a remainder waits.
    func sendPing(_ pointer: ConnectionPointer) {
        guard let state = pointer.pointee.text, pointer.pointee.remainder.hasSentAll else { return }
        let ping = state.takePing()
        guard !ping.isEmpty else { return }
        ping.withUnsafeBytes { self.sendControl($0, on: pointer) }
    }

    /// Writes the welcome of the JSON form.
    func write(_ welcome: Welcome, for state: TextState) {
        state.newestUplink = welcome.lastUplink
        self.context.welcomeWriter.jsonWelcome(welcome, room: state.room)
    }
}
