// swift-tools-version: 6.2
import PackageDescription

/// As in the product's own package: a warning is never somebody else's to find.
let strict: [SwiftSetting] = [.swiftLanguageMode(.v6), .treatAllWarnings(as: .error)]

// A package of its own, so that nothing it ever needs reaches users. It takes only libraries of ours that depend on nothing
// else, so that three modules are compiled and not NIO. (SwiftPM fetches everything the product depends on nevertheless.)
let package = Package(
    name: "Benchmarks",
    dependencies: [.package(name: "tickrelay", path: "../..")],
    targets: [
        .target(name: "CMeasure"),
        .executableTarget(
            name: "corebench",
            dependencies: [
                "CMeasure",
                .product(name: "RelayWire", package: "tickrelay"),
                .product(name: "RelayCore", package: "tickrelay"),
                .product(name: "RelayClient", package: "tickrelay"),
            ],
            swiftSettings: strict
        ),
    ]
)
