internal import CountersignWord

/// The last answer of a check, with the moment until which it is good.
///
/// All of it is one word, so that threads read it without a lock: 47 bits of the monotonic clock in
/// microseconds, 16 of the number of changes that it was decided after, one of the answer.
final class KeptAnswer: @unchecked Sendable {
	private let word: UnsafeMutablePointer<UInt64>
	private let changes: Changes

	init(until changes: Changes) {
		word = .allocate(capacity: 1)
		word.initialize(to: 0)
		self.changes = changes
	}

	deinit {
		word.deallocate()
	}

	/// The answer kept, or that of a new decision. `false` where there is none to be had.
	@inline(__always)
	func allowed(_ decide: () throws -> Decision) -> Bool {
		let kept = countersign_word_load(word)
		let now = countersign_monotonic() / 1_000
		if kept >> 17 > now, (kept >> 1) & 0xffff == changes.number & 0xffff {
			return kept & 1 == 1
		}
		return ask(now: now, decide)
	}

	private func ask(now: UInt64, _ decide: () throws -> Decision) -> Bool {
		// Before anything is read: what changes from here on ends the answer.
		let number = changes.number & 0xffff
		guard let decision = try? decide() else {
			return false
		}
		let allowed = decision.isAllowed
		countersign_word_store(word, (now + decision.keptFor) << 17 | number << 1 | (allowed ? 1 : 0))
		return allowed
	}
}

/// Counts the changes of what checks decide from.
final class Changes: @unchecked Sendable {
	private let word: UnsafeMutablePointer<UInt64>

	init() {
		word = .allocate(capacity: 1)
		word.initialize(to: 0)
	}

	deinit {
		word.deallocate()
	}

	@inline(__always)
	var number: UInt64 { countersign_word_load(word) }

	/// To be called after a change, and before anybody is told of it.
	func note() {
		countersign_word_increment(word)
	}
}

extension Decision {
	/// For how many microseconds an answer may be kept: a second, for the sake of a clock that is set,
	/// and never into the second in which time changes the decision. The moment that was decided at
	/// is the beginning of a second, and up to a whole one of it may have passed.
	fileprivate var keptFor: UInt64 {
		guard let end = handle.holdsUntil() else {
			return 1_000_000
		}
		return end - handle.decidedAt() > 1 ? 1_000_000 : 0
	}
}
