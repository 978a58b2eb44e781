import RelayWireJSON

/// SPEC section 20 in the JSON form: first messages that know of the lobby, and acts of a host.
enum JSONLobbyVectors {
    static var openings: [TextVector] {
        let refused = (self.refusedOpenings + self.refusedCards).map { TextVector("refused: \($0)", $0) }
        return self.joins + self.makes + self.cards + refused + self.longOpenings
    }

    static var messages: [TextVector] {
        self.acts + self.refusedActs.map { TextVector("refused: \($0)", $0) } + self.longActs
    }

    private static let token = JSONToken(token: [1, 2, 3], room: "lobby").text

    // MARK: First messages

    private static var joins: [TextVector] {
        [
            TextVector("join with a password", #"{"join":"lobby","password":"sesame"}"#),
            TextVector("join with an invitation", #"{"join":"lobby","invitation":"0123456789abcdef"}"#),
            TextVector("join a room that is there", #"{"join":"lobby","existing":true}"#),
            TextVector("join or make, with a card", #"{"join":"lobby","card":{"map":"dust","listed":true}}"#),
            TextVector("join or make, with an empty card", #"{"join":"lobby","card":{}}"#),
            TextVector(
                "join or make, with everything",
                #"{"card":{"seats":4},"heartbeat":"ack","invitation":"0123456789abcdef","password":"né","role":"spectator","ticket":"a.b.c","join":"lobby"}"#
            ),
            TextVector(
                "join a room that is there, with everything",
                #"{"existing":true,"join":"lobby","password":"sesame","invitation":"0123456789abcdef","ticket":"a.b.c"}"#),
            TextVector("join, longest password", parts: [("{\"join\":\"r\",\"password\":\"", 1), ("🛰", 16), ("\"}", 1)]),
            TextVector("join, longest invitation", parts: [("{\"join\":\"r\",\"invitation\":\"", 1), ("i", 64), ("\"}", 1)]),
            TextVector("join, password spelt with escapes", #"{"join":"lobby","password":"\u0000\"\ud83d\ude00"}"#),
        ]
    }

    private static var makes: [TextVector] {
        [
            TextVector("make a room that the relay names", #"{"make":{}}"#),
            TextVector("make a room of this name", #"{"make":{},"room":"lobby"}"#),
            TextVector("make, with a card", #"{"make":{"map":"dust","listed":true}}"#),
            TextVector(
                "make, with everything",
                #"{"type":"duel","password":"sesame","role":"player","ticket":"a.b.c","heartbeat":"2probe","make":{"listed":true}}"#
            ),
            TextVector(
                "make a room of this name, with a password", #"{"room":"lobby","make":{"locked":true},"password":"sesame"}"#),
            TextVector("make, longest type", parts: [("{\"make\":{},\"type\":\"", 1), ("t", 32), ("\"}", 1)]),
            TextVector("quick join", #"{"find":{}}"#),
            TextVector("quick join of a type", #"{"find":{},"type":"duel"}"#),
            TextVector(
                "quick join, with everything",
                #"{"find":{"map":"dust"},"type":"duel","role":"spectator","ticket":"a.b.c","heartbeat":"ping"}"#),
        ]
    }

    private static var cards: [TextVector] {
        [
            TextVector("card, all that has a meaning", #"{"make":{"listed":false,"locked":true,"seats":1,"spectators":0}}"#),
            TextVector("card, largest numbers", #"{"make":{"seats":1023,"spectators":1023}}"#),
            TextVector(
                "card, properties of every type",
                #"{"find":{"a":true,"b":false,"c":-7,"d":{"int":"9007199254740993"},"e":-2.5,"f":"","g":"naïve 🛰"}}"#),
            TextVector("card, what is null is not there", #"{"make":{"locked":null,"listed":true,"a":null}}"#),
            TextVector("card of nulls is an empty one", #"{"make":{"locked":null,"a":null}}"#),
            TextVector("card, names that only case tells apart", #"{"make":{"Seats":"many","seats":7}}"#),
            TextVector(
                "card, as many fields as there may be",
                #"{"make":{"a":1,"b":2,"c":3,"d":4,"e":5,"f":6,"g":7,"h":8,"i":9,"j":10,"k":11,"l":12,"m":13,"n":14,"o":15,"p":16,"listed":true,"locked":true,"seats":2,"spectators":3}}"#
            ),
            TextVector("card, longest string", parts: [("{\"make\":{\"a\":\"", 1), ("s", 64), ("\"}}", 1)]),
        ]
    }

    /// What does not go together, and values of the wrong type or length.
    private static var refusedOpenings: [String] {
        [
            #"{"make":{},"find":{}}"#, #"{"join":"lobby","make":{}}"#, #"{"find":{},"join":"lobby"}"#,
            "{\"make\":{},\"rejoin\":\"\(self.token)\"}", #"{"make":{},"make":{}}"#, #"{"make":{},"\u006dake":{}}"#,
            #"{"room":"lobby"}"#, #"{"password":"sesame"}"#, #"{"card":{}}"#,
            #"{"join":"lobby","room":"lobby"}"#, #"{"join":"lobby","type":"duel"}"#,
            #"{"join":"lobby","existing":true,"card":{"a":1}}"#, #"{"join":"lobby","existing":false}"#,
            #"{"join":"lobby","existing":1}"#, #"{"make":{},"existing":true}"#, #"{"find":{},"existing":true}"#,
            #"{"make":{},"card":{}}"#, #"{"find":{},"card":{"a":1}}"#, #"{"make":{},"invitation":"0123456789abcdef"}"#,
            #"{"find":{},"invitation":"0123456789abcdef"}"#, #"{"find":{},"password":"sesame"}"#,
            #"{"find":{},"room":"lobby"}"#, #"{"make":{},"room":"lobby","type":"duel"}"#, #"{"make":{},"applied":0}"#,
            "{\"rejoin\":\"\(self.token)\",\"password\":\"sesame\"}", "{\"rejoin\":\"\(self.token)\",\"existing\":true}",
            #"{"make":{},"room":""}"#, #"{"make":{},"room":null}"#, #"{"make":{},"type":""}"#, #"{"make":{},"type":7}"#,
            #"{"make":{},"type":null}"#, #"{"make":{},"password":""}"#, #"{"make":{},"password":null}"#,
            #"{"join":"lobby","password":7}"#, #"{"join":"lobby","invitation":""}"#,
            #"{"join":"lobby","invitation":"0123456789abcde"}"#, #"{"join":"lobby","invitation":null}"#,
            #"{"join":"lobby","card":[]}"#, #"{"join":"lobby","card":null}"#, #"{"make":true}"#, #"{"make":null}"#,
            #"{"make":"lobby"}"#, #"{"find":[]}"#, #"{"find":null}"#, #"{"make":{},"role":"king"}"#, #"{"find":{},"ticket":""}"#,
            #"{"make":{},"seconds":1}"#, #"{"make":{},"joined":1}"#, #"{"make":{},"entity":"card"}"#,
            #"{"kick":2}"#, #"{"ban":2}"#, #"{"host":2}"#, #"{"invite":"0123456789abcdef","seconds":1}"#,
            #"{"join":"lobby","kick":2}"#, #"{"make":{},"host":2}"#,
        ]
    }

    private static let refusedCards = [
        #"{"password":true}"#, #"{"password":null}"#, #"{"listed":1}"#, #"{"listed":"yes"}"#, #"{"locked":0.0}"#,
        #"{"seats":0}"#, #"{"seats":1024}"#, #"{"seats":-1}"#, #"{"seats":4.0}"#, #"{"seats":true}"#, #"{"spectators":-1}"#,
        #"{"spectators":1024}"#, #"{"spectators":"1"}"#, #"{"a":[]}"#, #"{"a":{}}"#, #"{"a":{"base64":"aGk="}}"#,
        #"{"a":{"base64":""}}"#, #"{"a":9223372036854775808}"#, #"{"":1}"#, #"{"a":1,"a":2}"#, #"{"a":1,"\u0061":2}"#,
        #"{"a":1,"b":2,"c":3,"d":4,"e":5,"f":6,"g":7,"h":8,"i":9,"j":10,"k":11,"l":12,"m":13,"n":14,"o":15,"p":16,"q":17}"#,
    ].map { "{\"make\":\($0)}" }

    private static var longOpenings: [TextVector] {
        [
            TextVector("type of 33 bytes", parts: [("{\"make\":{},\"type\":\"", 1), ("t", 33), ("\"}", 1)]),
            TextVector("password of 65 bytes", parts: [("{\"join\":\"r\",\"password\":\"p", 1), ("🛰", 16), ("\"}", 1)]),
            TextVector("invitation of 65 bytes", parts: [("{\"join\":\"r\",\"invitation\":\"", 1), ("i", 65), ("\"}", 1)]),
            TextVector("room of 65 bytes that is made", parts: [("{\"make\":{},\"room\":\"", 1), ("r", 65), ("\"}", 1)]),
            TextVector("card, a string of 65 bytes", parts: [("{\"find\":{\"a\":\"", 1), ("s", 65), ("\"}}", 1)]),
            TextVector("card, a name of 65 bytes", parts: [("{\"make\":{\"", 1), ("n", 65), ("\":1}}", 1)]),
        ]
    }

    // MARK: Acts

    private static var acts: [TextVector] {
        [
            TextVector("kick", #"{"kick":2}"#), TextVector("kick, of this tick", #"{"kick":2,"joined":40}"#),
            TextVector("kick, largest seat and tick", #"{"joined":9007199254740991,"kick":2047}"#),
            TextVector("kick whoever is there", #"{"kick":1,"joined":0}"#), TextVector("ban", #"{"ban":2}"#),
            TextVector("ban, largest seat and tick", #"{"ban":2047,"joined":9007199254740991}"#),
            TextVector("host", #"{"host":2}"#), TextVector("host, of this tick", #"{"host":1,"joined":1}"#),
            TextVector("host, largest seat", #"{"host":1023}"#), TextVector("password", #"{"password":"sesame"}"#),
            TextVector("no password", #"{"password":null}"#), TextVector("empty password is none", #"{"password":""}"#),
            TextVector("longest password", parts: [("{\"password\":\"", 1), ("🛰", 16), ("\"}", 1)]),
            TextVector("invite", #"{"invite":"0123456789abcdef","seconds":600}"#),
            TextVector("invite, a player's seat", #"{"invite":"0123456789abcdef","seconds":1,"held":"player"}"#),
            TextVector(
                "invite, a spectator's seat, longest time", #"{"held":"spectator","seconds":86400,"invite":"0123456789abcdef"}"#),
            TextVector("withdraw an invitation", #"{"invite":"0123456789abcdef","seconds":0}"#),
            TextVector("invite, longest text", parts: [("{\"invite\":\"", 1), ("i", 64), ("\",\"seconds\":1}", 1)]),
            TextVector("act with a number and an ack", #"{"kick":2,"n":50,"ack":1234,"hold":1.5}"#),
            TextVector("act by a spectator", seat: 1024, #"{"kick":2}"#),
            TextVector(
                "every act in one uplink",
                #"{"do":[{"kick":2},{"ban":3,"joined":7},{"host":4},{"password":null},{"invite":"0123456789abcdef","seconds":5},{"set":{"x":1}}]}"#
            ),
            TextVector("lock the room, by its card", #"{"set":{"locked":true},"if":{"locked":null},"entity":"card"}"#),
            TextVector("the card by its name", #"{"remove":"card"}"#),
        ]
    }

    private static let refusedActs = [
        #"{"kick":0}"#, #"{"kick":2048}"#, #"{"kick":-1}"#, #"{"kick":1.0}"#, #"{"kick":"2"}"#, #"{"kick":null}"#,
        #"{"kick":[2]}"#, #"{"kick":2,"joined":-1}"#, #"{"kick":2,"joined":9007199254740992}"#, #"{"kick":2,"joined":null}"#,
        #"{"kick":2,"joined":"40"}"#, #"{"ban":0}"#, #"{"ban":2048}"#, #"{"host":0}"#, #"{"host":1024}"#, #"{"host":true}"#,
        #"{"password":7}"#, #"{"password":false}"#, #"{"password":"sesame","joined":1}"#, #"{"password":null,"seconds":1}"#,
        #"{"invite":"0123456789abcdef"}"#, #"{"invite":"0123456789abcde","seconds":1}"#, #"{"invite":"","seconds":1}"#,
        #"{"invite":null,"seconds":1}"#, #"{"invite":"0123456789abcdef","seconds":-1}"#,
        #"{"invite":"0123456789abcdef","seconds":86401}"#, #"{"invite":"0123456789abcdef","seconds":1.0}"#,
        #"{"invite":"0123456789abcdef","seconds":null}"#, #"{"invite":"0123456789abcdef","seconds":1,"held":"king"}"#,
        #"{"invite":"0123456789abcdef","seconds":1,"held":null}"#, #"{"invite":"0123456789abcdef","seconds":1,"held":1}"#,
        #"{"invite":"0123456789abcdef","seconds":1,"joined":1}"#, #"{"kick":2,"seconds":1}"#, #"{"ban":2,"held":"player"}"#,
        #"{"set":{},"joined":1}"#, #"{"send":["a"],"held":"player"}"#, #"{"joined":1}"#, #"{"seconds":1}"#, #"{"held":"player"}"#,
        #"{"ack":1,"joined":1}"#, #"{"kick":2,"ban":2}"#, #"{"kick":2,"set":{}}"#, #"{"kick":2,"leave":true}"#,
        #"{"kick":2,"\u006bick":2}"#, #"{"kick":2,"entity":1}"#, #"{"kick":2,"to":"all"}"#, #"{"password":"p","if":{"x":1}}"#,
        #"{"do":[{"kick":2,"n":1}]}"#, #"{"do":[{"kick":0}]}"#, #"{"do":[{"joined":1}]}"#, #"{"do":[{"make":{}}]}"#,
        #"{"make":{}}"#, #"{"find":{}}"#, #"{"kick":2,"join":"again"}"#, #"{"existing":true}"#, #"{"card":{}}"#,
        #"{"type":"duel"}"#, #"{"invitation":"0123456789abcdef"}"#, #"{"set":{"x":1},"entity":"Card"}"#,
        #"{"set":{"x":1},"entity":"card/0"}"#,
    ]

    private static var longActs: [TextVector] {
        [
            TextVector("a password of 65 bytes", parts: [("{\"password\":\"p", 1), ("🛰", 16), ("\"}", 1)]),
            TextVector("an invitation of 65 bytes", parts: [("{\"invite\":\"", 1), ("i", 65), ("\",\"seconds\":1}", 1)]),
        ]
    }
}
