"""Entitlements and limits."""

from decision import denial, notice, row

NOW = "2025-07-01"
UPDATE = {"purpose": "update", "released_at": "2025-01-01"}
SUPPORT = {"purpose": "support"}


def rows() -> list:
    return entitlements() + limits()


def missing(code: str) -> dict:
    return denial("entitlement_missing", entitlement=code)


def ended(code: str, ended_at: str) -> dict:
    return denial("entitlement_expired", entitlement=code, ended_at=ended_at)


def over(limit: str, allowed: int, count: int) -> list:
    return [denial("limit_exceeded", limit=limit, allowed=allowed, count=count)]


def near(limit: str, allowed: int, count: int) -> list:
    return [notice("limit_near", limit=limit, allowed=allowed, count=count)]


def entitlements() -> list:
    sync = {"entitlements": {"sync": {"until": "2025-09-01"}}}
    plain = {"entitlements": {"export": {}, "theme": {"value": "dark"}}}
    many = {"entitlements": {"a-b": {"until": "2025-01-02"}, "a0": {"until": "2025-01-03"}, "ab": {"until": "2025-01-04"}}}
    return [
        row("a_required_entitlement", NOW, terms=plain, run={"requires": ["export"]}, entitled={"export": True}),
        row("an_entitlement_with_a_value", NOW, terms=plain, run={"requires": ["theme"]}, entitled={"theme": True}),
        row("a_missing_entitlement", NOW, terms=plain, run={"requires": ["print"]}, denials=[missing("print")],
            entitled={"print": False, "export": False, "theme": False}, why="Denied, so entitled to nothing."),
        row("a_missing_entitlement_of_a_license_without_any", NOW, run={"requires": ["export"]}, denials=[missing("export")]),
        row("an_entitlement_that_is_not_required", NOW, terms=plain, entitled={"export": True, "print": False}),
        row("codes_are_compared_whole", NOW, terms=plain, run={"requires": ["exports"]}, denials=[missing("exports")]),
        row("one_second_before_an_entitlement_ends", "2025-08-31T23:59:59", terms=sync, run={"requires": ["sync"]}, until="2025-09-01",
            entitled={"sync": True}),
        row("at_the_end_of_an_entitlement", "2025-09-01", terms=sync, run={"requires": ["sync"]}, denials=[ended("sync", "2025-09-01")],
            entitled={"sync": False}),
        row("one_second_after_an_entitlement_ended", "2025-09-01T00:00:01", terms=sync, run={"requires": ["sync"]},
            denials=[ended("sync", "2025-09-01")]),
        row("an_entitlement_with_value_and_end", NOW, terms={"entitlements": {"plan": {"until": "2025-09-01", "value": "gold"}}},
            run={"requires": ["plan"]}, until="2025-09-01", entitled={"plan": True}),
        row("the_end_of_an_entitlement_not_required", "2025-08-01", terms=sync, until="2025-09-01", entitled={"sync": True}),
        row("an_ended_entitlement_not_required", "2025-09-01", terms=sync, entitled={"sync": False}),
        row("the_end_of_an_entitlement_beside_a_missing_one", NOW, terms=sync, run={"requires": ["print"]}, denials=[missing("print")],
            until="2025-09-01", entitled={"sync": False}, why="The end of any entitlement of the license counts."),
        row("entitlements_do_not_apply_to_update", NOW, terms=sync, run=UPDATE | {"requires": ["print"]}, until="2025-09-01",
            entitled={"sync": True, "print": False}, why="Not the rule: `entitled` changes."),
        row("entitlements_do_not_apply_to_support", "2025-09-02", terms=sync, run=SUPPORT | {"requires": ["sync"]}, entitled={"sync": False}),
        row("entitlements_report_in_byte_order", NOW, run={"requires": ["ab", "a_b", "a0", "a.b", "a-b"]},
            denials=[missing("a-b"), missing("a.b"), missing("a0"), missing("a_b"), missing("ab")]),
        row("ended_entitlements_report_in_byte_order", NOW, terms=many, run={"requires": ["ab", "a0", "a-b"]},
            denials=[ended("a-b", "2025-01-02"), ended("a0", "2025-01-03"), ended("ab", "2025-01-04")]),
        row("missing_and_ended_report_in_the_order_of_codes", NOW, terms=many, run={"requires": ["ab", "aa", "a0", "a1"]},
            denials=[ended("a0", "2025-01-03"), missing("a1"), missing("aa"), ended("ab", "2025-01-04")]),
        row("requires_nothing", NOW, terms=plain, run={"requires": []}, entitled={"export": True}),
        row("denied_by_another_rule_entitles_to_nothing", NOW, terms=plain | {"valid_until": "2025-06-01"},
            denials=[denial("expired", ended_at="2025-06-01")], entitled={"export": False}),
        row("grace_entitles", NOW, terms=plain | {"valid_until": "2025-06-30", "grace": 172800}, until="2025-07-02", entitled={"export": True},
            notices=[notice("in_grace_period", ended_at="2025-06-30", until="2025-07-02")]),
    ]


