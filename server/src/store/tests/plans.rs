//! How the databases find what lists show: by which index, and what they read in whole.

use countersign::Moment;
use countersign::protocol::LicenseStatus;

use super::super::licenses::LicenseFilter;
use super::*;

/// 50 brands of 8 products, 200 customers and 400 licenses each.
const ROWS: [&str; 5] = [
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 50) \
     INSERT INTO brands (id, slug, name, settings, created_at) \
     SELECT 'b' || i, 'brand-' || i, 'Brand', '{}', i FROM n",
    "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 399) \
     INSERT INTO products (id, brand_id, slug, name, key_prefix, active, defaults, created_at) \
     SELECT 'p' || i, 'b' || (i % 50 + 1), 'product-' || (i / 50), 'Product', 'AA', 1, '{}', i FROM n",
    "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 9999) \
     INSERT INTO customers (id, brand_id, email, email_folded, created_at) \
     SELECT 'c' || i, 'b' || (i % 50 + 1), 'c' || i || '@example.com', 'c' || i || '@example.com', i \
     FROM n",
    "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 19999) \
     INSERT INTO license_keys (id, brand_id, customer_id, hash, sealed, created_at) \
     SELECT 'k' || i, 'b' || (i % 50 + 1), 'c' || (i % 10000), CAST('k' || i AS BYTES), \
     CAST('' AS BYTES), i FROM n",
    "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 19999) \
     INSERT INTO licenses (id, brand_id, license_key_id, product_id, customer_id, standing, blocked, \
     document, revision, status_list, status_index, seats_held, fence, created_at) \
     SELECT 'l' || i, 'b' || (i % 50 + 1), 'k' || i, 'p' || (i % 400), 'c' || (i % 10000), 'active', \
     0, '', 1, 0, i, 0, 0, i FROM n",
];

/// Rows of a page: few of many, so that it pays to read them in order.
const PAGE: i64 = 11;

#[derive(Clone, Copy)]
enum Dialect {
    Sqlite,
    Postgres,
}

/// A store with many rows.
fn filled(dialect: Dialect) -> Opened {
    let opened = match dialect {
        Dialect::Sqlite => open(sqlite),
        Dialect::Postgres => open(postgres),
    };
    let fill = move |tx: &mut dyn Tx| {
        let bytes = match dialect {
            Dialect::Sqlite => "BLOB",
            Dialect::Postgres => "BYTEA",
        };
        for sql in ROWS {
            tx.execute(&sql.replace("BYTES", bytes), &[])?;
        }
        // PostgreSQL counts its rows by itself, in its own time; SQLite never does.
        if let Dialect::Postgres = dialect {
            for table in [
                "brands",
                "products",
                "customers",
                "license_keys",
                "licenses",
            ] {
                tx.execute(&format!("ANALYZE {table}"), &[])?;
            }
        }
        Ok(())
    };
    opened.write(fill).unwrap();
    opened
}

/// The plan of a list, one step a line.
fn plan(opened: &Opened, dialect: Dialect, filter: &LicenseFilter) -> String {
    let scope = match &filter.brand_id {
        Some(id) => Scope::Brand(id.clone()),
        None => Scope::All,
    };
    let filter = filter.clone();
    let explain = move |tx: &mut dyn Tx| {
        let (explain, column) = match dialect {
            Dialect::Sqlite => ("EXPLAIN QUERY PLAN", 3),
            Dialect::Postgres => ("EXPLAIN", 0),
        };
        let steps = filter.asked(PAGE, |sql, values| {
            let sql = format!("{explain} {sql}");
            tx.all(&sql, values, |row| row.get::<String>(column))
        });
        Ok(steps?.join("\n"))
    };
    let explained = opened.store.read(scope, explain);
    opened.runtime.block_on(explained).unwrap()
}

