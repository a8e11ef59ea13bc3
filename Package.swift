// swift-tools-version: 6.2
import PackageDescription

// One block for every Swift target. Warnings are errors in CI only, so that a newer compiler's new
// warning never keeps a user from building.
let settings: [SwiftSetting] =
    [
        .swiftLanguageMode(.v6),
        .enableUpcomingFeature("ExistentialAny"),
        .enableUpcomingFeature("MemberImportVisibility"),
        .enableUpcomingFeature("InternalImportsByDefault"),
        .strictMemorySafety(),
    ] + (Context.environment["CI"] == nil ? [] : [.treatAllWarnings(as: .error)])

let atomics = Target.Dependency.product(name: "Atomics", package: "swift-atomics")
let logging = Target.Dependency.product(name: "Logging", package: "swift-log")

let package = Package(
    name: "varve",
    platforms: [.macOS(.v15)],
    products: [
        // Both speak in the nouns of HistoryModel.
        .library(name: "SlotRegistry", targets: ["SlotRegistry", "HistoryModel"]),
        .library(name: "HistoryStore", targets: ["HistoryStore", "HistoryModel"]),
        // For the benchmarks.
        .library(name: "Recorder", targets: ["Recorder", "ProcessWatch", "ProcessSampler"]),
        // For the fuzzers.
        .library(name: "FuzzTargets", targets: ["FuzzTargets"]),
        .executable(name: "varve", targets: ["varve"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-atomics", from: "1.3.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    ],
    targets: [
        .systemLibrary(
            name: "CSQLite",
            pkgConfig: "sqlite3",
            providers: [.apt(["libsqlite3-dev"]), .brew(["sqlite"])]
        ),
        .target(name: "CPlatform"),
        .target(
            name: "Migrations",
            path: "migrations",
            resources: [
                .embedInCode("m0001_lifecycle.sql"),
                .embedInCode("m0002_samples.sql"),
                .embedInCode("m0003_blocks.sql"),
                .embedInCode("m0004_queries.sql"),
                .embedInCode("m0005_views.sql"),
                .embedInCode("m0006_evidence.sql"),
                .embedInCode("m0007_microsandbox.sql"),
            ],
            swiftSettings: settings
        ),
        .target(name: "HistoryModel", swiftSettings: settings),
        .target(name: "SQLite", dependencies: ["CSQLite"], swiftSettings: settings),
        .target(
            name: "SlotRegistry",
            dependencies: ["HistoryModel", "CPlatform", atomics],
            swiftSettings: settings
        ),
        .target(
            name: "ProcessSampler",
            dependencies: ["HistoryModel", "CPlatform", atomics, logging],
            swiftSettings: settings
        ),
        .target(
            name: "Supervisor", dependencies: ["CPlatform", "HistoryModel"],
            swiftSettings: settings
        ),
        .target(
            name: "ProcessWatch", dependencies: ["HistoryModel", "CPlatform"],
            swiftSettings: settings
        ),
        .target(
            name: "HistoryStore",
            dependencies: ["SQLite", "HistoryModel", "Migrations"],
            swiftSettings: settings
        ),
        // A guest of microsandbox's own files.
        .target(
            name: "Microsandbox", dependencies: ["SQLite", "HistoryModel"],
            swiftSettings: settings
        ),
        .target(
            name: "Recorder",
            dependencies: [
                "SlotRegistry", "HistoryStore", "HistoryModel", "ProcessWatch", logging,
            ],
            swiftSettings: settings
        ),
        .target(
            name: "PostMortem",
            dependencies: ["HistoryStore", "HistoryModel"],
            resources: [.embedInCode("HTML/page.css"), .embedInCode("HTML/page.js")],
            swiftSettings: settings
        ),
        .executableTarget(
            name: "varve",
            dependencies: [
                "HistoryModel", "SlotRegistry", "ProcessSampler", "HistoryStore", "Recorder",
                "Supervisor", "SQLite", "ProcessWatch", "PostMortem", "Microsandbox", logging,
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
            ],
            swiftSettings: settings
        ),
        // What tests of faults have counted, for the page about guarantees.
        .target(name: "TestFigures", path: "Tests/TestFigures", swiftSettings: settings),
        // A file system whose calls fail, and what would be left on it after a power cut.
        .target(name: "CFaultyDisk", dependencies: ["CSQLite"], path: "Tests/CFaultyDisk"),
        .target(
            name: "FaultyDisk", dependencies: ["CFaultyDisk", "CSQLite", "SQLite", "HistoryStore"],
            path: "Tests/FaultyDisk",
            swiftSettings: settings
        ),
        .testTarget(
            name: "FaultTests",
            dependencies: [
                "varve", "FaultyDisk", "TestFigures", "HistoryStore", "HistoryModel", "Recorder",
                "SlotRegistry", "SQLite", "Migrations", logging,
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            swiftSettings: settings
        ),
        .testTarget(
            name: "HistoryModelTests", dependencies: ["HistoryModel"], swiftSettings: settings),
        .testTarget(name: "SQLiteTests", dependencies: ["SQLite"], swiftSettings: settings),
        .testTarget(
            name: "SlotRegistryTests",
            dependencies: ["SlotRegistry", "HistoryModel", "CPlatform", "TestFigures"],
            resources: [.copy("Fixtures")],
            swiftSettings: settings
        ),
        .testTarget(
            name: "ProcessSamplerTests",
            dependencies: ["ProcessSampler", "HistoryModel", "CPlatform"],
            swiftSettings: settings
        ),
        .testTarget(name: "SupervisorTests", dependencies: ["Supervisor"], swiftSettings: settings),
        .testTarget(
            name: "ProcessWatchTests",
            dependencies: ["ProcessWatch", "ProcessSampler", "HistoryModel", "CPlatform"],
            swiftSettings: settings
        ),
        .testTarget(
            name: "HistoryStoreTests",
            dependencies: ["HistoryStore", "HistoryModel", "SQLite", "Migrations", "TestFigures"],
            resources: [.copy("Fixtures")],
            swiftSettings: settings
        ),
        .testTarget(
            name: "MicrosandboxTests", dependencies: ["Microsandbox", "SQLite", "HistoryModel"],
            swiftSettings: settings
        ),
        .testTarget(
            name: "RecorderTests",
            dependencies: [
                "Recorder", "HistoryStore", "HistoryModel", "SlotRegistry", "SQLite",
                "ProcessWatch",
            ],
            swiftSettings: settings
        ),
        .testTarget(
            name: "PostMortemTests",
            dependencies: ["PostMortem", "HistoryStore", "HistoryModel"],
            swiftSettings: settings
        ),
        // Opens pages in a browser; see Scripts/setup-tests.sh.
        .testTarget(
            name: "PageTests",
            dependencies: ["PostMortem", "HistoryStore", "HistoryModel"],
            swiftSettings: settings
        ),
        .testTarget(
            name: "VarveTests",
            dependencies: ["varve", "HistoryModel", "Microsandbox", "SlotRegistry", "Supervisor"],
            swiftSettings: settings),
        // What reads bytes from outside, for the fuzzers and for a short run of each in the tests.
        .target(
            name: "FuzzTargets",
            dependencies: [
                "CPlatform", "HistoryModel", "SlotRegistry", "ProcessSampler", "ProcessWatch",
                "SQLite", "HistoryStore", "Microsandbox", "Recorder", "PostMortem",
            ],
            path: "Tests/FuzzTargets",
            swiftSettings: settings
        ),
        .testTarget(
            name: "FuzzTests", dependencies: ["FuzzTargets", "TestFigures"],
            resources: [.copy("Corpus")],
            swiftSettings: settings),
        // Another runtime than ours, for the tests: it knows the registry's format from its
        // description alone.
        .executableTarget(
            name: "ForeignWriter",
            path: "Tests/ForeignWriter",
            linkerSettings: [.linkedLibrary("rt", .when(platforms: [.linux]))]
        ),
        // A program that dies of a real fault.
        .executableTarget(name: "Victim", path: "Tests/Victim"),
        .testTarget(
            name: "EndToEndTests",
            dependencies: [
                "varve", "ForeignWriter", "Victim", "HistoryModel", "HistoryStore", "SlotRegistry",
                "SQLite", "Microsandbox", "TestFigures",
            ],
            swiftSettings: settings
        ),
    ]
)
