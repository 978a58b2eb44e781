/// One name, or several. jwt-kit's own type traps on an empty list.
enum TicketAudience: Codable {
    case one(String)
    case several([String])

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if let name = try? container.decode(String.self) {
            self = .one(name)
        } else {
            self = .several(try container.decode([String].self))
        }
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .one(let name): try container.encode(name)
        case .several(let names): try container.encode(names)
        }
    }

    func includes(_ audience: String) -> Bool {
        switch self {
        case .one(let name): name == audience
        case .several(let names): names.contains(audience)
        }
    }
}
