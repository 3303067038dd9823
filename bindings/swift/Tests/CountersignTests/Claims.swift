import Countersign
import Foundation
import XCTest

/// The claims of documents as a vector states them, out of what the package says of each.
enum Claims {
	typealias Object = [String: JSON]

	/// As a vector states them. What the package has as a set is in the order of its texts, keys are in
	/// that of their names, and active is what a key is where nothing is stated.
	static func stated(_ claims: Object) -> Object {
		guard let keys = claims["keys"]?.list else {
			return claims
		}
		let normal = keys.compactMap(\.object).map { key in
			var key = key
			for name in ["documents", "brands", "products"] {
				key[name] = key[name]?.list.map { ordered($0.compactMap(\.text)) }
			}
			key["state"] = key["state"] == .text("active") ? nil : key["state"]
			return key
		}
		var claims = claims
		claims["keys"] = .list(normal.sorted { $0["kid"]!.text! < $1["kid"]!.text! }.map(JSON.object))
		return claims
	}

	/// Of a license. What it leaves out the package fills in; only where nothing is stated is that
	/// compared with the default of docs/format.md.
	static func of(_ license: License, as stated: Object) throws -> Object {
		XCTAssertEqual(try DocumentKind(of: license.text), .license)
		XCTAssertEqual(license.signedBy, try signer(of: license.text))
		XCTAssertEqual(license.updatesEnd, license.updatesUntil ?? license.validity.endsAt)
		XCTAssertEqual(license.supportEnd, license.supportUntil ?? license.validity.endsAt)
		var claims = product(license.product)
		claims["ver"] = .integer(1)
		claims["jti"] = .text(license.id)
		claims["sub"] = license.customer.map(JSON.text)
		claims["iat"] = seconds(license.issuedAt)
		claims["rev"] = .integer(license.revision)
		claims["valid_from"] = license.validity.startsAt.map(seconds)
		claims["valid_until"] = license.validity.endsAt.map(seconds)
		claims["grace"] = seconds(license.validity.grace)
		claims["updates_until"] = license.updatesUntil.map(seconds)
		claims["support_until"] = license.supportUntil.map(seconds)
		claims["type"] = license.label.map(JSON.text)
		claims["edition"] = license.edition.map(JSON.text)
		claims["domains"] = license.domains.map { .list($0.map(JSON.text)) }
		claims["addresses"] = license.addresses.map { .list($0.map(JSON.text)) }
		claims["exempt"] = ordered(
			license.exempt.map { exemption in
				switch exemption {
				case .development: "development"
				}
			})
		claims["seats"] = .object(seats(license.seats, as: stated["seats"]?.object ?? [:]))
		claims["activation"] = license.activation.map {
			.object(activation($0, as: stated["activation"]?.object ?? [:]))
		}
		claims["entitlements"] = .object(license.entitlements.mapValues(entitlement))
		claims["limits"] = .object(license.limits.mapValues(JSON.integer))
		claims["status"] = license.status.map {
			.object(["status_list": .object(["idx": .integer($0.index), "uri": .text($0.uri)])])
		}
		claims["freshness"] = license.status?.freshness.map(seconds)
		// Read by who verifies, and of no use to who holds the license.
		claims["must"] = stated["must"]
		claims["meta"] = .object(license.meta.mapValues(JSON.text))
		let defaults: Object = [
			"grace": .integer(0), "exempt": .list([]), "seats": .object([:]),
			"entitlements": .object([:]), "limits": .object([:]), "meta": .object([:]),
		]
		return claims.without(defaults, stated: stated)
	}

	static func of(_ lease: Lease) throws -> Object {
		XCTAssertEqual(try DocumentKind(of: lease.text), .lease)
		XCTAssertEqual(lease.signedBy, try signer(of: lease.text))
		let (kind, value) =
			switch lease.instance {
			case let .domain(value): ("domain", value)
			case let .host(value): ("host", value)
			case let .machine(value): ("machine", value)
			}
		var claims = product(lease.product)
		claims["ver"] = .integer(1)
		claims["jti"] = .text(lease.id)
		claims["activation"] = .text(lease.activationID)
		claims["license"] = .text(lease.licenseID)
		claims["rev"] = .integer(lease.revision)
		claims["instance"] = .object(["kind": .text(kind), "value": .text(value)])
		claims["iat"] = seconds(lease.issuedAt)
		claims["exp"] = seconds(lease.endsAt)
		claims["renew_at"] = seconds(lease.renewAt)
		claims["fence"] = .integer(lease.fence)
		claims["nonce"] = .text(lease.nonce)
		return claims
	}

