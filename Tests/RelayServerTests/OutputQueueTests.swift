import Dispatch
import Foundation
import RelayServer
import Synchronization
import Testing

/// Where lines go: can be held shut.
private final class Sink: Sendable {
    private let gate = DispatchSemaphore(value: 0)
    private let kept = Mutex<[String]>([])

    var lines: [String] { self.kept.withLock { $0 } }
    func take(_ line: String) { self.kept.withLock { $0.append(line) } }
    func hold() { self.gate.wait() }
    func open() { self.gate.signal() }
}

@Suite("What is said, and written when it can be")
struct OutputQueueTests {
    private let sink = Sink()

    private func queue() -> OutputQueue {
        OutputQueue(name: "test") { [sink = self.sink] in sink.take("lost \($0)") }
    }

    private func add(_ lines: some Sequence<Int>, to queue: OutputQueue) {
        for number in lines { queue.add { [sink = self.sink] in sink.take("\(number)") } }
    }

    @Test("All is written, in order, before the end") func inOrder() {
        let queue = self.queue()
        self.add(0..<1000, to: queue)
        #expect(queue.finish(by: .now() + 10))
        #expect(self.sink.lines == (0..<1000).map(String.init))
        #expect(queue.lostLines == 0)
    }

    @Test("Nobody waits for what does not keep up; what is lost is counted, and told once lines flow again") func bounded() {
        let queue = self.queue()
        queue.add { [sink = self.sink] in sink.hold() }
        usleep(100_000)  // until that one is being written
        self.add(0..<OutputQueue.maximumLines + 100, to: queue)
        #expect(queue.lostLines == 100)
        self.sink.open()
        #expect(queue.finish(by: .now() + 10))
        #expect(self.sink.lines == (0..<OutputQueue.maximumLines).map(String.init) + ["lost 100"])
    }

    @Test("The end does not wait for ever, and what comes after it is lost") func givesUp() {
        let queue = self.queue()
        queue.add { [sink = self.sink] in sink.hold() }
        let began = ContinuousClock.now
        #expect(!queue.finish(by: .now() + 0.2))
        #expect(ContinuousClock.now - began < .seconds(5))
        self.add(0..<1, to: queue)
        #expect(queue.lostLines == 1)
        self.sink.open()
    }
}
