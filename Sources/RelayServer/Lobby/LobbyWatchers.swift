import NIOCore
import RelayHosting
import Synchronization

/// Counts the pages that watch the lobby, in all and by address, and has what they share.
package final class LobbyWatchers: Sendable {
    /// The most that may be there, in all and from one address; loopback is exempt from the second.
    package static let maximum = 1024
    package static let perAddress = 32

    /// There are as many as may be: in all, or from this address.
    package struct Full: Error { package var code: LobbyCode }

    /// Given up with its last reference.
    package final class Place: Sendable {
        private let watchers: LobbyWatchers
        private let source: AddressBlock?

        fileprivate init(in watchers: LobbyWatchers, _ source: AddressBlock?) {
            (self.watchers, self.source) = (watchers, source)
        }

        deinit { self.watchers.leave(from: self.source) }
    }

    private struct Counts {
        var all = 0
        var byAddress: [AddressBlock: Int] = [:]
    }

    let board = LobbyBoard()
    private let counts = Mutex(Counts())
    private let streams = Mutex<[ObjectIdentifier: NIOLoopBound<LobbyStreams>]>([:])

    package init() {}

    /// Takes one in, until its place is given up.
    ///
    /// - Parameter source: Its address; nil for who is exempt.
    /// - Throws: ``LobbyCode/full`` or ``LobbyCode/crowdedAddress``.
    package func enter(from source: AddressBlock?) throws(Full) -> Place {
        try self.counts.withLock { counts throws(Full) in
            guard counts.all < Self.maximum else { throw Full(code: .full) }
            guard source.map({ counts.byAddress[$0, default: 0] < Self.perAddress }) ?? true else {
                throw Full(code: .crowdedAddress)
            }
            counts.all += 1
            if let source { counts.byAddress[source, default: 0] += 1 }
        }
        return Place(in: self, source)
    }

    fileprivate func leave(from source: AddressBlock?) {
        self.counts.withLock { counts in
            counts.all -= 1
            guard let source, let count = counts.byAddress[source] else { return }
            counts.byAddress[source] = count > 1 ? count - 1 : nil
        }
    }

    package var count: Int { self.counts.withLock { $0.all } }

    /// Those of an event loop. On that loop.
    package func streams(on loop: any EventLoop, _ index: LobbyIndex) -> LobbyStreams {
        let bound = self.streams.withLock { streams in
            if let known = streams[ObjectIdentifier(loop)] { return known }
            let new = NIOLoopBound(LobbyStreams(on: loop, self.board, index), eventLoop: loop)
            streams[ObjectIdentifier(loop)] = new
            return new
        }
        return bound.value
    }
}
