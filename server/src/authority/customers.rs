use countersign::Moment;
use serde::{Deserialize, Serialize};

use crate::entropy;
use crate::store::customers::Customer;
use crate::store::{Change, Locked, StoreError, Tx};

use super::refusal::to_value;
use super::view::shown;
use super::{Actor, Authority, Idempotency, PageParams, Refusal, event, is_invisible, patch};

/// A customer to be made. An e-mail address or a reference is needed.
#[derive(Clone, Debug, Default, Deserialize, Serialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CustomerOrder {
    #[serde(default)]
    pub(crate) email: Option<String>,
    /// The brand's own name for the customer, which is signed into licenses.
    #[serde(default)]
    pub(crate) reference: Option<String>,
    /// What people call it.
    #[serde(default)]
    pub(crate) name: Option<String>,
}

/// A customer, as HTTP shows it.
#[derive(Clone, Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub(crate) struct CustomerView {
    pub(crate) id: String,
    pub(crate) email: Option<String>,
    pub(crate) reference: Option<String>,
    pub(crate) name: Option<String>,
    #[schema(value_type = String, format = DateTime)]
    pub(crate) created_at: Moment,
}

/// Customers, newest first.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct CustomerList {
    pub(crate) customers: Vec<CustomerView>,
    /// Where the next page begins; nothing at the end.
    pub(crate) next: Option<String>,
}

/// What is to change of a customer. What is not stated stays, and `null` takes away.
#[derive(Clone, Debug, Default, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CustomerPatch {
    #[serde(default, deserialize_with = "patch::stated")]
    #[schema(value_type = Option<String>)]
    pub(crate) email: Option<Option<String>>,
    #[serde(default, deserialize_with = "patch::stated")]
    #[schema(value_type = Option<String>)]
    pub(crate) reference: Option<Option<String>>,
    #[serde(default, deserialize_with = "patch::stated")]
    #[schema(value_type = Option<String>)]
    pub(crate) name: Option<Option<String>>,
}

impl From<Customer> for CustomerView {
    fn from(customer: Customer) -> Self {
        Self {
            id: customer.id,
            email: customer.email,
            reference: customer.reference,
            name: customer.name,
            created_at: customer.created_at,
        }
    }
}

impl Authority {
    /// Makes a customer of the actor's brand.
    pub(crate) async fn create_customer(
        &self,
        actor: &Actor,
        order: CustomerOrder,
        idempotency: Option<Idempotency>,
    ) -> Result<CustomerView, Refusal> {
        let brand_id = actor.brand()?.to_owned();
        let email = order.email.as_deref().map(email_of).transpose()?;
        let reference = order.reference.as_deref();
        let reference = reference
            .map(|text| reference_of(text, "reference"))
            .transpose()?;
        let name = text_of(order.name.as_deref(), "name")?;
        let (actor, now, scope) = (actor.clone(), self.now(), actor.scope());
        let use_case = move |tx: &mut dyn Tx| {
            let customer = Customer {
                id: entropy::id(now)?,
                brand_id: brand_id.clone(),
                email: email.clone(),
                reference: reference.clone(),
                name: name.clone(),
                created_at: now,
            };
            refuse_nameless(&customer)?;
            unless_taken(customer.insert(tx))?;
            recorded(tx, &actor, "customer.created", customer, now)
        };
        self.write_once(scope, "customers", idempotency, use_case)
            .await
    }

    /// The customers of the actor's brand; the one of an e-mail address, if one is stated, compared
    /// without case.
    pub(crate) async fn customers(
        &self,
        actor: &Actor,
        email: Option<&str>,
        params: &PageParams,
    ) -> Result<CustomerList, Refusal> {
        let brand_id = actor.brand()?.to_owned();
        let page = params.page()?;
        let email = email.map(email_of).transpose()?;
        let use_case = move |tx: &mut dyn Tx| {
            let rows = match &email {
                Some(email) => Vec::from_iter(Customer::by_email(tx, &brand_id, email)?),
                None => Customer::page(tx, &brand_id, &page)?,
            };
            let (rows, next) = page.cut(rows, |row| (row.created_at, &row.id));
            let customers = rows.into_iter().map(CustomerView::from).collect();
            Ok(CustomerList { customers, next })
        };
        self.inner.store.read(actor.scope(), use_case).await
    }

