import RelayCore
import RelayTransport
import RelayWire
import Testing

@Suite("A room and its connections")
struct ConnectedRoomTests {
    @Test("A newcomer gets a welcome, then a frame, and its messages reach the room")
    func join() {
        let turns = Turns()
        let player = turns.join()
        turns.tick()
        #expect(player.items == [.welcome, .frame(2)])
        player.say { $0.ack(Ack(tick: Tick(rawValue: 2), delay: 0)) }
        turns.tick()
        #expect(turns.room.room.counters[.acknowledgements] == 1)
        #expect(turns.room.seatedConnections == 1 && !turns.room.hasNothingToDo)
    }

    @Test("What came together with the hello is read behind the welcome")
    func frontDoorBytes() {
        let early = MemoryTransport()
        early.say(.ping) { $0.u8(9) }
        let turns = Turns()
        let player = turns.join(unread: early.incoming)
        turns.tick()
        #expect(player.items == [.welcome, .pong([9]), .frame(2)])
    }

    @Test("Of a frame that the kernel takes in part the rest follows, and nothing newer comes before it")
    func remainder() {
        let turns = Turns()
        let player = turns.join()
        turns.tick(2)
        _ = turns.takeInputs()
        player.space = 3
        while turns.takeInputs().isEmpty { turns.tick() }
        let cut = turns.now
        turns.tick(40)
        #expect(turns.takeInputs() == [])
        player.space = .max
        turns.tick()
        #expect(turns.takeInputs().first == "remainderSent")
        #expect(!player.items.contains(.garbage))
        #expect(player.items.contains(.frame(cut)) && !player.items.contains(.frame(cut + 1)))
    }

    @Test("Pings are answered once a turn, the newest alone, and wait behind the rest of a frame")
    func pongs() {
        let turns = Turns()
        let player = turns.join()
        turns.tick(2)
        for number in 1...3 as ClosedRange<UInt8> { player.say(.ping) { $0.u8(number) } }
        turns.tick()
        #expect(player.items.filter { if case .pong = $0 { true } else { false } } == [.pong([3])])
        player.space = 0
        player.say(.ping) { $0.u8(4) }
        turns.tick(60)
        player.space = .max
        turns.tick(2)
        #expect(player.items.contains(.pong([4])) && !player.items.contains(.garbage))
    }

    @Test("Between two ticks that are far apart pings are answered; what the room hears waits for its tick")
    func betweenTicks() {
        let turns = Turns { $0.rate = 1 }
        let player = turns.join()
        turns.tick(2)
        let sent = player.items.count
        player.say(.ping) { $0.u8(5) }
        player.say { $0.ack(Ack(tick: Tick(rawValue: 2), delay: 0)) }
        turns.room.readBetweenTicks()
        #expect(player.items.dropFirst(sent) == [.pong([5])])
        #expect(turns.room.room.counters[.acknowledgements] == 0 && turns.room.room.inboxCount == 1)
        turns.tick()
        #expect(turns.room.room.counters[.acknowledgements] == 1)
    }

    @Test("However often it is read between two ticks, a connection is read one buffer")
    func floodBetweenTicks() {
        let turns = Turns(readBytes: 300) { $0.rate = 1 }
        let player = turns.join()
        turns.tick(2)
        for _ in 0..<200 { player.say { $0.ack(Ack(tick: .none, delay: 0)) } }
        let flood = player.incoming.count
        for _ in 0..<5 { turns.room.readBetweenTicks() }
        #expect(flood - player.incoming.count == 300)
        turns.tick()
        #expect(flood - player.incoming.count == 600)
        turns.room.readBetweenTicks()
        #expect(flood - player.incoming.count == 900)
    }

    @Test("The rest of a frame goes out between two ticks that are far apart, and who ends there is gone")
    func endsBetweenTicks() {
        let turns = Turns {
            $0.rate = 1
            Turns.patient(&$0)
        }
        let (slow, gone) = (turns.join(), turns.join())
        turns.tick(2)
        slow.space = 3
        gone.hasEnded = true
        turns.room.readBetweenTicks()
        #expect(turns.room.seatedConnections == 1)
        _ = turns.takeInputs()
        turns.tick()
        #expect(turns.takeInputs().contains("handedOver false"))
        slow.space = .max
        turns.room.readBetweenTicks()
        #expect(turns.takeInputs() == ["remainderSent"] && !slow.items.contains(.garbage))
    }

