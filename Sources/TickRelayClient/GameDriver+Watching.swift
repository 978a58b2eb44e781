import RelayClient

/// What a game looks at: the room as it is drawn, and the quality of the connection. From any thread.
extension GameDriver {
    func view(at instant: ContinuousClock.Instant) -> RoomView {
        let fromNow = (instant - .now).milliseconds
        return self.core.withLock { core in
            let now = Double(Self.clock()) / 1e6 + fromNow
            return core.renderer.view(core.session, at: now)
        }
    }

    var interpolationDelay: Duration { .milliseconds(self.core.withLock { $0.renderer.clock.delayInForce }) }

    func setInterpolationDelay(_ delay: Duration?) {
        let milliseconds = Renderer.delay(delay)
        self.core.withLock { $0.renderer.clock.delay = milliseconds }
    }

    func watchQuality() -> AsyncStream<Quality> {
        let stream = self.qualityFeed.stream(from: self.read { $0.quality(at: Self.clock()) })
        // The timer does not wait for a silence that nobody watches.
        self.loop.execute { self.pump() }
        return stream
    }
}

extension Renderer {
    init(_ options: GameOptions) {
        let ahead = min(max(options.maximumExtrapolation.milliseconds, 0), 250)
        self.init(delay: Self.delay(options.interpolationDelay), maximumExtrapolation: ahead)
    }

    fileprivate static func delay(_ delay: Duration?) -> Double? { delay.map { min(max($0.milliseconds, 0), 2_000) } }
}

extension Duration {
    fileprivate var milliseconds: Double { Double(self.components.seconds) * 1e3 + Double(self.components.attoseconds) / 1e15 }
}
