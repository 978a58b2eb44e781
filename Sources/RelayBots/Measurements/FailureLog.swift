/// The failures of a run, by kind: how often, and the first three cases in words.
struct FailureLog {
    enum Kind: String, CaseIterable {
        case sequence = "a player's own state is not what its confirmed uplinks say"
        case backwards = "a player's state went backwards"
        case eventTwice = "an event came twice or out of order"
        case eventLost = "an event was lost without a gap being reported"
        case seatLost = "a seat was lost"
        case uplinkLost = "confirmed uplinks were lost"
        case noticesDropped = "the generator polled too rarely and missed notices"
        case ended = "the relay ended a session for good"
        case writeRefused = "the relay refused a write"
        case unsettled = "a room did not settle after the writes had stopped"
        case lastWrite = "a player's last write is not what the others see"
        case lastEvent = "a player's last event did not reach everybody"
    }

    private var counts: [Kind: (count: Int, examples: [String])] = [:]

    mutating func record(_ kind: Kind, _ example: @autoclosure () -> String) {
        var entry = self.counts[kind] ?? (0, [])
        entry.count += 1
        if entry.examples.count < 3 { entry.examples.append(example()) }
        self.counts[kind] = entry
    }

    /// One sentence for each kind that occurred.
    var sentences: [String] {
        Kind.allCases.compactMap { kind in
            self.counts[kind].map { "\(kind.rawValue) (\($0.count)): \($0.examples.joined(separator: "; "))" }
        }
    }
}
