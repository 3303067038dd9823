use countersign::Moment;

use crate::entropy;
use crate::store::Tx;
use crate::store::customers::Customer;

use super::Refusal;
use super::view::shown;

/// Finds the customer that an order is for, by e-mail address first and then by reference, or makes
/// one.
pub(super) fn find_or_make(
    tx: &mut dyn Tx,
    brand_id: &str,
    email: Option<&str>,
    reference: Option<&str>,
    now: Moment,
) -> Result<Customer, Refusal> {
    let email = email.map(parse_email).transpose()?;
    let reference = reference
        .map(|reference| shown(reference, "customer_reference"))
        .transpose()?;
    let found = match (&email, &reference) {
        (None, None) => {
            return Err(Refusal::field(
                "customer_email",
                "missing",
                "a customer is named by `customer_email` or `customer_reference`",
            ));
        }
        (Some(email), _) => Customer::by_email(tx, brand_id, email)?,
        (None, Some(reference)) => Customer::by_reference(tx, brand_id, reference)?,
    };
    if let Some(customer) = found {
        let other = reference.filter(|reference| {
            customer
                .reference
                .as_ref()
                .is_some_and(|known| known != reference)
        });
        return match other {
            None => Ok(customer),
            Some(_) => Err(Refusal::Conflict {
                code: "customer_mismatch",
                detail: "the customer of that address has another reference".to_owned(),
            }),
        };
    }
    let customer = Customer {
        id: entropy::id(now)?,
        brand_id: brand_id.to_owned(),
        email,
        reference,
        name: None,
        created_at: now,
    };
    match customer.insert(tx) {
        Err(crate::store::StoreError::Duplicate) => Err(Refusal::Conflict {
            code: "customer_mismatch",
            detail: "that reference belongs to a customer of another address".to_owned(),
        }),
        inserted => {
            inserted?;
            Ok(customer)
        }
    }
}

/// An e-mail address, as far as an authority can tell: something, one `@`, and something with no
/// blank (RFC 5321, section 4.5.3.1.3, for its length).
pub(super) fn parse_email(text: &str) -> Result<String, Refusal> {
    let text = text.trim();
    let is_fit = |part: &str| {
        !part.is_empty()
            && !part
                .chars()
                .any(|character| character.is_whitespace() || character.is_control())
    };
    match text.split_once('@') {
        Some((local, domain))
            if is_fit(local) && is_fit(domain) && !domain.contains('@') && text.len() <= 254 =>
        {
            Ok(text.to_owned())
        }
        _ => Err(Refusal::field(
            "customer_email",
            "invalid_email",
            "it is no e-mail address",
        )),
    }
}
