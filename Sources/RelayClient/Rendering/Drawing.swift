import RelayWire
import Synchronization

/// What is drawn at one instant: a tick with a fraction, and the numbers recorded until then.
package struct Drawing: Sendable {
    package let tick: Double
    /// Ticks for which a motion may be continued.
    let ahead: Double
    let history: MotionHistory
    let wanted: WantedNames
    var interpolate: [String: Interpolation] = [:]

    package init(tick: Double, ahead: Double, history: MotionHistory, wanted: WantedNames) {
        (self.tick, self.ahead, self.history, self.wanted) = (tick, ahead, history, wanted)
    }

    /// The value to draw; nil if there is none yet, which asks for it to be recorded from now on.
    func value(of entity: EntityID, _ name: String, at index: NameIndex, _ usual: Interpolation) -> Double? {
        guard self.history.records(name) else {
            self.wanted.add(name)
            return nil
        }
        let kind = usual == .step ? usual : self.interpolate[name] ?? usual
        return self.history.value(of: entity, at: index, self.tick, kind, ahead: self.ahead)
    }
}

/// The names of numbers that somebody draws and that are not recorded yet.
package final class WantedNames: Sendable {
    private let names = Mutex<Set<String>>([])

    package init() {}

    func add(_ name: String) { self.names.withLock { _ = $0.insert(name) } }

    /// The names since the last call. Empty as a rule.
    package func take() -> Set<String> {
        self.names.withLock { names in
            defer { names = [] }
            return names
        }
    }
}
