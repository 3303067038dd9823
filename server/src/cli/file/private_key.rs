//! Whether a file holds a private key, in any form in which one is kept, and however it was saved.

use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::path::Path;

/// Whether there is a private key anywhere in a file. A file that is not there holds none.
///
/// # Errors
///
/// If the file cannot be read, so that nobody knows.
pub(super) fn is_in(path: &Path) -> io::Result<bool> {
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
        Err(error) => return Err(error),
    };
    let mut reader = BufReader::with_capacity(CHUNK, file);
    let mut search = Search::default();
    loop {
        let chunk = reader.fill_buf()?;
        if chunk.is_empty() {
            return Ok(false);
        }
        if search.finds_in(chunk) {
            return Ok(true);
        }
        let read = chunk.len();
        reader.consume(read);
    }
}

/// A search through a file, a part after another.
#[derive(Default)]
struct Search {
    /// The end of what was read, in which a mark may have begun; nothing before the first part.
    rest: Option<Vec<u8>>,
    has_key_type: bool,
    has_private_part: bool,
}

impl Search {
    fn finds_in(&mut self, chunk: &[u8]) -> bool {
        let is_first = self.rest.is_none();
        if is_first && is_pkcs8(chunk) {
            return true;
        }
        let mut text = self.rest.take().unwrap_or_default();
        // Without NUL, UTF-16 is searched as well; without blanks, JSON however it is laid out.
        let marking = chunk
            .iter()
            .filter(|byte| !matches!(byte, 0 | b' ' | b'\t' | b'\r' | b'\n'));
        text.extend(marking);
        let holds = |mark: &[u8]| text.windows(mark.len()).any(|window| window == mark);
        let is_found = MARKS.iter().any(|mark| holds(mark));
        self.has_key_type |= holds(JWK_KEY_TYPE);
        self.has_private_part |= holds(JWK_PRIVATE_PART);
        text.drain(..text.len().saturating_sub(LONGEST_MARK));
        self.rest = Some(text);
        is_found || (self.has_key_type && self.has_private_part)
    }
}

/// Whether bytes begin as an Ed25519 key in PKCS #8 does, in DER (RFC 8410, section 7).
fn is_pkcs8(bytes: &[u8]) -> bool {
    matches!(
        bytes,
        [
            0x30,
            _,
            0x02,
            0x01,
            0x00 | 0x01,
            0x30,
            0x05,
            0x06,
            0x03,
            0x2b,
            0x65,
            0x70,
            ..
        ]
    )
}

/// The labels of PEM, of OpenSSH too, and how keys in PKCS #8 begin in base64.
const MARKS: [&[u8]; 4] = [
    b"PRIVATEKEY-----",
    b"MC4CAQAwBQYDK2Vw",
    b"MFECAQEwBQYDK2Vw",
    b"MFMCAQEwBQYDK2Vw",
];
/// The members of a JWK that holds a private key (RFC 8037, section 2).
const JWK_KEY_TYPE: &[u8] = b"\"kty\":";
const JWK_PRIVATE_PART: &[u8] = b"\"d\":\"";
/// At least as long as any mark, in bytes.
const LONGEST_MARK: usize = 16;
/// How much of a file is searched at once, in bytes.
const CHUNK: usize = 64 * 1024;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_private_key_is_found_in_every_form() {
        let pem = "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n";
        let utf16 = |text: &str, bytes: fn(u16) -> [u8; 2]| -> Vec<u8> {
            text.encode_utf16().flat_map(bytes).collect()
        };
        let jwk = r#"{"kty": "OKP", "crv": "Ed25519", "d" : "AAAA"}"#;
        let der = b"\x30\x2e\x02\x01\x00\x30\x05\x06\x03\x2b\x65\x70\x04\x22\x04\x20";
        let rows: [(Vec<u8>, bool); 11] = [
            (pem.into(), true),
            (utf16(pem, u16::to_le_bytes), true),
            (utf16(pem, u16::to_be_bytes), true),
            (format!("{}{pem}", " ".repeat(3 * CHUNK)).into(), true),
            (format!("{}{pem}", "a".repeat(CHUNK - 20)).into(), true),
            (jwk.into(), true),
            (format!("{}{jwk}", "a".repeat(CHUNK - 9)).into(), true),
            (der.into(), true),
            ("MC4CAQAwBQYDK2VwBCIEIA".into(), true),
            (r#"{"kty":"OKP","x":"d"}"#.into(), false),
            ("-----BEGIN PUBLIC KEY-----\nAAAA\n".into(), false),
        ];
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        for (content, expected) in rows {
            std::fs::write(&path, &content).unwrap();
            let shown = String::from_utf8_lossy(&content);
            assert_eq!(is_in(&path).unwrap(), expected, "{}", shown.trim_start());
        }
        assert!(!is_in(&folder.path().join("none")).unwrap());
    }
}
