import RelayHosting
import RelayServer
import RelayWire
import Testing

@Suite("Rejoin tokens")
struct TokenMintTests {
    let mint = HMACTokenMint(key: Array(0..<32))
    let token = RejoinToken(
        instance: RoomInstance(high: 0x0F0E_0D0C_0B0A_0908, low: 0x0706_0504_0302_0100), seat: SeatNumber(rawValue: 1024),
        generation: 0x0102_0304_0506_0708
    )

    @Test("What is minted is verified")
    func roundTrip() {
        let bytes = self.mint.mint(self.token)
        #expect(bytes.count == HMACTokenMint.tokenByteCount)
        #expect(WireLimits.tokenBytes.contains(bytes.count))
        #expect(self.mint.verify(bytes) == self.token)
        #expect(self.mint.mint(self.token) == bytes)
    }

    @Test("The form is that of SPEC section 11")
    func form() {
        let bytes = self.mint.mint(self.token)
        #expect(Array(bytes[..<26]) == Array(0..<16) + [0x00, 0x04] + [8, 7, 6, 5, 4, 3, 2, 1])
        // python3: hmac.new(bytes(range(32)), b"tickrelay.v1 rejoin" + bytes(range(16)) + b"\0\4" + bytes(range(8, 0, -1)), "sha256")
        let hexadecimal = bytes[26...].map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
        #expect(hexadecimal == "a9e98b3776a11c2fe3b208eac9ec7f2200d5207c9f404bdcc52b818f6100887e")
    }

    @Test("Any flipped bit is refused")
    func flippedBits() {
        let bytes = self.mint.mint(self.token)
        for bit in 0..<bytes.count * 8 {
            var forged = bytes
            forged[bit / 8] ^= 1 << UInt8(bit % 8)
            #expect(self.mint.verify(forged) == nil, "bit \(bit)")
        }
    }

    @Test("Any other length is refused")
    func lengths() {
        let bytes = self.mint.mint(self.token)
        for count in 0..<bytes.count { #expect(self.mint.verify(Array(bytes[..<count])) == nil) }
        #expect(self.mint.verify(bytes + [0]) == nil)
        #expect(self.mint.verify(Array(repeating: 0, count: bytes.count)) == nil)
    }

    @Test("Another relay's key is refused")
    func otherKey() {
        let other = HMACTokenMint(key: Array(1..<33))
        #expect(other.verify(self.mint.mint(self.token)) == nil)
    }

    @Test("A forged body with a true authenticator of another token is refused")
    func splicedBody() {
        var other = self.token
        other.generation += 1
        let spliced = self.mint.mint(other)[..<26] + self.mint.mint(self.token)[26...]
        #expect(self.mint.verify(Array(spliced)) == nil)
    }
}
