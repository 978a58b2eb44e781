import RelayWire
import RelayCore

/// Carries one connection's bytes: a socket, an encrypted channel, or memory in virtual time. Never blocks.
package protocol Transport {
    /// Reads once.
    func receive(into buffer: UnsafeMutableRawBufferPointer) -> Received

    /// Writes the two ranges as one.
    func send(_ first: UnsafeRawBufferPointer, _ second: UnsafeRawBufferPointer) -> Sent

    /// Writes a welcome, a ping or a pong, behind bytes that are underway if there are any. Never ``Sent/underway``.
    func sendControl(_ bytes: UnsafeRawBufferPointer) -> Sent

    /// What has become of bytes that were ``Sent/underway``.
    func flush() -> Flushed

    /// The kernel's figures about this connection; nil if it has none.
    func kernelSample() -> KernelSample?

    /// How many descriptors it takes.
    var descriptors: Int { get }

    /// From now on an idle peer is probed every ``LagEvidence/probeInterval``, so that samples tell a silent network from a silent client.
    func beginProbing()

    /// Sends the last bytes, behind those that are underway, and ends our side once they are gone; the peer's bytes may still come. False
    /// if they cannot be taken whole: then nothing has changed.
    func finish(with last: UnsafeRawBufferPointer) -> Bool

    /// Ends the connection; abruptly, by a reset that drops unsent bytes. Nothing is asked of it afterwards.
    func close(abruptly: Bool)
}

extension Transport {
    package func sendControl(_ bytes: UnsafeRawBufferPointer) -> Sent { self.send(.empty, bytes) }
    package func flush() -> Flushed { .all(at: nil) }
    package func beginProbing() {}
    package var descriptors: Int { 1 }
}

/// The result of one read.
package enum Received {
    /// The number of bytes, and the stamp of the last of them: see ``TransportClock/arrival(stamp:lastRead:)``; 0 if there is none.
    case bytes(Int, stamp: Int64)
    case nothing
    /// The peer will send nothing more, or the connection is broken.
    case ended
}

/// The result of one write.
package enum Sent {
    case all
    /// It took only so many bytes, possibly none.
    case some(Int)
    /// It took all bytes, but has not passed them on to the kernel. Until it has, it takes no other frame.
    case underway
    case failed
}

/// What has become of bytes that a transport took.
package enum Flushed {
    case underway
    /// The kernel has taken them all, the last of them at this time; nil: just now.
    case all(at: Instant?)
    case failed
}

/// The time, given from outside.
package protocol TransportClock: AnyObject {
    /// Monotonic.
    var now: Instant { get }

    /// Begins a batch of reads. Returns the time: what is read in this batch arrived before it.
    func beginReading() -> Instant

    /// When bytes of this batch arrived, by their stamp; nil if the stamp cannot be true.
    ///
    /// - Parameter lastRead: When the connection was last read: bytes read now arrived after that.
    func arrival(stamp: Int64, lastRead: Instant) -> Instant?
}

/// Knows which of the transports that it watches can be read, so that a room need not read them all.
package protocol ReadinessPoll: AnyObject {
    /// - Parameter tag: What ``ConnectedRoom/becameReadable(_:)`` gets when the transport can be read.
    /// - Returns: False if this transport cannot be watched.
    func watch(_ transport: any Transport, tag: UInt64) -> Bool
    func unwatch(_ transport: any Transport)
}

extension UnsafeRawBufferPointer {
    /// No bytes.
    package static var empty: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: nil, count: 0) }
}
