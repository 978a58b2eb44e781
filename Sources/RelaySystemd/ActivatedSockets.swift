import CRelaySystemd

/// Listeners that systemd opened and keeps open while we are restarted: sd_listen_fds(3). Their names are the
/// `FileDescriptorName=` of the socket units.
public struct ActivatedSockets: Sendable, Equatable {
    /// What is wrong with what was handed over.
    public enum Misfit: Error, Equatable, CustomStringConvertible {
        case unknownName(String, known: [String])
        case twice(String)
        case notListening(String)

        public var description: String {
            switch self {
            case .unknownName(let name, let known):
                "a socket named '\(name)' was passed: FileDescriptorName= must be \(known.joined(separator: " or "))"
            case .twice(let name): "more than one socket named '\(name)' was passed: one address each"
            case .notListening(let name):
                "the socket named '\(name)' does not listen for streams: use ListenStream= and Accept=no"
            }
        }
    }

    private let descriptors: [String: Int32]

    /// What systemd has handed over; empty without it.
    ///
    /// - Parameter known: Every name that means something.
    public static func inherited(known: [String]) throws(Misfit) -> ActivatedSockets {
        var names: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?
        let count = crelay_systemd_listen_fds(&names)
        defer { crelay_systemd_free_names(names) }
        let found = (0..<max(0, Int(count))).map { (names?[$0]).map { String(cString: $0) } ?? "unknown" }
        return try ActivatedSockets(names: found, known: known, isListening: { crelay_systemd_is_listening($0) })
    }

    /// - Parameters:
    ///   - names: Of descriptors 3, 4, … in this order.
    ///   - isListening: Whether a descriptor is a listener.
    init(names: [String], known: [String], isListening: (Int32) -> Bool) throws(Misfit) {
        var descriptors: [String: Int32] = [:]
        for (index, name) in names.enumerated() {
            let descriptor = Int32(3 + index)
            guard known.contains(name) else { throw .unknownName(name, known: known) }
            guard descriptors[name] == nil else { throw .twice(name) }
            guard isListening(descriptor) else { throw .notListening(name) }
            descriptors[name] = descriptor
        }
        self.descriptors = descriptors
    }

    /// The listener of that name; nil if there is none.
    public subscript(name: String) -> Int32? { self.descriptors[name] }
}