    @Test(
        "Pings and pongs have a budget of their own: within it they cost nothing, over it the connection ends",
        arguments: [WebSocketOpcode.ping, .pong])
    func tooManyPings(opcode: WebSocketOpcode) {
        let turns = Turns()
        let player = turns.join()
        turns.tick(2)
        for _ in 0..<240 { player.say(opcode) { $0.u8(1) } }
        for _ in 0..<200 { player.say { $0.ack(Ack(tick: .none, delay: 0)) } }
        turns.tick()
        #expect(turns.room.seatedConnections == 1)
        for _ in 0..<240 { player.say(opcode) { $0.u8(1) } }
        turns.tick()
        #expect(turns.room.seatedConnections == 0)
        #expect(player.items.last == .close(CloseCode.rateLimited.rawValue))
        #expect(turns.context.counters.closes(.rateLimited) == 1)
    }

    @Test("A close frame is answered with its own code, and the room hears of the loss once")
    func close() {
        let turns = Turns()
        let player = turns.join()
        turns.tick()
        _ = turns.takeInputs()
        var frame: [UInt8] = []
        WebSocketEncoder.appendClientClose(code: 4_999, mask: 1, to: &frame)
        player.incoming += frame + frame
        turns.tick()
        #expect(player.items.last == .close(4_999) && player.hasFinished && player.closed == nil)
        #expect(turns.takeInputs() == ["lost"])
        player.hasEnded = true
        turns.tick()
        #expect(player.closed == false)
        #expect(turns.context.counters.released.connections == 1 && turns.context.closingHandshakes.isEmpty)
    }

    @Test("In the middle of a frame there is no place for a close frame: the connection is reset")
    func closeInTheMiddle() {
        let turns = Turns()
        let player = turns.join()
        turns.tick()
        player.space = 1
        turns.tick(60)
        turns.room.closeAll(.draining) { 10 }
        #expect(player.closed == true && !player.items.contains(.close(CloseCode.draining.rawValue)))
    }

    @Test("Who does not answer a close is reset after a second")
    func silentAtTheEnd() {
        let turns = Turns()
        let player = turns.join()
        turns.tick()
        turns.room.closeAll(.draining) { nil }
        turns.tick(20)
        #expect(player.closed == nil)
        turns.tick(20)
        #expect(player.closed == true)
    }

    @Test("A broken connection is lost, not closed", arguments: [true, false])
    func broken(whileReading: Bool) {
        let turns = Turns()
        let player = turns.join()
        turns.tick()
        _ = turns.takeInputs()
        (player.hasEnded, player.isBroken) = (whileReading, !whileReading)
        while player.closed == nil { turns.tick() }
        #expect(turns.takeInputs().contains("lost"))
        #expect(turns.room.seatedConnections == 0)
    }

    @Test(
        "What no message may be ends the connection with its code",
        arguments: [
            (WebSocketOpcode.text, CloseCode.wrongMessageType), (.continuation, .protocolError),
        ])
    func offence(_ opcode: WebSocketOpcode, _ code: CloseCode) {
        let turns = Turns()
        let player = turns.join()
        turns.tick()
        player.say(opcode) { $0.u8(65) }
        turns.tick()
        #expect(player.items.last == .close(code.rawValue))
        #expect(turns.context.counters.closes(code) == 1)
    }

    @Test("A buffer that was full leaves the room to think that more waits")
    func unread() {
        let turns = Turns(readBytes: 64)
        let player = turns.join()
        turns.tick()
        _ = turns.takeInputs()
        for _ in 0..<40 { player.say { $0.ack(Ack(tick: Tick(rawValue: 2), delay: 0)) } }
        turns.tick()
        #expect(turns.takeInputs().contains("unread"))
    }

    @Test("What follows a leave is not taken for an offence, wherever the reads cut it", arguments: 1...40)
    func nothingBehindALeave(readBytes: Int) {
        let turns = Turns(readBytes: readBytes)
        turns.room.give(.stride(4))
        let player = turns.join()
        turns.tick()
        player.say { $0.leave() }
        for _ in 0..<20 { player.say(.ping) { $0.u8(7) } }
        for _ in 0..<40 where player.items.last != .close(CloseCode.left.rawValue) { turns.tick() }
        #expect(player.items.last == .close(CloseCode.left.rawValue))
        #expect(turns.context.counters.closes(.protocolError) == 0)
    }

    @Test("Who reads its frame, however slowly, does not make way for those who came later and read nothing")
    func slowReader() {
        let turns = Turns(maximumHeldBytes: 1, Turns.patient)
        let reader = turns.join()
        turns.tick()
        var idle: [MemoryTransport] = []
        for _ in 0..<4 {
            let newcomer = turns.join()
            for _ in 0..<3 {
                reader.space = 1
                turns.tick()
            }
            newcomer.space = 0
            idle.append(newcomer)
        }
        #expect(reader.closed == nil && !reader.items.contains(.garbage))
        #expect(idle.filter { $0.closed == true }.count >= 2)
    }

