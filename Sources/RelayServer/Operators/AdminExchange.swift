import NIOCore
import NIOHTTP1

/// One request and its answer, on a connection that ends with it.
final class AdminExchange: ChannelInboundHandler {
    typealias InboundIn = HTTPClientResponsePart
    typealias OutboundOut = HTTPClientRequestPart

    private let request: HTTPRequestHead
    private let body: String?
    private let answer: EventLoopPromise<AdminAnswer>
    private var head: HTTPResponseHead?
    private var content = ByteBuffer()

    /// - Parameter answer: Whoever fulfils it ends the connection.
    init(_ request: HTTPRequestHead, _ body: String?, _ answer: EventLoopPromise<AdminAnswer>) {
        (self.request, self.body, self.answer) = (request, body, answer)
    }

    func handlerAdded(context: ChannelHandlerContext) {
        let channel = context.channel
        self.answer.futureResult.whenComplete { _ in channel.close(promise: nil) }
    }

    func channelActive(context: ChannelHandlerContext) {
        context.write(self.wrapOutboundOut(.head(self.request)), promise: nil)
        if let body = self.body {
            context.write(self.wrapOutboundOut(.body(.byteBuffer(ByteBuffer(string: body)))), promise: nil)
        }
        // A request that could not be written has no answer to wait for.
        let written = context.eventLoop.makePromise(of: Void.self)
        written.futureResult.cascadeFailure(to: self.answer)
        context.writeAndFlush(self.wrapOutboundOut(.end(nil)), promise: written)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch self.unwrapInboundIn(data) {
        case .head(let head): self.head = head
        case .body(let part): self.take(part)
        case .end: self.finish()
        }
    }

    private func take(_ part: ByteBuffer) {
        guard self.content.readableBytes + part.readableBytes <= AdminClient.maximumAnswerBytes else {
            return self.answer.fail(AdminFailure.Unreadable("it is longer than \(AdminClient.maximumAnswerBytes) bytes"))
        }
        self.content.writeImmutableBuffer(part)
    }

    private func finish() {
        guard let head = self.head else { return self.answer.fail(AdminFailure.Unreadable("it has no status")) }
        let isSentence = head.headers.first(name: "Content-Type")?.lowercased().hasPrefix("text/plain") ?? false
        let text = String(buffer: self.content)
        self.answer.succeed(AdminAnswer(status: Int(head.status.code), isSentence: isSentence, text: text))
    }

    func channelInactive(context: ChannelHandlerContext) {
        self.answer.fail(AdminFailure.Unreadable("it ends before it is complete"))
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { self.answer.fail(error) }
}
