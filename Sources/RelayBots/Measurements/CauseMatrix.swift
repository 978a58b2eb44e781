import RelayWire

/// What was done to a player on purpose.
package enum Injection: String, Sendable, CaseIterable {
    /// Nothing by us; what its network or its relay suffered, whoever started both knows.
    case none
    /// It stopped reading and writing.
    case frozen
    /// It writes and never reads.
    case neverReading
    case disconnected

    /// Whether a relay's cause names it. What was not done by us cannot be judged.
    func isNamed(by cause: LagCause) -> Bool? {
        switch self {
        case .none: nil
        case .frozen, .neverReading: cause == .clientFrozen
        // The player may be back before the relay has seen the end.
        case .disconnected: cause == .broken || cause == .replaced
        }
    }
}

extension FaultPlan.Kind {
    /// What it does to a player's connection.
    var injection: Injection {
        switch self {
        case .none, .leave: .none
        case .stall: .frozen
        case .disconnect: .disconnected
        }
    }
}

/// What players suffered, and what the welcome said of it when they came back.
package struct CauseMatrix: Sendable {
    private var counts = [Injection: [LagCause: Int]]()

    package init() {}

    package mutating func record(_ injection: Injection, _ cause: LagCause) {
        self.counts[injection, default: [:]][cause, default: 0] += 1
    }

    /// For reports: by injection, then by cause.
    package var byName: [String: [String: Int]] {
        var names: [String: [String: Int]] = [:]
        for (injection, causes) in self.counts {
            for (cause, count) in causes { names[injection.rawValue, default: [:]][cause.name] = count }
        }
        return names
    }

    /// `frozen 12 of 12, disconnected 3 of 4`; nil if nobody came back from what we did.
    package var summary: String? {
        let parts = Injection.allCases.compactMap { injection -> String? in
            guard let causes = self.counts[injection], injection != .none else { return nil }
            let right = causes.filter { injection.isNamed(by: $0.key) ?? false }.values.reduce(0, +)
            return "\(injection.rawValue) \(right) of \(causes.values.reduce(0, +))"
        }
        return parts.isEmpty ? nil : parts.joined(separator: ", ")
    }
}
