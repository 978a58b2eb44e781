import RelayHosting

/// Collects the links that have something for their servers, so that a batch of connections wakes each server once.
package final class LinkBell {
    /// Kept, with their memory: a relay has few servers.
    private var servers: [(server: any LinkServer, links: [EncryptedLink])] = []

    package init() {}

    func list(_ link: EncryptedLink) {
        guard link.requestService() else { return }
        if let place = self.servers.firstIndex(where: { $0.server === link.server }) {
            self.servers[place].links.append(link)
        } else {
            self.servers.append((link.server, [link]))
        }
    }

    /// Wakes the servers. To be called when a batch of connections has been read and written.
    package func ring() {
        for place in self.servers.indices where !self.servers[place].links.isEmpty {
            self.servers[place].server.serve(self.servers[place].links)
            self.servers[place].links.removeAll(keepingCapacity: true)
        }
    }
}
