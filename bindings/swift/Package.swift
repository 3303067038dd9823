// swift-tools-version: 6.0
import PackageDescription

// The library, and the code that is generated from it, are built into this folder: on Linux by
// build.sh, for Apple's platforms by build-xcframework.sh.
#if os(Linux)
	let library = Context.packageDirectory + "/lib"
	let ffi: Target = .systemLibrary(name: "CountersignFFI")
	let linking: [LinkerSetting] = [
		.linkedLibrary("countersign"),
		.unsafeFlags(["-L\(library)", "-Xlinker", "-rpath=\(library)"]),
	]
#else
	let ffi: Target = .binaryTarget(name: "CountersignFFI", path: "CountersignFFI.xcframework")
	// What the client asks for the system's certificates and proxies; a static library links none itself.
	let linking: [LinkerSetting] = [
		.linkedFramework("CoreFoundation"),
		.linkedFramework("Security"),
		.linkedFramework("SystemConfiguration", .when(platforms: [.macOS])),
	]
#endif

let package = Package(
	name: "Countersign",
	platforms: [.macOS(.v13), .iOS(.v16), .tvOS(.v16), .watchOS(.v9), .visionOS(.v1)],
	products: [.library(name: "Countersign", targets: ["Countersign"])],
	targets: [
		.target(
			name: "Countersign",
			dependencies: ["CountersignFFI", "CountersignGenerated", "CountersignWord"]),
		.target(name: "CountersignGenerated", dependencies: ["CountersignFFI"], linkerSettings: linking),
		.target(name: "CountersignWord"),
		ffi,
		.testTarget(name: "CountersignTests", dependencies: ["Countersign"]),
	],
	swiftLanguageModes: [.v6]
)

// bench.sh builds the library with calls that do nothing, which no other build has.
if Context.environment["COUNTERSIGN_BENCH"] != nil {
	package.targets.append(
		.executableTarget(
			name: "CountersignBench", dependencies: ["Countersign", "CountersignFFI", "CountersignGenerated"],
			path: "Bench"))
}
