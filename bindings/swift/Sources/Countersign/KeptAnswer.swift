internal import CountersignWord

/// The last decision of a check, with the moment until which it is an answer.
///
/// Whether it allows is one word, so that threads read that without a lock: 47 bits of the monotonic clock
/// in microseconds, 16 of the number of changes that it was decided after, one of the answer. The decision
/// itself stands behind a lock that is held for a copy of it.
final class KeptAnswer: @unchecked Sendable {
	private let word: UnsafeMutablePointer<UInt64>
	private let changes: Changes
	private let last = Guarded<Kept?>(nil)

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
		return ask(now: now, decide)?.isAllowed ?? false
	}

	/// The decision kept, or a new one. `nil` where there is none to be had.
	func decision(_ decide: () throws -> Decision) -> Decision? {
		let now = countersign_monotonic() / 1_000
		if let kept = last.value, kept.until > now, kept.number == changes.number {
			return kept.decision
		}
		return ask(now: now, decide)
	}

	private func ask(now: UInt64, _ decide: () throws -> Decision) -> Decision? {
		// Before anything is read: what changes from here on ends the answer.
		let number = changes.number
		guard let decision = try? decide() else {
			return nil
		}
		let until = now + decision.keptFor
		last.change { $0 = Kept(decision: decision, until: until, number: number) }
		countersign_word_store(
			word, until << 17 | (number & 0xffff) << 1 | (decision.isAllowed ? 1 : 0))
		return decision
	}

	private struct Kept {
		let decision: Decision
		let until: UInt64
		let number: UInt64
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
