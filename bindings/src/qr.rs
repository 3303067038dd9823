/// A QR code of at most 2,953 bytes of text, for who carries it by the camera of a phone.
#[derive(Debug, uniffi::Object)]
pub struct Qr(countersign_client::Qr);

#[uniffi::export]
impl Qr {
    /// The code of a text, such as an activation request.
    #[uniffi::constructor]
    pub fn new(text: &str) -> Result<Self, QrError> {
        Ok(Self(countersign_client::Qr::of(text)?))
    }

    /// As an SVG document.
    pub fn to_svg(&self) -> String {
        self.0.to_svg()
    }

    /// For a terminal with a dark background: two rows of the code a line.
    pub fn to_terminal(&self) -> String {
        self.0.to_terminal()
    }
}

/// No QR code can be made of a text.
#[derive(Clone, Debug, thiserror::Error, uniffi::Error)]
pub enum QrError {
    /// It does not fit one.
    #[error("{text}")]
    TooLong {
        /// `too_long`.
        code: String,
        /// What is wrong, in one line for people.
        text: String,
    },
}

impl From<countersign_client::TooLong> for QrError {
    fn from(error: countersign_client::TooLong) -> Self {
        let (code, text) = ("too_long".into(), error.to_string());
        Self::TooLong { code, text }
    }
}
