import RelayWire

/// Sequences in hex, after the usual welcome and snapshot of tick 10: written by somebody who knew SPEC alone, each because a mutation of a client of
/// his survived all others.
extension ReplicaVectors {
    static var strangers: [ReplicaVector] {
        self.strangers1 + self.strangers2 + self.strangers3 + self.strangers4 + self.strangers5
    }

    /// Part 1 of them.
    static var strangers1: [ReplicaVector] {
        [
            self.after(
                "asked: a delta whose tick is not above newest is ignored",
                .init(bytes("82030c"), .resync(.baseline)),
                .init(bytes("82010901"), .ignore),
                .init(
                    bytes("823e0f000202687000017801000000000000e03f0002010100800800020003c80101050700010101010003813c291d010000"),
                    .apply())
            ),
            self.after(
                "refused ticks do not count: a snapshot of the tick that was refused",
                .init(bytes("82030c"), .resync(.baseline)),
                .init(
                    bytes("823e0c000202687000017801000000000000e03f0002010100800800020003c80101050700010101010003813c291d010000"),
                    .apply())
            ),
            self.after(
                "refused ticks do not count: a snapshot of an earlier tick than an undecodable one",
                .undecodable(bytes("82030b00"), .resync(.nonsense)),
                .init(
                    bytes("823e0b000202687000017801000000000000e03f0002010100800800020003c80101050700010101010003813c291d010000"),
                    .apply())
            ),
            self.after(
                "two undecodable privates in a row",
                .undecodable(bytes("83"), .hold),
                .undecodable(bytes("83"), .hold),
                .init(bytes("82030b"), .resync(.nonsense))
            ),
            self.after(
                "three privates in a row",
                .init(bytes("83000b00"), .hold),
                .init(bytes("83000b00"), .hold),
                .init(bytes("83000b00"), .hold),
                .init(bytes("82030b"), .resync(.nonsense))
            ),
            self.after(
                "a frame with an old tick takes its half along",
                .init(bytes("83020f0001050002030000"), .hold),
                .init(bytes("82010a01"), .resync(.nonsense)),
                .init(
                    bytes("823e0f000202687000017801000000000000e03f0002010100800800020003c80101050700010101010003813c291d010000"),
                    .apply(delivered: []))
            ),
            self.after(
                "a frame with an unreadable head takes its half along",
                .init(bytes("83020f0001050002030000"), .hold),
                .undecodable(bytes("820200"), .resync(.nonsense)),
                .init(
                    bytes("823e0f000202687000017801000000000000e03f0002010100800800020003c80101050700010101010003813c291d010000"),
                    .apply(delivered: []))
            ),
            self.after(
                "a private half alone delivers nothing",
                .init(bytes("83020b0001050002030000"), .hold),
                .init(bytes("82030b"), .apply(delivered: [5]))
            ),
            self.after(
                "names that differ in case, and in normalisation, are different",
                .init(bytes("820b0b020501580001590001790002c3a9000365cc8100"), .apply())
            ),
        ]
    }

    /// Part 2 of them.
    static var strangers2: [ReplicaVector] {
        [
            self.after(
                "another name at a known index",
                .init(bytes("820b0b0101017901000000000000e03f"), .resync(.nonsense))
            ),
            self.after(
                "another name at a known index, no quantum",
                .init(bytes("820b0b0001026d7000"), .resync(.nonsense))
            ),
            self.after(
                "checksum of a snapshot differs",
                .init(bytes("82060b0100000001"), .resync(.checksum)),
                .init(bytes("82030c"), .ignore),
                .init(
                    bytes("823e0f000202687000017801000000000000e03f0002010100800800020003c80101050700010101010003813c291d010000"),
                    .apply())
            ),
            self.after(
                "checksum differs: private events too, and none of them again",
                .init(bytes("83020b0001050002030000"), .hold),
                .init(bytes("82070b01000000010000"), .resync(.checksum, delivered: [5])),
                .init(bytes("83020f0002050402030000060302030000"), .hold),
                .init(
                    bytes("823e0f000202687000017801000000000000e03f0002010100800800020003c80101050700010101010003813c291d010000"),
                    .apply(delivered: [6]))
            ),
            self.after(
                "difference to a float",
                .init(bytes("82130b0201800800020004000000000000f03f0100"), .apply()),
                .init(bytes("82130c080131000220"), .resync(.nonsense))
            ),
            self.after(
                "difference to null",
                .init(bytes("82130b0201800800020004000000000000f03f0100"), .apply()),
                .init(bytes("82130c080231000220"), .resync(.nonsense))
            ),
            self.after(
                "delta update of an unknown entity",
                .init(bytes("82130b04018048010002"), .resync(.nonsense))
            ),
            self.after(
                "replaced with an unknown name index",
                .init(bytes("82130b0201804800010202"), .resync(.nonsense))
            ),
            self.after(
                "lost of a private up to the cursor is no gap",
                .init(bytes("83060f000109000203000005"), .hold),
                .init(bytes("82000f05"), .apply(delivered: [9]))
            ),
        ]
    }

