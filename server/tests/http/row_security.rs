//! What PostgreSQL itself refuses, whatever the program asks.

use countersign_server::Database;
use postgres::{Client, NoTls};
use serde_json::json;

use crate::harness::{App, Db};

/// Every table with rows of brands, and the column that says whose they are.
const TABLES: [(&str, &str); 12] = [
    ("brands", "id"),
    ("signing_keys", "brand_id"),
    ("api_keys", "brand_id"),
    ("products", "brand_id"),
    ("bundles", "brand_id"),
    ("customers", "brand_id"),
    ("license_keys", "brand_id"),
    ("licenses", "brand_id"),
    ("activations", "brand_id"),
    ("status_entries", "brand_id"),
    ("events", "brand_id"),
    ("idempotency_keys", "brand_id"),
];

#[test]
fn a_transaction_for_one_brand_reaches_no_row_of_another() {
    let app = App::start(Db::Postgres);
    let [acme, other] = ["acme", "other"].map(|slug| filled(&app, slug));
    let mut client = connect(&app);
    for (table, column) in TABLES {
        let count = |client: &mut Client, brand: &str, scope: &str| -> i64 {
            let mut transaction = client.transaction().unwrap();
            set_brand(&mut transaction, scope);
            let sql = format!("SELECT COUNT(*) FROM {table} WHERE {column} = $1");
            transaction.query_one(&sql, &[&brand]).unwrap().get(0)
        };
        assert!(count(&mut client, &other, &other) > 0, "{table} is empty");
        assert_eq!(count(&mut client, &other, &acme), 0, "{table}");
        assert_eq!(count(&mut client, &other, ""), 0, "{table}");
        let sql = format!("SELECT COUNT(*) FROM {table}");
        let unset: i64 = client.query_one(&sql, &[]).unwrap().get(0);
        assert_eq!(unset, 0, "{table}");
    }
}

#[test]
fn a_transaction_for_one_brand_changes_no_row_of_another() {
    let app = App::start(Db::Postgres);
    let [acme, other] = ["acme", "other"].map(|slug| filled(&app, slug));
    let mut client = connect(&app);
    for (table, column) in TABLES {
        for sql in [
            format!("UPDATE {table} SET {column} = {column} WHERE {column} = $1"),
            format!("DELETE FROM {table} WHERE {column} = $1"),
        ] {
            let mut transaction = client.transaction().unwrap();
            set_brand(&mut transaction, &acme);
            assert_eq!(transaction.execute(&sql, &[&other]).unwrap(), 0, "{sql}");
        }
        // To give a row of its own away is to write one of another.
        let give = format!("UPDATE {table} SET {column} = $1");
        assert_refused(&mut client, &acme, &give, &other);
        let columns = columns_of(&mut client, table);
        let values = columns
            .iter()
            .map(|name| if name == column { "$1" } else { name.as_str() });
        let values = values.collect::<Vec<_>>().join(", ");
        let columns = columns.join(", ");
        let copy = format!("INSERT INTO {table} ({columns}) SELECT {values} FROM {table} LIMIT 1");
        assert_refused(&mut client, &acme, &copy, &other);
    }
}

#[test]
fn the_role_is_bound_by_the_rules() {
    let app = App::start(Db::Postgres);
    let mut client = connect(&app);
    let sql = "SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user";
    let is_free: bool = client.query_one(sql, &[]).unwrap().get(0);
    assert!(!is_free);
    let sql = "SELECT relname FROM pg_class JOIN pg_attribute ON attrelid = pg_class.oid \
        WHERE attname = 'brand_id' AND relkind = 'r' AND relnamespace = 'public'::regnamespace \
        AND NOT (relrowsecurity AND relforcerowsecurity)";
    let free: Vec<String> = client
        .query(sql, &[])
        .unwrap()
        .iter()
        .map(|row| row.get(0))
        .collect();
    assert_eq!(free, [""; 0]);
}

/// A brand with a row in every table; its id.
fn filled(app: &App, slug: &str) -> String {
    let brand = app.brand(slug);
    let suite = json!({"name": "Suite", "slug": "suite", "products": ["editor"]});
    assert_eq!(brand.post("/bundles", suite).status, 201);
    let (key, _) = brand.provision(json!({"max_seats": 2, "idempotency_key": "once"}));
    let ask = json!({"license_key": key, "instance_identifier": "a.example.com"});
    assert_eq!(app.product("/licenses/activate", &ask).status, 201);
    let path = format!("/api/v1/admin/brands/{slug}");
    app.get(&path, Some(&app.operator)).text("id")
}

fn connect(app: &App) -> Client {
    match &app.database {
        Database::Postgres(url) => Client::connect(url, NoTls).unwrap(),
        Database::Sqlite(_) => unreachable!("the test runs on PostgreSQL"),
    }
}

fn set_brand(transaction: &mut postgres::Transaction<'_>, brand: &str) {
    let sql = "SELECT set_config('countersign.brand', $1, true)";
    transaction.query_one(sql, &[&brand]).unwrap();
}

fn columns_of(client: &mut Client, table: &str) -> Vec<String> {
    let sql = "SELECT column_name::text FROM information_schema.columns \
        WHERE table_name = $1 ORDER BY ordinal_position";
    let rows = client.query(sql, &[&table]).unwrap();
    rows.iter().map(|row| row.get(0)).collect()
}

fn assert_refused(client: &mut Client, scope: &str, sql: &str, brand: &str) {
    let mut transaction = client.transaction().unwrap();
    set_brand(&mut transaction, scope);
    let error = transaction.execute(sql, &[&brand]).unwrap_err();
    let said = error.as_db_error().unwrap();
    assert!(
        said.message().contains("row-level security policy"),
        "{sql}: {}",
        said.message()
    );
}
