internal import CountersignGenerated
import Foundation

/// One product's license on one machine.
///
/// Decisions read no network and no disk, and any number of threads may ask for them. What is decided
/// from is kept in a storage, and comes from an authority, or by hand.
///
/// It is not closed. It ends, and is saved then, once neither it nor a ``SessionCheck`` of it is held any
/// more, nor a call of it under way. What its storage throws then is told to nobody: who wants to know
/// saves before that, with ``save()``.
public final class Session: Sendable {
	let handle: CountersignGenerated.Session
	let changes: Changes
	private let bridge: StorageBridge?

	/// How a session is opened. Whatever is `nil` is as the session finds it fit.
	public struct Options: Sendable {
		/// Clocks that are set by hand, for tests; `nil` for those of this machine.
		public var clock: FixedClock?
		/// The instance that takes a seat, such as the domain of a web site; `nil` for this
		/// installation, by a number drawn at random when it was first opened.
		public var instance: Instance?
		/// What this machine is known by, so that a copy of the state on another machine is seen.
		public var signals: Signals?
		/// How long before an end notices begin, in any order; `nil` for 30, 7 and 1 days.
		public var noticeBefore: [Duration]?
		/// Begins anew where what is kept is damaged, or of another product or version: license, lease
		/// and the protection of the clock are given up. What a host does after it told its user.
		public var beginAnew: Bool

		/// Options of which nothing is set but what is stated.
		public init(
			clock: FixedClock? = nil, instance: Instance? = nil, signals: Signals? = nil,
			noticeBefore: [Duration]? = nil, beginAnew: Bool = false
		) {
			self.clock = clock
			self.instance = instance
			self.signals = signals
			self.noticeBefore = noticeBefore
			self.beginAnew = beginAnew
		}
	}

	/// What a session was given.
	public struct Refresh: Hashable, Sendable {
		/// Whether a seat was taken, or taken again.
		public let activated: Bool
		/// Whether the lease was renewed.
		public let renewed: Bool
		/// Whether a status list was fetched.
		public let statuses: Bool
		/// Whether something was left to another process or thread that asks the authority just now.
		public let leftToAnother: Bool

		init(_ refresh: CountersignGenerated.Refresh) {
			activated = refresh.activated
			renewed = refresh.renewed
			statuses = refresh.statuses
			leftToAnother = refresh.leftToAnother
		}
	}

	/// Takes up where the last run left off, in a storage of the host's own. Waits for no network.
	///
	/// - Throws: ``SessionError``, and what the storage throws.
	public init(
		product: String, trust: TrustStore, storage: any Storage, options: Options = Options()
	) throws {
		let settings = try settings(product, trust, options)
		let bridge = StorageBridge(storage)
		self.bridge = bridge
		changes = options.clock?.changes ?? Changes()
		handle = try Self.unwrapping(bridge) { try .open(settings: settings, storage: bridge) }
	}

	/// Takes up where the last run left off, in files. Waits for no network.
	///
	/// - Throws: ``SessionError``; ``LicenseError`` where an option is no such value.
	public init(
		product: String, trust: TrustStore, storage: FileStorage, options: Options = Options()
	) throws {
		let settings = try settings(product, trust, options)
		bridge = nil
		changes = options.clock?.changes ?? Changes()
		handle = try calling { try .openFiles(settings: settings, storage: storage.handle) }
	}

	/// Takes up where the last session of this process left off.
	///
	/// - Throws: ``SessionError``; ``LicenseError`` where an option is no such value.
	public init(
		product: String, trust: TrustStore, storage: MemoryStorage, options: Options = Options()
	) throws {
		let settings = try settings(product, trust, options)
		bridge = nil
		changes = options.clock?.changes ?? Changes()
		handle = try calling { try .openMemory(settings: settings, storage: storage.handle) }
	}

	/// Decides whether a run is allowed, from the documents at hand. Without a license it is
	/// `not_activated`.
	///
	/// - Throws: ``LicenseError`` where the run states what is no such value.
	public func decide(_ run: Run) throws -> Decision {
		Decision(handle: try calling { try handle.decide(run: run.lowered) })
	}

	/// Keeps a run, to be asked about again and again.
	///
	/// - Throws: ``LicenseError`` where the run states what is no such value.
	public func prepare(_ run: Run) throws -> SessionCheck {
		SessionCheck(handle: try calling { try handle.prepare(run: run.lowered) }, of: self)
	}

