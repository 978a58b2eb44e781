import RelayWire
import Testing

@Suite("Close codes")
struct CloseCodeTests {
    @Test("A sentence is ASCII and leaves place for a retry hint in a close frame", arguments: CloseCode.allCases)
    func sentence(_ code: CloseCode) {
        #expect(code.sentence.utf8.allSatisfy { (0x20...0x7E).contains($0) })
        #expect((1...100).contains(code.sentence.utf8.count))
        #expect(WebSocketEncoder.isValidCloseCode(code.rawValue))
    }

    /// SPEC section 12, by hand: who stops, who forgets the seat, who goes elsewhere; all others come back.
    @Test("A client reacts to a code as SPEC section 12 says", arguments: CloseCode.allCases)
    func reaction(_ code: CloseCode) {
        let stops: Set<UInt16> = [4002, 4017, 4020, 4022, 4023, 4024, 4030, 4031, 4032, 4033, 4034, 4035, 4036, 4037]
        let forgets: Set<UInt16> = [4012, 4013, 4014, 4015]
        switch code.clientReaction {
        case .stop: #expect(stops.contains(code.rawValue))
        case .forgetSeat: #expect(forgets.contains(code.rawValue))
        case .follow: #expect(code.rawValue == 4016)
        case .comeBack: #expect(!stops.contains(code.rawValue) && !forgets.contains(code.rawValue) && code.rawValue != 4016)
        }
    }
}
