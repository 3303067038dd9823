internal import CountersignGenerated
import Foundation

/// What the user should be told although it does not deny.
///
/// It carries moments and never remaining time, so that it stays true until the decision changes.
public struct Notice: CustomStringConvertible, Hashable, Sendable {
	/// What it is, and what is to be said of it.
	public let reason: Reason
	/// The stable name, in snake case, the same in every language.
	public let code: String
	/// The same in one line for people. It may change between versions.
	public let description: String

	/// What there is to tell.
	public enum Reason: Hashable, Sendable {
		/// The host's clock was set back; rules apply at a later moment than it shows.
		case clockSuspect(behind: Duration)
		/// Nothing is kept that a clock set back could be noticed by.
		case clockUnguarded
		/// A newer status list should be fetched.
		case statusRefreshDue(since: Date)
		/// The validity has ended, and is honored a little longer.
		case inGracePeriod(endedAt: Date, until: Date)
		/// The validity ends soon.
		case expiresSoon(endsAt: Date, within: Duration)
		/// Updates end soon.
		case updatesEndSoon(endsAt: Date, within: Duration)
		/// Support ends soon.
		case supportEndsSoon(endsAt: Date, within: Duration)
		/// The lease should be renewed.
		case leaseRenewalDue(endsAt: Date)
		/// A limit is nearly used up.
		case limitNear(limit: String, allowed: Int64, count: Int64)
	}
}

extension Notice.Reason {
	init(_ reason: CountersignGenerated.Notice) {
		switch reason {
		case let .clockSuspect(behind):
			self = .clockSuspect(behind: .seconds(behind))
		case .clockUnguarded:
			self = .clockUnguarded
		case let .statusRefreshDue(since):
			self = .statusRefreshDue(since: Date(moment: since))
		case let .inGracePeriod(endedAt, until):
			self = .inGracePeriod(endedAt: Date(moment: endedAt), until: Date(moment: until))
		case let .expiresSoon(endsAt, within):
			self = .expiresSoon(endsAt: Date(moment: endsAt), within: .seconds(within))
		case let .updatesEndSoon(endsAt, within):
			self = .updatesEndSoon(endsAt: Date(moment: endsAt), within: .seconds(within))
		case let .supportEndsSoon(endsAt, within):
			self = .supportEndsSoon(endsAt: Date(moment: endsAt), within: .seconds(within))
		case let .leaseRenewalDue(endsAt):
			self = .leaseRenewalDue(endsAt: Date(moment: endsAt))
		case let .limitNear(limit, allowed, count):
			self = .limitNear(limit: limit, allowed: allowed, count: count)
		}
	}
}
