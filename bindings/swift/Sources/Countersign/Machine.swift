internal import CountersignGenerated
import Foundation

/// What a machine is known by: keyed hashes, which never leave it.
///
/// A session that is opened with them notices where its state was copied to another machine.
public struct Signals: Sendable {
	let handle: CountersignGenerated.Signals

	/// Signals of the host's own choice: names, and values that never leave the machine. Empty ones are
	/// left out.
	///
	/// - Throws: ``LicenseError`` where the text is no product.
	public init(product: String, values: [String: String]) throws {
		handle = try calling {
			try CountersignGenerated.Signals(
				product: product.bounded,
				values: Dictionary(
					values.map { ($0.bounded, $1.bounded) }, uniquingKeysWith: { first, _ in first }))
		}
	}

	/// What this machine is known by, as far as this process may read it. Nothing on a phone.
	///
	/// - Throws: ``LicenseError`` where the text is no product.
	public static func ofThisMachine(product: String) throws -> Signals {
		Signals(handle: try calling { try .ofThisMachine(product: product.bounded) })
	}

	private init(handle: CountersignGenerated.Signals) {
		self.handle = handle
	}
}

extension Instance {
	/// The instance that an environment variable names, as of a container or a pod.
	///
	/// - Throws: ``InstanceError``.
	public static func ofVariable(_ name: String) throws -> Instance {
		Instance(try calling { try instanceOfVariable(name: name.bounded) })
	}

	/// The instance that a file names, as it is mounted into a container: its first line.
	///
	/// - Throws: ``InstanceError``.
	public static func ofFile(_ file: URL) throws -> Instance {
		Instance(try calling { try instanceOfFile(path: file.path) })
	}
}

/// Nothing names the instance: the variable is not set, the file cannot be read, or the value is no
/// instance's.
public struct InstanceError: CountersignError, Hashable {
	/// The stable name of what is wrong, in snake case, the same in every language.
	public let code: String
	/// What is wrong, in one line for people. It may change between versions.
	public let description: String

	init(_ error: CountersignGenerated.InstanceError) {
		switch error {
		case let .Unnamed(code, text): (self.code, description) = (code, text)
		}
	}
}

/// Clocks that are set by hand, and go on only when they are told to: for tests and simulations.
public final class FixedClock: Sendable {
	let handle: CountersignGenerated.FixedClock
	/// Of what it shows, for the checks of the sessions that go by it.
	let changes = Changes()

	/// Clocks of a machine that was started just now.
	///
	/// - Throws: ``LicenseError`` where the date is no moment.
	public init(wall: Date) throws {
		handle = try calling { try CountersignGenerated.FixedClock(wall: wall.moment) }
	}

	/// Lets time pass, by both clocks; of the wall clock whole seconds.
	///
	/// - Throws: ``NegativeLength``.
	public func advance(by time: Duration) throws {
		defer { changes.note() }
		handle.advance(time: try time.length)
	}

	/// Sets the wall clock, as a customer might. The other one does not notice.
	///
	/// - Throws: ``LicenseError`` where the date is no moment.
	public func setWall(_ wall: Date) throws {
		defer { changes.note() }
		try calling { try handle.setWall(wall: wall.moment) }
	}
}
