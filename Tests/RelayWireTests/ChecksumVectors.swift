import RelayWire

/// SPEC section 6: the checksum's terms and sums, and quantised numbers; section 11: the relay's tokens.
enum ChecksumVectors {
    static var all: [JSON] { self.names + self.entities + self.fields + self.sums }

    /// One term: what is hashed, as bytes, and its hash.
    private static func term(_ name: String, _ key: String, _ arguments: [JSON], _ bytes: [UInt8], _ hash: UInt32) -> JSON {
        let term: JSON = .object([.init(key: key, value: .array(arguments))])
        return ["name": .string(name), "term": term, "hex": .string(hex(bytes)), "hash": .unsigned(UInt64(hash))]
    }

    private static func u16(_ value: UInt16) -> [UInt8] { [UInt8(value & 255), UInt8(value >> 8)] }
    private static func u32(_ value: UInt32) -> [UInt8] { wire { $0.u32(value) } }

    private static var names: [JSON] {
        let names: [(UInt16, String)] = [(0, "x"), (1, "größe"), (1023, String(repeating: "n", count: 64))]
        return names.map { index, text in
            self.term(
                "name \(index), \(text.utf8.count) bytes", "name", [.unsigned(UInt64(index)), .string(text)],
                self.u32(.max) + self.u16(index) + Array(text.utf8),
                ReplicaChecksum.term(name: text, at: NameIndex(rawValue: index))
            )
        }
    }

    private static var entities: [JSON] {
        let entities: [(UInt32, UInt16)] = [(0, 0), (1024, 0), (1, 1), (EntityID.maximum.rawValue, 1023)]
        return entities.map { raw, owner in
            self.term(
                "entity \(raw) of \(owner)", "entity", [.unsigned(UInt64(raw)), .unsigned(UInt64(owner))],
                self.u32(raw) + self.u16(.max) + self.u16(owner),
                ReplicaChecksum.term(entity: EntityID(rawValue: raw), owner: SeatNumber(rawValue: owner))
            )
        }
    }

    private static var fields: [JSON] {
        ClientVectors.edgeValues.map { name, value in
            let (id, index, stored) = (EntityID.room(3), NameIndex(rawValue: 200), stored(value))
            let bytes = wire {
                $0.u32(id.rawValue)
                $0.raw(self.u16(index.rawValue))
                $0.u8(stored.tag.rawValue)
                if stored.tag.isBlob { $0.raw(stored.blob) } else if stored.tag.rawValue >= 3 { $0.u64(stored.bits) }
            }
            return self.term(
                "field: \(name)", "field", [.unsigned(UInt64(id.rawValue)), 200, Describe.value(value)], bytes,
                ReplicaChecksum.term(entity: id, name: index, value: stored)
            )
        }
    }

    private static var sums: [JSON] {
        var full = ReplicaVectors.base
        full.entities[0].fields = ClientVectors.edgeValues.prefix(20).enumerated().map { (UInt16($0), $1.1) }
        let states: [(String, ReplicaState)] = [
            ("sum of nothing", ReplicaState(tick: 1)), ("sum of a small room", ReplicaVectors.base), ("sum that wraps", full),
        ]
        return states.map { name, state in
            let names = state.names.map { JSON.string($0.0) }
            let content: JSON = ["names": .array(names), "entities": state.entitiesJSON]
            return ["name": .string(name), "state": content, "checksum": .unsigned(UInt64(state.checksum))]
        }
    }

    // MARK: Quantised numbers

    /// A number written to a field with a quantum, and the steps it becomes; nil: refused with result 6.
    static let quantised: [(number: Value, quantum: Double, steps: Int64?)] = [
        (.integer(0), 0.5, 0), (.float(0), 0.5, 0), (.integer(1), 0.5, 2), (.integer(-7), 2, -4), (.integer(7), 2, 4),
        (.float(0.25), 0.5, 1), (.float(-0.25), 0.5, -1), (.float(0.24), 0.5, 0), (.float(0.5), 1, 1), (.float(1.5), 1, 2),
        (.float(2.5), 1, 3), (.float(-0.5), 1, -1), (.float(-1.5), 1, -2), (.float(-2.5), 1, -3),
        (.float(0.49999999999999994), 1, 0), (.float(-0.49999999999999994), 1, 0), (.float(0.3), 0.1, 3), (.float(0.15), 0.1, 1),
        (.float(0.35), 0.1, 3), (.float(1.005), 0.01, 100), (.float(1e-300), 1, 0),
        (.float(4_503_599_627_370_495.5), 1, 4_503_599_627_370_496), (.integer(Int64(safe)), 1, Int64(safe)),
        (.integer(-Int64(safe)), 1, -Int64(safe)), (.integer(Int64(safe) + 1), 1, nil), (.integer(-Int64(safe) - 1), 1, nil),
        (.float(9_007_199_254_740_992), 1, nil), (.integer(.max), 1, nil), (.integer(.min), 1, nil),
        (.float(.greatestFiniteMagnitude), 0.5, nil), (.float(1), .leastNonzeroMagnitude, nil),
        (.integer(Int64(safe) + 2), 2, 1 << 52), (.integer(.max), 1024 * 1024, 1 << 43),
    ]

    static var quantisedJSON: [JSON] {
        self.quantised.map { number, quantum, steps in
            let written: JSON
            switch number {
            case .integer(let integer): written = .signed(integer)
            case .float(let float): written = .float(float)
            case .null, .bool, .quantised, .string, .bytes: preconditionFailure("not a number")
            }
            return [
                "name": .string("\(written.text) in steps of \(quantum)"), "number": written, "quantum": .float(quantum),
                "steps": steps.map { .signed($0) } ?? .null,
            ]
        }
    }

    // MARK: Tokens

    static let tokens: [JSON] = [
        [
            "name": "the first seat", "key": .string(String(repeating: "00", count: 32)),
            "instance": "000102030405060708090a0b0c0d0e0f", "seat": 1, "generation": 1,
            "hex": """
            000102030405060708090a0b0c0d0e0f01000100000000000000\
            102d56d728f9a1375928c7407140c9d563d5f0148403a54f3944208f3ff02b44
            """,
        ],
        [
            "name": "the last seat", "key": "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
            "instance": "ffffffffffffffffffffffffffffffff", "seat": 2047, "generation": .unsigned(safe),
            "hex": """
            ffffffffffffffffffffffffffffffffff07ffffffffffff1f00\
            5e9fea5930668f51bad5ef50db1e65a6d70c6f27e037d7131d82d1bd013ae1fe
            """,
        ],
    ]
}