    /// Part 3 of them.
    static var strangers3: [ReplicaVector] {
        [
            self.after(
                "lost of a frame is a gap although its private half has none",
                .init(bytes("83000f00"), .hold),
                .init(bytes("82810f0f04"), .apply(gap: true))
            ),
            self.after(
                "events to the host",
                .init(bytes("83020b0001050001020000"), .hold),
                .init(bytes("82030b"), .apply(delivered: [5]))
            ),
            self.after(
                "a rejoin ends a request",
                .init(bytes("82030c"), .resync(.baseline)),
                .init(
                    bytes(
                        "8100000102030405060708090a0b0c0d0e0f0101020c1401000032e807b817904ee0d403882780800178f00100003a000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f202122232425262728292a2b2c2d2e2f30313233343536373839"
                    ), .apply(), afterRejoin: true),
                .init(bytes("82010d01"), .resync(.baseline)),
                .init(
                    bytes("823e0e000202687000017801000000000000e03f0002010100800800020003c80101050700010101010003813c291d010000"),
                    .apply())
            ),
            self.after(
                "a resumed rejoin of a replica that is not whole",
                .init(bytes("82030c"), .resync(.baseline)),
                .init(
                    bytes(
                        "8101000102030405060708090a0b0c0d0e0f0101020c1401000032e807b817904ee0d403882780800178f00100003a000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f202122232425262728292a2b2c2d2e2f30313233343536373839"
                    ), .apply(), afterRejoin: true),
                .init(bytes("82010d08"), .resync(.baseline))
            ),
            self.after(
                "a snapshot ends a request: the next bad frame asks again",
                .init(bytes("82030c"), .resync(.baseline)),
                .init(
                    bytes("823e0f000202687000017801000000000000e03f0002010100800800020003c80101050700010101010003813c291d010000"),
                    .apply()),
                .init(bytes("820311"), .resync(.baseline)),
                .init(
                    bytes("823e12000202687000017801000000000000e03f0002010100800800020003c80101050700010101010003813c291d010000"),
                    .apply()),
                .undecodable(bytes("82011200"), .resync(.nonsense))
            ),
            self.after(
                "state left for an unknown seat",
                .init(bytes("82230b010107040703"), .apply())
            ),
            self.after(
                "events of a frame whose checksum differs are not delivered again",
                .init(bytes("82470b01040002000000823c291d010000"), .resync(.checksum, delivered: [4])),
                .init(
                    bytes("824a0c000202687000017801000000000000e03f02040102000000010002000000"),
                    .apply(delivered: [5]))
            ),
            self.after(
                "a snapshot with a bad private half",
                .undecodable(bytes("83"), .hold),
                .init(
                    bytes("823e0b000202687000017801000000000000e03f0002010100800800020003c80101050700010101010003813c291d010000"),
                    .resync(.nonsense)),
                .init(bytes("82030c"), .ignore),
                .init(
                    bytes("823e0f000202687000017801000000000000e03f0002010100800800020003c80101050700010101010003813c291d010000"),
                    .apply())
            ),
            self.after(
                "a snapshot with a private half of another tick",
                .init(bytes("83000a00"), .hold),
                .init(
                    bytes("823e0b000202687000017801000000000000e03f0002010100800800020003c80101050700010101010003813c291d010000"),
                    .resync(.nonsense))
            ),
        ]
    }

    /// Part 4 of them.
    static var strangers4: [ReplicaVector] {
        [
            self.after(
                "asked: a snapshot that cannot be decoded",
                .init(bytes("82030c"), .resync(.baseline)),
                .undecodable(bytes("82020d00"), .giveUp)
            ),
            self.after(
                "asked: a snapshot of an old tick",
                .init(bytes("82030c"), .resync(.baseline)),
                .init(bytes("820209"), .giveUp)
            ),
            self.after(
                "asked: a snapshot with a bad half",
                .init(bytes("82030c"), .resync(.baseline)),
                .undecodable(bytes("83"), .hold),
                .init(
                    bytes("823e0f000202687000017801000000000000e03f0002010100800800020003c80101050700010101010003813c291d010000"),
                    .giveUp)
            ),
            self.after(
                "asked: a snapshot that makes no sense",
                .init(bytes("82030c"), .resync(.baseline)),
                .init(bytes("82420d01050002000000"), .giveUp)
            ),
            self.after(
                "asked at a bad snapshot, then another",
                .undecodable(bytes("82020b00"), .resync(.nonsense)),
                .undecodable(bytes("82020c00"), .giveUp)
            ),
            self.after(
                "resync on a resumed connection before a frame: Ack of nothing",
                .init(
                    bytes(
                        "8101000102030405060708090a0b0c0d0e0f0101020f1401000032e807b817904ee0d403882780800178f00100003a000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f202122232425262728292a2b2c2d2e2f30313233343536373839"
                    ), .apply(), afterRejoin: true),
                .init(bytes("820311"), .resync(.baseline)),
                .init(
                    bytes(
                        "8100000102030405060708090a0b0c0d0e0f010103141401000032e807b817904ee0d403882780800178f00100003a000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f202122232425262728292a2b2c2d2e2f30313233343536373839"
                    ), .apply(), afterRejoin: true)
            ),
        ]
    }

    /// Part 5 of them.
    static var strangers5: [ReplicaVector] {
        [
            self.after(
                "what is delivered",
                .init(bytes("83030b000101000101050002030006026869"), .hold),
                .init(bytes("82430b01040002000100"), .apply(delivered: [4, 5])).resulting((1, 0, .notOwner)),
                .init(bytes("83010c0202010001010100"), .hold),
                .init(bytes("82030c"), .apply()).resulting((1, 1, .succeeded))
            )
        ]
    }
}
