import CRelayLinux
import Glibc
import RelayArena
import RelayCore
import RelayHosting
import RelayTransport
import RelayWire
import Synchronization
import Testing

/// Counts who was to be served.
private final class CountingServer: LinkServer {
    let served = Mutex<[UInt64]>([])

    func serve(_ links: [EncryptedLink]) { self.served.withLock { $0 += links.map(\.number) } }
}

/// A link between a server that only counts and an arena's end.
private final class LinkBench {
    let server = CountingServer()
    let bell = LinkBell()
    let link: EncryptedLink
    let transport: LinkTransport

    init(number: UInt64 = 1) {
        self.link = EncryptedLink(descriptor: crelay_eventfd_create(), number: number, server: self.server)
        self.transport = LinkTransport(self.link, userTimeout: 1000, bell: self.bell)
    }

    func send(_ first: [UInt8], _ second: [UInt8]) -> String {
        first.withUnsafeBytes { first in second.withUnsafeBytes { "\(self.transport.send(first, $0))" } }
    }

    func control(_ bytes: [UInt8]) -> String { bytes.withUnsafeBytes { "\(self.transport.sendControl($0))" } }

    /// What the server would encrypt.
    func take() -> [UInt8]? {
        var bytes: [UInt8] = []
        return self.link.takeOutgoing(into: &bytes) ? bytes : nil
    }

    func receive(atMost count: Int) -> String {
        var buffer = [UInt8](repeating: 0, count: count)
        return buffer.withUnsafeMutableBytes { "\(self.transport.receive(into: $0))" } + " \(buffer)"
    }
}

@Suite("An encrypted link")
struct EncryptedLinkTests {
    @Test("A frame is underway until the server says when the kernel took it, whatever follows it")
    func credit() {
        let bench = LinkBench()
        #expect(bench.send([1, 2], [3]) == "underway" && "\(bench.transport.flush())" == "underway")
        #expect(bench.take() == [1, 2, 3] && bench.take() == nil)
        #expect(bench.control([9]) == "all" && "\(bench.transport.flush())" == "underway")
        bench.link.passedOn(cipherBytes: 25, at: 77)
        #expect("\(bench.transport.flush())".contains("77"))
        #expect(bench.take() == [9])
    }

