import NIOEmbedded
import RelayServer
import Testing

@Suite("The memory of handshakes")
struct HandshakeMemoryTests {
    @Test("It is given back once for a crowd, after a while, and not for a few")
    func trims() {
        let loop = EmbeddedEventLoop()
        var trims = 0
        let memory = HandshakeMemory { trims += 1 }
        func come(_ count: Int) { for _ in 0..<count { memory.count(on: loop) } }
        come(HandshakeMemory.worthwhile - 1)
        loop.advanceTime(by: .seconds(60))
        #expect(trims == 0)
        come(1_000)
        for _ in 0..<3 {
            loop.advanceTime(by: .milliseconds(1_999))
            come(500)  // they go on coming
            loop.advanceTime(by: .milliseconds(1))
            #expect(trims == 0)
        }
        come(HandshakeMemory.worthwhile - 1)
        loop.advanceTime(by: HandshakeMemory.pace)
        #expect(trims == 1)
        come(HandshakeMemory.worthwhile)
        loop.advanceTime(by: HandshakeMemory.pace)
        #expect(trims == 2)
    }
}
