internal import CountersignGenerated
internal import CountersignWord
import Foundation

/// What a host's two clocks show at one moment.
public struct Tick: Hashable, Sendable {
	/// The wall clock. The customer may set it to anything; what lies before 1970 or after the year
	/// 9999 counts as the nearest moment.
	public var wall: Date
	/// A clock that only ever goes on, from any start, asleep or awake.
	public var monotonic: Duration

	/// What the clocks show that are stated.
	public init(wall: Date, monotonic: Duration) {
		self.wall = wall
		self.monotonic = monotonic
	}

	/// What the clocks of this machine show.
	public static var now: Tick {
		Tick(wall: Date(), monotonic: .nanoseconds(Int64(clamping: countersign_monotonic())))
	}

	var lowered: CountersignGenerated.Tick {
		get throws {
			CountersignGenerated.Tick(wall: wall.moment, monotonic: try monotonic.length)
		}
	}
}

/// Notices when the host's clock is set back or far ahead, and heals: docs/rules.md, section 4.
///
/// Its state is a small text that the host keeps between runs: saved after the first reading, every
/// ten minutes, and at exit. It is for honest users, and no security.
///
/// Where a tick is not stated, it is that of this machine's clocks.
public final class ClockGuard: Sendable {
	let handle: CountersignGenerated.ClockGuard
	/// Of what its readings come from, for the checks that go by them.
	let changes = Changes()

	/// A guard without state: of a first run, or of a host that has nowhere to keep it. Its readings
	/// say so, with the notice `clock_unguarded`.
	public init(start: Tick = .now) throws {
		handle = try calling { CountersignGenerated.ClockGuard(start: try start.lowered) }
	}

	/// A guard that takes up the state that was saved, at the start of a run. The key is the one it
	/// was saved with: any value that belongs to this machine.
	///
	/// - Throws: ``ClockError``.
	public init(restoring state: String, key: Data, start: Tick = .now) throws {
		handle = try calling {
			try .restore(state: state.bounded, key: key.bounded, start: try start.lowered)
		}
	}

	/// Takes up what another run saved while this one goes on, where several share one state. That is no
	/// start, and confirms no reading: the later of what both know counts, and suspect time that both ran
	/// through counts once. Where trusted time came to the other run since, that stands. What cannot be
	/// taken up changes nothing.
	///
	/// - Throws: ``ClockError``.
	public func takeOver(_ state: String, key: Data, at tick: Tick = .now) throws {
		defer { changes.note() }
		try calling {
			try handle.takeOver(state: state.bounded, key: key.bounded, tick: try tick.lowered)
		}
	}

	/// States the latest moment at which any document held now was signed. It may be earlier than the
	/// last one stated, where a newer revision took the place of a license. It counts from the tick
	/// on: the running time before a document came does not advance it.
	///
	/// - Throws: ``LicenseError`` where the date is no moment.
	public func hold(newest: Date?, at tick: Tick = .now) throws {
		defer { changes.note() }
		try calling { try handle.hold(newest: newest?.moment, tick: try tick.lowered) }
	}

	/// Whether a document signed at that moment is to be kept: not where it was signed more than 24
	/// hours ahead of trusted time.
	///
	/// - Throws: ``LicenseError`` where the date is no moment.
	public func accepts(issuedAt: Date, at tick: Tick = .now) throws -> Bool {
		try calling { try handle.accepts(issuedAt: issuedAt.moment, tick: try tick.lowered) }
	}

	/// From now on the readings say that the state can be read and not be saved, with the notice
	/// `clock_unguarded`.
	public func unguarded() {
		handle.unguarded()
		changes.note()
	}

	/// What a reading gives at that tick, without counting it.
	///
	/// - Throws: ``NegativeLength`` of a tick that was stated.
	public func peek(at tick: Tick = .now) throws -> ClockReading {
		ClockReading(handle: try calling { handle.peek(tick: try tick.lowered) })
	}

	/// The moment to apply rules at, and how far the wall clock can be believed.
	///
	/// - Throws: ``NegativeLength`` of a tick that was stated.
	public func read(at tick: Tick = .now) throws -> ClockReading {
		ClockReading(handle: try calling { handle.read(tick: try tick.lowered) })
	}

	/// Takes the time from an answer of the authority, if it is the answer to the challenge and came
	/// within 60 seconds. From then on this run goes by it, and not by the wall clock. The challenge
	/// is spent, whatever comes of it.
	///
	/// - Throws: ``ClockError``.
	public func heal(_ challenge: Challenge, with answer: Lease, at tick: Tick = .now) throws {
		defer { changes.note() }
		try calling {
			try handle.heal(
				challenge: challenge.handle, answer: answer.handle, tick: try tick.lowered)
		}
	}

	/// The state as text, with a code under the key that shows damage, and copies to a machine of
	/// another key.
	public func save(key: Data) -> String {
		handle.save(key: key.bounded)
	}
}

/// A moment to evaluate at, and how far the host's clock lay behind it.
public struct ClockReading: Sendable {
	let handle: CountersignGenerated.ClockReading

	/// Takes the host's clock at its word. For servers, whose clock the customer does not set.
	///
	/// - Throws: ``LicenseError`` with the code `invalid_moment` where the date lies before 1970 or
	///   after the year 9999.
	public static func trusted(_ now: Date) throws -> ClockReading {
		ClockReading(handle: try calling { try .trusted(now: now.moment) })
	}

	/// The system's clock, which is a date of this era or counts as the nearest.
	static func ofSystem() throws -> ClockReading {
		try trusted(max(Date(), Date(timeIntervalSince1970: 0)))
	}

	/// The moment that rules are applied at.
	public var now: Date { Date(moment: handle.now()) }
	/// How far the host's clock was set back; zero if it was not.
	public var behind: Duration { .seconds(handle.behind()) }

	init(handle: CountersignGenerated.ClockReading) {
		self.handle = handle
	}
}

/// A nonce that this process drew and sent, to know the answer by. It can be spent once.
public final class Challenge: Sendable {
	let handle: CountersignGenerated.Challenge

	/// A challenge sent when the monotonic clock shows that. The nonce is base64url of 16 bytes that
	/// the caller draws at random, for this one request.
	///
	/// - Throws: ``ClockError``.
	public init(nonce: String, sent: Duration = Tick.now.monotonic) throws {
		handle = try calling {
			try CountersignGenerated.Challenge(nonce: nonce.bounded, sent: try sent.length)
		}
	}
}
