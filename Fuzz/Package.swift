// swift-tools-version: 6.2
import PackageDescription

// Built with the fuzzer's instrumentation in all that it measures: see `make fuzz`.
let package = Package(
    name: "varve-fuzz",
    platforms: [.macOS(.v15)],
    dependencies: [.package(name: "varve", path: "..")],
    targets: [
        // The part of libFuzzer's interface that is called here.
        .target(name: "LibFuzzer"),
        .executableTarget(
            name: "varve-fuzz",
            dependencies: ["LibFuzzer", .product(name: "FuzzTargets", package: "varve")],
            swiftSettings: [
                .swiftLanguageMode(.v6),
                .enableUpcomingFeature("ExistentialAny"),
                .enableUpcomingFeature("MemberImportVisibility"),
                .enableUpcomingFeature("InternalImportsByDefault"),
                .strictMemorySafety(),
            ],
            // gold does not get along with what the sanitizers make of Swift's debug information, and
            // lld would take the fuzzer's counters for sections that nobody needs.
            linkerSettings: [
                .unsafeFlags(
                    ["-use-ld=lld", "-Xlinker", "-z", "-Xlinker", "nostart-stop-gc"],
                    .when(platforms: [.linux]))
            ]
        ),
    ]
)
