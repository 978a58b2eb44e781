import RelayWire

// What somebody asks with a seat's token and without its connection: acts of a host over HTTP.
extension Room {
    /// Carries out one operation as if an uplink of the seat had brought it.
    mutating func applyRequest(
        _ operation: Range<Int>, in inbox: Inbox, for seatNumber: SeatNumber, _ generation: UInt64
    ) -> RequestOutcome {
        if let refusal = self.members.refusal(of: seatNumber, generation) { return .refused(refusal) }
        let seat = self.members.seats[seatNumber]
        guard self.intake.chargeRequest(of: seat, at: self.clock.moment.now) else { return .refused(.rateLimited) }
        let bytes = inbox.bytes.span.extracting(operation)
        do throws(WireError) {
            let list = try OperationList(bytes, from: 0, count: 1, names: self.world.names.count)
            var nextField = 0
            let code = self.apply(list, 0, &nextField, bytes, seat) ?? .succeeded
            if code != .succeeded { self.out.count(.operationsRefused) }
            return .result(code)
        } catch {
            return .refused(error.closeCode)
        }
    }
}
