import RelayTransport
import Testing

/// Runs of ticks of a room of eight, and whether it asks first after each.
struct HabitVector: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var runs: [(ticks: Int, spoke: Int, pollsFirst: Bool)]

    init(_ name: String, _ runs: [(ticks: Int, spoke: Int, pollsFirst: Bool)]) {
        (self.testDescription, self.runs) = (name, runs)
    }

    static let all = [
        HabitVector("nobody speaks", [(64, 0, true)]),
        HabitVector("all speak", [(15, 8, true), (1, 8, false), (64, 8, false)]),
        HabitVector("seven of eight are not enough to begin with", [(64, 7, true)]),
        HabitVector("but enough to go on", [(16, 8, false), (64, 7, false)]),
        HabitVector("one silent tick changes nothing", [(31, 8, false), (1, 0, false), (64, 8, false)]),
        HabitVector("half a silent run does", [(16, 8, false), (8, 8, false), (8, 2, true)]),
        HabitVector("most are gone", [(16, 8, false), (16, 5, true), (16, 8, false)]),
    ]
}

@Suite("Who is asked before being read")
struct ReadingHabitTests {
    @Test("Rooms where nearly all speak are read unasked", arguments: HabitVector.all)
    func habits(_ vector: HabitVector) {
        var habit = ReadingHabit()
        for run in vector.runs {
            let before = habit.pollsFirst
            var changes = 0
            for _ in 0..<run.ticks where habit.count(spoke: run.spoke, of: 8) { changes += 1 }
            #expect(habit.pollsFirst == run.pollsFirst)
            #expect(changes == (before == run.pollsFirst ? 0 : 1))
        }
    }

    @Test("An empty room goes on asking") func empty() {
        var habit = ReadingHabit()
        for _ in 0..<100 {
            let changes = habit.count(spoke: 0, of: 0)
            #expect(!changes)
        }
        #expect(habit.pollsFirst)
    }

    @Test("Where the kernel cannot watch, everybody is read on") func cannotWatch() {
        var habit = ReadingHabit()
        habit.giveUpPolling()
        #expect(!habit.pollsFirst)
    }
}
