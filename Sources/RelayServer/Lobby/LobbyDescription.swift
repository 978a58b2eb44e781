import NIOCore

/// `/openapi.json`: the lobby over HTTP for programs that write clients and tests.
package enum LobbyDescription {
    /// As it is sent: on one line, so that sentences here may go over the end of one.
    package static let json = ByteBuffer(
        string: "{\(head),\"paths\":{\(paths)},\"components\":{\(components)}}"
            .split(separator: "\n").map { $0.drop { $0 == " " } }.joined(separator: " "))

    private static let head = #"""
        "openapi": "3.1.0",
        "info": {
          "title": "TickRelay: the lobby",
          "version": "1",
          "description": "Which rooms there are, how to make one, and what its host may do. Joining one is done by WebSocket: SPEC.md. HEAD is answered where
         GET is, OPTIONS with 204 as pages of other origins need it, other methods with 405 and the header Allow, other paths below
         /lobby with 404. Each answer ends its connection. Lengths of names and texts are bytes of UTF-8 where the format says so:
         utf8-64 has 64 at most."
        },
        "servers": [{"url": "/"}]
        """#

    private static let paths = #"""
        "/openapi.json": {
          "get": {
            "operationId": "describe",
            "summary": "This description",
            "responses": {
              "200": {
                "description": "OpenAPI 3.1.",
                "headers": {"Access-Control-Allow-Origin": {"$ref": "#/components/headers/AllowOrigin"}},
                "content": {"application/json": {"schema": {"type": "object", "required": ["openapi", "paths"]}}}
              },
              "400": {"$ref": "#/components/responses/BadRequest"},
              "429": {"$ref": "#/components/responses/TooMany"},
              "431": {"$ref": "#/components/responses/TooLong"}
            }
          }
        },
        "/lobby/rooms": {
          "get": {
            "operationId": "listRooms",
            "summary": "Listed rooms, the fullest first, then by the bytes of their names",
            "description": "With the header Accept: text/event-stream it goes on telling what changes, and ends after ten minutes: an
         EventSource comes back by itself. First comes an event rooms, {\"rooms\": [...]} as in the list, limit at most, again whenever the reader was too
         slow; then room with a room that is new or has changed, and gone with {\"room\": NAME} for one that is not there any more,
         not listed any more, or does not match any more, whether it stood in the list or not. At most every 250 ms; a comment every 15 s. A reader that takes nothing for 30 s or more is closed.",
            "parameters": [
              {
                "name": "type", "in": "query", "description": "Rooms of this type alone.",
                "schema": {"type": "string", "minLength": 1, "maxLength": 32}
              },
              {
                "name": "where", "in": "query", "style": "form", "explode": true,
                "description": "NAME:VALUE, a property that a room must have; several must all be there. The name ends at the first
         colon. The value is written as text: map:dust, ranked:true, level:2 (which 2.0 is, too).",
                "schema": {
                  "type": "array", "maxItems": 8,
                  "items": {"type": "string", "maxLength": 129, "pattern": "^[^:]{1,64}:[\\s\\S]{0,64}$"}
                }
              },
              {
                "name": "limit", "in": "query", "description": "The most that are listed.",
                "schema": {"type": "integer", "minimum": 1, "maximum": 1000, "default": 100}
              }
            ],
            "responses": {
              "200": {
                "description": "The rooms; true to within a second.",
                "headers": {
                  "Access-Control-Allow-Origin": {"$ref": "#/components/headers/AllowOrigin"},
                  "Cache-Control": {"$ref": "#/components/headers/NoStore"}
                },
                "content": {
                  "application/json": {"schema": {"$ref": "#/components/schemas/RoomList"}},
                  "text/event-stream": {"schema": {"type": "string"}}
                }
              },
              "400": {"$ref": "#/components/responses/BadRequest"},
              "429": {"$ref": "#/components/responses/TooMany"},
              "431": {"$ref": "#/components/responses/TooLong"},
              "503": {"$ref": "#/components/responses/Unavailable"}
            }
          },
          "post": {
            "operationId": "makeRoom",
            "summary": "Makes a room in which nobody is",
            "description": "It stays as long as a room of its type stays empty, and as long as seats are held in it. Without room the
         relay names it by a code of six letters; a room with a name is of the type that has the name. A relay that asks for tickets
         wants one with the right create, for rooms of this name.",
            "security": [{}, {"ticket": []}],
            "requestBody": {
              "required": true, "content": {"application/json": {"schema": {"$ref": "#/components/schemas/NewRoom"}}}
            },
            "responses": {
              "201": {
                "description": "The room is there.",
                "headers": {
                  "Access-Control-Allow-Origin": {"$ref": "#/components/headers/AllowOrigin"},
                  "Cache-Control": {"$ref": "#/components/headers/NoStore"},
                  "Location": {
                    "description": "Where it is looked up.", "required": true,
                    "schema": {"type": "string", "pattern": "^/lobby/rooms/[A-Za-z0-9._~%-]+$"}
                  }
                },
                "content": {"application/json": {"schema": {"$ref": "#/components/schemas/MadeRoom"}}},
                "links": {
                  "look": {"operationId": "lookUpRoom", "parameters": {"room": "$response.body#/room"}}
                }
              },
              "400": {"$ref": "#/components/responses/BadRequest"},
              "401": {"$ref": "#/components/responses/BadTicket"},
              "403": {"$ref": "#/components/responses/Forbidden"},
              "409": {"$ref": "#/components/responses/NameTaken"},
              "413": {"$ref": "#/components/responses/BodyTooLong"},
              "415": {"$ref": "#/components/responses/NotJSON"},
              "429": {"$ref": "#/components/responses/TooMany"},
              "431": {"$ref": "#/components/responses/TooLong"},
              "503": {"$ref": "#/components/responses/Unavailable"}
            }
          }
        },
        "/lobby/rooms/{room}": {
          "get": {
            "operationId": "lookUpRoom",
            "summary": "One room, listed or not",
            "parameters": [{"$ref": "#/components/parameters/Room"}],
            "responses": {
              "200": {
                "description": "As its entry in a list.",
                "headers": {
                  "Access-Control-Allow-Origin": {"$ref": "#/components/headers/AllowOrigin"},
                  "Cache-Control": {"$ref": "#/components/headers/NoStore"}
                },
                "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Room"}}}
              },
              "400": {"$ref": "#/components/responses/BadRequest"},
              "404": {"$ref": "#/components/responses/NotFound"},
              "429": {"$ref": "#/components/responses/TooMany"},
              "431": {"$ref": "#/components/responses/TooLong"}
            }
          }
        },
        "/lobby/rooms/{room}/acts": {
          "post": {
            "operationId": "act",
            "summary": "Carries out an act of the room's host",
            "description": "As an uplink would, and not through the seat's connection: whoever shows a seat's token acts as its occupant. The host
         acts while it is connected; who is away is not host. Seats, and when they were joined, are in the room's frames. Answered when
         the room's next tick has carried it out. A new password is in force when the room says so.",
            "security": [{"token": []}],
            "parameters": [{"$ref": "#/components/parameters/Room"}],
            "requestBody": {
              "required": true, "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Act"}}}
            },
            "responses": {
              "204": {
                "description": "It is done.",
                "headers": {
                  "Access-Control-Allow-Origin": {"$ref": "#/components/headers/AllowOrigin"},
                  "Cache-Control": {"$ref": "#/components/headers/NoStore"}
                }
              },
              "400": {"$ref": "#/components/responses/BadRequest"},
              "401": {"$ref": "#/components/responses/BadToken"},
              "403": {"$ref": "#/components/responses/ActForbidden"},
              "404": {"$ref": "#/components/responses/NotFound"},
              "409": {"$ref": "#/components/responses/ActConflict"},
              "413": {"$ref": "#/components/responses/BodyTooLong"},
              "415": {"$ref": "#/components/responses/NotJSON"},
              "429": {"$ref": "#/components/responses/TooMany"},
              "431": {"$ref": "#/components/responses/TooLong"},
              "503": {"$ref": "#/components/responses/Unavailable"}
            }
          }
        }
        """#
}
