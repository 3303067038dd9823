use serde_json::{Value, json};

use crate::harness::{App, Db};

#[test]
fn what_is_over_for_long_is_forgotten_and_nothing_else() {
    for db in [Db::Sqlite, Db::Postgres] {
        let app = App::start_at(db, "2026-01-01T00:00:00Z".parse().unwrap());
        let brand = app.brand("acme");
        let (key, id) = brand.provision(json!({"max_seats": 3, "activation": {"lease": 3600}}));
        let ask = |site: &str| {
            json!({
                "license_key": key,
                "instance_identifier": site,
                "nonce": "AAAAAAAAAAAAAAAAAAAAAA",
            })
        };
        let mut seats = Vec::new();
        for (site, time) in [
            ("a", "2026-01-01"),
            ("b", "2026-01-01"),
            ("c", "2026-05-31"),
        ] {
            app.set_time(&format!("{time}T00:00:00Z"));
            let site = format!("{site}.example.com");
            let made = app.product("/licenses/activate", &ask(&site));
            assert_eq!(made.status, 201, "{}", made.body);
            seats.push(made.text("activation_id"));
            if !site.starts_with('b') {
                let given = json!({"license_key": key, "instance_identifier": site});
                assert_eq!(app.product("/licenses/deactivate", &given).status, 200);
            }
        }
        let count = || app.rows("SELECT COUNT(*) FROM events WHERE created_at < 1777593600");
        let old = count()[0][0].parse::<u64>().unwrap();
        let prune = |more: &[&str]| -> Value {
            let arguments = [&["prune", "--older-than", "30", "--json"], more].concat();
            let (status, said) = app.command(&arguments);
            assert_eq!(status, Some(0), "{said}");
            serde_json::from_str(&said).unwrap()
        };
        let pruned = json!({"events": old, "activations": 1});
        assert_eq!(prune(&["--dry-run"]), pruned);
        assert_eq!(count()[0][0], old.to_string());
        assert_eq!(prune(&[]), pruned);
        assert_eq!(count(), [["0"]]);
        assert_eq!(prune(&[]), json!({"events": 0, "activations": 0}));
        let left = brand.get(&format!("/licenses/{id}/activations")).body;
        let left: Vec<&str> = left["activations"]
            .as_array()
            .unwrap()
            .iter()
            .map(|seat| seat["id"].as_str().unwrap())
            .collect();
        assert_eq!(left, [seats[2].as_str(), &seats[1]]);
        assert_eq!(brand.get(&format!("/licenses/{id}")).body["seats_used"], 1);
        assert_eq!(app.events("authority"), ["authority.pruned"]);
        let (status, said) = app.command(&["doctor"]);
        assert_eq!(status, Some(0), "{said}");
    }
}
