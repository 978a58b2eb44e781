import RelayWire
import RelayArena
import RelayCore
import Testing

/// Ticks of one room: when each began and how long it took, in milliseconds; and whether the last is one too many.
struct OverrunVector: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var ticks: [(start: UInt64, length: UInt64)]
    /// Whether somebody else had the core in nearly all of that time.
    var stolen = false
    var expected: Overrun?

    init(_ name: String, _ ticks: [(start: UInt64, length: UInt64)], stolen: Bool = false, _ expected: Overrun?) {
        (self.testDescription, self.ticks, self.stolen, self.expected) = (name, ticks, stolen, expected)
    }

    private static let budget: UInt64 = 33
    private static func row(_ count: UInt64, _ length: UInt64) -> [(start: UInt64, length: UInt64)] {
        (0..<count).map { (start: $0 * length, length: length) }
    }

    static let all = [
        OverrunVector("as long as it may take, for ever", Self.row(1000, 33), nil),
        OverrunVector("a pause of the machine", [(0, 5000), (5000, 10)], nil),
        OverrunVector("two long ones", [(0, 5000), (5000, 5000)], nil),
        // The first only makes it suspicious: from the second on CPU time is asked for.
        OverrunVector("three long ones", [(0, 5000), (5000, 6000), (11_000, 4000)], nil),
        OverrunVector(
            "four long ones", [(0, 5000), (5000, 6000), (11_000, 4000), (15_000, 50)],
            Overrun(ticks: 3, worst: 6_000_000_000, budget: 33_000_000)),
        OverrunVector("not yet 2.5 seconds", Self.row(74, 34), nil),
        OverrunVector("2.5 seconds", Self.row(75, 34), Overrun(ticks: 74, worst: 34_000_000, budget: 33_000_000)),
        OverrunVector("a short one in between", Self.row(74, 34) + [(2516, 2), (2518, 34)], nil),
        OverrunVector("somebody else has the core", Self.row(1000, 500), stolen: true, nil),
    ]

    func run() -> Overrun? {
        var watch = OverrunWatch()
        var last: Overrun?
        for tick in self.ticks {
            let start = Instant(nanoseconds: tick.start * 1_000_000)
            let length = tick.length * 1_000_000
            let cpuTime = watch.isSuspicious ? (self.stolen ? 1_000_000 : length) : nil
            last = watch.judge(from: start, to: start.advanced(by: length), cpuTime: cpuTime, budget: Self.budget * 1_000_000)
        }
        return last
    }
}

@Suite("Overrunning rooms")
struct OverrunTests {
    @Test("Evicted after 2.5 seconds of nothing but long ticks", arguments: OverrunVector.all)
    func overrun(_ vector: OverrunVector) { #expect(vector.run() == vector.expected) }
}
