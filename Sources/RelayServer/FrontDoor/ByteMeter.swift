import NIOCore

/// Bounds what a connection may send before its upgrade.
final class ByteMeter: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer

    /// More bytes came than the bound allows.
    struct TooMany: Error {}

    private var left: Int

    /// - Parameter bytes: The bound.
    init(bytes: Int) { self.left = bytes }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        self.left -= self.unwrapInboundIn(data).readableBytes
        if self.left < 0 {
            context.fireErrorCaught(TooMany())
        } else {
            context.fireChannelRead(data)
        }
    }
}
