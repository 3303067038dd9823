// swift-tools-version: 6.0
import PackageDescription

let package = Package(
	name: "editor",
	platforms: [.macOS(.v13)],
	dependencies: [.package(path: "../../../bindings/swift")],
	targets: [
		.executableTarget(
			name: "editor", dependencies: [.product(name: "Countersign", package: "swift")])
	],
	swiftLanguageModes: [.v6]
)
