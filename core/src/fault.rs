use std::fmt;

/// What is wrong in the bytes of a document, and where.
///
/// Its number is that of the list of refusals in docs/format.md, section 6.
#[derive(Clone, PartialEq, Eq)]
pub struct Fault(Box<Content>);

/// Boxed, so that what goes right does not carry the room for it around.
#[derive(Clone, PartialEq, Eq)]
struct Content {
    flaw: Flaw,
    at: String,
    reason: String,
}

impl Fault {
    #[cold]
    pub(crate) fn new(flaw: Flaw) -> Self {
        Self(Box::new(Content {
            flaw,
            at: String::new(),
            reason: String::new(),
        }))
    }

    /// A fault with a text that says more than its flaw does.
    #[cold]
    pub(crate) fn because(flaw: Flaw, reason: impl fmt::Display) -> Self {
        Self(Box::new(Content {
            flaw,
            at: String::new(),
            reason: reason.to_string(),
        }))
    }

    /// The same fault, seen from the object whose member `name` holds it.
    #[cold]
    pub(crate) fn within(mut self, name: &str) -> Self {
        let separator = if self.0.at.is_empty() || self.0.at.starts_with('[') {
            ""
        } else {
            "."
        };
        let visible = name.len() <= MAX_SHOWN && name.bytes().all(|byte| byte.is_ascii_graphic());
        let name = if visible { name } else { "?" };
        self.0.at = format!("{name}{separator}{}", self.0.at);
        self
    }

    /// The same fault, seen from the array whose element it lies in.
    #[cold]
    pub(crate) fn at_index(mut self, index: usize) -> Self {
        let separator = if self.0.at.is_empty() || self.0.at.starts_with('[') {
            ""
        } else {
            "."
        };
        self.0.at = format!("[{index}]{separator}{}", self.0.at);
        self
    }

    /// What is wrong with one key makes it a key that cannot be trusted, unless the bytes as a whole
    /// are no strict JSON.
    pub(crate) fn of_trust_key(mut self) -> Self {
        if self.0.flaw.number() < Flaw::WrongType.number() {
            return self;
        }
        if self.0.reason.is_empty() {
            self.0.reason = self.0.flaw.text().into();
        }
        self.0.flaw = Flaw::TrustKey;
        self
    }

    /// What is wrong.
    pub fn flaw(&self) -> Flaw {
        self.0.flaw
    }

    /// Where: a path such as `claims.domains[3]`, or the part of the text.
    pub fn at(&self) -> &str {
        &self.0.at
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.0.at.is_empty() {
            write!(f, "`{}`: ", self.0.at)?;
        }
        if self.0.reason.is_empty() {
            f.write_str(self.0.flaw.text())
        } else {
            f.write_str(&self.0.reason)
        }
    }
}

impl fmt::Debug for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}: {self}", self.0.flaw)
    }
}

macro_rules! flaws {
    ($($number:literal $name:ident $text:literal),* $(,)?) => {
        /// The ways in which the bytes of a document can be wrong.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[non_exhaustive]
        #[expect(missing_docs, reason = "docs/format.md, section 6, says what each is, by number")]
        pub enum Flaw {
            $($name = $number),*
        }

        impl Flaw {
            /// Its number in docs/format.md, section 6.
            pub fn number(self) -> u16 {
                self as u16
            }

            fn text(self) -> &'static str {
                match self {
                    $(Self::$name => $text),*
                }
            }
        }
    };
}

flaws! {
    1 TooLong "the text is longer than this kind of document may be",
    2 Empty "there is no document in the text",
    3 NotText "the bytes are not UTF-8",
    4 Label "the armour is not that of a document",
    5 Unclosed "the armour has no END line of the same label",
    6 ForeignCharacter "a character that no document holds",
    7 Parts "a document has three parts, separated by dots",
    8 NotBase64Url "not base64url without padding",
    9 PartLength "a length that base64url does not have, or nothing",
    10 TrailingBits "the unused trailing bits of base64url are not zero",
    11 SignatureLength "a signature is 64 bytes long",
    12 NotUtf8 "not UTF-8",
    13 Syntax "not JSON",
    14 Depth "nested deeper than 16",
    15 Duplicate "the member stands twice",
    16 Surrogate "a surrogate without its partner",
    17 Nul "NUL in a text",
    18 NotInteger "not an integer",
    19 Magnitude "a number beyond 2^53 - 1",
    20 WrongType "a value of another type is expected",
    21 HeaderMember "a header holds `alg`, `kid` and `typ` only",
    22 HeaderIncomplete "the header lacks the member",
    23 Algorithm "the algorithm is not EdDSA",
    24 KeyId "not the identifier of a key",
    30 Missing "required and missing",
    31 MomentRange "a moment outside 1970 to 9999",
    32 Range "a number outside the range of its claim",
    33 EmptyArray "an empty array",
    34 Text "a text that the claim cannot hold",
    35 EmptyWindow "`valid_until` is not after `valid_from`",
    36 GraceWithoutEnd "`grace` needs `valid_until`",
    37 RenewAfterEnd "`renew` is greater than `lease`",
    38 FreshnessWithoutStatus "`freshness` needs `status`",
    39 JwtWindow "a license has no `exp` and no `nbf`",
    40 MetaTooLong "`meta` is longer than 4096 bytes",
    41 MustAbsent "`must` names a claim that is not there",
    42 Version "written in a version that this reader does not know",
    43 MustUnknown "`must` names a claim that this reader does not know",
    44 UnknownMember "a member that this reader does not know",
    45 UnknownValue "a value that this reader does not know",
    46 Bits "a status list has 1, 2, 4 or 8 bits an entry",
    47 Inflate "the status list does not inflate",
    48 InflatesTooLong "the status list inflates past its limit",
    49 LeaseWindow "the lease ends or renews outside its own span",
    50 Nonce "not the base64url of 16 bytes",
    51 TrustKey "a key that cannot be trusted",
    52 NoTrustKey "no key is left that may sign the next trust update",
}

impl Flaw {
    /// Whether a newer reader might understand what this one does not.
    pub(crate) fn is_unsupported(self) -> bool {
        matches!(
            self,
            Self::Version | Self::MustUnknown | Self::UnknownMember | Self::UnknownValue
        )
    }
}

/// The longest name from outside that a text repeats, in bytes.
const MAX_SHOWN: usize = 64;
