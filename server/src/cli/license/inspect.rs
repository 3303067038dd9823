use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use clap::{Args, ValueHint};
use countersign::{
    Document, Error as DocumentError, Flaw, Issuable, KeyId, Kind, Lease, License, Signed, Status,
    StatusList, TrustStore, TrustUpdate,
};
use serde_json::{Value, json};

use super::claims_view;
use crate::cli::answer::Answer;
use crate::cli::error::Error;
use crate::cli::file::Input;
use crate::cli::screen::{BAD, FAINT, GOOD, NOTABLE, Visible};
use crate::cli::{key_file, screen};

/// `countersign license inspect`.
#[derive(Debug, Args)]
pub(crate) struct Inspect {
    /// The document.
    #[arg(value_hint = ValueHint::FilePath)]
    file: Input,
    /// What is trusted: a JWK set, or a public key as PEM or base64. Without it, anybody may have
    /// written what is printed. May be repeated.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    trust: Vec<Input>,
    /// Prints JSON on one line: `kid`, `kind`, `verified`, `claims`, and `error` where the document
    /// is not genuine.
    #[arg(long)]
    json: bool,
}

impl Inspect {
    pub(crate) fn run(self) -> Result<Answer, Error> {
        let seen = self.seen()?;
        let file = self.file.clone();
        let error = match &seen.standing {
            Standing::Refused(source) => Some(Error::Document {
                file,
                source: source.clone(),
            }),
            Standing::Verified | Standing::Unverified => None,
        };
        screen::print(&match self.json {
            true => seen.to_json(error.as_ref()),
            false => seen.to_text(),
        })?;
        // What was seen holds the error already.
        Ok(match error {
            Some(error) => {
                screen::complain(&error);
                Answer::NotGenuine
            }
            None => Answer::Done,
        })
    }

    fn seen(&self) -> Result<Seen, Error> {
        let trust = match self.trust.as_slice() {
            [] => None,
            files => Some(key_file::read_trust(files)?),
        };
        let bytes = self.file.read_document(Kind::StatusList.max_size())?;
        Seen::of(&bytes, trust.as_ref()).map_err(|source| Error::Document {
            file: self.file.clone(),
            source,
        })
    }
}

/// What can be seen of a document.
struct Seen {
    kind: Kind,
    key_id: KeyId,
    /// What it states, as far as that is strict JSON: all else would be a guess.
    claims: Option<Value>,
    standing: Standing,
}

/// What is known of who wrote a document.
enum Standing {
    /// Nothing was asked.
    Unverified,
    /// A trusted key has signed it.
    Verified,
    /// It is not genuine.
    Refused(DocumentError),
}

impl Seen {
    fn of(bytes: &[u8], trust: Option<&TrustStore>) -> Result<Self, DocumentError> {
        let Ok(text) = std::str::from_utf8(bytes) else {
            return Self::of_kind::<License>(bytes, trust);
        };
        match Kind::of(text)? {
            Kind::Lease => Self::of_kind::<Lease>(bytes, trust),
            Kind::StatusList => Self::of_kind::<StatusList>(bytes, trust),
            Kind::TrustUpdate => Self::of_kind::<TrustUpdate>(bytes, trust),
            // Reading one of another kind as a license says what it is instead.
            _ => Self::of_kind::<License>(bytes, trust),
        }
    }

    fn of_kind<D: Document>(
        bytes: &[u8],
        trust: Option<&TrustStore>,
    ) -> Result<Self, DocumentError> {
        let signed = Signed::<D>::parse_bytes(bytes)?;
        let fault = signed.check_claims().err();
        let is_strict = !fault.as_ref().is_some_and(is_of_json);
        let standing = match (trust.map(|trust| signed.verify(trust)), fault) {
            (None, None) => Standing::Unverified,
            (Some(Ok(_)), _) => Standing::Verified,
            (Some(Err(error)), _) | (None, Some(error)) => Standing::Refused(error),
        };
        // The one place that looks into a document before its signature is checked: for people,
        // and said to be so.
        let claims = signed.as_str().split('.').nth(1).filter(|_| is_strict);
        let claims = claims.and_then(|claims| URL_SAFE_NO_PAD.decode(claims).ok());
        Ok(Self {
            kind: Kind::of(signed.as_str())?,
            key_id: signed.key_id(),
            claims: claims.and_then(|claims| serde_json::from_slice(&claims).ok()),
            standing,
        })
    }

    fn to_json(&self, error: Option<&Error>) -> String {
        let verified = matches!(self.standing, Standing::Verified);
        let (kind, claims) = (self.kind.name(), json!(self.claims));
        let mut seen = format!(
            r#""kid":"{}","kind":"{kind}","verified":{verified},"claims":{claims}"#,
            self.key_id
        );
        if let Some(error) = error {
            seen.push_str(&format!(r#","error":{}"#, error.as_json_object()));
        }
        format!("{{{}}}\n", screen::escaped_json(&seen))
    }

    fn to_text(&self) -> String {
        let (style, word, why) = match &self.standing {
            Standing::Verified => (GOOD, "verified", String::new()),
            Standing::Unverified => (
                NOTABLE,
                "unverified",
                ": state `--trust` to know who signed it".to_owned(),
            ),
            Standing::Refused(error) => (BAD, "unverified", format!(": {error}")),
        };
        let why = Visible(&why);
        let mut facts = vec![
            ("kind", self.kind.to_string()),
            ("key id", self.key_id.to_string()),
        ];
        facts.extend(self.entries().map(|entries| ("entries", entries)));
        let mut text = format!("{style}{word}{style:#}{why}\n");
        for (name, fact) in facts {
            text.push_str(&format!("{FAINT}{name:7}{FAINT:#}  {fact}\n"));
        }
        if let Some(claims) = &self.claims {
            text.push_str(&claims_view::text(claims));
        }
        text
    }

    /// How many licenses a status list revokes and suspends, which its claims do not show.
    fn entries(&self) -> Option<String> {
        if self.kind != Kind::StatusList {
            return None;
        }
        let entries = StatusList::from_claims(self.claims.as_ref()?).ok()?.entries;
        let (mut revoked, mut suspended) = (0, 0);
        for status in (0..).map_while(|index| entries.get(index)) {
            match status {
                Status::Revoked => revoked += 1,
                Status::Suspended => suspended += 1,
                _ => {}
            }
        }
        let length = entries.len();
        Some(format!(
            "{length}: {revoked} revoked, {suspended} suspended"
        ))
    }
}

/// Whether the claims are refused as JSON, whatever they were to state.
fn is_of_json(error: &DocumentError) -> bool {
    let of_json = Flaw::NotUtf8.number()..=Flaw::Magnitude.number();
    error
        .refusal()
        .is_some_and(|number| of_json.contains(&number))
}

pub(super) const EXAMPLES: &str = "\
Examples:
  countersign license inspect acme.license
  countersign license inspect acme.license --trust trust.jwks --json";
