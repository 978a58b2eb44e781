import Foundation
import Testing
import TickRelayClient

@Suite("The tutorial", .serialized, .timeLimit(.minutes(1)))
struct TutorialTests {
    /// The code of the tutorial, letter by letter.
    private func firstGame(at address: String) async throws {
        // begin
        struct Ship: RelayEntity {
            var x: Double
            var name: String
        }

        let game = try await TickRelay.join(room: "lobby", at: address)
        game.me.write(Ship(x: 1.5, name: "Ada"))
        game.send("chat", "hello")
        for await tick in game.ticks {
            for event in tick.events where event.name == "chat" { print(event.sender, event.value) }
            for ship in tick.entities(of: Ship.self) { print(ship.owner, ship.name, ship.x) }
            if !tick.events.isEmpty { break }
        }
        await game.leave()
        // end
    }

    /// The game of the README, letter by letter but for the address.
    private func readmeGame(at address: String) async throws {
        // readme begin
        struct Ship: RelayEntity {  // its properties are fields
            var x = 0.0
            var name: String
        }

        let game = try await TickRelay.join(room: "lobby", at: address)
        game.send("chat", "hello")  // an event, to all
        var ship = Ship(name: "Ada")
        for await tick in game.ticks {  // newest state, every event
            ship.x += 0.1
            game.me.write(ship)  // an entity of ours; only what changed travels
            for event in tick.events { print(event.sender, event.name, event.value) }
            for other in tick.entities(of: Ship.self) { print(other.owner, other.name, other.x) }
            for player in tick.players { print(player.seat, player.state, player.rtt ?? 0) }
            if tick.events.contains(where: { $0.name == "bye" }) { break }
        }
        await game.leave()
        // readme end
    }

    @Test("The code of the tutorial and of the README runs to its end against a relay")
    func runs() async throws {
        try await TestRelay.with { relay in
            try await self.firstGame(at: relay.address)
            async let played: Void = self.readmeGame(at: relay.address)
            let other = try await TickRelay.join(room: "lobby", at: relay.address)
            for await tick in other.ticks
            where tick.players.count > 1 && tick.entities.contains(where: { $0.number("x") ?? 0 > 1 }) {
                other.send("bye", true)
                break
            }
            try await played
            await other.leave()
        }
    }

    @Test(
        "Their code is the code that runs here",
        arguments: [
            ("Sources/TickRelayClient/TickRelayClient.docc/FirstGame.md", "```swift\n", "// begin\n", "// end\n"),
            ("README.md", "import TickRelayClient\n", "// readme begin\n", "// readme end\n"),
        ])
    func isThis(path: String, begin: String, beginHere: String, endHere: String) throws {
        let here = try String(contentsOfFile: #filePath, encoding: .utf8)
        let top = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        let article = try String(contentsOf: top.appending(path: path), encoding: .utf8)
        func between(_ start: String, _ end: String, in text: String) -> [String] {
            let rest = text.components(separatedBy: start).dropFirst().first ?? ""
            return (rest.components(separatedBy: end).first ?? "").split(separator: "\n").map {
                // Comments and the address are the page's own.
                let code = $0.components(separatedBy: "  //").first ?? ""
                return code.replacing("\"ws://127.0.0.1:7777\"", with: "address").trimmingCharacters(in: .whitespaces)
            }.filter { !$0.isEmpty }
        }
        let code = between(begin, "```", in: article)
        #expect(code.count > 5)
        #expect(code == between(beginHere, endHere, in: here))
    }
}
