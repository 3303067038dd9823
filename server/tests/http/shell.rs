//! What surrounds the endpoints: ids, addresses, limits, headers, health.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use countersign_server::Options;
use serde_json::json;

use crate::harness::{App, Db, NOW, on_both};
use crate::postgres::pause;
use crate::rates::ask;

on_both!(
    who_supervises_learns_that_it_is_well,
    an_event_names_its_request,
);

fn who_supervises_learns_that_it_is_well(app: &App) {
    for path in ["/health", "/health/db", "/health/cache", "/ready"] {
        let answer = app.get(path, None);
        assert_eq!(answer.status, 200, "{path}");
        assert_eq!(answer.text("status"), "ok");
    }
}

#[test]
fn memory_that_counts_for_nothing_is_told_of() {
    let app = App::start(Db::Sqlite);
    app.damage("DROP TABLE writers");
    let answer = app.get("/health/cache", None);
    assert_eq!(answer.problem(), (503, "cache_unusable".to_owned()));
}

fn an_event_names_its_request(app: &App) {
    let (key, _) = app.brand("acme").provision(json!({}));
    let body = json!({"license_key": key, "instance_identifier": "a.example.com"}).to_string();
    let answer = raw(
        app,
        &format!(
            "POST /api/v1/product/licenses/activate HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\
             content-type: application/json\r\nx-request-id: shop-4711\r\ncontent-length: {}\r\n\r\n{body}",
            body.len(),
        ),
    );
    assert!(answer.starts_with("HTTP/1.1 201 "), "{answer}");
    assert!(
        answer.contains("\r\nx-request-id: shop-4711\r\n"),
        "{answer}"
    );
    let sql = "SELECT request_id FROM events WHERE kind = 'license.activated'";
    assert_eq!(app.query_text(sql), "shop-4711");
}

#[test]
fn a_body_that_is_too_long_or_too_slow_is_refused() {
    let options = Options {
        body_limit: 1000,
        ..Options::default()
    };
    let app = App::start_with(Db::Sqlite, NOW.parse().unwrap(), options);
    let long = json!({"license_key": "A".repeat(1000), "instance_identifier": "a.b"});
    let refused = app.product("/licenses/activate", &long);
    assert_eq!(refused.problem(), (413, "too_large".to_owned()));
    let options = Options {
        body_timeout: Duration::from_millis(50),
        ..Options::default()
    };
    let app = App::start_with(Db::Sqlite, NOW.parse().unwrap(), options);
    let answer = raw(
        &app,
        "POST /api/v1/product/licenses/activate HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\
         content-type: application/json\r\ncontent-length: 100\r\n\r\n{",
    );
    assert!(answer.starts_with("HTTP/1.1 408 "), "{answer}");
    assert!(answer.contains("\"code\":\"body_timeout\""), "{answer}");
}

#[test]
fn a_head_that_is_too_slow_or_too_long_ends_its_connection() {
    let options = Options {
        header_timeout: Duration::from_millis(50),
        ..Options::default()
    };
    let app = App::start_with(Db::Sqlite, NOW.parse().unwrap(), options);
    let answer = raw(&app, "GET /health HTTP/1.1\r\nhost: ");
    assert!(!answer.contains(" 200 "), "{answer}");
    let options = Options {
        header_limit: 8192,
        ..Options::default()
    };
    let app = App::start_with(Db::Sqlite, NOW.parse().unwrap(), options);
    let head = format!(
        "GET /health HTTP/1.1\r\nhost: a\r\nx-long: {}\r\n\r\n",
        "a".repeat(9000)
    );
    let answer = raw(&app, &head);
    assert!(answer.starts_with("HTTP/1.1 431 "), "{answer}");
}

/// Which HTTP it is to be is told by the first bytes, and they do not come.
#[test]
fn a_connection_that_says_nothing_ends() {
    let options = Options {
        header_timeout: Duration::from_millis(50),
        ..Options::default()
    };
    let app = App::start_with(Db::Sqlite, NOW.parse().unwrap(), options);
    for said in ["", "P", "PRI * HTTP/2.0\r\n\r\n"] {
        let mut stream = TcpStream::connect(app.url.trim_start_matches("http://")).unwrap();
        let patience = Some(Duration::from_secs(60));
        stream.set_read_timeout(patience).unwrap();
        stream.write_all(said.as_bytes()).unwrap();
        // What is read is the end, or that it was reset; and not that nothing came.
        match stream.read(&mut [0; 100]) {
            Ok(length) => assert_eq!(length, 0, "{said}"),
            Err(error) => assert_eq!(error.kind(), std::io::ErrorKind::ConnectionReset, "{said}"),
        }
    }
    // Who speaks in time is answered, which on a busy machine takes more than one try.
    let ask = "GET /health HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n";
    assert!((0..100).any(|_| raw(&app, ask).starts_with("HTTP/1.1 200 ")));
}

