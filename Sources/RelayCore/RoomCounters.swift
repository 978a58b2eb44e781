/// A room's counters: by ``RoomCounter``, by close code for what the room closed, and by lag and cause.
package struct RoomCounters: Sendable, Equatable {
    private var values = [UInt64](repeating: 0, count: RoomCounter.allCases.count)
    /// Connections the room closed, by code, in the order of ``CloseCode/allCases``.
    private var closes = [UInt64](repeating: 0, count: CloseCode.allCases.count)
    /// Verdicts, by ``Lag`` and then by cause.
    private var verdicts = [UInt64](repeating: 0, count: Lag.allCases.count * LagCause.allCases.count)

    package init() {}

    package subscript(counter: RoomCounter) -> UInt64 { self.values[counter.rawValue] }
    package subscript(code: CloseCode) -> UInt64 { self.closes[Self.position(of: code)] }
    package subscript(lag: Lag, cause: LagCause) -> UInt64 { self.verdicts[Self.position(of: lag, cause)] }

    package mutating func count(_ counter: RoomCounter) { self.values[counter.rawValue] += 1 }
    package mutating func count(_ code: CloseCode) { self.closes[Self.position(of: code)] += 1 }
    package mutating func count(_ lag: Lag, _ cause: LagCause) { self.verdicts[Self.position(of: lag, cause)] += 1 }

    /// Adds another room's counts.
    package mutating func add(_ other: RoomCounters) {
        for index in self.values.indices { self.values[index] += other.values[index] }
        for index in self.closes.indices { self.closes[index] += other.closes[index] }
        for index in self.verdicts.indices { self.verdicts[index] += other.verdicts[index] }
    }

    private static func position(of code: CloseCode) -> Int { CloseCode.allCases.firstIndex(of: code) ?? 0 }

    private static func position(of lag: Lag, _ cause: LagCause) -> Int {
        lag.rawValue * LagCause.allCases.count + Int(cause.rawValue)
    }
}
