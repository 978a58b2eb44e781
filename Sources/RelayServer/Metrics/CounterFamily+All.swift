extension CounterFamily {
    /// Every counter of `/stats` is in exactly one of them.
    static let all: [CounterFamily] = listeners + connections + rooms + frames

    private static let listeners: [CounterFamily] = [
        .one("accepted", "connections_accepted", "Connections accepted from the listeners for players."),
        .one("upgraded", "upgrades", "Upgrades answered with 101."),
        .one("handedOff", "connections_handed_off", "Connections given to the thread of a room."),
        .many(
            "answers", by: "kind", ["answeredPlain", "servedFile"], "Answers to plain requests, and files of SDK and playground."),
        .many(
            "lobby_requests", by: "kind",
            ["lobbyAnswered", "lobbyWatched", "lobbyMade", "lobbyActed", "lobbyMalformed", "lobbyRefused"], common: "lobby",
            "Requests of the lobby: answered, streams begun, rooms made, acts of hosts carried out, and those malformed or refused."
        ),
        .one("lobbyUnread", "lobby_streams_unread", "Streams of the lobby that were closed because nothing of them was read."),
        .one("tlsFailed", "tls_handshakes_failed", "Handshakes of TLS that failed."),
        .many(
            "refusals", by: "reason",
            [
                "requestMalformed", "requestTimeout", "requestTooLong", "refusedUpgrade", "refusedOrigin", "refusedNearCapacity",
                "refusedOverloaded", "refusedBanned", "refusedCrowded", "refusedTicketQueue", "refusedPasswordQueue",
                "refusedUnplaced", "refusedBadURL",
                "handshakesPerAddress", "connectionsPerAddress", "failuresPerAddress", "joinsPerAddress", "roomsPerAddress",
                "proxyHeaderMissing", "proxyHeaderMalformed", "proxyHeaderTimeout", "proxyHeaderForeign", "forwardedRefused",
            ], common: "refused", "Connections, requests and newcomers turned away, by reason."),
        .many("ticket_refusals", by: "reason", prefix: "ticket.", "Newcomers by what was wrong with their ticket."),
        .many(
            "evictions", by: "kind", ["handshakeEvicted", "guestEvicted"],
            "Unfinished handshakes, and connections that only heartbeat, that made way for newer ones."),
        .one(
            "forwardedUnbelieved", "forwarded_unbelieved", "Requests of this machine that name a client, which is not believed."),
        .one("leftBeforeHello", "left_before_hello", "Connections whose peer went before its hello."),
        .one("bansMade", "bans_made", "Bans by operators."),
        .one("bansLifted", "bans_lifted", "Bans that operators ended."),
        .one("actsRefused", "acts_refused", "What operators asked for and could not be done."),
        .many(
            "admin_refusals", by: "reason",
            ["adminRefused", "adminTokenRefused", "adminUnauthorized", "adminEvicted", "adminTimeout", "eventListenersRefused"],
            common: "admin", "Requests and connections that the admin listener turned away, by reason."),
    ]

    private static let connections: [CounterFamily] = [
        .many("connections_closed", by: "reason", ["closedByPeer"], prefix: "closed.", "Ends of connections, by close code."),
        .one("disconnects", "disconnects", "Ends of connections that a seat may come back from."),
        .one("joins", "joins", "New seats."),
        .one("rejoins", "rejoins", "Returns by token."),
        .one("revivals", "revivals", "Stalled players who acknowledged again."),
        .one("leaves", "leaves", "Seats given up by their players."),
        .one("kicks", "kicks", "Seats that were taken away."),
        .many(
            "host_acts", by: "act", ["hostKicks", "hostBans"], common: "host",
            "Players whom the hosts of rooms removed, and kept out."),
        .one("invitationsUsed", "invitations_used", "Seats taken by an invitation, or in a quick join."),
        .many(
            "quick_joins", by: "outcome", ["quickJoinsFound", "quickJoinsMade"], common: "quickJoins",
            "Quick joins that found a room, and those for which one was made."),
        .many(
            "holds_ended", by: "reason", ["holdsExpired", "holdsCutShort"], common: "holds",
            "Seats of absent players given up: after their time, or before it for a newcomer."),
        .one("stalls", "stalls", "Players who acknowledged nothing for too long."),
        .one("drops", "drops", "Stalled players who were dropped."),
        .many("stalls_by_cause", by: "cause", prefix: "stalled.", "Stalls by cause."),
        .many("drops_by_cause", by: "cause", prefix: "dropped.", "Drops by cause."),
        .many("lags_by_cause", by: "cause", prefix: "behind.", "Times that a player fell behind, by cause."),
    ]

    private static let rooms: [CounterFamily] = [
        .one("uplinks", "uplinks", "Uplinks applied."),
        .one("uplinksRepeated", "uplinks_repeated", "Uplinks that were applied before, and ignored."),
        .one("events", "events", "Events of players."),
        .one("acknowledgements", "acknowledgements", "Acknowledgements."),
        .one("ackDelaysTooLong", "ack_delays_too_long", "Acknowledgements with a longer delay than can be."),
        .many(
            "messages_refused", by: "reason",
            [
                "operationsRefused", "deliveriesRefused", "messagesOverBudget", "inboxOverflows", "staleMessages",
                "messagesAfterLoss",
                "messagesAfterLast",
            ], "Messages and operations of players that did not count, by reason."),
        .one("roomsClosed", "rooms_closed", "Rooms that operators closed."),
        .one("roomsEvicted", "rooms_evicted", "Rooms that took too long and were given up."),
        .one("ticksLate", "ticks_late", "Ticks that came late for a room with players."),
        .one("ticksNotJournaled", "ticks_not_journaled", "Ticks of rooms that have outgrown their journal."),
        .one("logLinesLost", "log_lines_lost", "Lines of the log that nobody took in time."),
    ]

    private static let frames: [CounterFamily] = [
        .many(
            "frames", by: "kind", ["framesDelta", "framesSnapshot", "framesMerged"], common: "frames",
            "Frames for players: differences, whole states, and those that stand for several ticks."),
        .many(
            "frames_delayed", by: "reason", ["framesHeldBack", "framesUnfinished"], common: "frames",
            "Frames that had to wait, and those that a socket took a part of."),
        .one("privateMessages", "private_messages", "Private messages."),
        .one("eventsForgotten", "events_forgotten", "Events that a player missed and was told of."),
        .one("resyncs", "resyncs", "Snapshots that players asked for."),
        .one("resyncsIgnored", "resyncs_ignored", "Snapshots that players asked for too often."),
        .one("checksumsDiverged", "checksums_diverged", "Replicas that were not like their room."),
    ]
}
