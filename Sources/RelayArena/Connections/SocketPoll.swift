import CRelayLinux
import Glibc
import RelayHosting
import RelayTransport

/// An epoll set of sockets, and encrypted links beside them: of one slot, so that a slot reads only connections whose tick is due.
final class SocketPoll: ReadinessPoll {
    private let descriptor: Int32
    private var watched = 0
    private var links: [ObjectIdentifier: (link: EncryptedLink, tag: UInt64)] = [:]

    init?() {
        let descriptor = crelay_epoll_create()
        guard descriptor >= 0 else { return nil }
        self.descriptor = descriptor
    }

    deinit { _ = Glibc.close(self.descriptor) }

    func watch(_ transport: any Transport, tag: UInt64) -> Bool {
        if let link = (transport as? LinkTransport)?.link {
            self.links[ObjectIdentifier(link)] = (link, tag)
            return true
        }
        guard let socket = transport as? SocketTransport, crelay_epoll_add(self.descriptor, socket.descriptor, tag) == 0 else {
            return false
        }
        self.watched += 1
        return true
    }

    func unwatch(_ transport: any Transport) {
        if let link = (transport as? LinkTransport)?.link { self.links[ObjectIdentifier(link)] = nil }
        guard let socket = transport as? SocketTransport else { return }
        if crelay_epoll_delete(self.descriptor, socket.descriptor) == 0 { self.watched -= 1 }
    }

    /// Tells the rooms which of their connections can be read.
    ///
    /// - Parameter events: Working memory, shared by all slots of a thread. Grows as needed.
    func findReadable(_ events: inout [crelay_event]) {
        // In no order that matters: a room sorts what it hears by time and seat.
        for (link, tag) in self.links.values where link.canBeRead { ConnectedRoom.becameReadable(tag) }
        guard self.watched > 0 else { return }
        if events.count < self.watched {
            events = Array(repeating: crelay_event(), count: max(self.watched, 2 * events.count))
        }
        let count = max(0, Int(crelay_epoll_wait(self.descriptor, &events, Int32(events.count), 0)))
        for index in 0..<count { ConnectedRoom.becameReadable(events[index].data) }
    }
}
