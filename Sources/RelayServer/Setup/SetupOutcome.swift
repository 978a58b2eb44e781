/// What came of a plan.
package struct SetupOutcome: Sendable {
    /// A file of the plan.
    package struct File: Sendable, Equatable, Encodable {
        /// What was done.
        package enum State: String, Sendable, Encodable {
            /// It is new.
            case written
            /// It was there already.
            case kept
            /// The old one has another name now.
            case replaced
        }

        package var path: String
        /// Octal; nil for a file that was kept as it is.
        package var mode: String?
        package var state: State
        package var purpose: String

        package init(path: String, mode: String?, state: State, purpose: String) {
            (self.path, self.mode, self.state, self.purpose) = (path, mode, state, purpose)
        }
    }

    /// A ticket that was signed.
    package struct FirstTicket: Sendable, Equatable {
        package var text: String
        /// Seconds since 1970.
        package var expires: Int64

        package init(text: String, expires: Int64) { (self.text, self.expires) = (text, expires) }
    }

    package var files: [File] = []
    /// Whether certificate or key cannot be read: it is not there, or not for the relay.
    package var lacksCertificate = false
    /// Why the relay would not start, or clients would refuse it.
    package var problems: [String] = []
    package var ticket: FirstTicket?
    /// What the operator should know besides.
    package var notes: [String] = []

    package init() {}
}