    /// A customer of the actor's brand, by id or reference.
    pub(crate) async fn customer(
        &self,
        actor: &Actor,
        name: &str,
    ) -> Result<CustomerView, Refusal> {
        let (brand_id, name) = (actor.brand()?.to_owned(), name.to_owned());
        let use_case = move |tx: &mut dyn Tx| find(tx, &brand_id, &name).map(CustomerView::from);
        self.inner.store.read(actor.scope(), use_case).await
    }

    /// Changes a customer. The reference in licenses that exist stays as it was signed.
    pub(crate) async fn change_customer(
        &self,
        actor: &Actor,
        name: &str,
        patch: CustomerPatch,
    ) -> Result<CustomerView, Refusal> {
        let (brand_id, name) = (actor.brand()?.to_owned(), name.to_owned());
        let email = match &patch.email {
            Some(Some(text)) => Some(Some(email_of(text)?)),
            other => other.clone(),
        };
        let text = |stated: &Option<Option<String>>, field: &str| {
            let text = |stated: &Option<String>| text_of(stated.as_deref(), field);
            stated.as_ref().map(text).transpose()
        };
        let reference = match &patch.reference {
            Some(Some(text)) => Some(Some(reference_of(text, "reference")?)),
            other => other.clone(),
        };
        let shown_name = text(&patch.name, "name")?;
        let (actor, now, scope) = (actor.clone(), self.now(), actor.scope());
        let use_case = move |tx: &mut dyn Tx| {
            let mut customer = lock(tx, &brand_id, &name)?;
            let row: &mut Customer = &mut customer;
            for (member, stated) in [
                (&mut row.email, &email),
                (&mut row.reference, &reference),
                (&mut row.name, &shown_name),
            ] {
                if let Some(stated) = stated {
                    member.clone_from(stated);
                }
            }
            refuse_nameless(&customer)?;
            unless_taken(customer.update(tx))?;
            tx.note(Change::Brand(brand_id.clone()));
            recorded(tx, &actor, "customer.changed", customer.into_inner(), now)
        };
        self.inner.store.write(scope, use_case).await
    }

    /// Deletes a customer who has no licenses.
    pub(crate) async fn delete_customer(&self, actor: &Actor, name: &str) -> Result<(), Refusal> {
        let (brand_id, name) = (actor.brand()?.to_owned(), name.to_owned());
        let (actor, now, scope) = (actor.clone(), self.now(), actor.scope());
        let use_case = move |tx: &mut dyn Tx| {
            let customer = lock(tx, &brand_id, &name)?;
            if customer.is_in_use(tx)? {
                return Err(Refusal::in_use("the customer has licenses"));
            }
            customer.delete(tx)?;
            tx.note(Change::Brand(brand_id.clone()));
            recorded(tx, &actor, "customer.deleted", customer.into_inner(), now).map(|_| ())
        };
        self.inner.store.write(scope, use_case).await
    }
}

fn find(tx: &mut dyn Tx, brand_id: &str, name: &str) -> Result<Customer, Refusal> {
    Customer::by_name(tx, brand_id, name)?.ok_or(Refusal::NotFound { what: "customer" })
}

/// A customer that is to be written.
fn lock(tx: &mut dyn Tx, brand_id: &str, name: &str) -> Result<Locked<Customer>, Refusal> {
    let id = find(tx, brand_id, name)?.id;
    Customer::lock(tx, brand_id, &id)?.ok_or(Refusal::NotFound { what: "customer" })
}

fn recorded(
    tx: &mut dyn Tx,
    actor: &Actor,
    kind: &str,
    customer: Customer,
    now: Moment,
) -> Result<CustomerView, Refusal> {
    let brand_id = customer.brand_id.clone();
    let view = CustomerView::from(customer);
    let data = to_value(&view);
    event::record(tx, actor, Some(&brand_id), kind, &view.id, &data, now)?;
    Ok(view)
}

fn text_of(stated: Option<&str>, field: &str) -> Result<Option<String>, Refusal> {
    stated.map(|text| shown(text, field)).transpose()
}

