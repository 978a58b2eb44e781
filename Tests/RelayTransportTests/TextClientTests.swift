import RelayCore
import RelayHosting
import RelayTransport
import RelayWire
import Testing

/// A client of the JSON form in memory: the texts and control frames that came, in order.
private struct TextPlayer {
    let transport = MemoryTransport()

    init(in turns: Turns, _ acknowledgement: Acknowledgement = .pings, role: Role = .player) {
        let decoder = WebSocketDecoder(role: .server, maximumMessageBytes: 4_096)
        let newcomer = Newcomer(
            .hello(Hello(room: "here", role: role)), form: .json(acknowledgement), decoder: decoder, unread: [],
            arrival: turns.clock.now)
        turns.room.admit(self.transport, newcomer)
    }

    func say(_ text: String) {
        self.transport.say(.text) { $0.raw(Array(text.utf8)) }
    }

    /// Everything that came: texts as they are, `<ping TICK>`, `<close CODE>`.
    var heard: [String] {
        var decoder = WebSocketDecoder(role: .client, maximumMessageBytes: 1 << 20)
        var (bytes, offset, items) = (self.transport.written, 0, [String]())
        bytes.withUnsafeMutableBytes { buffer in
            while let item = try? decoder.next(in: buffer, from: &offset) {
                switch item {
                case .message(let message): items.append(String(decoding: message.payload, as: UTF8.self))
                case .ping(let payload): items.append("<ping \(UInt64(littleEndian: payload.loadUnaligned(as: UInt64.self)))>")
                case .pong: items.append("<pong>")
                case .close(let code, _): items.append("<close \(code ?? 0)>")
                }
            }
        }
        return items
    }

    var frames: [String] { self.heard.filter { $0.hasPrefix("{\"tick\"") } }
    var pings: [String] { self.heard.filter { $0.hasPrefix("<ping") } }

    /// Answers the newest ping.
    func pong(_ tick: UInt64) { self.transport.say(.pong) { $0.u64(tick) } }
}

@Suite("Clients of the JSON form")
struct TextClientTests {
    @Test("A newcomer gets a welcome, a frame and a ping that names its tick")
    func join() {
        let turns = Turns()
        let player = TextPlayer(in: turns)
        turns.tick()
        #expect(player.heard.count == 3)
        #expect(player.heard[0].hasPrefix("{\"welcome\":{\"room\":\"here\",\"seat\":1,\"token\":\""))
        #expect(player.heard[1] == #"{"tick":2,"snapshot":true,"host":1,"players":{"1":{"state":"live","joined":2}}}"#)
        #expect(player.heard[2] == "<ping 2>")
    }

