// swift-tools-version: 6.2
// The targets and their arrows are the design: see ARCHITECTURE.md. Tests/StyleTests holds them.
import PackageDescription

let strict: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
]

/// Targets that never touch a pointer: the compiler holds them to it.
let pointerFree: [SwiftSetting] = strict + [.strictMemorySafety()]

/// `-ffp-contract=off` because the same bits on every instruction set are promised; `-O3` in debug
/// too, so that tests of the encoder take seconds.
let kernelFlags: [CSetting] = [
    .unsafeFlags(["-std=c11", "-O3", "-ffp-contract=off", "-Wall", "-Wextra", "-Werror"])
]

/// Every access to a class's property is checked at run time for overlaps, a seventh of a call's
/// instructions in RPC. The classes of RPC, Messages and Service belong to a loop and its thread. Tests,
/// which are debug builds, keep the checks; releases do without.
let uncheckedExclusivity: [SwiftSetting] = [
    .unsafeFlags(["-enforce-exclusivity=unchecked"], .when(configuration: .release))
]

/// libFuzzer's program: only for `make fuzz`, which instruments everything.
let fuzzing: [Target] =
    Context.environment["RANKWIRE_FUZZ_BUILD"] == nil
    ? []
    : [
        .executableTarget(
            name: "rankwire-fuzz", dependencies: ["Messages", "Store", "RPC", "Base"],
            path: "Tests/Fuzz/rankwire-fuzz",
            swiftSettings: strict + [.unsafeFlags(["-parse-as-library"])],
            // gold, the default, fails on what the sanitizers make.
            linkerSettings: [.unsafeFlags(["-sanitize=fuzzer", "-use-ld=lld"])])
    ]

let package = Package(
    name: "rankwire",
    products: [
        .executable(name: "rankwired", targets: ["rankwired"]),
        .executable(name: "rankwire", targets: ["rankwire"]),
        .executable(name: "rankwire-bench", targets: ["rankwire-bench"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-configuration", from: "1.4.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.0"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/HdrHistogram/hdrhistogram-swift", from: "0.2.0"),
        .package(url: "https://github.com/swhitty/FlyingFox", from: "0.27.1"),
    ],
    targets: [
        .systemLibrary(name: "CUV", pkgConfig: "libuv", providers: [.apt(["libuv1-dev"])]),
        .systemLibrary(
            name: "CNGHTTP2", pkgConfig: "libnghttp2", providers: [.apt(["libnghttp2-dev"])]),
        .systemLibrary(
            name: "CProtobufC", pkgConfig: "libprotobuf-c", providers: [.apt(["libprotobuf-c-dev"])]
        ),
        .systemLibrary(
            name: "COpenSSL", pkgConfig: "openssl", providers: [.apt(["libssl-dev"])]),
        .systemLibrary(
            name: "COpenBLAS", pkgConfig: "openblas", providers: [.apt(["libopenblas-dev"])]),
        .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
        .target(
            name: "CMessages", dependencies: ["CProtobufC"]),
        .target(name: "CKernels", cSettings: kernelFlags),

        .target(name: "Base", swiftSettings: strict),
        .target(
            name: "RPC",
            dependencies: ["CUV", "CNGHTTP2", "COpenSSL", "CZlib", "Base"],
            swiftSettings: strict + uncheckedExclusivity),
        .target(
            name: "Inference", dependencies: ["CKernels", "COpenSSL", "Base"],
            exclude: ["Tokenizer/generate_unicode_tables.py"], swiftSettings: strict),
        .target(
            name: "Store",
            dependencies: [
                "Inference", "RPC", "Base", "COpenSSL",
                .product(name: "GRDB", package: "GRDB.swift"),
                .product(name: "GRDBSQLite", package: "GRDB.swift"),
            ],
            swiftSettings: strict),
        .target(
            name: "Ranking", dependencies: ["Store", "Inference", "Base"],
            swiftSettings: pointerFree),
        .target(
            name: "Ads", dependencies: ["Ranking", "Store", "Inference", "Base"],
            swiftSettings: pointerFree),
        .target(
            name: "Intents", dependencies: ["Ranking", "Store", "Inference", "Base"],
            exclude: ["Resources"], swiftSettings: pointerFree),
        .target(
            name: "Training",
            dependencies: ["COpenBLAS", "Intents", "Ads", "Ranking", "Store", "Inference", "Base"],
            swiftSettings: strict),
        .target(
            name: "Messages",
            dependencies: [
                "CMessages", "Ranking", "Ads", "Intents", "Store", "Base",
            ],
            swiftSettings: strict + uncheckedExclusivity),
        .target(
            name: "Service",
            dependencies: [
                "Messages", "RPC", "Inference", "Ranking", "Ads", "Intents", "Store", "Base",
            ],
            swiftSettings: pointerFree + uncheckedExclusivity),

        .executableTarget(
            name: "rankwired",
            dependencies: [
                "Service", "Messages", "RPC", "Inference", "Ranking", "Ads", "Intents", "Store",
                "Base",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Configuration", package: "swift-configuration"),
                .product(name: "FlyingFox", package: "FlyingFox"),
                .product(name: "Logging", package: "swift-log"),
            ],
            exclude: ["Packaging"], resources: [.embedInCode("Admin/page.html")],
            swiftSettings: strict),
        .executableTarget(
            name: "rankwire",
            dependencies: [
                "Training", "Messages", "RPC", "Inference", "Ranking", "Ads", "Intents", "Store",
                "Base",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            swiftSettings: strict),
        .executableTarget(
            name: "rankwire-bench",
            dependencies: [
                "Messages", "RPC", "Inference", "Ranking", "Ads", "Store", "Base",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Histogram", package: "hdrhistogram-swift"),
            ],
            swiftSettings: strict),

        .testTarget(name: "BaseTests", dependencies: ["Base"], swiftSettings: strict),
        .testTarget(
            name: "RPCTests", dependencies: ["RPC", "CNGHTTP2", "Base"], swiftSettings: strict),
        .testTarget(
            name: "InferenceTests",
            dependencies: [
                "Inference", "CKernels", "RPC", "Base", "rankwire-bench",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            swiftSettings: strict),
        .testTarget(
            name: "StoreTests", dependencies: ["Store", "Inference", "Base"], swiftSettings: strict),
        .testTarget(
            name: "RankingTests", dependencies: ["Ranking", "Store", "Inference", "Base"],
            swiftSettings: strict),
        .testTarget(
            name: "AdsTests", dependencies: ["Ads", "Ranking", "Store", "Inference", "Base"],
            swiftSettings: strict),
        .testTarget(
            name: "IntentsTests",
            dependencies: ["Intents", "Ranking", "Store", "Inference", "Base"],
            swiftSettings: strict),
        .testTarget(
            name: "TrainingTests",
            dependencies: [
                "Training", "Ads", "Intents", "Ranking", "Store", "Inference", "Base",
            ],
            swiftSettings: strict),
        .testTarget(
            name: "MessagesTests", dependencies: ["Messages", "Base"], swiftSettings: strict),
        .testTarget(name: "StyleTests", swiftSettings: strict),
    ] + fuzzing
)
