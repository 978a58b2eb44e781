/// Why a player lags or lost the connection.
public enum LagCause: UInt8, Sendable, CaseIterable {
    case unknown = 0
    case lateTick = 1
    case relayBacklog = 2
    case hidden = 3
    case network = 4
    case clientFrozen = 5
    case replaced = 6
    case broken = 7

    /// Whether it says why a player lags, not only how a connection ended.
    package var isVerdict: Bool { self != .replaced && self != .broken }

    /// Its name in statistics, reports and the JSON form. A constant: interpolating a case asks the runtime for its name.
    package var name: String {
        switch self {
        case .unknown: "unknown"
        case .lateTick: "lateTick"
        case .relayBacklog: "relayBacklog"
        case .hidden: "hidden"
        case .network: "network"
        case .clientFrozen: "clientFrozen"
        case .replaced: "replaced"
        case .broken: "broken"
        }
    }
}
