import Foundation

/// What one fuzz target consists of. Each file beside this one declares one, as `Target`, and is a program of its own together with this file.
protocol FuzzTarget {
    /// Inputs to begin with. They are made anew for each run, from `Protocol/vectors` and from the code, and need not be kept.
    static func seeds() throws -> [[UInt8]]
    /// Words that inputs are made of, for libFuzzer's mutations.
    static var words: [String] { get }
    /// Takes any input. It may refuse it, and must neither trap, nor hang, nor break a property that it checks by ``expect(_:_:)``.
    static func run(_ input: [UInt8])
}

extension FuzzTarget {
    static var words: [String] { [] }
}

/// Ends the process, which libFuzzer reports together with the input, unless the property holds.
func expect(_ holds: Bool, _ property: @autoclosure () -> String) {
    if !holds { fatalError("NOT HELD: \(property())") }
}

/// What libFuzzer calls for each input.
@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    Target.run(Array(UnsafeBufferPointer(start: start, count: count)))
    return 0
}

/// What libFuzzer calls first. With `FUZZ_SEEDS=DIRECTORY` the program writes its seeds and words there, and ends.
@_cdecl("LLVMFuzzerInitialize")
public func initialize(_: UnsafeMutableRawPointer, _: UnsafeMutableRawPointer) -> CInt {
    guard let directory = ProcessInfo.processInfo.environment["FUZZ_SEEDS"] else { return 0 }
    do {
        for (number, seed) in try Target.seeds().enumerated() {
            try Data(seed).write(to: URL(filePath: "\(directory)/seed-\(number)"))
        }
        let lines = Target.words.map { word in "\"" + word.utf8.map { String(format: "\\x%02x", $0) }.joined() + "\"\n" }
        try Data(lines.joined().utf8).write(to: URL(filePath: "\(directory).words"))
    } catch { fatalError("no seeds: \(error)") }
    exit(0)
}

/// The golden vectors.
enum Vectors {
    /// All byte strings (`hex`) or texts (`text`) of a file, those of steps within vectors included.
    static func all(_ key: String, in file: String) throws -> [[UInt8]] {
        try self.each(of: key, in: file).flatMap { $0 }
    }

    /// The same, vector by vector.
    static func each(of key: String, in file: String) throws -> [[[UInt8]]] {
        let directory = ProcessInfo.processInfo.environment["FUZZ_VECTORS"] ?? "Protocol/vectors"
        let json = try JSONSerialization.jsonObject(with: Data(contentsOf: URL(filePath: "\(directory)/\(file).json")))
        let vectors = (json as? [String: Any])?["vectors"] as? [Any] ?? []
        return vectors.map { self.values(of: key, in: $0) }
    }

    private static func values(of key: String, in json: Any) -> [[UInt8]] {
        switch json {
        case let object as [String: Any]:
            object.sorted { $0.key < $1.key }.flatMap {
                $0.key == key ? [self.bytes($0.value, key)] : self.values(of: key, in: $0.value)
            }
        case let array as [Any]: array.flatMap { self.values(of: key, in: $0) }
        default: []
        }
    }

    /// A text may be an array of parts, each a text or one with how often it stands there.
    private static func bytes(_ value: Any, _ key: String) -> [UInt8] {
        switch value {
        case let text as String where key == "hex":
            let digits = Array(text.utf8)
            return stride(from: 0, to: digits.count - 1, by: 2).compactMap {
                UInt8(String(decoding: digits[$0...$0 + 1], as: UTF8.self), radix: 16)
            }
        case let text as String: return Array(text.utf8)
        case let pair as [Any] where pair.count == 2 && pair[1] is Int:
            return Array(repeatElement(self.bytes(pair[0], key), count: pair[1] as? Int ?? 1).joined())
        case let parts as [Any]: return parts.flatMap { self.bytes($0, key) }
        default: return []
        }
    }
}

extension [UInt8] {
    /// Takes bytes off the end that say how the rest is to be used; 0 if there are none left.
    mutating func takeLast() -> UInt8 { self.popLast() ?? 0 }
}
