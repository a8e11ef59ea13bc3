// swift-tools-version: 6.2
import PackageDescription

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
    targets: [
        .target(name: "SyntheticDay", swiftSettings: settings),
        .executableTarget(name: "day", dependencies: ["SyntheticDay"], swiftSettings: settings),
    ]
)