    @Test("Unread frames of all rooms are bounded: who has held theirs longest makes way")
    func heldBytes() {
        let turns = Turns(maximumHeldBytes: 1, Turns.patient)
        let players = (0..<3).map { _ in turns.join() }
        turns.tick()
        for (index, player) in players.enumerated() {
            player.space = 1
            turns.tick(40 + index)
        }
        let closed = players.filter { $0.closed == true }
        #expect(closed.count == 2 && players[2].closed == nil)
        #expect(turns.context.counters.closes(.stalled) == 2)
    }
}

/// A channel that takes one write at a time and passes it on later, as TLS does.
@Suite("A transport with credit 1")
struct CreditTests {
    @Test("A frame is finished and counted when the channel has passed it on, not before")
    func handedOver() {
        let turns = Turns()
        let player = turns.join(MemoryTransport(credit: .free))
        turns.tick()
        #expect(player.items == [.welcome, .frame(2)] && player.writes == 1)
        #expect(turns.takeInputs() == ["join", "handedOver false"] && turns.context.counters.framesSent == 0)
        turns.tick()
        #expect(turns.takeInputs() == [] && turns.context.counters.framesSent == 0)
        player.credit = .free
        turns.tick()
        #expect(turns.takeInputs().first == "remainderSent" && turns.context.counters.framesSent == 1)
    }

    @Test("The room learns when the channel passed a frame on, before it hears the acknowledgement")
    func passedOnAt() {
        let turns = Turns()
        let player = turns.join(MemoryTransport(credit: .free))
        turns.tick()
        let handedOver = turns.clock.now
        player.passedOnAt = handedOver.advanced(by: 3_000_000)
        player.credit = .free
        player.say { $0.ack(Ack(tick: turns.room.room.currentTick, delay: 0)) }
        var times: [Instant] = []
        turns.room.onInput = { input in
            switch input {
            case .remainderSent(_, _, let at): times.append(at)
            case .message: times.append(.zero)
            default: break
            }
        }
        turns.tick()
        #expect(times == [handedOver.advanced(by: 3_000_000), .zero])
    }

    @Test("Until then nothing newer is given to it, however long it takes")
    func nothingNewer() {
        let turns = Turns(Turns.patient)
        let player = turns.join(MemoryTransport(credit: .free))
        for _ in 0..<3 {
            turns.tick()
            player.credit = .free
        }
        turns.tick(60)
        let before = player.writes
        turns.tick(60)
        #expect(player.writes == before && player.credit == .spent)
        player.credit = .free
        turns.tick(60)
        #expect(player.writes == before + 1 && player.credit == .spent)
        #expect(!player.items.contains(.garbage))
    }

    @Test("A pong goes behind a frame that is underway, and waits where the channel takes no more")
    func pong() {
        let turns = Turns()
        let player = turns.join(MemoryTransport(credit: .free))
        turns.tick()
        player.say(.ping) { $0.u8(5) }
        turns.tick()
        #expect(player.items.contains(.pong([5])) && player.credit == .spent)
        player.takesControl = false
        player.say(.ping) { $0.u8(6) }
        turns.tick(5)
        #expect(!player.items.contains(.pong([6])))
        for _ in 0..<4 {
            player.credit = .free
            turns.tick()
        }
        #expect(player.items.contains(.pong([6])) && !player.items.contains(.garbage))
    }

    @Test("A pong that waits behind a frame does not hide when the frame was passed on")
    func pongBehindFrame() {
        let turns = Turns()
        let player = turns.join(MemoryTransport(credit: .free))
        turns.tick()
        player.takesControl = false
        player.say(.ping) { $0.u8(6) }
        turns.tick()
        let passedOn = turns.clock.now.advanced(by: 1_000)
        (player.passedOnAt, player.credit) = (passedOn, .free)
        var times: [Instant] = []
        turns.room.onInput = { if case .remainderSent(_, _, let at) = $0 { times.append(at) } }
        turns.tick()
        #expect(times == [passedOn])
        for _ in 0..<4 {
            player.credit = .free
            turns.tick()
        }
        #expect(player.items.contains(.pong([6])) && !player.items.contains(.garbage))
    }

    @Test("A channel that breaks with a frame in it is a lost connection")
    func broken() {
        let turns = Turns()
        let player = turns.join(MemoryTransport(credit: .free))
        turns.tick()
        player.isBroken = true
        turns.tick()
        #expect(turns.takeInputs().contains("lost"))
        #expect(player.closed != nil && turns.room.seatedConnections == 0)
    }

    @Test("A close goes out behind the write that is underway", arguments: [MemoryTransport.Credit.free, .spent])
    func close(credit: MemoryTransport.Credit) {
        let turns = Turns()
        let player = turns.join(MemoryTransport(credit: .free))
        for _ in 0..<4 {
            turns.tick()
            player.credit = .free
        }
        player.credit = credit
        turns.room.closeAll(.draining) { 5 }
        #expect(player.items.last == .close(CloseCode.draining.rawValue) && player.hasFinished)
    }
}
