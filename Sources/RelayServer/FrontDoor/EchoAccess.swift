/// Where conformance suites may have their messages sent back, which is a job for anybody's bandwidth.
package enum EchoAccess: Sendable, CaseIterable {
    case off
    /// Only while the listener is on a loopback address.
    case loopback
    case everywhere

    func isOpen(onLoopback: Bool) -> Bool {
        switch self {
        case .off: false
        case .loopback: onLoopback
        case .everywhere: true
        }
    }
}