/// What is asked for, and the indexes that find it.
fn lists() -> Vec<(&'static str, LicenseFilter, &'static [&'static str])> {
    let all = LicenseFilter::default;
    let brand = || LicenseFilter {
        brand_id: Some("b7".to_owned()),
        ..all()
    };
    let email = Some("C6@Example.com".to_owned());
    let product = Some("product-3".to_owned());
    let search = Some("c6@".to_owned());
    let now: Moment = "2026-06-01T12:00:00Z".parse().unwrap();
    let after = Some((Moment::from_unix(15_000).unwrap(), "l15000".to_owned()));
    vec![
        ("a brand's", brand(), &["licenses_newest"]),
        (
            "a brand's, the next page",
            LicenseFilter { after, ..brand() },
            &["licenses_newest"],
        ),
        (
            "a brand's, those in force",
            LicenseFilter {
                status: Some((LicenseStatus::Valid, now)),
                ..brand()
            },
            &["licenses_newest"],
        ),
        (
            "a brand's, by e-mail",
            LicenseFilter {
                email: email.clone(),
                ..brand()
            },
            &["licenses_of_customer"],
        ),
        (
            "a brand's, by product",
            LicenseFilter {
                product: product.clone(),
                ..brand()
            },
            &["licenses_of_product"],
        ),
        (
            "a brand's, by license key",
            LicenseFilter {
                key_hash: Some(b"k6".to_vec()),
                ..brand()
            },
            &["licenses_of_key"],
        ),
        (
            "a brand's, searched",
            LicenseFilter {
                search: search.clone(),
                ..brand()
            },
            &["licenses_of_customer", "licenses_of_product"],
        ),
        ("all", all(), &["licenses_by_age"]),
        (
            "all, by e-mail",
            LicenseFilter { email, ..all() },
            &["customers_by_email", "licenses_of_customer"],
        ),
        (
            "all, by product",
            LicenseFilter { product, ..all() },
            &["products_by_slug", "licenses_of_product"],
        ),
        (
            "all, by license key",
            LicenseFilter {
                key_hash: Some(b"k6".to_vec()),
                ..all()
            },
            &["licenses_of_key"],
        ),
        (
            "all, searched",
            LicenseFilter { search, ..all() },
            &["licenses_of_customer", "licenses_of_product"],
        ),
    ]
}

#[test]
fn sqlite_finds_what_lists_show_by_an_index() {
    let opened = filled(Dialect::Sqlite);
    for (what, filter, indexes) in lists() {
        let plan = plan(&opened, Dialect::Sqlite, &filter);
        for index in indexes {
            assert!(plan.contains(index), "{what}: {index} is not in\n{plan}");
        }
        // Across brands all of them are read in the order in which they are shown, up to the page.
        let whole = plan.lines().filter(|step| step.starts_with("SCAN l"));
        for step in whole {
            assert_eq!(
                step, "SCAN l USING INDEX licenses_by_age",
                "{what}:\n{plan}"
            );
        }
        // The rows of the page are put in order once more, after what they hang on was joined.
        let sorts = plan.matches("USE TEMP B-TREE FOR ORDER BY").count() > 1;
        let names_what_has_few =
            filter.key_hash.is_some() || filter.email.is_some() || filter.search.is_some();
        let is_few = names_what_has_few || (filter.brand_id.is_none() && filter.product.is_some());
        assert!(is_few || !sorts, "{what}:\n{plan}");
        let searches_all = filter.brand_id.is_none() && filter.search.is_some();
        assert!(
            searches_all || !plan.contains("SCAN customers"),
            "{what}:\n{plan}"
        );
    }
}

#[test]
fn postgres_finds_what_lists_show_by_an_index() {
    let opened = filled(Dialect::Postgres);
    for (what, filter, indexes) in lists() {
        let plan = plan(&opened, Dialect::Postgres, &filter);
        // A table of a few pages is read whole, whatever indexes it has.
        let indexes = indexes.iter().filter(|name| **name != "products_by_slug");
        for index in indexes {
            assert!(plan.contains(index), "{what}: {index} is not in\n{plan}");
        }
        assert!(!plan.contains("Seq Scan on licenses"), "{what}:\n{plan}");
        let searches_all = filter.brand_id.is_none() && filter.search.is_some();
        assert!(
            searches_all || !plan.contains("Seq Scan on customers"),
            "{what}:\n{plan}"
        );
    }
}
