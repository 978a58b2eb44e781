import RelayCore
import RelayHosting
import RelayTransport
import RelayWire

// The simulated front door, before the relay's connections, which are the production ones.
extension World {
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
                        return self.relay.context.refuse(connection, .wrongMessageType)
                    }
                    let hello = Array(message.payload)
                    self.admit(hello, connection, unread: Array(bytes[offset...]))
                } catch {
                    self.relay.context.refuse(connection, CloseCode(rawValue: error.closeCode) ?? .protocolError)
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
                return self.relay.context.refuse(connection, .tokenRefused)
            }
            connection.resumedFrom = rejoin.tick
            request = .rejoin(rejoin, token)
        case .success(.uplink), .success(.ack), .success(.resync), .success(.leave), .success(.visibility):
            return self.relay.context.refuse(connection, .outOfPlace)
        case .failure(let error): return self.relay.context.refuse(connection, error.closeCode)
        }
        let newcomer = Newcomer(request, decoder: connection.frontDoor, unread: unread, arrival: self.network.now)
        let id = self.relay.admit(connection, newcomer)
        connection.stage = .relay(id)
        self.book.connections[id] = connection
    }
}