    @Test("Welcomes, pings and pongs go behind a frame, up to a bound")
    func control() {
        let bench = LinkBench()
        let pong = [UInt8](repeating: 5, count: 1024)
        for _ in 0..<(EncryptedLink.mostControlBytes / pong.count) { #expect(bench.control(pong) == "all") }
        #expect(bench.control([1]) == "some(0)")
        #expect(bench.send([7], []) == "underway")
        #expect(bench.take()?.count == EncryptedLink.mostControlBytes + 1)
        #expect(bench.control([1]) == "all")
    }

    @Test("What the peer sent is read in order, and only the read that empties the link knows when it came")
    func reading() {
        let bench = LinkBench()
        #expect(bench.receive(atMost: 2) == "nothing [0, 0]" && !bench.link.canBeRead)
        [UInt8]([1, 2, 3]).withUnsafeBytes { bench.link.received($0, at: 42) }
        #expect(bench.link.canBeRead)
        #expect(bench.receive(atMost: 2) == "bytes(2, stamp: 0) [1, 2]" && bench.link.canBeRead)
        #expect(bench.receive(atMost: 2) == "bytes(1, stamp: 42) [3, 0]" && !bench.link.canBeRead)
        bench.link.broke()
        #expect(bench.link.canBeRead && bench.receive(atMost: 2) == "ended [0, 0]")
    }

    @Test("A peer that sends faster than its room reads is not read, until there is room again: then the server is told")
    func pressure() {
        let bench = LinkBench()
        let flood = [UInt8](repeating: 1, count: EncryptedLink.mostUnread)
        flood.withUnsafeBytes { bench.link.received($0, at: 1) }
        #expect(!bench.link.mayReceive())
        // As an arena reads: less than all at once.
        for _ in 0..<2 {
            bench.bell.ring()
            #expect(bench.server.served.withLock { $0 } == [])
            _ = bench.receive(atMost: flood.count / 4)
        }
        bench.bell.ring()
        #expect(bench.server.served.withLock { $0 } == [1])
        #expect(bench.link.mayReceive())
    }

    @Test("A peer that ends its side with more behind it than may wait is cut off, and takes no more memory")
    func endless() {
        let bench = LinkBench()
        let piece = [UInt8](repeating: 1, count: EncryptedLink.mostUnread)
        for round in 0..<64 { piece.withUnsafeBytes { bench.link.received($0, at: Int64(round)) } }
        #expect(bench.link.keptIncomingBytes <= EncryptedLink.mostEver + piece.count)
        #expect(bench.send([1], []) == "failed")
    }

    @Test("What was read is not kept, even if the link is never read to its end")
    func neverEmptied() {
        let bench = LinkBench()
        let piece = [UInt8](repeating: 1, count: EncryptedLink.mostUnread / 4)
        for round in 0..<64 {
            piece.withUnsafeBytes { bench.link.received($0, at: Int64(round)) }
            if round > 0 { _ = bench.receive(atMost: piece.count) }
            #expect(bench.link.mayReceive())
        }
        #expect(bench.link.keptIncomingBytes <= 2 * EncryptedLink.mostUnread)
    }

    @Test("A link that broke with a frame in it fails, one without ends")
    func broken() {
        let bench = LinkBench()
        bench.link.broke()
        #expect(bench.send([1], []) == "failed" && bench.receive(atMost: 1) == "ended [0]")
        #expect([1].withUnsafeBytes { !bench.transport.finish(with: $0) })
        let other = LinkBench()
        _ = other.send([1], [])
        other.link.broke()
        #expect("\(other.transport.flush())" == "failed")
    }

    @Test("The last words come before the end, and the end is asked for once")
    func ending() {
        let bench = LinkBench()
        _ = bench.send([1], [])
        #expect([8, 8].withUnsafeBytes { bench.transport.finish(with: UnsafeRawBufferPointer(rebasing: $0[..<1])) })
        #expect(bench.take() == [1, 8])
        #expect(bench.link.takeEnding() == .finish && bench.link.takeEnding() == nil)
        bench.transport.close(abruptly: true)
        #expect(bench.link.takeEnding() == .close(abruptly: true))
    }

    @Test("A slot wakes a server once for each link, however much it wrote")
    func bell() {
        let bench = LinkBench(number: 7)
        bench.bell.ring()
        #expect(bench.server.served.withLock { $0 } == [])
        _ = bench.send([1], [])
        _ = bench.control([2])
        bench.bell.ring()
        bench.bell.ring()
        #expect(bench.server.served.withLock { $0 } == [7])
    }
}

@Suite("Encrypted bytes, counted as plain ones")
struct UndeliveredTests {
    /// Frames of 100, 200 and 50 plain bytes, each 22 longer when encrypted, and what the kernel still has.
    @Test(
        "The newest encrypted bytes stand for the newest plain ones",
        arguments: [(0, 0), (72, 50), (30, 30), (72 + 222, 250), (72 + 222 + 122, 350), (72 + 100, 150), (10_000, 9_934)]
            as [(UInt64, UInt64)])
    func undelivered(cipher: UInt64, plain: UInt64) {
        let bench = LinkBench()
        for count in [100, 200, 50] {
            _ = bench.send([UInt8](repeating: 0, count: count), [])
            _ = bench.take()
            bench.link.passedOn(cipherBytes: UInt64(count + 22), at: 1)
        }
        #expect(bench.link.undelivered(cipherBytes: cipher) == plain)
    }

    @Test("What waits in the link is undelivered, too; and only so many writes are remembered")
    func waiting() {
        let bench = LinkBench()
        for _ in 0..<1000 {
            _ = bench.send([1, 1], [])
            _ = bench.take()
            bench.link.passedOn(cipherBytes: 24, at: 1)
        }
        _ = bench.send([1, 1, 1], [])
        #expect(bench.link.undelivered(cipherBytes: 0) == 3)
        #expect(bench.link.undelivered(cipherBytes: 24 * 64) == 3 + 2 * 64)
    }
}
