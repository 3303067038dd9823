internal import CountersignFFI
import Foundation

/// The version of this package, which is that of the library.
public enum LibraryVersion {
	/// The version that this package was made for.
	public static let expected = "0.1.0"

	/// The version of the library that was loaded.
	///
	/// It is read without the generated code: that checks the library before its first call, and ends
	/// the process where the two do not fit.
	public static let loaded: String = {
		var status = RustCallStatus()
		let text = uniffi_countersign_fn_func_library_version(&status)
		defer {
			var freed = RustCallStatus()
			ffi_countersign_rustbuffer_free(text, &freed)
		}
		let bytes = UnsafeBufferPointer(start: text.data, count: Int(text.len))
		return String(decoding: bytes, as: UTF8.self)
	}()

	/// Refuses a library of another version, on each call that may throw.
	static func check() throws {
		if let mismatch {
			throw mismatch
		}
	}

	private static let mismatch = VersionMismatch(expected: expected, loaded: loaded)
}

/// The library that was loaded is of another version than this package.
public struct VersionMismatch: CountersignError, Hashable {
	/// The version of this package.
	public let expected: String
	/// The version of the library.
	public let loaded: String

	/// `library_mismatch`.
	public var code: String { "library_mismatch" }
	/// What is wrong, in one line for people.
	public var description: String {
		"the library is of version \(loaded), and this package of \(expected): build both from one tree"
	}

	/// `nil` where they are the same.
	init?(expected: String, loaded: String) {
		if expected == loaded {
			return nil
		}
		self.expected = expected
		self.loaded = loaded
	}
}

/// The library failed by a fault of its own, which is to be reported. Nothing was granted by that call.
public struct LibraryFailure: CountersignError, Hashable {
	/// What failed, in one line for people. It may change between versions.
	public let description: String

	/// `library_failed`.
	public var code: String { "library_failed" }

	init(text: String) {
		description = "the library failed: \(text.prefix { !$0.isNewline })"
	}
}
