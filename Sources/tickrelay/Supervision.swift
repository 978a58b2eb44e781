import ArgumentParser
import CRelayLinux
import Foundation
import Logging
import RelayHosting
import RelayServer
import RelaySystemd

/// Everything that the relay does for systemd. If systemd did not start it, all of this does nothing.
struct Supervision {
    let manager = ServiceManager()
    let interval: WatchdogInterval?
    let listeners: InheritedListeners
    private let watchdog: Watchdog

    /// What systemd has opened for us.
    ///
    /// - Throws: Exit code 78 after a line that says why.
    static func inheritedListeners() throws -> InheritedListeners {
        do {
            let sockets = try ActivatedSockets.inherited(known: ["public", "tls", "admin"])
            return InheritedListeners(players: sockets["public"], encrypted: sockets["tls"], admin: sockets["admin"])
        } catch {
            throw Self.refusal("\(error)")
        }
    }

    /// - Throws: Exit code 78 after a line that says why.
    init(tickRate: Int, _ listeners: InheritedListeners) throws {
        self.listeners = listeners
        self.interval = self.manager.watchdogInterval
        if let problem = self.interval?.problem(tick: 1_000_000_000 / UInt64(tickRate)) { throw Self.refusal(problem) }
        self.watchdog = Watchdog(self.manager, interval: self.interval)
    }

    private static func refusal(_ text: String) -> ExitCode {
        Console.complain(text)
        return ExitCode(InvalidConfiguration.exitCode)
    }

    /// Interval within which threads have to move, nanoseconds: at most half of that at which they are checked.
    var pulseInterval: UInt64 { min(250_000_000, self.interval.map { $0.quarter / 2 } ?? .max) }

    /// Maximum of seconds that the end of the process may wait for its log. Less than the watchdog's interval, because nothing
    /// proves any more that the process lives.
    var lastPatience: Double { min(1, self.interval.map { Double($0.microseconds) / 2e6 } ?? 1) }

    /// The events of a running relay, passed on to systemd, standard output and the log.
    func events(logger: Logger, output: ServeOutput) -> RelayEvents {
        let (manager, watchdog) = (self.manager, self.watchdog)
        return RelayEvents(
            listening: { line in
                output.say(line)
                manager.notify(.ready(processID: getpid()), .status("ready"))
            },
            status: { manager.notify(.status($0)) },
            reloaded: { needRestart in
                let keys = needRestart.map(\.rawValue).joined(separator: ", ")
                let rest = keys.isEmpty ? "" : "; a restart is needed for: \(keys)"
                logger.notice("settings read again\(rest)", metadata: ["kind": "reloaded"])
                manager.notify(.ready(processID: getpid()))
            },
            draining: {
                watchdog.drain()
                manager.notify(.stopping, .status("draining: everybody is told when to come back"))
                logger.notice("draining", metadata: ["kind": "draining"])
            }
        )
    }

    /// Starts the watchdog.
    func start(progress: @escaping @Sendable () -> [UInt64]) { self.watchdog.start(progress: progress) }

    func stop() { self.watchdog.stop() }

    /// What the watchdog has seen so far, for operators.
    var watchdogFigures: RelayStatistics.Watchdog { self.watchdog.figures }
}
