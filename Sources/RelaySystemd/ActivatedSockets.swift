import CSystemd
import Glibc

/// Listeners that systemd opened and keeps open while we are restarted: sd_listen_fds(3). Their names are the
/// `FileDescriptorName=` of the socket units.
package struct ActivatedSockets: Sendable, Equatable {
    /// Why the sockets that systemd passed cannot be used.
    package enum Misfit: Error, Equatable, CustomStringConvertible {
        case unknownName(String, known: [String])
        case twice(String)
        case notListening(String)

        package var description: String {
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

    /// The sockets that systemd has passed; empty without systemd.
    ///
    /// - Parameter known: Every valid name.
    package static func inherited(known: [String]) throws(Misfit) -> ActivatedSockets {
        var names: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?
        let count = max(0, Int(sd_listen_fds_with_names(0, &names)))
        defer { Self.free(names, count) }
        let found = (0..<count).map { (names?[$0]).map { String(cString: $0) } ?? "unknown" }
        return try ActivatedSockets(names: found, known: known) {
            sd_is_socket($0, AF_UNSPEC, Int32(SOCK_STREAM.rawValue), 1) > 0
        }
    }

    private static func free(_ names: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?, _ count: Int) {
        for index in 0..<count { Glibc.free(names?[index]) }
        Glibc.free(names)
    }

    /// - Parameters:
    ///   - names: Of descriptors 3, 4, … in this order.
    ///   - isListening: Whether a descriptor is a listener.
    package init(names: [String], known: [String], isListening: (Int32) -> Bool) throws(Misfit) {
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
    package subscript(name: String) -> Int32? { self.descriptors[name] }
}
