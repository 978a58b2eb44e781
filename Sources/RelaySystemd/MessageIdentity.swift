/// The MESSAGE_ID of each kind, by which machines recognise an entry. Chosen once at random and never changed; explained in
/// Tools/package/tickrelay.catalog.
package enum MessageIdentity {
    package static let of: [String: String] = [
        "joined": "0b27fdb1fbc9ee53c1f4005905cbf6bc",
        "rejoined": "2ea1289ab8681f7835cb3451c38ce3b5",
        "behind": "9c73e82a2c59773c071448b6f9961fff",
        "stalled": "9e5a321d469754649a78914f066654e1",
        "revived": "3de727658b3c56296e3991af0d7d1ff6",
        "dropped": "53e925bad74368dba05baef335806f7e",
        "late": "8f0e6c1d2b7a49c5a3d4f1907be2c658",
        "broken": "7579feeabc1ddaa845a9b3052ec6b6d9",
        "left": "28568a4e3271727c16887bbd58046b3b",
        "gone": "2c651f1146b50c49429fdd2ebb021292",
        "host": "f3864656cb36ca1fefbc2e7e4fccac8c",
        "refused": "2b3012fded0d4a9809221acfcab7fdaf",
        "draining": "391ae76c73d39ab2b62002913746fcf3",
        "reloaded": "723edc22ad535761befa5d4d86ebecb2",
        "invariant": "6724aaeeb80dc3f543943bc15539f5ed",
    ]
}
