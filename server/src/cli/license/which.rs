use std::collections::BTreeSet;

use clap::{Args, ValueHint};
use countersign::{LicenseKey, Standing};

use crate::authority::{Actor, Authority, LicenseQuery, LicenseView, Refusal};
use crate::cli::error::Error;
use crate::cli::file::Input;
use crate::cli::resource::At;

/// Which license a command is about.
///
/// A license key never stands on a command line, where others could read it.
#[derive(Debug, Args)]
pub(crate) struct Which {
    #[command(flatten)]
    pub(crate) at: At,
    /// The id of the license.
    #[arg(value_name = "ID", required_unless_present = "license_key_file")]
    id: Option<String>,
    /// The file that holds its license key, in place of its id.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, conflicts_with = "id")]
    license_key_file: Option<Input>,
    /// Its product, by id or code, where the license key is for several.
    #[arg(long, value_name = "PRODUCT", requires = "license_key_file")]
    of_product: Option<String>,
}

/// A license that was named, before it is looked for.
#[derive(Debug)]
pub(crate) enum Named {
    Id(String),
    Key(LicenseKey, Option<String>),
}

impl Which {
    /// Reads what the flags name.
    ///
    /// # Errors
    ///
    /// [`Error::Read`] and [`Error::LicenseKey`].
    pub(crate) fn read(&self) -> Result<Named, Error> {
        match (&self.license_key_file, &self.id) {
            (Some(file), _) => Ok(Named::Key(read_key(file)?, self.of_product.clone())),
            (None, Some(id)) => Ok(Named::Id(id.clone())),
            // clap asks for one of the two.
            (None, None) => Ok(Named::Id(String::new())),
        }
    }
}

impl Named {
    /// The license.
    pub(crate) async fn find(
        self,
        authority: &Authority,
        actor: &Actor,
    ) -> Result<LicenseView, Refusal> {
        let (license_key, product) = match self {
            Self::Id(id) => return authority.license(actor, &id).await,
            Self::Key(license_key, product) => (license_key, product),
        };
        let query = LicenseQuery {
            license_key: Some(license_key),
            product,
            ..LicenseQuery::default()
        };
        let mut found = authority.licenses(actor, query).await?.licenses;
        let products: BTreeSet<_> = found.iter().map(|one| one.product.id.clone()).collect();
        if products.len() > 1 {
            let detail = "the license key is for several products; name one";
            return Err(Refusal::field("--of-product", "product_required", detail));
        }
        // Newest first: of a product that was sold again, the license that is not cancelled.
        let sold = found
            .iter()
            .position(|one| one.standing != Standing::Cancelled);
        found.truncate(sold.map_or(1, |place| place + 1));
        found.pop().ok_or(Refusal::NotFound {
            what: "license_key",
        })
    }
}

/// Reads a license key from a file, or from standard input.
pub(crate) fn read_key(file: &Input) -> Result<LicenseKey, Error> {
    let text = file.read_text(MAX_KEY_SIZE)?;
    text.trim().parse().map_err(|source| Error::LicenseKey {
        file: file.clone(),
        source,
    })
}

/// The longest file of a license key, in bytes: the key, and blanks around it.
const MAX_KEY_SIZE: usize = 4096;
