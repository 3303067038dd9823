use serde_json::json;

use crate::harness::{App, on_both};

on_both!(
    what_an_instance_states_again_is_kept,
    an_instance_takes_one_seat_however_often_it_asks,
    a_third_instance_is_refused_with_the_reason,
);

fn an_instance_takes_one_seat_however_often_it_asks(app: &App) {
    let (key, _) = app.brand("acme").provision(json!({"max_seats": 5}));
    let ask = json!({
        "license_key": key,
        "instance_identifier": "https://www.Example.com/app",
        "nonce": "AAAAAAAAAAAAAAAAAAAAAA",
    });
    let first = app.product("/licenses/activate", &ask);
    assert_eq!(first.status, 201, "{}", first.body);
    assert_eq!(first.body["seats_used"], 1);
    assert_eq!(first.body["seats_remaining"], 4);
    assert!(first.text("lease").contains('.'));
    let again = app.product("/licenses/activate", &ask);
    assert_eq!(again.status, 200);
    assert_eq!(again.body["activation_id"], first.body["activation_id"]);
    assert_eq!(again.body["seats_used"], 1);
}

fn a_third_instance_is_refused_with_the_reason(app: &App) {
    let (key, _) = app.brand("acme").provision(json!({"max_seats": 2}));
    for site in ["a.example.com", "b.example.com"] {
        let ask = json!({"license_key": key, "instance_identifier": site});
        assert_eq!(app.product("/licenses/activate", &ask).status, 201);
    }
    let ask = json!({"license_key": key, "instance_identifier": "c.example.com"});
    let refused = app.product("/licenses/activate", &ask);
    assert_eq!(refused.problem(), (422, "seat_limit_exceeded".to_owned()));
    assert_eq!(
        refused.body["denials"],
        json!([{"code": "seat_limit_exceeded", "limit": 2, "held": 2}])
    );
}

fn what_an_instance_states_again_is_kept(app: &App) {
    let brand = app.brand("acme");
    let (key, id) = brand.provision(json!({"max_seats": 2}));
    let activate = |stated: serde_json::Value| {
        let mut ask = json!({"license_key": key, "instance_identifier": "a.example.com"});
        ask.as_object_mut()
            .unwrap()
            .extend(stated.as_object().unwrap().clone());
        let status = app.product("/licenses/activate", &ask).status;
        let seats = brand.get(&format!("/licenses/{id}/activations")).body;
        let seat = &seats["activations"][0];
        (status, seat["address"].clone(), seat["metadata"].clone())
    };
    let first = activate(json!({"address": "192.0.2.1", "metadata": {"version": "1"}}));
    assert_eq!(first, (201, json!("192.0.2.1"), json!({"version": "1"})));
    let again = activate(json!({"metadata": {"version": "2"}}));
    assert_eq!(again, (200, json!("192.0.2.1"), json!({"version": "2"})));
    let again = activate(json!({"address": "192.0.2.2"}));
    assert_eq!(again, (200, json!("192.0.2.2"), json!({"version": "2"})));
    assert_eq!(activate(json!({})), again);
}
