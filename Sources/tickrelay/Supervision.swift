import ArgumentParser
import CRelayLinux
import Foundation
import Logging
import RelayServer
import RelaySystemd

/// Everything that is different when systemd started us. Without it all of this does nothing.
struct Supervision {
    let manager: ServiceManager
    let interval: WatchdogInterval?
    let listeners: InheritedListeners
    private let watchdog: Watchdog

    /// - Throws: Exit code 78 after a line that says why.
    init(environment: [String: String], tickRate: Int) throws {
        do {
            self.manager = try ServiceManager(environment: environment)
            let sockets = try ActivatedSockets.inherited(known: ["public", "admin"])
            self.listeners = InheritedListeners(players: sockets["public"], admin: sockets["admin"])
        } catch {
            throw Self.refusal("\(error)")
        }
        self.interval = self.manager.watchdogInterval
        if let problem = self.interval?.problem(tick: 1_000_000_000 / UInt64(tickRate)) { throw Self.refusal(problem) }
        self.watchdog = Watchdog(self.manager, interval: self.interval)
    }

    private static func refusal(_ text: String) -> ExitCode {
        Console.complain(text)
        return ExitCode(InvalidConfiguration.exitCode)
    }

    /// How often threads have to move. Nanoseconds: twice as often as they are looked at.
    var pulseInterval: UInt64 { min(250_000_000, self.interval.map { $0.quarter / 2 } ?? .max) }

    /// Seconds that the end of the process may wait for its log: nothing moves any more then that would prove that it lives.
    var lastPatience: Double { min(1, self.interval.map { Double($0.microseconds) / 2e6 } ?? 1) }

    /// What is told to systemd, to standard output and to the log while the relay runs.
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

    /// Watches from now on.
    func start(progress: @escaping @Sendable () -> [UInt64]) { self.watchdog.start(progress: progress) }

    func stop() { self.watchdog.stop() }
}
