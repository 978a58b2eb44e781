import Foundation
import RelaySimulation
import Testing

@Suite("Wire cost")
struct WireCostTests {
    private static let trace = WalkTrace()

    private static var directory: URL {
        URL(filePath: #filePath).resolvingSymlinksInPath().deletingLastPathComponent().appending(path: "../../Protocol/trace")
    }

    @Test("The checked-in trace is what its generator makes")
    func traceIsCurrent() throws {
        let file = try Data(contentsOf: Self.directory.appending(path: "walk.bin").standardized)
        #expect(file == Data(Self.trace.file), "to write it again: wirecost --write-trace Protocol/trace/walk.bin")
    }

    @Test("An update takes at most five bytes of everything, and the frames tell all of the trace")
    func cost() {
        let cost = WireCost(Self.trace)
        #expect(cost.finalSteps == Self.trace.positions.last?.map(WalkTrace.steps))
        #expect(cost.frames == WalkTrace.ticks)
        #expect(cost.bytesPerUpdate <= 5)
        // No coding of single differences takes less than their entropy: if this fails, the figures are wrong.
        #expect(cost.perUpdate(cost.parts.entities) * 8 > cost.entropy.reduce(0) { $0 + $1.bits })
        #expect(cost.parts.all < cost.others.byteOriented)
        #expect(cost.parts.other == 0)
    }
}
