//! What was handed to a decision and does not count in it, which an operator should know.

use countersign::{Lease, License, Purpose, Run, StatusList};

use crate::cli::file::Input;
use crate::cli::screen;

/// Says what of the documents and counts the decision does not look at. That they do not count is
/// docs/rules.md, section 1; whoever names a file expects that it does.
pub(super) fn warn(
    license: &License,
    run: &Run,
    statuses: Option<(&Input, &StatusList)>,
    lease: Option<(&Input, &Lease)>,
) {
    if let Some((file, list)) = statuses {
        warn_of_list(license, file, list);
    }
    if let Some((file, lease)) = lease {
        warn_of_lease(license, run, file, lease);
    }
    for name in run.counts.keys() {
        if !license.limits.contains_key(name) {
            screen::warn(format_args!(
                "`{name}` is no limit of the license: its count is not looked at"
            ));
        } else if run.purpose != Purpose::Run {
            screen::warn(format_args!(
                "the count of `{name}` is looked at for `--purpose run` only"
            ));
        }
    }
}

fn warn_of_list(license: &License, file: &Input, list: &StatusList) {
    let (uri, brand) = (&list.uri, &list.brand);
    match &license.status {
        None => screen::warn(format_args!(
            "{file} does not count: the license names no status list"
        )),
        Some(terms) if terms.uri != *uri => screen::warn(format_args!(
            "{file} does not count: it is the list `{uri}`, and the license names `{}`",
            terms.uri
        )),
        Some(_) if license.product.brand != *brand => screen::warn(format_args!(
            "{file} does not count: it is a list of `{brand}`, and the license is of `{}`",
            license.product.brand
        )),
        Some(_) => {}
    }
}

fn warn_of_lease(license: &License, run: &Run, file: &Input, lease: &Lease) {
    let is_of = lease.license_id == license.id && lease.product == license.product;
    if license.activation.is_some() && run.purpose == Purpose::Run {
        // Each way in which it is not the right one is a denial.
        return;
    }
    match is_of {
        false => screen::warn(format_args!(
            "{file} does not count: it is a lease of the license `{}` for `{}`",
            lease.license_id, lease.product
        )),
        true if license.activation.is_none() => screen::warn(format_args!(
            "{file} counts by its revision only: the license asks no run for a lease"
        )),
        true => screen::warn(format_args!(
            "{file} counts by its revision only: a seat is asked for with `--purpose run`"
        )),
    }
}
