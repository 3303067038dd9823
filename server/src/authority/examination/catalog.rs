//! What brands sell: products, and bundles of them.

use std::collections::BTreeSet;

use crate::store::{Tx, inspection};

use super::super::{Refusal, Terms};
use super::Finding;

/// Whether the defaults of every product are terms that a license could have.
pub(super) fn defaults(tx: &mut dyn Tx) -> Result<Finding, Refusal> {
    let products = inspection::products(tx)?;
    let count = products.len();
    for product in products {
        let terms = Terms::from_stored(&product.contents).map_err(Refusal::from);
        if terms.and_then(|terms| terms.check()).is_err() {
            let (slug, id) = (product.slug, product.id);
            return Ok(Finding::wrong(
                "products",
                format!("the defaults of `{slug}` ({id}) are no terms of a license"),
                "restore the product's row from a backup: nothing is sold of it until then",
            ));
        }
    }
    Ok(Finding::fine(
        "products",
        format!("the defaults of {count} products read"),
    ))
}

/// Whether every bundle names products that there are, under a code of its own.
pub(super) fn bundles(tx: &mut dyn Tx) -> Result<Finding, Refusal> {
    let mut products = BTreeSet::new();
    for product in inspection::products(tx)? {
        products.insert((product.brand_id.clone(), product.id));
        products.insert((product.brand_id, product.slug));
    }
    let bundles = inspection::bundles(tx)?;
    let count = bundles.len();
    for bundle in bundles {
        let (id, slug) = (bundle.id, bundle.slug);
        let Ok(named) = serde_json::from_str::<Vec<String>>(&bundle.contents) else {
            return Ok(wrong(format!(
                "the products of `{slug}` ({id}) do not read"
            )));
        };
        let brand_id = bundle.brand_id;
        let is_missing = |name: &&String| !products.contains(&(brand_id.clone(), (*name).clone()));
        if let Some(missing) = named.iter().find(is_missing) {
            let detail = format!("`{slug}` ({id}) names a product that is not there: {missing}");
            return Ok(wrong(detail));
        }
        if products.contains(&(brand_id.clone(), slug.clone())) {
            return Ok(wrong(format!("`{slug}` ({id}) has the code of a product")));
        }
    }
    Ok(Finding::fine(
        "bundles",
        format!("{count} bundles name products that are there"),
    ))
}

fn wrong(detail: String) -> Finding {
    Finding::wrong(
        "bundles",
        detail,
        "delete the bundle, or make it anew with the products that it is to have",
    )
}
