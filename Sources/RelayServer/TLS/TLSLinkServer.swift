import NIOCore
import RelayHosting
import Synchronization

/// Serves the encrypted links of one event loop: its own, ``loop``.
final class TLSLinkServer: LinkServer {
    private let loop: any EventLoop
    private let handlers: NIOLoopBoundBox<[UInt64: TLSLinkHandler]>
    private let newest: NIOLoopBoundBox<UInt64>
    /// Links to look after at the loop's next turn. The lock is held for a few words.
    private let waiting = Mutex<[EncryptedLink]>([])

    init(loop: any EventLoop) {
        self.loop = loop
        self.handlers = .makeBoxSendingValue([:], eventLoop: loop)
        self.newest = .makeBoxSendingValue(0, eventLoop: loop)
    }

    func serve(_ links: [EncryptedLink]) {
        let isFirst = self.waiting.withLock { waiting in
            defer { waiting += links }
            return waiting.isEmpty
        }
        if isFirst { self.loop.execute { self.serveWaiting() } }
    }

    private func serveWaiting() {
        let links = self.waiting.withLock { waiting in
            var links: [EncryptedLink] = []
            swap(&links, &waiting)
            return links
        }
        for link in links {
            link.serviceBegins()
            self.handlers.value[link.number]?.serve()
        }
    }

    /// Makes a link of a channel whose upgrade is complete: from now on the holder of the link decides about the channel.
    ///
    /// - Parameter descriptor: A duplicate of the channel's. The link takes it over.
    func link(_ channel: any Channel, descriptor: Int32, replacing handler: some RemovableChannelHandler) throws -> EncryptedLink
    {
        let pipeline = channel.pipeline.syncOperations
        let meter = try pipeline.handler(type: CipherMeter.self)
        self.newest.value += 1
        let link = EncryptedLink(descriptor: descriptor, number: self.newest.value, server: self)
        let linkHandler = TLSLinkHandler(link, meter: meter) { self.handlers.value[link.number] = nil }
        try pipeline.addHandler(linkHandler, position: .after(handler))
        self.handlers.value[link.number] = linkHandler
        pipeline.removeHandler(handler, promise: nil)
        return link
    }
}