#[test]
fn an_address_has_so_many_connections_and_a_proxy_any_number() {
    for (proxies, answered) in [
        (vec![], false),
        (vec!["127.0.0.0/8".parse().unwrap()], true),
    ] {
        let options = Options {
            connections_per_address: 2,
            proxies,
            ..Options::default()
        };
        let app = App::start_with(Db::Sqlite, NOW.parse().unwrap(), options);
        let ask = "GET /health HTTP/1.1\r\nhost: a\r\n\r\n";
        let open = || {
            let mut stream = TcpStream::connect(app.url.trim_start_matches("http://")).unwrap();
            let _ = stream.write_all(ask.as_bytes());
            let mut first = [0; 12];
            let answered = stream.read_exact(&mut first).is_ok();
            (stream, answered)
        };
        let (one, two) = (open(), open());
        assert_eq!((one.1, two.1), (true, true));
        assert_eq!(open().1, answered);
        // One that ends makes room, once the server has noticed.
        drop(one);
        assert!((0..6000).any(|_| {
            pause(Duration::from_millis(10));
            open().1
        }));
    }
}

#[test]
fn scripts_of_other_sites_may_ask_only_where_they_are_named() {
    let ask = "GET /health HTTP/1.1\r\nhost: a\r\nconnection: close\r\norigin: https://shop.example\r\n\r\n";
    let allows = "access-control-allow-origin";
    let app = App::start(Db::Sqlite);
    let answer = raw(&app, ask);
    assert!(!answer.contains(allows), "{answer}");
    let options = Options {
        origins: vec!["https://shop.example".to_owned()],
        ..Options::default()
    };
    let app = App::start_with(Db::Sqlite, NOW.parse().unwrap(), options);
    let answer = raw(&app, ask);
    assert!(
        answer.contains(&format!("{allows}: https://shop.example\r\n")),
        "{answer}"
    );
    let answer = raw(&app, &ask.replace("shop.example", "evil.example"));
    assert!(!answer.contains(allows), "{answer}");
}

#[test]
fn every_answer_has_an_id_and_the_headers_that_protect() {
    let app = App::start(Db::Sqlite);
    for path in ["/health", "/nowhere", "/api/v1/brand/products", "/api/docs"] {
        let answer = app.get(path, None);
        for (name, value) in [
            ("x-content-type-options", "nosniff"),
            ("x-frame-options", "DENY"),
            ("referrer-policy", "no-referrer"),
            ("cache-control", "no-store"),
        ] {
            assert_eq!(answer.headers[name], value, "{path}");
        }
        let policy = answer.headers["content-security-policy"].to_str().unwrap();
        assert!(policy.starts_with("default-src 'none'; "), "{policy}");
        assert!(!answer.headers["x-request-id"].is_empty());
    }
}

#[test]
fn pages_name_only_assets_of_their_own() {
    let app = App::start(Db::Sqlite);
    for path in ["/api/docs", "/api/redoc"] {
        let page = app.get(path, None);
        let html = page.body.as_str().unwrap();
        let mut assets = 0;
        for part in html.split(['"', '\'']) {
            assert!(!part.contains("//"), "{part}");
            if part.starts_with("/api/assets/") {
                let asset = app.get_bytes(part);
                assert!(asset.len() > 100, "{part}");
                assets += 1;
            }
        }
        assert_eq!(assets, path.matches("docs").count() + 3, "{html}");
    }
}

#[test]
fn metrics_count_requests_by_route_and_name_nothing_of_them() {
    let app = App::start(Db::Sqlite);
    let (key, _) = app.brand("acme").provision(json!({}));
    assert_eq!(ask(&app, &key).status, 201);
    assert_eq!(app.get("/no/such/path/as-this", None).status, 404);
    let metrics = app.get("/metrics", None);
    let text = metrics.body.as_str().unwrap();
    for line in [
        "countersign_http_requests_total{method=\"POST\",route=\"/api/v1/product/licenses/activate\",status=\"201\"} 1\n",
        "countersign_http_requests_total{method=\"GET\",route=\"none\",status=\"404\"} 1\n",
        "countersign_seats_claimed_total 1\n",
        "countersign_store_queue_length{queue=\"write\"} 0\n",
    ] {
        assert!(text.contains(line), "{line} is not in\n{text}");
    }
    assert!(!text.contains("as-this") && !text.contains(&key));
}

#[test]
fn metrics_are_elsewhere_where_that_is_set() {
    let options = Options {
        metrics_listen: Some("127.0.0.1:0".parse().unwrap()),
        ..Options::default()
    };
    let app = App::start_with(Db::Sqlite, NOW.parse().unwrap(), options);
    assert_eq!(app.get("/metrics", None).status, 404);
    let address = app.metrics_address().unwrap();
    let answer = exchange(
        &address.to_string(),
        "GET /metrics HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n",
    );
    assert!(
        answer.contains("countersign_http_requests_total"),
        "{answer}"
    );
}

/// Sends bytes as they are; what comes back until the connection ends.
fn raw(app: &App, request: &str) -> String {
    exchange(app.url.trim_start_matches("http://"), request)
}

fn exchange(address: &str, request: &str) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    stream
        .set_read_timeout(Some(Duration::from_secs(60)))
        .unwrap();
    // What it is answered with says whether the server had left before.
    let _ = stream.write_all(request.as_bytes());
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    String::from_utf8_lossy(&answer).into_owned()
}