def limits() -> list:
    ten = {"limits": {"services": 10}}
    none = {"limits": {"services": 0}}
    huge = {"limits": {"requests_per_day": 9007199254740991}}
    two = {"limits": {"a-b": 10, "a0": 10, "ab": 10}}
    return [
        row("far_below_a_limit", NOW, terms=ten, run={"counts": {"services": 1}}),
        row("below_90_percent", NOW, terms=ten, run={"counts": {"services": 8}}),
        row("at_90_percent", NOW, terms=ten, run={"counts": {"services": 9}}, notices=near("services", 10, 9)),
        row("at_the_limit", NOW, terms=ten, run={"counts": {"services": 10}}, notices=near("services", 10, 10)),
        row("above_the_limit", NOW, terms=ten, run={"counts": {"services": 11}}, denials=over("services", 10, 11),
            why="limit_near stands up to the limit."),
        row("far_above_the_limit", NOW, terms=ten, run={"counts": {"services": 5000}}, denials=over("services", 10, 5000)),
        row("below_90_percent_of_3", NOW, terms={"limits": {"services": 3}}, run={"counts": {"services": 2}}),
        row("above_90_percent_of_3", NOW, terms={"limits": {"services": 3}}, run={"counts": {"services": 3}}, notices=near("services", 3, 3)),
        row("above_90_percent_of_11", NOW, terms={"limits": {"services": 11}}, run={"counts": {"services": 10}},
            notices=near("services", 11, 10)),
        row("below_90_percent_of_19", NOW, terms={"limits": {"services": 19}}, run={"counts": {"services": 17}},
            why="170 is below 171."),
        row("one_of_one", NOW, terms={"limits": {"services": 1}}, run={"counts": {"services": 1}}, notices=near("services", 1, 1)),
        row("none_of_none", NOW, terms=none, run={"counts": {"services": 0}}),
        row("one_of_none", NOW, terms=none, run={"counts": {"services": 1}}, denials=over("services", 0, 1)),
        row("none_of_ten", NOW, terms=ten, run={"counts": {"services": 0}}),
        row("the_greatest_limit_is_reached", NOW, terms=huge, run={"counts": {"requests_per_day": 9007199254740991}},
            notices=near("requests_per_day", 9007199254740991, 9007199254740991)),
        row("just_below_90_percent_of_the_greatest_limit", NOW, terms=huge, run={"counts": {"requests_per_day": 8106479329266891}}),
        row("just_above_90_percent_of_the_greatest_limit", NOW, terms=huge, run={"counts": {"requests_per_day": 8106479329266892}},
            notices=near("requests_per_day", 9007199254740991, 8106479329266892)),
        row("a_limit_without_a_count", NOW, terms=ten, run={"counts": {}}, why="The exception: it denies nothing."),
        row("limits_without_counts", NOW, terms=none),
        row("a_count_without_a_limit", NOW, terms=ten, run={"counts": {"seats": 1000}}),
        row("counts_of_a_license_without_limits", NOW, run={"counts": {"services": 1000}}),
        row("limits_do_not_apply_to_update", NOW, terms=ten, run=UPDATE | {"counts": {"services": 11}}),
        row("limits_do_not_apply_to_support", NOW, terms=ten, run=SUPPORT | {"counts": {"services": 10}}),
        row("limits_report_in_byte_order", NOW, terms=two, run={"counts": {"ab": 11, "a0": 12, "a-b": 13}},
            denials=over("a-b", 10, 13) + over("a0", 10, 12) + over("ab", 10, 11)),
        row("near_limits_report_in_byte_order", NOW, terms=two, run={"counts": {"ab": 9, "a0": 1, "a-b": 10}},
            notices=near("a-b", 10, 10) + near("ab", 10, 9)),
        row("an_entitlement_is_no_limit", NOW, terms=ten | {"entitlements": {"services": {}}}, run={"requires": ["services"], "counts": {"services": 3}},
            entitled={"services": True}),
    ]
