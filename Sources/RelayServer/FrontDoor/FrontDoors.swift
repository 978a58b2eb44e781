import Logging

/// All listeners for players: the plain one, and with TLS one on each event loop that encrypts.
struct FrontDoors: Sendable {
    var plain: FrontDoor
    var common: CommonBounds
    var encrypted: [FrontDoor] = []
    /// What they prove themselves with; nil without TLS.
    var identity: ServerIdentity?
    var logger: Logger

    /// Adopts the reloadable settings, and the pair that was in the files when they were read: they are replaced under the same names.
    func adopt(_ configuration: ServerConfiguration) async {
        let settings = configuration.frontDoor(descriptorLimit: 0)
        self.common.adopt(settings)
        for door in [self.plain] + self.encrypted { await door.adopt(settings) }
        guard let identity = self.identity, let pair = configuration.tls?.pair else { return }
        identity.adopt(pair)
        self.logger.notice("certificate read again", metadata: ["validUntil": "\(pair.validUntil)", "kind": "reloaded"])
    }

    /// Closes all of them.
    func stop() async {
        await withDiscardingTaskGroup { group in
            for door in [self.plain] + self.encrypted { group.addTask { await door.stop() } }
        }
        // While any of those that share a socket listened, its file stayed.
        for door in self.encrypted { door.removeSocketFile() }
    }
}
