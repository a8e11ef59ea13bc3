// swift-tools-version: 6.2
import PackageDescription

// The settings of the package that is measured.
let settings: [SwiftSetting] =
    [
        .swiftLanguageMode(.v6),
        .enableUpcomingFeature("ExistentialAny"),
        .enableUpcomingFeature("MemberImportVisibility"),
        .enableUpcomingFeature("InternalImportsByDefault"),
        .strictMemorySafety(),
    ] + (Context.environment["CI"] == nil ? [] : [.treatAllWarnings(as: .error)])

let package = Package(
    name: "varve-benchmarks",
    platforms: [.macOS(.v15)],
    products: [.library(name: "SyntheticDay", targets: ["SyntheticDay"])],
    dependencies: [.package(name: "varve", path: "..")],
    targets: [
        .target(name: "SyntheticDay", swiftSettings: settings),
        .executableTarget(name: "day", dependencies: ["SyntheticDay"], swiftSettings: settings),
        // What varve is measured against.
        .target(
            name: "Floors",
            cSettings: [.unsafeFlags(["-O2", "-falign-functions=64"])],
            linkerSettings: [
                .linkedLibrary("sqlite3"), .linkedLibrary("rt", .when(platforms: [.linux])),
            ]
        ),
        .executableTarget(
            name: "varve-benchmark",
            dependencies: [
                "Floors", "SyntheticDay",
                .product(name: "SlotRegistry", package: "varve"),
                .product(name: "HistoryStore", package: "varve"),
                .product(name: "Recorder", package: "varve"),
            ],
            swiftSettings: settings
        ),
    ]
)
