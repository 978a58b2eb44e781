import FoundationEssentials
import NIOCore
import RelayHosting

/// The body of a request that acts: Protocol/ADMIN.md.
package protocol ActRequest: Decodable, Sendable {
    associatedtype CodingKeys: CodingKey & CaseIterable & RawRepresentable<String>
    /// Nil if all is as it must be; else what is not.
    var mistake: String? { get }
}

extension ActRequest {
    /// More is none. Bytes.
    package static var maximumBytes: Int { 16 << 10 }

    /// Reads a body. A key that is not known is a mistake: what was meant by it would not happen.
    package init(body: ByteBuffer) throws(RefusedAct) {
        let data = Data(body.readableBytesView)
        let known = Self.CodingKeys.allCases.map(\.rawValue)
        do {
            let keys = try JSONDecoder().decode([String: Anything].self, from: data).keys
            if let unknown = keys.sorted().first(where: { !known.contains($0) }) {
                throw RefusedAct(
                    .badRequest,
                    "The key \(unknown.prefix(40).description.forLog) is not known here: \(known.joined(separator: ", ")) are.")
            }
            self = try JSONDecoder().decode(Self.self, from: data)
        } catch let error as RefusedAct {
            throw error
        } catch DecodingError.keyNotFound(let key, _) {
            throw RefusedAct(.badRequest, "The key \(key.stringValue) is missing.")
        } catch DecodingError.typeMismatch(_, let context) where !context.codingPath.isEmpty {
            throw RefusedAct(.badRequest, "\(context.codingPath[0].stringValue) is of the wrong type.")
        } catch {
            throw RefusedAct(.badRequest, "The body is not a JSON object with what is needed: \(known.joined(separator: ", ")).")
        }
        if let mistake = self.mistake { throw RefusedAct(.badRequest, mistake) }
    }
}

/// Any JSON value.
private struct Anything: Decodable {
    init(from decoder: any Decoder) {}
}

/// What the requests have in common.
enum ActRules {
    static let reasonBytes = 400
    static let roomBytes = 1...64

    static func mistake(room: String?, reason: String?) -> String? {
        if let room, !self.roomBytes.contains(room.utf8.count) { return "room is 1 to 64 bytes." }
        if let reason, reason.utf8.count > self.reasonBytes { return "reason is up to \(self.reasonBytes) bytes." }
        return nil
    }
}

/// `POST /rooms/kick`
package struct KickRequest: ActRequest {
    /// All that its body may have.
    package enum CodingKeys: String, CodingKey, CaseIterable { case room, instance, seat, generation, reason }
    package var room: String
    /// When the operator looked; nil for whichever room has the name.
    package var instance: String?
    package var seat: UInt16
    /// When the operator looked; nil for whoever sits there.
    package var generation: UInt64?
    package var reason: String?
    package var mistake: String? { ActRules.mistake(room: self.room, reason: self.reason) }
}

/// `POST /rooms/open`
package struct OpenRequest: ActRequest {
    /// All that its body may have.
    package enum CodingKeys: String, CodingKey, CaseIterable { case room, reason }
    package var room: String
    package var reason: String?
    package var mistake: String? { ActRules.mistake(room: self.room, reason: self.reason) }
}

/// `POST /rooms/close`
package struct CloseRequest: ActRequest {
    /// All that its body may have.
    package enum CodingKeys: String, CodingKey, CaseIterable { case room, instance, reason }
    package var room: String
    /// When the operator looked; nil for whichever room has the name.
    package var instance: String?
    package var reason: String?
    package var mistake: String? { ActRules.mistake(room: self.room, reason: self.reason) }
}
