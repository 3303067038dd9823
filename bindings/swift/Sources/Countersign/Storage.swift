internal import CountersignGenerated
import Foundation

/// Where a session keeps its state between runs: a few texts, by name.
///
/// A lease and a license key are secrets, so what is kept is for its owner alone to read. While it is
/// called, a session is being changed: it may ask that session for decisions and for what it holds,
/// and for nothing that changes it. Nor may it wait for another thread that changes it: neither would
/// ever go on.
///
/// A call that asks an authority calls it on a thread of the library, also where the call is
/// `…Blocking`, and ``Session/background(with:)`` also on threads of its own: on another one each time,
/// and for a session on one at a time. All else calls it on the thread of the call, and the end of a
/// session on the one that let go of it last. So it has to work on any: it counts on no thread-local and no
/// task-local value and on no actor, and does not wait for the main thread, which may be waiting for
/// that very call.
///
/// What it throws is thrown as it is by what opens, ticks and saves a session: the first, where it
/// throws more than once. Whatever else changes a session goes on without: ``Session/isKept`` then says
/// that nothing outlives the process.
public protocol Storage: Sendable {
	/// What was last saved under that name; `nil` if nothing was. ``NoText`` is thrown where what is
	/// there is no text: the session takes it for damaged.
	func load(_ name: String) throws -> String?

	/// Replaces what is kept under that name, all of it or nothing: whoever loads it meanwhile, and
	/// after a crash, gets the one text or the other.
	func save(_ text: String, as name: String) throws

	/// Waits until this is the only writer among processes. Storage of one process has nothing to wait
	/// for, and leaves it out.
	func lock() throws

	/// Lets the next writer go on. Where it throws, what was saved is kept, and a session that was to
	/// be opened is not. Whatever goes on without storage leaves what it throws to the next call that
	/// ticks or saves.
	func unlock() throws
}

extension Storage {
	/// Nothing: there is no other writer.
	public func lock() throws {}
	/// Nothing: there is no other writer.
	public func unlock() throws {}
}

/// What a storage keeps under a name is no text.
public struct NoText: CountersignError, Hashable {
	/// An error to be thrown by a ``Storage``.
	public init() {}

	/// `no_text`.
	public var code: String { "no_text" }
	/// What is wrong, in one line for people.
	public var description: String { "what is kept is no text" }
}

/// Keeps texts as files of one folder, which several processes may share. Files are for their owner
/// alone.
public struct FileStorage: Sendable {
	let handle: CountersignGenerated.FileStorage

	/// Storage in that folder, which is made when something is first saved.
	public init(folder: URL) throws {
		handle = try calling { CountersignGenerated.FileStorage(folder: folder.path) }
	}

	/// The folder where this platform keeps the state of a product for this user; `nil` where the
	/// platform says of no such folder, as for a service without a home.
	///
	/// - Throws: ``LicenseError`` where the text is no product.
	public static func userFolder(of product: String) throws -> URL? {
		let folder = try calling { try CountersignGenerated.userFolder(product: product.bounded) }
		return folder.map { URL(fileURLWithPath: $0, isDirectory: true) }
	}
}

/// Keeps texts for as long as it lives: for tests, and for hosts that are started anew each time.
/// Nothing of it outlives the process, and a session says so.
public struct MemoryStorage: Sendable {
	let handle: CountersignGenerated.MemoryStorage

	/// Storage in which nothing is kept yet.
	public init() throws {
		handle = try calling { CountersignGenerated.MemoryStorage() }
	}
}

/// A host's own storage, as the library calls it.
final class StorageBridge: CountersignGenerated.Storage {
	private let storage: any Storage
	private let errors = Guarded(Thrown())

	init(_ storage: any Storage) {
		self.storage = storage
	}

	func load(name: String) throws -> String? {
		try keeping { try storage.load(name) }
	}

	func save(name: String, text: String) throws {
		try keeping { try storage.save(text, as: name) }
	}

	func lock() throws {
		try keeping { try storage.lock() }
	}

	func unlock() throws {
		try keeping { try storage.unlock() }
	}

	/// The storage's own error, where that is what a call of the session came to.
	func original(of error: any Error) -> any Error {
		guard let thrown = (error as? SessionError)?.thrown else {
			return error
		}
		return errors.value.kept[thrown] ?? error
	}

	private func keeping<T>(_ call: () throws -> T) throws -> T {
		do {
			return try call()
		} catch let error as NoText {
			throw CountersignGenerated.StorageError.Damaged(text: error.description)
		} catch {
			var number: Int64 = 0
			errors.change { number = $0.keep(error) }
			throw CountersignGenerated.StorageError.Failed(
				thrown: number, text: error.localizedDescription)
		}
	}

	/// The errors thrown last. Not every one is asked for: a session goes on where it cannot save.
	private struct Thrown {
		var kept: [Int64: any Error] = [:]
		private var last: Int64 = 0

		mutating func keep(_ error: any Error) -> Int64 {
			last += 1
			kept[last] = error
			kept[last - 64] = nil
			return last
		}
	}
}
