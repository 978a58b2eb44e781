import RelayWire

/// One server message, or one act of the application, and what a client does about it.
struct ReplicaStep {
    enum Decision {
        /// A welcome, or a frame that fits. `delivered`: the numbers of the events that the application gets.
        case apply(ReplicaState? = nil, delivered: [UInt64] = [], gap: Bool = false)
        /// A private message waits for its frame, whether it could be decoded or not.
        case hold
        /// `delivered`: as above; only a checksum that differs leaves the frame applied.
        case resync(ResyncReason, delivered: [UInt64] = [])
        case ignore
        /// The client closes the connection, and rejoins.
        case giveUp
    }

    enum Input {
        case message([UInt8])
        /// The application removes this entity, in an uplink of its own.
        case write(removing: EntityID)
        /// Time passes. `acknowledges`: the tick that was acknowledged meanwhile.
        case wait(milliseconds: UInt64, acknowledges: UInt64?)
    }

    /// What the client sent when the connection opened on which the message is the first.
    enum Opening: String { case hello, rejoin }

    var input: Input
    var opening: Opening?
    /// Nil if nothing is to be decided: a write, or time that passes without consequence.
    var decision: Decision?
    /// False for a message that no decoder takes, whatever the roster.
    var decodes = true
    /// Uplinks that are sent in this step.
    var uplinks: [[UInt8]] = []
    /// Results that the application gets.
    var results: [OperationResult] = []
    /// The client's own row of the heartbeat has this number.
    var heartbeatConfirms: UInt64 = 0

    init(_ bytes: [UInt8], _ decision: Decision, afterRejoin: Bool = false) {
        (self.input, self.decision) = (.message(bytes), decision)
        if bytes.first == ServerMessageKind.welcome.rawValue { self.opening = afterRejoin ? .rejoin : .hello }
    }

    private init(_ input: Input, _ decision: Decision? = nil) { (self.input, self.decision) = (input, decision) }

    /// A message that cannot be decoded.
    static func undecodable(_ bytes: [UInt8], _ decision: Decision, opening: Opening? = nil) -> ReplicaStep {
        var step = ReplicaStep(.message(bytes), decision)
        (step.decodes, step.opening) = (false, opening)
        return step
    }

    /// The application removes an entity.
    static func write(removing entity: EntityID, sent: String) -> ReplicaStep {
        ReplicaStep(.write(removing: entity)).sending(sent)
    }

    static func wait(_ milliseconds: UInt64, acknowledges: UInt64? = nil, _ decision: Decision? = nil) -> ReplicaStep {
        ReplicaStep(.wait(milliseconds: milliseconds, acknowledges: acknowledges), decision)
    }

    /// This step, which also sends these uplinks.
    func sending(_ uplinks: String...) -> ReplicaStep { self.with { $0.uplinks = uplinks.map { bytes($0) } } }

    /// This step, in which the application also gets these results.
    func resulting(_ results: (uplink: UInt64, operation: UInt8, code: ResultCode)...) -> ReplicaStep {
        self.with { step in
            step.results = results.map { OperationResult(uplink: $0.uplink, operation: $0.operation, code: $0.code) }
        }
    }

    func with(_ change: (inout ReplicaStep) -> Void) -> ReplicaStep {
        var step = self
        change(&step)
        return step
    }

    /// The bytes of a server message.
    var message: [UInt8]? { if case .message(let bytes) = self.input { bytes } else { nil } }
}

/// SPEC sections 6, 7, 9, 10 and 15: what comes to a client, one after the other.
struct ReplicaVector {
    var name: String
    var steps: [ReplicaStep]

    var json: JSON {
        var client = VectorClient()
        return ["name": .string(self.name), "steps": .array(self.steps.map { client.json($0) })]
    }
}
