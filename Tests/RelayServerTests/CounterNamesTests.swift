import Foundation
import RelayCore
import RelayServer
import Testing

@Suite("Counters")
struct CounterNamesTests {
    @Test("Each of them stands in STATS.md")
    func documented() throws {
        let top = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        let text = try String(contentsOf: top.appending(path: "Protocol/STATS.md"), encoding: .utf8)
        let names =
            FrontDoorCounters.Reason.allCases.map(\.rawValue) + TicketFault.allCases.map { "ticket.\($0.rawValue)" }
            + RoomCounter.allCases.map { "\($0)" }
        #expect(names.filter { !text.contains("`\($0)`") } == [])
    }
}
