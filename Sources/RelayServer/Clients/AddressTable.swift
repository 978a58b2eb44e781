import RelayHosting
import Synchronization

/// What each address has and has done. Shared by all front doors; every call is short.
///
/// Memory is bounded: of the addresses with places there are no more than handshakes, connections and rooms, and as many again, or
/// ``fewest``, that had some and are not cleared away yet; of the others, the budgets of the last minute or two are remembered, of 2 x ``generation`` addresses at most. Under a flood from more
/// addresses than that, the budgets longest untouched are forgotten, and the bounds on everything together hold.
package final class AddressTable: Sendable {
    /// Addresses with budgets after which the remembered ones become the old ones, and the old ones are forgotten.
    package static let generation = 32_768
    /// Addresses among which the idle ones are not worth clearing away.
    package static let fewest = 1024

    fileprivate struct Budgets {
        var joins = MinuteBudget()
        var failures = MinuteBudget()
    }

    fileprivate struct State {
        var limits: AddressLimits
        /// Of an address that has places, or had some since the last clearing.
        var places: [AddressBlock: AddressPlaces] = [:]
        /// The idle ones are cleared away when there are so many.
        var clearingAt = AddressTable.fewest
        var budgets: [AddressBlock: Budgets] = [:]
        var oldBudgets: [AddressBlock: Budgets] = [:]
        var generationBegan: UInt64 = 0
        /// When operators were last told of something, by the counter that has the rest.
        var told: [FrontDoorCounters.Reason: UInt64] = [:]
    }

    private let state: Mutex<State>

    package init(_ limits: AddressLimits = AddressLimits()) { self.state = Mutex(State(limits: limits)) }

    /// For places and budgets taken from now on.
    package func adopt(_ limits: AddressLimits) { self.state.withLock { $0.limits = limits } }

    // MARK: Places

    /// The outcome of asking for a place.
    package enum Place: Sendable {
        /// Exempt from limits by address.
        case exempt
        case taken(AddressHold)
        case refused

        package var hold: AddressHold? { if case .taken(let hold) = self { hold } else { nil } }
        package var isRefused: Bool { if case .refused = self { true } else { false } }
        var roomClaim: RoomClaim { self.isRefused ? .refused : .granted(self.hold) }
    }

    package func take(_ kind: AddressHold.Kind, by block: AddressBlock?) -> Place {
        guard let block else { return .exempt }
        let places = self.state.withLock { state -> AddressPlaces? in
            guard !state.isFull(kind, of: block) else { return nil }
            let places = state.places(of: block)
            places.add(1, kind)
            return places
        }
        return places.map { .taken(AddressHold(kind, in: $0)) } ?? .refused
    }

    /// Whether a place would be refused now.
    package func isFull(_ kind: AddressHold.Kind, of block: AddressBlock?) -> Bool {
        guard let block else { return false }
        return self.state.withLock { $0.isFull(kind, of: block) }
    }

    // MARK: Budgets

    /// Counts a new seat that is asked for; milliseconds to wait if there were too many.
    package func join(by block: AddressBlock?, at now: UInt64) -> Int? {
        guard let block else { return nil }
        return self.state.withLock { state in
            let size = state.limits.joins
            return state.withBudgets(of: block, at: now) { $0.joins.take(of: size, at: now) }
        }
    }

    /// Counts a refusal that the client is to blame for.
    package func fail(by block: AddressBlock?, at now: UInt64) {
        guard let block else { return }
        self.state.withLock { state in
            let size = state.limits.failures
            _ = state.withBudgets(of: block, at: now) { $0.failures.take(of: size, at: now) }
        }
    }

    /// Milliseconds to wait after too many failures; nil if there were not too many.
    package func failureWait(of block: AddressBlock?, at now: UInt64) -> Int? {
        guard let block else { return nil }
        return self.state.withLock { state in
            (state.budgets[block] ?? state.oldBudgets[block])?.failures.wait(of: state.limits.failures, at: now)
        }
    }

    // MARK: Reports

    /// Addresses with a place, those that are known for that they have or had one, and those whose budgets are remembered.
    package var counts: (open: Int, known: Int, remembered: Int) {
        self.state.withLock { state in
            let open = state.places.values.count { !$0.isIdle }
            return (open, state.places.count, state.budgets.count + state.oldBudgets.count)
        }
    }

    /// Whether operators are to be told of what this counter counts: once in an interval, so that a flood fills no log and hides nothing else.
    ///
    /// - Parameter seconds: The interval.
    package func mayTell(of reason: FrontDoorCounters.Reason, every seconds: UInt64, at now: UInt64) -> Bool {
        self.state.withLock { state in
            guard state.told[reason].map({ now >= $0 + seconds * 1_000_000_000 }) ?? true else { return false }
            state.told[reason] = now
            return true
        }
    }
}

extension AddressTable.State {
    fileprivate func isFull(_ kind: AddressHold.Kind, of block: AddressBlock) -> Bool {
        (self.places[block]?.count(of: kind) ?? 0) >= self.limits.maximum(of: kind)
    }

    /// Those of an address that is about to take one.
    fileprivate mutating func places(of block: AddressBlock) -> AddressPlaces {
        if let known = self.places[block] { return known }
        if self.places.count >= self.clearingAt {
            self.places = self.places.filter { !$0.value.isIdle }
            self.clearingAt = max(AddressTable.fewest, 2 * self.places.count)
        }
        let places = AddressPlaces()
        self.places[block] = places
        return places
    }

    /// A budget that was not touched for a minute is full: forgetting it changes nothing.
    fileprivate mutating func withBudgets<Result>(
        of block: AddressBlock, at now: UInt64, _ body: (inout AddressTable.Budgets) -> Result
    ) -> Result {
        if self.budgets.count >= AddressTable.generation || now >= self.generationBegan + MinuteBudget.minute {
            (self.oldBudgets, self.budgets, self.generationBegan) = (self.budgets, [:], now)
        }
        var budgets = self.budgets[block] ?? self.oldBudgets.removeValue(forKey: block) ?? AddressTable.Budgets()
        defer { self.budgets[block] = budgets }
        return body(&budgets)
    }
}
