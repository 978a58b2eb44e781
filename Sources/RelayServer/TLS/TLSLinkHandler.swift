import CRelayLinux
import NIOCore
import RelayHosting

/// The last handler of an encrypted connection that is in a room: carries bytes between its TLS handler and its ``EncryptedLink``.
///
/// One write is underway at a time, so that nothing piles up in the channel; reading stops while the arena has enough to read.
final class TLSLinkHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let link: EncryptedLink
    private let meter: CipherMeter
    private let whenGone: () -> Void
    private var context: ChannelHandlerContext?
    private var isWriting = false
    private var isPaused = false
    private var ending: EncryptedLink.Ending?
    /// What is to be encrypted next: the link and this handler exchange two of these.
    private var outgoing: [UInt8] = []

    /// - Parameter meter: Stands below the TLS handler.
    init(_ link: EncryptedLink, meter: CipherMeter, whenGone: @escaping () -> Void) {
        (self.link, self.meter, self.whenGone) = (link, meter, whenGone)
    }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        context.read()
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.context = nil
        self.link.broke()
        self.whenGone()
    }

    // MARK: To the arena

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var (monotonic, realtime) = (Int64(0), Int64(0))
        crelay_read_clocks(&monotonic, &realtime)
        self.unwrapInboundIn(data).withUnsafeReadableBytes { self.link.received($0, at: realtime) }
    }

    func channelReadComplete(context: ChannelHandlerContext) { self.readOn(context) }

    private func readOn(_ context: ChannelHandlerContext) {
        self.isPaused = !self.link.mayReceive()
        if !self.isPaused { context.read() }
    }

    func channelInactive(context: ChannelHandlerContext) {
        self.link.broke()
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        self.link.broke()
        self.meter.closeAtOnce()
    }

    // MARK: From the arena

    /// Does what the arena's end asks for.
    func serve() {
        guard let context = self.context else { return }
        self.ending = self.link.takeEnding() ?? self.ending
        if self.ending == .close(abruptly: true) { return self.meter.closeAtOnce() }
        if self.isPaused { self.readOn(context) }
        self.writeNext(context)
    }

    private func writeNext(_ context: ChannelHandlerContext) {
        guard !self.isWriting else { return }
        guard self.link.takeOutgoing(into: &self.outgoing) else { return self.endIfAsked(context) }
        self.isWriting = true
        let buffer = context.channel.allocator.buffer(bytes: self.outgoing)
        let before = self.meter.bytes
        context.writeAndFlush(self.wrapOutboundOut(buffer)).assumeIsolated().whenComplete { result in
            self.isWriting = false
            guard case .success = result, let context = self.context else { return self.link.broke() }
            self.link.passedOn(cipherBytes: self.meter.bytes - before, at: UInt64(crelay_monotonic_ns()))
            self.writeNext(context)
        }
    }

    private func endIfAsked(_ context: ChannelHandlerContext) {
        switch self.ending {
        case .finish: context.close(mode: .output, promise: nil)
        case .close:
            // Our farewell, and no wait for the peer's.
            context.close(mode: .output).assumeIsolated().whenComplete { _ in self.meter.closeAtOnce() }
        case nil: break
        }
        self.ending = nil
    }
}

/// Counts the encrypted bytes of a connection. Stands below its TLS handler.
final class CipherMeter: ChannelOutboundHandler {
    typealias OutboundIn = ByteBuffer

    private(set) var bytes: UInt64 = 0
    private var context: ChannelHandlerContext?

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }
    func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        self.bytes += UInt64(self.unwrapOutboundIn(data).readableBytes)
        context.write(data, promise: promise)
    }

    /// Closes the connection without a farewell of TLS, which would wait for the peer's.
    func closeAtOnce() { self.context?.close(promise: nil) }
}

extension Channel {
    /// Closes the connection, an encrypted one without a farewell: whoever does not answer that would keep a descriptor for seconds.
    func closeAtOnce() {
        if let meter = try? self.pipeline.syncOperations.handler(type: CipherMeter.self) {
            meter.closeAtOnce()
        } else {
            self.close(promise: nil)
        }
    }
}
