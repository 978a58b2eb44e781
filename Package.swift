// swift-tools-version: 6.2
import PackageDescription

/// Settings of every target of ours: warnings are errors, so that a warning is never somebody else's to find.
let strict: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .treatAllWarnings(as: .error),
]

/// Settings of tests, which are compiled in half the time: what they test is optimized.
let quick: [SwiftSetting] = strict + [.unsafeFlags(["-Onone"])]

let package = Package(
    name: "tickrelay",
    // The relay runs on Linux; the client also where these are.
    platforms: [.macOS(.v26), .iOS(.v26)],
    products: [
        .executable(name: "tickrelay", targets: ["tickrelay"]),
        .library(name: "TickRelayClient", targets: ["TickRelayClient"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-metrics", from: "2.13.0"),
        .package(url: "https://github.com/apple/swift-configuration", from: "1.4.0"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
        .package(url: "https://github.com/vapor/jwt-kit", from: "5.7.1"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1"),
        .package(url: "https://github.com/HdrHistogram/hdrhistogram-swift", from: "0.2.0"),
    ],
    targets: [
        .target(name: "CRelayLinux"),
        .target(name: "CRelayCache"),
        .target(name: "CRelayWeb"),
        .target(name: "CMeasure"),
        .systemLibrary(name: "CSystemd", pkgConfig: "libsystemd", providers: [.apt(["libsystemd-dev"])]),
        .target(name: "RelayWire", swiftSettings: strict),
        .target(name: "RelayWireJSON", dependencies: ["RelayWire"], swiftSettings: strict),
        .target(
            name: "RelayCore",
            dependencies: ["RelayWire", "RelayWireJSON", .product(name: "DequeModule", package: "swift-collections")],
            swiftSettings: strict
        ),
        .target(name: "RelayJournal", dependencies: ["RelayWire", "CRelayLinux"], swiftSettings: strict),
        .target(name: "RelayHosting", dependencies: ["RelayWire", "RelayCore"], swiftSettings: strict),
        .target(
            name: "RelayTransport", dependencies: ["RelayHosting", "RelayWire", "RelayWireJSON", "RelayCore", "CRelayCache"],
            swiftSettings: strict),
        .target(
            name: "RelayArena",
            dependencies: [
                "RelayTransport", "RelayHosting", "RelayWire", "RelayCore", "RelayJournal", "RelayClocks", "CRelayLinux",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "Histogram", package: "hdrhistogram-swift"),
            ],
            swiftSettings: strict
        ),
        .target(
            name: "RelayWeb",
            dependencies: [
                "CRelayWeb", .product(name: "NIOCore", package: "swift-nio"), .product(name: "Crypto", package: "swift-crypto"),
            ],
            exclude: ["Web"],
            swiftSettings: strict
        ),
        .target(
            name: "RelayServer",
            dependencies: [
                "RelayHosting", "RelayWire", "RelayWireJSON", "RelayCore", "RelayWeb", "CRelayLinux",
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOWebSocket", package: "swift-nio"),
                .product(name: "NIOTLS", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
                .product(name: "JWTKit", package: "jwt-kit"),
                .product(name: "Crypto", package: "swift-crypto"), .product(name: "CryptoExtras", package: "swift-crypto"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "CoreMetrics", package: "swift-metrics"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "Configuration", package: "swift-configuration"),
            ],
            swiftSettings: strict
        ),
        .target(
            name: "RelaySystemd",
            dependencies: ["CSystemd", "RelayHosting", .product(name: "Logging", package: "swift-log")],
            swiftSettings: strict
        ),
        .target(name: "RelayClocks", dependencies: ["RelayWire", "CRelayLinux"], swiftSettings: strict),
        .target(name: "RelayClient", dependencies: ["RelayWire"], swiftSettings: strict),
        .target(
            name: "RelayClientTLS",
            dependencies: [
                "RelayClient",
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
            ],
            swiftSettings: strict
        ),
        .target(
            name: "TickRelayClient",
            dependencies: [
                "RelayClient", "RelayClientTLS", "RelayWire",
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOWebSocket", package: "swift-nio"),
            ],
            swiftSettings: strict
        ),
        .target(
            name: "RelayBots",
            dependencies: [
                "RelayClient", "RelayClientTLS", "RelayWire", "RelayClocks", "CRelayLinux", "CRelayCache",
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "Histogram", package: "hdrhistogram-swift"),
            ],
            swiftSettings: strict
        ),
        .target(
            name: "RelaySimulation",
            dependencies: ["RelayTransport", "RelayHosting", "RelayCore", "RelayClient", "RelayJournal", "RelayWire"],
            swiftSettings: strict
        ),
        .executableTarget(
            name: "tickrelay",
            dependencies: [
                "RelayServer", "RelayHosting", "RelayArena", "RelayJournal", "RelayBots", "RelayClient", "RelaySystemd",
                "CRelayLinux",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Configuration", package: "swift-configuration"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "CoreMetrics", package: "swift-metrics"),
            ],
            swiftSettings: strict
        ),
        .executableTarget(
            name: "simulate",
            dependencies: [
                "RelaySimulation",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            swiftSettings: strict
        ),
        .executableTarget(
            name: "wirecost",
            dependencies: [
                "RelaySimulation",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            swiftSettings: strict
        ),
        .executableTarget(
            name: "corebench", dependencies: ["CMeasure", "RelayWire", "RelayCore", "RelayClient"], swiftSettings: strict),
        .testTarget(name: "RelayWireTests", dependencies: ["RelayWire", "RelayWireJSON"], swiftSettings: quick),
        .testTarget(name: "RelayWireJSONTests", dependencies: ["RelayWireJSON", "RelayWire"], swiftSettings: quick),
        .testTarget(name: "RelayCoreTests", dependencies: ["RelayCore", "RelayWire"], swiftSettings: quick),
        .testTarget(name: "RelayJournalTests", dependencies: ["RelayJournal", "RelayWire"], swiftSettings: quick),
        .testTarget(
            name: "RelayTransportTests", dependencies: ["RelayTransport", "RelayHosting", "RelayCore", "RelayWire"],
            swiftSettings: quick),
        .testTarget(
            name: "RelayArenaTests",
            dependencies: [
                "RelayArena", "RelayHosting", "RelayCore", "RelayJournal", "RelayWire", "CRelayLinux",
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: quick
        ),
        .testTarget(
            name: "RelayServerTests",
            dependencies: [
                "RelayServer", "RelayWeb", "RelayHosting", "RelayArena", "RelayWire", "RelayCore", "CRelayLinux",
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOEmbedded", package: "swift-nio"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "CoreMetrics", package: "swift-metrics"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "Configuration", package: "swift-configuration"),
            ],
            swiftSettings: quick
        ),
        .testTarget(
            name: "RelaySystemdTests",
            dependencies: ["RelaySystemd", "RelayHosting", .product(name: "Logging", package: "swift-log")],
            swiftSettings: quick
        ),
        .testTarget(
            name: "RelayBotsTests", dependencies: ["RelayBots", "RelayClocks", "RelayClient", "RelayWire"], swiftSettings: quick),
        .testTarget(name: "RelayClientTests", dependencies: ["RelayClient", "RelayWire"], swiftSettings: quick),
        .testTarget(
            name: "RelaySimulationTests", dependencies: ["RelaySimulation", "RelayCore", "RelayClient"], swiftSettings: quick),
        .testTarget(
            name: "RelayEndToEndTests",
            dependencies: [
                "RelayServer", "RelayHosting", "RelayArena", "RelayWire", "TickRelayClient", "CRelayLinux",
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: quick
        ),
    ]
)
