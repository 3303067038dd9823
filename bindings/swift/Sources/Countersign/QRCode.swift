internal import CountersignGenerated

/// A QR code of at most 2,953 bytes of text, for who carries it by the camera of a phone.
public struct QRCode: Sendable {
	private let handle: CountersignGenerated.Qr

	/// The code of a text, such as an activation request.
	///
	/// - Throws: ``QRCodeError`` where it is too long.
	public init(_ text: String) throws {
		handle = try calling { try CountersignGenerated.Qr(text: text.bounded) }
	}

	/// As an SVG document.
	public var svg: String { handle.toSvg() }
	/// For a terminal with a dark background: two rows of the code a line.
	public var terminal: String { handle.toTerminal() }
}

/// No QR code can be made of a text: it does not fit one.
public struct QRCodeError: CountersignError, Hashable {
	/// `too_long`.
	public let code: String
	/// What is wrong, in one line for people. It may change between versions.
	public let description: String

	init(_ error: CountersignGenerated.QrError) {
		switch error {
		case let .TooLong(code, text): (self.code, description) = (code, text)
		}
	}
}
