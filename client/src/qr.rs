//! Texts as QR codes, for who carries them by the camera of a phone.

use qrcode::render::{svg, unicode};
use qrcode::{EcLevel, QrCode};

/// A QR code of at most 2,953 bytes of text.
#[derive(Clone)]
pub struct Qr(QrCode);

impl Qr {
    /// The code of `text`, with the least correction of errors, so that the most fits in.
    ///
    /// # Errors
    ///
    /// [`TooLong`].
    pub fn of(text: &str) -> Result<Self, TooLong> {
        let code = QrCode::with_error_correction_level(text.as_bytes(), EcLevel::L);
        code.map(Self).map_err(|_| TooLong { bytes: text.len() })
    }

    /// For a terminal with a dark background: two rows of the code a line.
    pub fn to_terminal(&self) -> String {
        let mut image = self.0.render::<unicode::Dense1x2>();
        let (dark, light) = (unicode::Dense1x2::Light, unicode::Dense1x2::Dark);
        image.dark_color(dark).light_color(light).build()
    }

    /// As an SVG document.
    pub fn to_svg(&self) -> String {
        self.0.render::<svg::Color<'_>>().build()
    }
}

impl std::fmt::Debug for Qr {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Qr({} modules wide)", self.0.width())
    }
}

/// A text does not fit one QR code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{bytes} bytes do not fit one QR code of 2,953")]
pub struct TooLong {
    /// How long it is.
    pub bytes: usize,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_text_fits_and_no_longer_one() {
        assert!(Qr::of(&"a".repeat(2953)).is_ok());
        let refused = Qr::of(&"a".repeat(2954)).unwrap_err();
        assert_eq!(refused, TooLong { bytes: 2954 });
    }

    #[test]
    fn a_code_has_the_three_squares_that_a_camera_looks_for() {
        let qr = Qr::of("acme").unwrap();
        assert!(qr.to_svg().starts_with("<?xml"));
        // Of the smallest code: 21 modules and a margin of four on each side, two rows a line.
        let lines: Vec<usize> = qr
            .to_terminal()
            .lines()
            .map(|l| l.chars().count())
            .collect();
        assert_eq!(lines, [29; 15]);
    }
}
