internal import CountersignGenerated
import Foundation

/// What is known of a run beyond the product's word: the time, the seat, and which licenses were
/// taken back.
public struct Context: Sendable {
	/// The moment that rules are applied at; `nil` for that of the system's clock, taken at its word,
	/// when it is evaluated.
	public var clock: ClockReading?
	/// The lease that shows the seat of the run's instance.
	public var lease: Lease?
	/// The newest status list that the host holds.
	public var statuses: StatusList?
	/// The highest revision of this license that the host has ever seen.
	public var highestRevision: Int64?
	/// How long before an end notices begin, in any order; `nil` for 30, 7 and 1 days.
	public var noticeBefore: [Duration]?
	/// When the authority was last heard of by something it signed. No rule looks at it: it is told with
	/// the decision.
	public var lastContactAt: Date?
	/// What the newest list that the host ever held said of this license. It only takes something away.
	public var lastStatus: ListedStatus?

	/// A context of which nothing is known but what is stated.
	public init(
		clock: ClockReading? = nil, lease: Lease? = nil, statuses: StatusList? = nil,
		highestRevision: Int64? = nil, noticeBefore: [Duration]? = nil, lastContactAt: Date? = nil,
		lastStatus: ListedStatus? = nil
	) {
		self.clock = clock
		self.lease = lease
		self.statuses = statuses
		self.highestRevision = highestRevision
		self.noticeBefore = noticeBefore
		self.lastContactAt = lastContactAt
		self.lastStatus = lastStatus
	}

	/// How long before an end notices begin where the caller does not say.
	public static var noticeThresholds: [Duration] {
		CountersignGenerated.noticeThresholds().map { .seconds($0) }
	}
}

/// What a status list said of a license.
public struct ListedStatus: Hashable, Sendable {
	/// The entry, as ``StatusList/entry(at:)`` gives it. Whatever is no such number is one that this
	/// release does not know.
	public var status: Int
	/// When the list was signed.
	public var listedAt: Date

	/// What a list said that was signed then.
	public init(status: Int, listedAt: Date) {
		self.status = status
		self.listedAt = listedAt
	}

	var lowered: CountersignGenerated.ListedStatus {
		CountersignGenerated.ListedStatus(
			status: Int32(exactly: status) ?? -1, listedAt: listedAt.moment)
	}
}