    @Test("What it writes is seen as plain objects, whole at first and then what changed")
    func state() {
        let turns = Turns()
        let (writer, watcher) = (TextPlayer(in: turns), TextPlayer(in: turns, role: .spectator))
        turns.tick()
        writer.say(#"{"set":{"x":1.5,"name":"<\"é\">"}}"#)
        turns.tick()
        #expect(watcher.frames.last == #"{"tick":3,"entities":{"1":{"x":1.5,"name":"<\"é\">"}}}"#)
        writer.say(#"{"set":{"x":2}}"#)
        writer.say(#"{"send":["chat","hi"]}"#)
        turns.tick()
        let event = #""events":[{"n":1,"tick":4,"from":1,"name":"chat","value":"hi"}]"#
        #expect(watcher.frames.last?.hasPrefix(#"{"tick":4,"changes":{"1":{"x":2}},"# + event) == true)
        writer.say(#"{"remove":0}"#)
        turns.tick()
        #expect(watcher.frames.last == #"{"tick":5,"removed":["1"]}"#)
    }

    /// Fills the room with fields whose name has six bytes as text for each of its own.
    private func fill(_ turns: Turns, fields: Int) {
        let writer = TextPlayer(in: turns)
        turns.tick()
        let name = String(repeating: #"\u0001"#, count: 60)
        for first in stride(from: 0, to: fields, by: 10) {
            let sets = (first..<first + 10).map { #""\#(name)\#(String($0, radix: 36))":1"# }
            writer.say("{\"set\":{\(sets.joined(separator: ","))},\"entity\":\(first / 50)}")
            turns.tick()
        }
    }

    @Test("A snapshot of many bytes is paid for by ticks without one: who comes meanwhile waits, and all get the next together")
    func largeSnapshots() throws {
        let turns = Turns()
        self.fill(turns, fields: 1_000)
        let first = TextPlayer(in: turns, .ticks)
        turns.tick()
        let bytes = try #require(first.frames.first).utf8.count
        #expect(bytes > 2 * 131_072 && bytes < 3 * 131_072)
        let late = [TextPlayer(in: turns, .ticks), TextPlayer(in: turns, .ticks)]
        turns.tick(2)
        #expect(late.allSatisfy { $0.heard.count == 1 && $0.frames.isEmpty }, "welcomed, and still without a frame")
        turns.tick()
        #expect(late.allSatisfy { $0.frames.count == 1 && $0.frames[0].utf8.count > 2 * 131_072 })
    }

    @Test("Small snapshots wait for nothing")
    func smallSnapshots() {
        let turns = Turns()
        for _ in 0..<4 {
            let player = TextPlayer(in: turns)
            turns.tick()
            #expect(player.frames.count == 1)
        }
    }

    @Test("One ping at a time, and its answer acknowledges: a silent client is behind, one that pongs is not")
    func pings() {
        let turns = Turns()
        let (alive, mute) = (TextPlayer(in: turns), TextPlayer(in: turns))
        for _ in 0..<90 {
            turns.tick()
            alive.say(#"{"set":{"t":\#(turns.now)}}"#)
            if let newest = alive.pings.last, let tick = UInt64(newest.dropFirst(6).dropLast()) { alive.pong(tick) }
        }
        #expect(mute.pings == ["<ping 2>"])
        #expect(alive.pings.count > 40)
        #expect(alive.frames.count > 85)
        #expect(mute.frames.count < 20)  // behind after half a second
        #expect(turns.room.room.counters[.acknowledgements] > 40)
    }

    @Test("A pong of a tick that was never pinged acknowledges nothing; a forged one ends its sender alone")
    func forgedPongs() {
        let turns = Turns()
        let (forger, witness) = (TextPlayer(in: turns), TextPlayer(in: turns))
        turns.tick()
        for tick in [0, 3, UInt64.max] { forger.pong(tick) }
        forger.transport.say(.pong) { $0.u8(1) }
        turns.tick(2)
        #expect(turns.room.room.counters[.acknowledgements] == 0)
        #expect(!forger.heard.contains { $0.hasPrefix("<close") })
        forger.pong(1)  // before its first frame
        turns.tick(2)
        #expect(forger.heard.last == "<close 4003>")
        #expect(!witness.heard.contains { $0.hasPrefix("<close") })
    }

    @Test("A frame that the kernel takes in part is followed by its ping once it is whole")
    func remainder() {
        let turns = Turns()
        let player = TextPlayer(in: turns)
        turns.tick()
        player.pong(2)
        turns.tick()
        player.transport.space = 3
        player.say(#"{"set":{"x":1}}"#)
        turns.tick(3)
        let before = player.pings.count
        player.transport.space = .max
        turns.tick()
        #expect(player.pings.count == before + 1)
        #expect(player.heard.last?.hasPrefix("<ping") == true)
    }

    @Test("A close by 1000 is a leave; any other end holds the seat", arguments: [(1000, 0), (1001, 1)])
    func closing(_ code: UInt16, seated: Int) {
        let turns = Turns()
        let player = TextPlayer(in: turns)
        turns.tick()
        player.pong(2)
        turns.tick()
        player.transport.say(.close) {
            $0.u8(UInt8(code >> 8))
            $0.u8(UInt8(code & 255))
        }
        turns.tick(2)
        #expect(turns.room.room.seated == seated)
        #expect(player.heard.last == "<close \(code)>")
    }

    @Test("What makes no sense closes its sender alone", arguments: ["[", "{\"x\":1}", "{\"join\":\"here\"}"])
    func nonsense(_ text: String) {
        let turns = Turns()
        let (stranger, witness) = (TextPlayer(in: turns), TextPlayer(in: turns))
        turns.tick()
        stranger.say(text)
        turns.tick(2)
        #expect(stranger.heard.last == (text.contains("join") ? "<close 4006>" : "<close 4000>"))
        #expect(!witness.heard.contains { $0.hasPrefix("<close") })
    }

    @Test("Text heartbeats are answered in kind, each kind once a turn")
    func heartbeats() {
        let turns = Turns()
        let player = TextPlayer(in: turns)
        turns.tick()
        for text in ["ping", "2", "2probe", "~h#1~", "~h#2~", "ping"] { player.say(text) }
        turns.tick()
        #expect(player.heard.filter { !$0.hasPrefix("{") && !$0.hasPrefix("<") } == ["pong", "3", "3probe", "~h#2~"])
    }
}
