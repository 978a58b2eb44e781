import NIOCore

/// Reads the PROXY header in front of a trusted proxy's connection, then makes way. Nothing behind it sees a byte before.
final class ProxyHeaderHandler: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer

    /// The first bytes are no PROXY header that we take.
    struct Refused: Error { var problem: ProxyHeader.Problem }

    private let identified: (ProxyHeader.Client) -> Bool
    private var bytes = ByteBuffer()
    private var isDone = false

    /// - Parameter identified: Called once, before what follows the header is passed on; false closes the channel.
    init(identified: @escaping (ProxyHeader.Client) -> Bool) { self.identified = identified }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !self.isDone else { return context.fireChannelRead(data) }
        var read = self.unwrapInboundIn(data)
        self.bytes.writeBuffer(&read)
        do throws(ProxyHeader.Problem) {
            let known = self.bytes.readableBytesView.prefix(ProxyHeader.maximumBinaryBytes)
            guard let header = try ProxyHeader.read(Array(known)) else { return }
            self.isDone = true
            guard self.identified(header.client) else { return context.close(promise: nil) }
            self.bytes.moveReaderIndex(forwardBy: header.byteCount)
            if self.bytes.readableBytes > 0 { context.fireChannelRead(self.wrapInboundOut(self.bytes)) }
            context.pipeline.syncOperations.removeHandler(self, promise: nil)
        } catch {
            self.isDone = true
            context.fireErrorCaught(Refused(problem: error))
        }
    }
}
