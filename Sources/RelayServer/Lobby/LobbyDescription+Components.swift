extension LobbyDescription {
    static let components = [Self.securitySchemes, Self.parameters, Self.headers, Self.responses, Self.schemas].joined(
        separator: ",")

    private static let securitySchemes = #"""
        "securitySchemes": {
          "ticket": {
            "type": "http", "scheme": "bearer", "bearerFormat": "JWT",
            "description": "Where the relay asks for tickets: SPEC.md section 19. Where it does not, it is not looked at."
          },
          "token": {
            "type": "http", "scheme": "bearer", "bearerFormat": "base64url",
            "description": "Of a seat, as the welcome of the JSON form has it: SPEC.md section 18. Secret, as a ticket is."
          }
        }
        """#

    private static let parameters = #"""
        "parameters": {
          "Room": {
            "name": "room", "in": "path", "required": true, "description": "Its name, percent-encoded.",
            "schema": {"type": "string", "minLength": 1, "maxLength": 64}
          }
        }
        """#

    private static let headers = #"""
        "headers": {
          "AllowOrigin": {
            "description": "Pages of every origin may ask.", "required": true, "schema": {"type": "string", "const": "*"}
          },
          "NoStore": {"required": true, "schema": {"type": "string", "const": "no-store"}},
          "RetryAfter": {"description": "Seconds.", "required": true, "schema": {"type": "integer", "minimum": 1}}
        }
        """#

    /// One refusal as it stands among the components.
    private static func refusal(_ name: String, _ codes: String, more headers: String = "", content: String = "") -> String {
        #"""
        "\#(name)": {
          "description": "\#(codes)",
          "headers": {"Access-Control-Allow-Origin": {"$ref": "#/components/headers/AllowOrigin"}\#(headers)},
          "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Refusal"}}\#(content)}
        }
        """#
    }

    private static let authenticate =
        ##", "WWW-Authenticate": {"required": true, "schema": {"type": "string", "const": "Bearer"}}"##
    private static let retryAfter = ##", "Retry-After": {"$ref": "#/components/headers/RetryAfter"}"##

    private static let responses =
        "\"responses\": {"
        + [
            Self.refusal("BadRequest", "badRequest: what is wrong, and where. proxy: the proxy in between is set up wrongly."),
            Self.refusal(
                "BadTicket", "ticketMissing, ticketRefused, ticketExpired, ticketNotYetValid.", more: Self.authenticate),
            Self.refusal("BadToken", "tokenMissing, tokenRefused, tokenSuperseded, seatGone.", more: Self.authenticate),
            Self.refusal("Forbidden", "banned, lacksRight, origin, otherRoom, typeRefused."),
            Self.refusal("ActForbidden", "banned, notHost, otherRoom."),
            Self.refusal("NotFound", "notFound: there is no such room now."),
            Self.refusal("NameTaken", "nameTaken, tooManyHeld."),
            Self.refusal("ActConflict", "cannotBeBanned, changed, noMoreRoom, noSuchSeat."),
            Self.refusal("BodyTooLong", "tooLong: more than 8 KiB."),
            Self.refusal("NotJSON", "contentType: it must be application/json."),
            Self.refusal(
                "TooMany", "crowdedAddress, crowdedHandshakes, failingAddress, tooManyActs, tooManyJoins, tooManyRooms.",
                more: Self.retryAfter
            ),
            Self.refusal(
                "Unavailable", "draining, full, overloaded, passwordQueue, relayFull, silent, ticketQueue.", more: Self.retryAfter
            ),
            #"""
            "TooLong": {
              "description": "The request has more than 16 KiB.",
              "content": {"text/plain": {"schema": {"type": "string"}}}
            }
            """#,
        ].joined(separator: ",") + "}"

    private static let codes = LobbyCode.allCases.map { "\"\($0.rawValue)\"" }.joined(separator: ", ")

    /// 16 properties, and one field more for each of the four with a meaning.
    private static let cardSizes = (0..<16).map { subset in
        let fields = ["listed", "locked", "seats", "spectators"].enumerated().filter { subset >> $0.offset & 1 == 1 }
        let names = fields.map { "\"\($0.element)\"" }.joined(separator: ", ")
        return "{\"required\": [\(names)], \"maxProperties\": \(16 + fields.count)}"
    }.joined(separator: ", ")

    /// An act that names an occupant.
    private static func actOnOccupant(_ act: String, seats: Int) -> String {
        #"""
        {
          "title": "\#(act.capitalized)", "type": "object", "additionalProperties": false, "required": ["\#(act)"],
          "properties": {
            "\#(act)": {"type": "integer", "minimum": 1, "maximum": \#(seats), "description": "A seat, as frames name it."},
            "joined": {
              "type": "integer", "minimum": 0, "maximum": 9007199254740991,
              "description": "When its occupant joined, as its player row says; 0: whoever is there."
            }
          }
        }
        """#
    }

    /// - Parameter longest: Seconds.
    private static func invite(holdsSeat: Bool, longest: Int) -> String {
        let role =
            #", "held": {"type": "string", "enum": ["player", "spectator"], "description": "The kind of the seat that is kept."}"#
        return #"""
            {
              "type": "object", "additionalProperties": false, "required": ["invite", "seconds"\#(holdsSeat ? #", "held""# : "")],
              "description": "Its sender makes the text up: 128 random bits. 0 seconds withdraw it.",
              "properties": {
                "invite": {"type": "string", "format": "utf8-64", "minLength": 16, "maxLength": 64},
                "seconds": {"type": "integer", "minimum": 0, "maximum": \#(longest)}\#(holdsSeat ? role : "")
              }
            }
            """#
    }

    /// A field of the card, by compare and set.
    private static func cardChange(_ field: String, _ value: String) -> String {
        #"""
        {
          "type": "object", "additionalProperties": false, "required": ["field", "if", "set"],
          "properties": {
            "field": {\#(field)},
            "if": {"anyOf": [\#(value)], "description": "What the card says now; null: nothing."},
            "set": {"anyOf": [\#(value)], "description": "What it says from now on; null: nothing."}
          }
        }
        """#
    }

    private static let propertyName = #"""
        "type": "string", "format": "utf8-64", "minLength": 1, "maxLength": 64,
        "not": {"enum": ["listed", "locked", "seats", "spectators", "password"]}
        """#

    private static let property = #"""
        {"type": "null"}, {"type": "boolean"}, {"type": "number"}, {"type": "string", "format": "utf8-64", "maxLength": 64}
        """#

    private static let acts = #"""
        "Act": {
          "description": "One act: SPEC.md section 20. kick and ban may also be done by who has the right 'kick'.",
          "anyOf": [
            \#(Self.actOnOccupant("kick", seats: 2047)), \#(Self.actOnOccupant("ban", seats: 2047)), \#(Self.actOnOccupant("host", seats: 1023)),
            {
              "title": "Password", "type": "object", "additionalProperties": false, "required": ["password"],
              "properties": {"password": {"type": ["string", "null"], "format": "utf8-64", "maxLength": 64}}
            },
            \#(Self.invite(holdsSeat: false, longest: 86_400)), \#(Self.invite(holdsSeat: true, longest: 3600)),
            \#(Self.cardChange(#""enum": ["listed", "locked"]"#, #"{"type": ["boolean", "null"]}"#)),
            \#(Self.cardChange(#""const": "seats""#, #"{"type": ["integer", "null"], "minimum": 1, "maximum": 1023}"#)),
            \#(Self.cardChange(#""const": "spectators""#, #"{"type": ["integer", "null"], "minimum": 0, "maximum": 1023}"#)),
            \#(Self.cardChange(Self.propertyName, Self.property))
          ]
        }
        """#

    private static let schemas = #"""
        "schemas": {
          "Refusal": {
            "type": "object", "additionalProperties": false, "required": ["code", "message"],
            "properties": {
              "code": {"type": "string", "enum": [\#(codes)]},
              "message": {"type": "string", "minLength": 1, "description": "What to do about it, in a sentence."}
            }
          },
          "RoomList": {
            "type": "object", "additionalProperties": false, "required": ["rooms", "more"],
            "properties": {
              "rooms": {"type": "array", "maxItems": 1000, "items": {"$ref": "#/components/schemas/Room"}},
              "more": {"type": "boolean", "description": "Whether there are more than limit."}
            }
          },
          "Room": {
            "type": "object", "additionalProperties": false,
            "required": [
              "room", "type", "players", "seats", "spectators", "spectatorSeats", "held", "locked", "password", "properties"
            ],
            "properties": {
              "room": {"type": "string", "format": "utf8-64", "minLength": 1, "maxLength": 64},
              "type": {"type": "string", "format": "utf8-32", "minLength": 1, "maxLength": 32},
              "players": {"type": "integer", "minimum": 0},
              "seats": {"type": "integer", "minimum": 0, "description": "Of players, at most."},
              "spectators": {"type": "integer", "minimum": 0},
              "spectatorSeats": {"type": "integer", "minimum": 0},
              "held": {"type": "integer", "minimum": 0, "description": "Seats of players kept for the invited; they are taken."},
              "locked": {"type": "boolean", "description": "Newcomers need an invitation."},
              "password": {"type": "boolean", "description": "Newcomers need the password, or an invitation."},
              "properties": {
                "type": "object", "maxProperties": 16,
                "propertyNames": {"format": "utf8-64", "minLength": 1, "maxLength": 64},
                "additionalProperties": {
                  "anyOf": [
                    {"type": "boolean"}, {"type": "number"}, {"type": "string", "format": "utf8-64", "maxLength": 64}
                  ]
                }
              }
            }
          },
          "NewRoom": {
            "type": "object", "additionalProperties": false,
            "properties": {
              "room": {
                "type": "string", "format": "utf8-64", "minLength": 1, "maxLength": 64,
                "description": "Its name. Without it the relay chooses a code."
              },
              "type": {
                "type": "string", "format": "utf8-32", "minLength": 1, "maxLength": 32,
                "description": "Without it the type that has the name, or without a name the relay's first."
              },
              "card": {"$ref": "#/components/schemas/Card"},
              "password": {
                "type": "string", "format": "utf8-64", "minLength": 1, "maxLength": 64,
                "description": "Newcomers will need it, or an invitation."
              },
              "invitations": {"type": "array", "maxItems": 16, "items": {"$ref": "#/components/schemas/Invitation"}}
            }
          },
          "Card": {
            "type": "object",
            "description": "What the room says of itself: SPEC.md section 20. All but these four are its properties, 16 at most.",
            "properties": {
              "listed": {"type": ["boolean", "null"], "description": "It stands in lists, and quick join finds it."},
              "locked": {"type": ["boolean", "null"]},
              "seats": {"type": ["integer", "null"], "minimum": 1, "maximum": 1023},
              "spectators": {"type": ["integer", "null"], "minimum": 0, "maximum": 1023},
              "password": false
            },
            "propertyNames": {"format": "utf8-64", "minLength": 1, "maxLength": 64},
            "additionalProperties": {
              "anyOf": [
                {"type": "null"}, {"type": "boolean"}, {"type": "number"},
                {"type": "string", "format": "utf8-64", "maxLength": 64}
              ]
            },
            "anyOf": [\#(cardSizes)]
          },
          "Invitation": {
            "description": "Lets one newcomer in, past lock and password.",
            "anyOf": [
              {
                "type": "object", "additionalProperties": false, "required": ["seconds"],
                "properties": {
                  "seconds": {"type": "integer", "minimum": 1, "maximum": 86400},
                  "held": {"type": "null"}
                }
              },
              {
                "type": "object", "additionalProperties": false, "required": ["seconds", "held"],
                "properties": {
                  "seconds": {"type": "integer", "minimum": 1, "maximum": 600},
                  "held": {"type": "string", "enum": ["player", "spectator"], "description": "The kind of the seat that is kept for it."}
                }
              }
            ]
          },
          "MadeRoom": {
            "type": "object", "additionalProperties": false, "required": ["room", "instance", "type", "invitations"],
            "properties": {
              "room": {"type": "string", "format": "utf8-64", "minLength": 1, "maxLength": 64},
              "instance": {"type": "string", "pattern": "^[0-9a-f]{32}$"},
              "type": {"type": "string", "format": "utf8-32", "minLength": 1, "maxLength": 32},
              "invitations": {
                "type": "array", "maxItems": 16, "description": "Their texts, in the order of the request. Secret.",
                "items": {"type": "string", "minLength": 16, "maxLength": 64}
              }
            }
          },
          \#(acts)
        }
        """#
}