/// A brand's own name for a customer: signed into licenses, which show it to people.
fn reference_of(text: &str, field: &str) -> Result<String, Refusal> {
    let text = shown(text, field)?;
    match text.chars().any(is_invisible) {
        true => Err(Refusal::field(
            field,
            "invalid_text",
            "it holds a character that hides or turns the text around it",
        )),
        false => Ok(text),
    }
}

/// An e-mail address in the member `email`.
fn email_of(text: &str) -> Result<String, Refusal> {
    parse_email(text)
        .map_err(|_| Refusal::field("email", "invalid_email", "it is no e-mail address"))
}

/// A customer is found by its address or its reference; one without either never would be.
fn refuse_nameless(customer: &Customer) -> Result<(), Refusal> {
    match (&customer.email, &customer.reference) {
        (None, None) => Err(Refusal::field(
            "email",
            "missing",
            "a customer has an `email` or a `reference`",
        )),
        _ => Ok(()),
    }
}

fn unless_taken(written: Result<(), StoreError>) -> Result<(), Refusal> {
    match written {
        Err(StoreError::Duplicate) => Err(Refusal::Conflict {
            code: "customer_exists",
            detail: "there is a customer of that address or reference".to_owned(),
        }),
        written => Ok(written?),
    }
}

/// Finds the customer that an order is for, by e-mail address first and then by reference, or makes
/// one.
pub(super) fn find_or_make(
    tx: &mut dyn Tx,
    actor: &Actor,
    brand_id: &str,
    email: Option<&str>,
    reference: Option<&str>,
    now: Moment,
) -> Result<Customer, Refusal> {
    let email = email.map(parse_email).transpose()?;
    let reference = reference
        .map(|reference| reference_of(reference, "customer_reference"))
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
    let Some(customer) = found else {
        refuse_taken(tx, brand_id, reference.as_deref())?;
        return make(tx, brand_id, email, reference, now);
    };
    match (&customer.reference, &reference) {
        (_, None) => Ok(customer),
        (Some(known), Some(stated)) if known == stated => Ok(customer),
        (Some(_), Some(_)) => Err(Refusal::Conflict {
            code: "customer_mismatch",
            detail: "the customer of that address has another reference".to_owned(),
        }),
        // What the brand calls a customer is learned when it first says so.
        (None, Some(_)) => {
            refuse_taken(tx, brand_id, reference.as_deref())?;
            let gone = || Refusal::Store(StoreError::Collision);
            let mut customer = Customer::lock(tx, brand_id, &customer.id)?.ok_or_else(gone)?;
            if customer.reference.is_some() {
                return Err(gone());
            }
            customer.reference = reference;
            unless_outrun(customer.update(tx))?;
            tx.note(Change::Brand(brand_id.to_owned()));
            let (kind, changed) = ("customer.changed", customer.clone().into_inner());
            recorded(tx, actor, kind, changed, now)?;
            Ok(customer.into_inner())
        }
    }
}

/// Refuses a reference that a customer of another address has.
fn refuse_taken(tx: &mut dyn Tx, brand_id: &str, reference: Option<&str>) -> Result<(), Refusal> {
    let Some(reference) = reference else {
        return Ok(());
    };
    match Customer::by_reference(tx, brand_id, reference)? {
        None => Ok(()),
        Some(_) => Err(Refusal::Conflict {
            code: "customer_mismatch",
            detail: "that reference belongs to a customer of another address".to_owned(),
        }),
    }
}

fn make(
    tx: &mut dyn Tx,
    brand_id: &str,
    email: Option<String>,
    reference: Option<String>,
    now: Moment,
) -> Result<Customer, Refusal> {
    let customer = Customer {
        id: entropy::id(now)?,
        brand_id: brand_id.to_owned(),
        email,
        reference,
        name: None,
        created_at: now,
    };
    unless_outrun(customer.insert(tx))?;
    Ok(customer)
}

/// Where somebody else has made or named the customer since, the next try finds it so.
fn unless_outrun(written: Result<(), StoreError>) -> Result<(), Refusal> {
    match written {
        Err(StoreError::Duplicate) => Err(StoreError::Collision.into()),
        written => Ok(written?),
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
