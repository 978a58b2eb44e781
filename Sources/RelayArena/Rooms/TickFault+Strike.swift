import Glibc
import RelayHosting

extension TickFault {
    func strike() -> Never {
        switch self {
        case .hang: while true { pause() }
        case .trap: preconditionFailure("a tick that was asked to trap")
        }
    }
}