	/// A run of this product on this instance, of which nothing else is known.
	public var run: Run { Run(handle.run()) }
	/// What takes a seat: stated when the session was opened, or drawn at random.
	public var instance: Instance { Instance(handle.instance()) }
	/// The license held; `nil` if there is none that verifies.
	public var license: License? { handle.license().map(License.init(handle:)) }
	/// Why the status list that was kept is not at hand, in one line for people; `nil` where it is, or
	/// none was. The license is held still, what the list said against it stands, and the next refresh
	/// fetches another.
	public var lostList: String? { handle.lostList() }
	/// When the authority was last heard of by something it signed, which it answered or which was
	/// imported. A refusal is signed by nobody.
	public var lastContactAt: Date? { handle.lastContactAt().map(Date.init(moment:)) }
	/// Whether the state was copied here from another machine: its seat stayed there, and it is the
	/// host's to say whether to activate here.
	public var isMoved: Bool { handle.isMoved() }
	/// Whether what is held outlives this process. Where more than a status list does not, the clock is
	/// not guarded.
	public var isKept: Bool { handle.isKept() }

	/// Refuses as the document that is kept and does not count, where there is one: a newer release of
	/// the product may trust other keys.
	///
	/// - Throws: ``LicenseError``, for the document.
	public func checkDocuments() throws {
		try calling { try handle.checkDocuments() }
	}

	/// Counts the time that passed, takes over what other processes were given, and saves the state if
	/// it was not for ten minutes. To be called now and then: ``nextWait`` says when. Where the state
	/// cannot be saved, the session goes on with what it holds.
	///
	/// - Throws: ``SessionError``, and what the storage throws.
	public func tick() throws {
		defer { changes.note() }
		try Self.unwrapping(bridge) { try handle.tick() }
	}

	/// Saves the state now, as the session does when it ends.
	///
	/// - Throws: ``SessionError``, and what the storage throws.
	public func save() throws {
		defer { changes.note() }
		try Self.unwrapping(bridge) { try handle.save() }
	}

	/// How long nothing needs to be done: until the state is to be saved, or the authority asked. At
	/// least a second.
	///
	/// - Throws: ``SessionError`` within a call of the session's own storage.
	public var nextWait: Duration {
		get throws { .seconds(try calling { try handle.nextWait() }) }
	}

	/// Takes a document that a person brought: a license, a lease, a status list, a trust update, or
	/// the answer to an activation request. A lease counts only in answer to a request of this
	/// installation, once. Where it is refused nothing has changed.
	///
	/// - Throws: ``ImportError``.
	@discardableResult
	public func importText(_ text: String) throws -> Imported {
		defer { changes.note() }
		return Imported(try calling { try handle.importText(text: text.bounded) })
	}

	private static func unwrapping<T>(_ bridge: StorageBridge?, _ body: () throws -> T) throws -> T {
		do {
			return try calling(body)
		} catch {
			throw bridge?.original(of: error) ?? error
		}
	}
}

/// A run that a session is asked about again and again, by any number of threads. It decides exactly
/// what the session decides about that run, and holds on to all that the session decides from: it goes on
/// where nobody else holds the session.
public final class SessionCheck: Sendable {
	private let handle: CountersignGenerated.SessionCheck
	private let kept: KeptAnswer

	init(handle: CountersignGenerated.SessionCheck, of session: Session) {
		self.handle = handle
		kept = KeptAnswer(until: session.changes)
	}

	/// Whether nothing denies, at the price of reading a clock.
	///
	/// The last decision is kept for a second, and not into the second in which time changes it; it ends
	/// at once where this process gives the session anything. So the answer is exact but for three things,
	/// which it learns of a second late at most: that somebody set the wall clock, that another process
	/// changed what the session shares with it, and what an answer brought that came just as its call was
	/// cancelled.
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

	/// Decides anew, now, from the documents at hand, with every reason.
	public func decide() -> Decision {
		Decision(handle: handle.decide())
	}
}

/// What a text that was imported held.
public enum Imported: Hashable, Sendable {
	/// A license.
	case license
	/// A lease, in answer to this installation's request.
	case lease
	/// A status list.
	case statuses
	/// Keys in place of the ones trusted so far.
	case trustUpdate
	/// An answer to this installation's request.
	case activation

	init(_ imported: CountersignGenerated.Imported) {
		switch imported {
		case .license: self = .license
		case .lease: self = .lease
		case .statuses: self = .statuses
		case .trustUpdate: self = .trustUpdate
		case .activation: self = .activation
		}
	}
}

private func settings(
	_ product: String, _ trust: TrustStore, _ options: Session.Options
) throws -> CountersignGenerated.SessionSettings {
	try calling {
		try CountersignGenerated.SessionSettings(
			product: product.bounded, trust: trust.handle,
			options: CountersignGenerated.SessionOptions(
				clock: options.clock?.handle, instance: options.instance?.lowered,
				signals: options.signals?.handle,
				noticeBefore: try options.noticeBefore?.map { try $0.length },
				beginAnew: options.beginAnew))
	}
}
