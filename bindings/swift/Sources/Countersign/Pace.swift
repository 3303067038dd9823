internal import CountersignGenerated
import Foundation

/// When an installation asks its authority, such that a million of them do not ask in one second. A
/// session keeps to it by itself; a host that keeps the documents itself asks it.
///
/// What is drawn is drawn from a number that the installation keeps: another one for each installation
/// and each lease, and the same one however often it is asked for.
public struct Pace: Sendable {
	private let handle: CountersignGenerated.Pace

	/// The pace of an installation that drew this number when it was first started: base64url of 16
	/// random bytes.
	///
	/// - Throws: ``ClockError`` with the code `invalid_nonce` where it is none.
	public init(installation: String) throws {
		handle = try calling { try CountersignGenerated.Pace(installation: installation.bounded) }
	}

	/// When a lease is renewed: in the last three quarters of the time up to its ``Lease/renewAt``.
	public func renewalAt(of lease: Lease) -> Date {
		Date(moment: handle.renewalAt(lease: lease.handle))
	}

	/// When a status list is fetched anew: by its ``StatusList/refreshAt``, by half of the age that the
	/// license allows it, and by half of the time that it lasts, whichever comes first, else by a day; in
	/// the second half of the time up to that.
	public func refreshAt(of list: StatusList, for license: License) -> Date {
		Date(moment: handle.refreshAt(list: list.handle, license: license.handle))
	}

	/// When a license that ends is asked for again, since it may have been extended: in the day before its
	/// end. `nil` if it never ends.
	public func extensionAt(of license: License) -> Date? {
		handle.extensionAt(license: license.handle).map(Date.init(moment:))
	}

	/// How long to wait when so many attempts in a row had no answer: a random part of a day, yet below a
	/// quarter of what is left until the lease ends, and of an hour where nothing is left. What the
	/// authority asked for comes before it. The chance is drawn anew each time.
	///
	/// - Throws: ``NegativeLength``.
	public func retryAfter(
		failures: Int, left: Duration, asked: Duration? = nil,
		chance: UInt32 = .random(in: .min ... .max)
	) throws -> Duration {
		.seconds(
			try calling {
				try handle.retryAfter(
					failures: Int64(failures), left: try left.length, asked: try asked.map { try $0.length },
					chance: Int64(chance))
			})
	}
}
