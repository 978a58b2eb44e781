/// A room's counters: by ``RoomCounter``, and by close code for what the room closed.
package struct RoomCounters: Sendable, Equatable {
    private var values = [UInt64](repeating: 0, count: RoomCounter.allCases.count)
    /// Connections the room closed, by code, in the order of ``CloseCode/allCases``.
    private var closes = [UInt64](repeating: 0, count: CloseCode.allCases.count)

    package init() {}

    package subscript(counter: RoomCounter) -> UInt64 { self.values[counter.rawValue] }
    package subscript(code: CloseCode) -> UInt64 { self.closes[Self.position(of: code)] }

    package mutating func count(_ counter: RoomCounter) { self.values[counter.rawValue] += 1 }
    package mutating func count(_ code: CloseCode) { self.closes[Self.position(of: code)] += 1 }

    /// Adds another room's counts.
    package mutating func add(_ other: RoomCounters) {
        for index in self.values.indices { self.values[index] += other.values[index] }
        for index in self.closes.indices { self.closes[index] += other.closes[index] }
    }

    private static func position(of code: CloseCode) -> Int { CloseCode.allCases.firstIndex(of: code) ?? 0 }
}
