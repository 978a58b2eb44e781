import NIOCore

/// Sees a PROXY header where none is to be, before TLS could take it for a broken handshake; then makes way.
final class ProxyHeaderGuard: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer

    /// A PROXY header has come from a peer that is no proxy of ours, or a second one.
    struct Foreign: Error {}

    private var hasLooked = false

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !self.hasLooked else { return context.fireChannelRead(data) }
        self.hasLooked = true
        if ProxyHeader.begins(Array(self.unwrapInboundIn(data).readableBytesView.prefix(ProxyHeader.binarySignature.count))) {
            context.fireErrorCaught(Foreign())
        } else {
            context.fireChannelRead(data)
        }
        context.pipeline.syncOperations.removeHandler(self, promise: nil)
    }
}
