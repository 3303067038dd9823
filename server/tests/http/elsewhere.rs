//! What another process does to the database of a running authority.

use countersign_server::Database;

use crate::harness::App;

/// Writes as another process does, which says so where the database cannot tell.
pub fn write(app: &App, sql: &str) {
    match &app.database {
        Database::Sqlite(file) => {
            let turn = "UPDATE writers SET turns = turns + 1, writer = 0";
            let sql = format!("BEGIN IMMEDIATE; {sql}; {turn}; COMMIT");
            open(file).execute_batch(&sql).unwrap();
        }
        Database::Postgres(url) => connect(url).batch_execute(sql).unwrap(),
    }
}

/// The first column of every row, as text.
pub fn read(app: &App, sql: &str) -> Vec<String> {
    match &app.database {
        Database::Sqlite(file) => {
            let connection = open(file);
            let mut statement = connection.prepare(sql).unwrap();
            let rows = statement.query_map([], |row| row.get(0)).unwrap();
            rows.map(Result::unwrap).collect()
        }
        Database::Postgres(url) => {
            let rows = connect(url).query(sql, &[]).unwrap();
            rows.iter().map(|row| row.get(0)).collect()
        }
    }
}

/// Kinds of the events about a license, oldest first.
pub fn events(app: &App, license: &str) -> Vec<String> {
    let sql = format!("SELECT kind FROM events WHERE subject = '{license}' ORDER BY id");
    read(app, &sql)
}

/// Suspends a license.
pub fn suspend(app: &App, license: &str) {
    write(
        app,
        &format!("UPDATE licenses SET standing = 'suspended' WHERE id = '{license}'"),
    );
}

fn open(file: &std::path::Path) -> rusqlite::Connection {
    let connection = rusqlite::Connection::open(file).unwrap();
    connection
        .busy_timeout(std::time::Duration::from_secs(60))
        .unwrap();
    connection
}

fn connect(url: &str) -> ::postgres::Client {
    let mut client = ::postgres::Client::connect(url, ::postgres::NoTls).unwrap();
    client.batch_execute("SET countersign.brand = '*'").unwrap();
    client
}
