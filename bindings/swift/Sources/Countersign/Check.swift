internal import CountersignGenerated
import Foundation

/// A run bound to a license once, to be asked again and again, by any number of threads.
///
/// It decides exactly what the license decides about that run.
public final class Check: Sendable {
	private let handle: CountersignGenerated.Check
	private let clock: ClockGuard?
	private let changes: Changes
	private let kept: KeptAnswer
	private let documents = Guarded(Documents())

	init(handle: CountersignGenerated.Check, clock: ClockGuard?) {
		self.handle = handle
		self.clock = clock
		changes = clock?.changes ?? Changes()
		kept = KeptAnswer(until: changes)
	}

	/// Whether nothing denies, at the price of reading a clock.
	///
	/// The last decision is kept for a second, and not into the second in which time changes it; it ends
	/// at once where a document of this check is replaced, or its guard is told something. So the answer
	/// is exact but for one thing, which it learns of a second late at most: that somebody set the wall
	/// clock. A ``SessionCheck`` has two more. `false` also where nothing could be decided:
	/// ``decide()`` throws why.
	public func allowed() -> Bool {
		kept.allowed(decide)
	}

	/// Whether a feature may be used, as ``Decision/isEntitled(to:)`` says, by the decision that
	/// ``allowed()`` keeps.
	public func isEntitled(to code: String) -> Bool {
		kept.decision(decide)?.isEntitled(to: code) ?? false
	}

	/// Whether a feature may be used that the product keeps on where the license lapses, as
	/// ``Decision/staysOn(_:)`` says, by the decision that ``allowed()`` keeps.
	public func staysOn(_ code: String) -> Bool {
		kept.decision(decide)?.staysOn(code) ?? false
	}

	/// Decides anew, now, with every reason.
	///
	/// - Throws: ``LicenseError`` where ``highestRevision`` is none, ``NegativeLength`` where a notice
	///   is to begin after the end.
	public func decide() throws -> Decision {
		let held = documents.value
		return try evaluate(
			in: Context(
				clock: try clock?.read(), lease: held.lease, statuses: held.statuses,
				highestRevision: held.highestRevision, noticeBefore: held.noticeBefore,
				lastContactAt: held.lastContactAt, lastStatus: held.lastStatus))
	}

	/// Decides anew, in another context. Nothing of this check's own is looked at but the run.
	///
	/// - Throws: ``LicenseError`` where the context states what is no such value.
	public func evaluate(in context: Context) throws -> Decision {
		Decision(handle: try calling { try handle.decided(context) })
	}

	/// Decides anew, in another context, and gives the report alone.
	///
	/// - Throws: ``LicenseError`` where the context states what is no such value.
	public func report(in context: Context) throws -> String {
		try calling { try handle.reported(context) }
	}

	/// The license that it is bound to.
	public var license: License { License(handle: handle.license()) }
	/// The run that it decides about.
	public var run: Run { Run(handle.run()) }

	/// The lease that shows the seat of the run's instance.
	public var lease: Lease? {
		get { documents.value.lease }
		set { replace { $0.lease = newValue } }
	}

	/// The newest status list that the host holds.
	public var statuses: StatusList? {
		get { documents.value.statuses }
		set { replace { $0.statuses = newValue } }
	}

	/// The highest revision of this license that the host has ever seen.
	public var highestRevision: Int64? {
		get { documents.value.highestRevision }
		set { replace { $0.highestRevision = newValue } }
	}

	/// How long before an end notices begin, in any order; `nil` for 30, 7 and 1 days.
	public var noticeBefore: [Duration]? {
		get { documents.value.noticeBefore }
		set { replace { $0.noticeBefore = newValue } }
	}

	/// When the authority was last heard of by something it signed. No rule looks at it: it is told with
	/// the decision.
	public var lastContactAt: Date? {
		get { documents.value.lastContactAt }
		set { replace { $0.lastContactAt = newValue } }
	}

	/// What the newest list that the host ever held said of this license. It only takes something away.
	public var lastStatus: ListedStatus? {
		get { documents.value.lastStatus }
		set { replace { $0.lastStatus = newValue } }
	}

	private func replace(_ edit: (inout Documents) -> Void) {
		documents.change(edit)
		changes.note()
	}

	private struct Documents {
		var lease: Lease?
		var statuses: StatusList?
		var highestRevision: Int64?
		var noticeBefore: [Duration]?
		var lastContactAt: Date?
		var lastStatus: ListedStatus?
	}
}

/// A value behind a lock.
final class Guarded<Value: Sendable>: @unchecked Sendable {
	private let lock = NSLock()
	private var guarded: Value

	init(_ value: Value) {
		guarded = value
	}

	var value: Value { lock.withLock { guarded } }

	func change(_ edit: (inout Value) -> Void) {
		lock.withLock { edit(&guarded) }
	}
}