	/// Of a list, with as many entries as are stated, and no further one.
	static func of(_ list: StatusList, as stated: Object) throws -> Object {
		XCTAssertEqual(try DocumentKind(of: list.text), .statusList)
		XCTAssertEqual(list.signedBy, try signer(of: list.text))
		let entries = stated["status_list"]?.object ?? [:]
		// Bits are how the entries are packed, which is of no use to who reads them.
		var read: Object = ["bits": entries["bits"] ?? .null]
		if let count = entries["count"]?.integer {
			let isWhole = list.entry(at: count - 1) != nil && list.entry(at: count) == nil
			read["count"] = isWhole ? .integer(count) : nil
		} else {
			let values = (0...).lazy.map { list.entry(at: $0) }.prefix { $0 != nil }
			read["values"] = .text(Data(values.map { UInt8($0!) }).base64EncodedString())
		}
		XCTAssertNil(list.entry(at: -1))
		var claims: Object = ["iss": .text(list.brand), "sub": .text(list.uri)]
		claims["iat"] = seconds(list.issuedAt)
		claims["status_list"] = .object(read)
		claims["exp"] = list.endsAt.map(seconds)
		claims["ttl"] = list.refreshAt.map { .integer(Int64($0.timeIntervalSince(list.issuedAt))) }
		return claims
	}

	static func of(_ update: TrustUpdate, signedAs text: String) throws -> Object {
		XCTAssertEqual(try DocumentKind(of: text), .trustUpdate)
		XCTAssertEqual(update.signedBy, try signer(of: text))
		return [
			"ver": .integer(1), "iss": .text(update.brand), "iat": seconds(update.issuedAt),
			"seq": .integer(update.sequence), "keys": .list(update.keys.map { .object(key($0)) }),
		]
	}

	private static func key(_ key: TrustedKey) -> Object {
		let lines = key.pem.split(separator: "\n").filter { !$0.hasPrefix("-") }
		let der = Data(base64Encoded: lines.joined()) ?? Data()
		var claims: Object = ["kty": .text("OKP"), "crv": .text("Ed25519"), "kid": .text(key.id)]
		claims["x"] = .text(
			der.suffix(32).base64EncodedString().replacing("+", with: "-").replacing("/", with: "_")
				.replacing("=", with: ""))
		claims["documents"] = key.documents.map { kinds in
			ordered(
				kinds.map { kind in
					switch kind {
					case .license: "license"
					case .lease: "lease"
					case .statusList: "statuslist"
					case .trustUpdate: "trust"
					case .delegation: "delegation"
					}
				})
		}
		claims["brands"] = key.brands.map(ordered)
		claims["products"] = key.products.map(ordered)
		claims["nbf"] = key.notBefore.map(seconds)
		claims["exp"] = key.endsAt.map(seconds)
		switch key.state {
		case .active: break
		case .standby: claims["state"] = .text("standby")
		case .retired: claims["state"] = .text("retired")
		case .revoked: claims["state"] = .text("revoked")
		}
		return claims
	}

	private static func seats(_ rule: SeatRule, as stated: Object) -> Object {
		var claims: Object = [:]
		claims["limit"] = rule.limit.map(JSON.integer)
		claims["handovers"] = rule.handovers.map(JSON.integer)
		claims["on_full"] =
			switch rule.onFull {
			case .refuse: .text("refuse")
			case .releaseOldest: .text("release_oldest")
			}
		claims["hold"] =
			switch rule.hold {
			case .untilReleased: .text("until_released")
			case .whileLeased: .text("while_leased")
			}
		let defaults: Object = ["on_full": .text("refuse"), "hold": .text("until_released")]
		return claims.without(defaults, stated: stated)
	}

	private static func activation(_ terms: ActivationTerms, as stated: Object) -> Object {
		let claims = ["lease": seconds(terms.lease), "renew": seconds(terms.renew)]
		let half = JSON.integer(terms.lease.components.seconds / 2)
		let defaults: Object = ["lease": .integer(7 * 24 * 60 * 60), "renew": half]
		return claims.without(defaults, stated: stated)
	}

	private static func entitlement(_ right: Entitlement) -> JSON {
		var claims: Object = [:]
		claims["until"] = right.until.map(seconds)
		claims["value"] = right.value.map(JSON.text)
		return .object(claims)
	}

	private static func product(_ product: String) -> Object {
		let parts = product.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
		return ["iss": .text(parts[0]), "aud": .text(parts[1])]
	}

	/// The key that the header of a bare document names.
	private static func signer(of text: String) throws -> String {
		struct Header: Decodable {
			let kid: String
		}
		var part = String(text.prefix { $0 != "." })
			.replacing("-", with: "+").replacing("_", with: "/")
		part += String(repeating: "=", count: (4 - part.utf8.count % 4) % 4)
		let header = try XCTUnwrap(Data(base64Encoded: part), text)
		return try JSONDecoder().decode(Header.self, from: header).kid
	}

	private static func ordered(_ texts: some Sequence<String>) -> JSON {
		.list(texts.sorted().map(JSON.text))
	}

	private static func seconds(_ date: Date) -> JSON {
		.integer(Int64(date.timeIntervalSince1970))
	}

	private static func seconds(_ length: Duration) -> JSON {
		XCTAssertEqual(length.components.attoseconds, 0)
		return .integer(length.components.seconds)
	}
}

extension [String: JSON] {
	/// Without what nobody stated and is the default.
	fileprivate func without(_ defaults: Self, stated: Self) -> Self {
		filter { name, value in stated[name] != nil || value != defaults[name] }
	}
}
