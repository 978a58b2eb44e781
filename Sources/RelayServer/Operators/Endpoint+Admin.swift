extension Endpoint {
    /// Reads what operators write for an admin listener: `HOST:PORT`, `unix:/PATH`, or its URL, `http://HOST:PORT/`. Nil if it
    /// is none of them.
    package init?(admin text: String) {
        let scheme = "http://"
        var address = text
        if text.hasPrefix(scheme) {
            address = String(text.dropFirst(scheme.count))
            if address.hasSuffix("/") { address.removeLast() }
            guard !address.hasPrefix("unix:") else { return nil }
        }
        self.init(address)
        // Port 0 is for listeners.
        guard self.isUnix || self.port > 0 else { return nil }
    }
}
