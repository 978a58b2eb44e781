/// The reason why a connection is closed (SPEC section 12).
///
/// From 4000 on a message was bad, from 4010 there is no place or no seat, from 4020 a seat or a room ends, from 4030 a ticket lets
/// nobody in, or a door is shut. A number that was used once is never used again. More codes may come: a `switch` of yours needs a `default`.
public enum CloseCode: UInt16, Sendable, CaseIterable {
    case left = 1000
    case draining = 1001
    case protocolError = 1002
    case wrongMessageType = 1003
    case badText = 1007
    case tooBig = 1009
    case malformed = 4000
    case unknownKind = 4001
    case unsupportedVersion = 4002
    case badAcknowledgement = 4003
    case rateLimited = 4004
    case helloTimeout = 4005
    case outOfPlace = 4006
    case roomFull = 4010
    case relayFull = 4011
    case tokenRefused = 4012
    case tokenSuperseded = 4013
    case seatGone = 4014
    case roomGone = 4015
    case elsewhere = 4016
    case nameTaken = 4017
    case replaced = 4020
    case stalled = 4021
    case kicked = 4022
    case roomClosed = 4023
    case roomEvicted = 4024
    case internalError = 4026
    case ticketMissing = 4030
    case ticketRefused = 4031
    case ticketExpired = 4032
    case ticketNotYetValid = 4033
    case ticketOtherRoom = 4034
    case ticketLacksRight = 4035
    case wrongPassword = 4036
    case roomLocked = 4037

    /// The name in counters and logs.
    package var name: String { "\(self)" }

    /// One sentence of advice. At most 100 bytes of ASCII, so that a retry hint still fits into the close frame.
    public var sentence: String {
        switch self {
        case .left: "You left the room."
        case .draining: "The relay is shutting down: rejoin by token."
        case .protocolError: "This is not WebSocket as RFC 6455 has it: use a conforming library."
        case .wrongMessageType: "tickrelay.v1 is binary: send binary messages."
        case .badText: "Text must be UTF-8."
        case .tooBig: "The message is longer than the limit in the welcome: split it."
        case .malformed: "The message could not be decoded: see SPEC.md section 4."
        case .unknownKind: "This message kind does not exist: see SPEC.md section 4."
        case .unsupportedVersion: "This relay speaks version 1: update the client or the relay."
        case .badAcknowledgement: "A tick was acknowledged that was never sent on this connection: rejoin by token."
        case .rateLimited: "Too many messages: send at most uplinkRate per second, then rejoin by token."
        case .helloTimeout: "No hello came in time: send hello or rejoin first."
        case .outOfPlace: "Send hello or rejoin first, and only once."
        case .roomFull: "The room is full: try again later or join another room."
        case .relayFull: "The relay is full: try again later."
        case .tokenRefused: "This token is not valid here: forget it and say hello."
        case .tokenSuperseded: "A newer connection holds this seat: forget this token."
        case .seatGone: "The seat is not held any more: say hello."
        case .roomGone: "The room is gone: say hello."
        case .elsewhere: "Another relay has this room: connect to the URL that is the reason."
        case .nameTaken: "There is a room of this name already: take another name, or join it."
        case .replaced: "Another connection took this seat."
        case .stalled: "Nothing was acknowledged for too long: rejoin by token."
        case .kicked: "You were removed from this room, or are banned as long as it is there."
        case .roomClosed: "The room was closed."
        case .roomEvicted: "The room was closed because it endangered others."
        case .internalError: "The relay made a mistake: rejoin by token."
        case .ticketMissing: "This relay asks for a ticket: get one from your game's server and say hello with it."
        case .ticketRefused: "This ticket is not valid here: get another one."
        case .ticketExpired: "The ticket has expired: get a new one and say hello."
        case .ticketNotYetValid: "The ticket is not valid yet: wait, or set the clock of who issues tickets."
        case .ticketOtherRoom: "The ticket is for another room: get one for this room."
        case .ticketLacksRight: "The ticket does not allow this: get one that has the right."
        case .wrongPassword: "The room has a password: give it, or an invitation that is not used or over."
        case .roomLocked: "The room is locked: come with an invitation that is not used or over."
        }
    }

    /// There was no place for a newcomer: the reason says when to try again, and a game's first join fails at once.
    package var isFull: Bool { self == .roomFull || self == .relayFull }

    /// It ends a whole room.
    package var endsRoom: Bool { self == .roomClosed || self == .roomEvicted }

    /// A client's own reaction to this code.
    package var clientReaction: ClientReaction {
        switch self {
        case .unsupportedVersion, .replaced, .kicked, .roomClosed, .roomEvicted, .ticketMissing, .ticketRefused,
            .ticketExpired, .ticketNotYetValid, .ticketOtherRoom, .ticketLacksRight, .nameTaken, .wrongPassword, .roomLocked:
            .stop
        case .tokenRefused, .tokenSuperseded, .seatGone, .roomGone: .forgetSeat
        case .elsewhere: .follow
        // 1000 answers a leave of our own; without one it is the end of a connection like any other.
        case .left, .draining, .protocolError, .wrongMessageType, .badText, .tooBig, .malformed, .unknownKind,
            .badAcknowledgement,
            .rateLimited, .helloTimeout, .outOfPlace, .roomFull, .relayFull, .stalled, .internalError:
            .comeBack
        }
    }

    /// The answers to a close: SPEC section 14.
    package enum ClientReaction: Sendable {
        /// Connect to the URL that is the reason, and take the seat back or a new one there.
        case follow
        case comeBack
        case forgetSeat
        case stop
    }
}
