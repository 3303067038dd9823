internal import CountersignGenerated
import Foundation

/// How a client asks. Whatever is `nil` is as the client finds it fit.
public struct ClientSettings: Hashable, Sendable {
	/// How often a request is sent at most, the first time included; 3 unless stated.
	public var attempts: Int?
	/// The most that is waited before the second time, half a second unless stated; it doubles with
	/// each further one.
	public var firstWait: Duration?
	/// How long a call lasts at most, waits included; 30 seconds unless stated.
	public var giveUpAfter: Duration?
	/// How long a connection may take to come about; 10 seconds unless stated.
	public var connectWithin: Duration?
	/// Certificate authorities in PEM: these are trusted, and no others.
	public var onlyRoots: String?
	/// Certificates that are accepted, whoever signed them, and no others.
	public var pins: [Pin]
	/// What requests go through; `nil` for the proxy that the system names.
	public var proxy: Proxy?
	/// Asks without TLS at any address. License keys and leases can then be read on the way; a loopback
	/// address needs no such permission.
	public var insecureHTTP: Bool

	/// Settings of which nothing is set but what is stated.
	public init(
		attempts: Int? = nil, firstWait: Duration? = nil, giveUpAfter: Duration? = nil,
		connectWithin: Duration? = nil, onlyRoots: String? = nil, pins: [Pin] = [],
		proxy: Proxy? = nil, insecureHTTP: Bool = false
	) {
		self.attempts = attempts
		self.firstWait = firstWait
		self.giveUpAfter = giveUpAfter
		self.connectWithin = connectWithin
		self.onlyRoots = onlyRoots
		self.pins = pins
		self.proxy = proxy
		self.insecureHTTP = insecureHTTP
	}

	/// Names the one certificate that an authority shows.
	public enum Pin: Hashable, Sendable {
		/// By its public key, which stays the same where a certificate is renewed for the same key: the
		/// SHA-256 of the DER of `SubjectPublicKeyInfo`, 32 bytes.
		case publicKey(sha256: Data)
		/// By the certificate itself, as browsers show it: the SHA-256 of its DER, 32 bytes.
		case certificate(sha256: Data)
	}

	/// What requests go through.
	public enum Proxy: Hashable, Sendable {
		/// No proxy, whatever the system names.
		case direct
		/// One proxy, whatever the system names.
		case at(URL)
	}

	var lowered: CountersignGenerated.ClientSettings {
		get throws {
			CountersignGenerated.ClientSettings(
				attempts: attempts.map(Int32.init(clamping:)), firstWait: try firstWait?.length,
				giveUpAfter: try giveUpAfter?.length, connectWithin: try connectWithin?.length,
				onlyRoots: onlyRoots?.bounded, pins: pins.map(\.lowered), proxy: proxy?.lowered,
				insecureHttp: insecureHTTP)
		}
	}
}

extension ClientSettings.Proxy: CustomStringConvertible, CustomReflectable {
	/// Whether there is one; not its address, which may hold a password.
	public var description: String {
		switch self {
		case .direct: "direct"
		case .at: "at"
		}
	}
	/// As `description`.
	public var customMirror: Mirror { Mirror(self, children: []) }
}

extension ClientSettings.Pin {
	fileprivate var lowered: CountersignGenerated.Pin {
		switch self {
		case let .publicKey(sha256): .publicKey(sha256: sha256.bounded)
		case let .certificate(sha256): .certificate(sha256: sha256.bounded)
		}
	}
}

extension ClientSettings.Proxy {
	fileprivate var lowered: CountersignGenerated.Proxy {
		switch self {
		case .direct: .direct
		case let .at(url): .at(url: url.absoluteString.bounded)
		}
	}
}

/// No client can be made of what was set.
public struct SettingsError: CountersignError, Hashable {
	/// The stable name of what is wrong, in snake case, the same in every language.
	public let code: String
	/// What is wrong, in one line for people. It may change between versions.
	public let description: String

	init(_ error: CountersignGenerated.SettingsError) {
		switch error {
		case let .Invalid(code, text): (self.code, description) = (code, text)
		}
	}
}
