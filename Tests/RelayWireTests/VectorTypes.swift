import RelayWire

/// A message that decodes, and what else a decoder must know to decode it.
struct ValidVector: Sendable {
    var name: String
    var bytes: [UInt8]
    /// Client messages: names the relay has given. Server messages: rows of the roster after the frame.
    var context: Int?
    /// What an encoder writes, if not `bytes`: −0 is read as 0.
    var canonical: [UInt8]?

    init(_ name: String, _ bytes: [UInt8], context: Int? = nil, canonical: [UInt8]? = nil) {
        (self.name, self.bytes, self.context, self.canonical) = (name, bytes, context, canonical)
    }
    init(_ name: String, context: Int? = nil, _ build: (inout WireWriter) -> Void) {
        self.init(name, wire(build), context: context)
    }

    func json(contextKey: String, message: JSON) -> JSON {
        let json: JSON = ["name": .string(self.name), "hex": .string(hex(self.bytes))]
        return json.adding("canonical", self.canonical.map { .string(hex($0)) })
            .adding(contextKey, self.context.map { .signed(Int64($0)) })
            .adding("message", message)
    }
}

/// A message that must be refused.
struct InvalidVector: Sendable {
    var name: String
    var bytes: [UInt8]
    var reason: Reason
    var context: Int?

    /// Which error; a cut is described well enough by its case.
    enum Reason: Equatable, Sendable {
        case truncated
        case exactly(WireError)

        func matches(_ error: WireError) -> Bool {
            switch (self, error) {
            case (.truncated, .truncated): true
            case (.exactly(let expected), _): expected == error
            case (.truncated, _): false
            }
        }
        var closeCode: CloseCode {
            switch self {
            case .truncated: .malformed
            case .exactly(let error): error.closeCode
            }
        }
        /// For readers; no decoder has to tell these apart.
        var text: String {
            switch self {
            case .truncated: "truncated"
            case .exactly(.outOfRange(let field, _)): "outOfRange \(field)"
            case .exactly(let error): String("\(error)".prefix { $0 != "(" })
            }
        }
    }

    init(_ name: String, _ bytes: [UInt8], _ error: WireError, context: Int? = nil) {
        (self.name, self.bytes, self.reason, self.context) = (name, bytes, .exactly(error), context)
    }
    /// Cut short somewhere.
    init(cut name: String, _ bytes: [UInt8], context: Int? = nil) {
        (self.name, self.bytes, self.reason, self.context) = (name, bytes, .truncated, context)
    }

    /// `whole` cut at every position but the empty one, and with one byte too many.
    static func around(_ name: String, _ whole: [UInt8], context: Int? = nil) -> [InvalidVector] {
        let cuts = (1..<max(1, whole.count)).map {
            InvalidVector(cut: "\(name), cut to \($0) of \(whole.count) bytes", Array(whole[..<$0]), context: context)
        }
        return cuts + [InvalidVector("\(name), a byte too many", whole + [0], .trailingBytes(1), context: context)]
    }

    func json(contextKey: String, verdict: (key: String, value: JSON)) -> JSON {
        let json: JSON = ["name": .string(self.name), "hex": .string(hex(self.bytes))]
        return json.adding(contextKey, self.context.map { .signed(Int64($0)) })
            .adding(verdict.key, verdict.value)
            .adding("reason", .string(self.reason.text))
    }
}

/// What `build` writes.
func wire(_ build: (inout WireWriter) -> Void) -> [UInt8] {
    var writer = WireWriter()
    build(&writer)
    return writer.array
}

/// A value as writers take it.
func stored(_ value: Value) -> StoredValue { StoredValue(value) }

/// The largest tick, uplink number and event number.
let safe: UInt64 = 1 << 53 - 1

extension Ack {
    init(_ tick: UInt64, delay: UInt64 = 0) { self.init(tick: Tick(rawValue: tick), delay: delay) }
}
