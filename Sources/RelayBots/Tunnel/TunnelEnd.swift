import NIOCore

/// One end of a connection through a tunnel. Reads as fast as the other end can write.
final class TunnelEnd: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    /// Until either end is closed.
    private var partner: TunnelEnd?
    private var context: ChannelHandlerContext?
    private let report: (any Error) -> Void

    private init(_ report: @escaping (any Error) -> Void) { self.report = report }

    /// Two ends of one connection, for two channels of one event loop. Neither reads before ``begin()``.
    ///
    /// - Parameter report: Hears why it failed.
    static func pair(report: @escaping (any Error) -> Void) -> (TunnelEnd, TunnelEnd) {
        let ends = (TunnelEnd(report), TunnelEnd(report))
        (ends.0.partner, ends.1.partner) = (ends.1, ends.0)
        return ends
    }

    /// Both channels are connected.
    func begin() {
        self.readIfWritable()
        self.partner?.readIfWritable()
    }

    /// There will be no connection.
    func fail(_ error: any Error) {
        self.report(error)
        self.close()
    }

    private func close() {
        let partner = self.partner
        self.partner = nil
        self.context?.close(promise: nil)
        partner?.partner = nil
        partner?.context?.close(promise: nil)
    }

    private func readIfWritable() {
        if self.partner?.context?.channel.isWritable == true { self.context?.read() }
    }

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }

    func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard let partner = self.partner?.context else { return }
        partner.write(data, promise: nil)
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        self.partner?.context?.flush()
        self.readIfWritable()
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        if context.channel.isWritable { self.partner?.readIfWritable() }
    }

    func channelInactive(context: ChannelHandlerContext) { self.close() }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { self.fail(error) }
}
