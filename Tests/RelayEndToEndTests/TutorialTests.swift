import Foundation
import Testing
import TickRelayClient

@Suite("The tutorial", .serialized, .timeLimit(.minutes(1)))
struct TutorialTests {
    /// The code of the tutorial, letter by letter.
    private func firstGame(at address: String) async throws {
        // begin
        let game = try await TickRelay.join(room: "lobby", at: address)
        game.me[0].set("x", 1.5)
        game.send("chat", "hello")
        for await tick in game.ticks {
            for event in tick.events where event.name == "chat" { print(event.sender, event.value) }
            for entity in tick.entities { print(entity.id, entity.number("x") ?? 0) }
            if !tick.events.isEmpty { break }
        }
        await game.leave()
        // end
    }

    @Test("Its code runs to its end against a relay")
    func runs() async throws {
        try await TestRelay.with { relay in try await self.firstGame(at: relay.address) }
    }

    @Test("Its code is the code that runs here")
    func isThis() throws {
        let here = try String(contentsOfFile: #filePath, encoding: .utf8)
        let top = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        let article = try String(
            contentsOf: top.appending(path: "Sources/TickRelayClient/TickRelayClient.docc/FirstGame.md"), encoding: .utf8)
        func between(_ start: String, _ end: String, in text: String) -> [String] {
            let rest = text.components(separatedBy: start).dropFirst().first ?? ""
            return (rest.components(separatedBy: end).first ?? "").split(separator: "\n").map {
                $0.trimmingCharacters(in: .whitespaces)
            }.filter { !$0.isEmpty }
        }
        let code = between("```swift\n", "```", in: article)
        #expect(code.count > 5)
        #expect(code == between("// begin\n", "// end\n", in: here))
    }
}
