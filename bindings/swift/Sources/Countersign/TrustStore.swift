internal import CountersignGenerated
import Foundation

/// The keys a host accepts documents from.
///
/// Ship at least two: the key in use and its successor, so that the authority can change keys without
/// a new release of the product.
public struct TrustStore: Sendable {
	let handle: CountersignGenerated.TrustStore

	/// Reads what keys are kept in: a JWK Set (docs/format.md, section 3), or one key as PEM or
	/// base64, which is trusted for whatever it may sign by default.
	///
	/// - Throws: ``LicenseError`` where they are none.
	public init(keys: String) throws {
		handle = try calling { try CountersignGenerated.TrustStore(keys: keys.bounded) }
	}

	/// The trust that the update states, in place of this one. The documents that a host holds are to
	/// be verified anew with it.
	///
	/// - Throws: ``LicenseError`` where the update is not newer, or may not replace these keys.
	public func updated(by update: TrustUpdate) throws -> TrustStore {
		TrustStore(handle: try calling { try handle.updated(update: update.handle) })
	}

	/// Every trusted key, in the order of their names.
	public var keys: [TrustedKey] { handle.keys().map(TrustedKey.init) }
	/// How many updates came before this trust: an update counts only above it.
	public var sequence: Int64 { handle.sequence() }
	/// The store as a JWK Set, on one line, to be kept in place of the one it was made from.
	public var jwks: String { handle.toJwks() }

	init(handle: CountersignGenerated.TrustStore) {
		self.handle = handle
	}
}

/// The keys that a host trusts from now on, all of them, in place of those it trusts.
public struct TrustUpdate: Sendable {
	let handle: CountersignGenerated.TrustUpdate

	/// Checks the signature of a trust update, and reads it.
	///
	/// - Throws: ``LicenseError``, with the code and the number of the refusal.
	public init(verifying text: String, with trust: TrustStore) throws {
		handle = try calling { try .verify(text: text.bounded, trust: trust.handle) }
	}

	/// Checks the signature of a trust update as it was read from a file, and reads it.
	///
	/// - Throws: ``LicenseError``, with the code and the number of the refusal.
	public init(verifying content: Data, with trust: TrustStore) throws {
		handle = try calling { try .verifyBytes(content: content.bounded, trust: trust.handle) }
	}

	/// The brand that signed it.
	public var brand: String { handle.brand() }
	/// Grows with each update.
	public var sequence: Int64 { handle.sequence() }
	/// The keys that it states, in the order of their names.
	public var keys: [TrustedKey] { handle.keys().map(TrustedKey.init) }
	/// The key whose signature was checked: its RFC 7638 thumbprint.
	public var signedBy: String { handle.signedBy() }
	/// When it was signed.
	public var issuedAt: Date { Date(moment: handle.issuedAt()) }
}

/// A key, and what it is trusted for. Every restriction is absent unless stated.
public struct TrustedKey: Hashable, Sendable {
	/// The name of the key: its RFC 7638 thumbprint.
	public let id: String
	/// The key, in PEM.
	public let pem: String
	/// The kinds of documents it may sign; `nil` for licenses, leases and status lists.
	public let documents: Set<DocumentKind>?
	/// The brands it may sign for; `nil` for any.
	public let brands: Set<String>?
	/// The products, by their own codes, that it may sign for; `nil` for any.
	public let products: Set<String>?
	/// Documents signed earlier are refused.
	public let notBefore: Date?
	/// Documents signed at or after it are refused.
	public let endsAt: Date?
	/// Whether the authority signs with it.
	public let state: State

	/// How the authority uses a key.
	public enum State: Hashable, Sendable {
		/// It signs with it.
		case active
		/// It will sign with it when the active one is lost.
		case standby
		/// It signs with it no more; what it signed still verifies.
		case retired
		/// Somebody else may sign with it: it verifies nothing.
		case revoked
	}

	init(_ key: CountersignGenerated.TrustedKey) {
		id = key.id
		pem = key.pem
		documents = key.documents.map { Set($0.map(DocumentKind.init)) }
		brands = key.brands.map(Set.init)
		products = key.products.map(Set.init)
		notBefore = key.notBefore.map(Date.init(moment:))
		endsAt = key.endsAt.map(Date.init(moment:))
		state =
			switch key.state {
			case .active: .active
			case .standby: .standby
			case .retired: .retired
			case .revoked: .revoked
			}
	}
}

/// A kind of document. The kind is part of the signed bytes, so a signature over one never verifies as
/// another.
public enum DocumentKind: Hashable, Sendable {
	/// The terms that a customer bought.
	case license
	/// Proof that an instance holds a seat.
	case lease
	/// The standing of every license of a brand.
	case statusList
	/// New keys in place of the ones a host trusts.
	case trustUpdate
	/// Reserved: keys that a brand passes on.
	case delegation

	/// The kind of document that a text says it is, armoured or bare. Nothing is verified.
	///
	/// - Throws: ``LicenseError``.
	public init(of text: String) throws {
		self.init(try calling { try documentKind(text: text.bounded) })
	}

	init(_ kind: Kind) {
		switch kind {
		case .license: self = .license
		case .lease: self = .lease
		case .statusList: self = .statusList
		case .trustUpdate: self = .trustUpdate
		case .delegation: self = .delegation
		}
	}
}
