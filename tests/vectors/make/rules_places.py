"""Product, terms, domain and address."""

from decision import denial, lease, row

SHOP = {"domains": ["example.com", "*.shop.example"]}
NET = {"addresses": ["10.0.0.0/8", "2001:db8::/32"]}
DEVELOPMENT = {"exempt": ["development"]}
UPDATE = {"purpose": "update", "released_at": "2025-01-01"}
SUPPORT = {"purpose": "support"}
NO_DOMAIN = denial("not_stated", fact="domain")
NO_ADDRESS = denial("not_stated", fact="address")
NOW = "2025-07-01"


def rows() -> list:
    return product() + terms() + domain() + address()


def product() -> list:
    wrong = denial("wrong_product", licensed="acme/editor")
    return [
        row("another_product_of_the_brand", NOW, run={"product": "acme/viewer"}, denials=[wrong]),
        row("another_product_for_update", NOW, run=UPDATE | {"product": "acme/viewer"}, denials=[wrong]),
        row("another_product_for_support", NOW, run=SUPPORT | {"product": "acme/viewer"}, denials=[wrong]),
        row("the_product_of_another_brand", NOW, run={"product": "globex/editor"}, denials=[wrong]),
        row("a_license_of_another_brand", NOW, terms={"iss": "globex"},
            denials=[denial("wrong_product", licensed="globex/editor")]),
        row("a_license_of_that_other_brand", NOW, terms={"iss": "globex"}, run={"product": "globex/editor"}),
        row("a_product_whose_code_begins_alike", NOW, run={"product": "acme/editor2"}, denials=[wrong]),
    ]


def terms() -> list:
    def superseded(newest: int, revision: int = 1) -> list:
        return [denial("license_superseded", revision=revision, newest=newest)]

    newer = lease(rev=2, exp="2025-07-20")
    seat = {"activation": {}}
    mine = {"instance": {"kind": "machine", "value": "m-1"}}
    return [
        row("a_higher_revision_was_seen", NOW, highest_revision=2, denials=superseded(2)),
        row("the_same_revision_was_seen", NOW, terms={"rev": 7}, highest_revision=7),
        row("a_lower_revision_was_seen", NOW, terms={"rev": 7}, highest_revision=6),
        row("a_higher_revision_for_update", NOW, run=UPDATE, highest_revision=2, denials=superseded(2)),
        row("a_higher_revision_for_support", NOW, run=SUPPORT, highest_revision=2, denials=superseded(2)),
        row("the_greatest_revision", NOW, highest_revision=4294967295, denials=superseded(4294967295)),
        row("superseded_by_a_lease", NOW, lease=newer, denials=superseded(2), why="Also where no seat is needed."),
        row("superseded_by_a_lease_for_support", NOW, lease=newer, run=SUPPORT, denials=superseded(2)),
        row("superseded_by_a_lease_that_has_ended", NOW, lease=lease(rev=2, renew_at="2025-06-29", exp="2025-06-30"), denials=superseded(2)),
        row("superseded_by_the_lease_of_another_instance", NOW, lease=newer | {"instance": {"kind": "machine", "value": "m-2"}},
            denials=superseded(2)),
        row("superseded_beside_a_good_seat", NOW, terms=seat, lease=lease(rev=3), run=mine, denials=superseded(3),
            until="2025-07-01T12:00:00", why="The lease is due for renewal."),
        row("a_lease_of_the_same_revision", NOW, terms={"rev": 2}, lease=newer),
        row("a_lease_of_a_lower_revision", NOW, terms={"rev": 3}, lease=newer),
        row("a_lease_of_another_license_supersedes_nothing", NOW, lease=newer | {"license": "lic-2"}),
        row("a_lease_of_another_product_supersedes_nothing", NOW, lease=newer | {"aud": "viewer"}),
        row("a_lease_of_another_brand_supersedes_nothing", NOW, lease=newer | {"iss": "globex"}),
        row("the_newest_is_the_hosts_memory", NOW, lease=newer, highest_revision=5, denials=superseded(5)),
        row("the_newest_is_the_leases", NOW, lease=newer | {"rev": 9}, highest_revision=5, denials=superseded(9)),
        row("superseded_by_memory_beside_a_foreign_lease", NOW, lease=newer | {"rev": 9, "license": "lic-2"}, highest_revision=5,
            denials=superseded(5)),
    ]


def domain() -> list:
    def elsewhere(name: str) -> list:
        return [denial("domain_not_licensed", domain=name)]

    open_shop = SHOP | DEVELOPMENT
    return [
        row("a_licensed_domain", NOW, terms=SHOP, run={"domain": "example.com"}),
        row("a_licensed_domain_with_www", NOW, terms=SHOP, run={"domain": "www.example.com"}),
        row("a_licensed_domain_out_of_a_url", NOW, terms=SHOP, run={"domain": "https://www.Example.com/app"}),
        row("a_domain_below_a_wildcard", NOW, terms=SHOP, run={"domain": "a.b.shop.example"}),
        row("the_domain_of_a_wildcard", NOW, terms=SHOP, run={"domain": "shop.example"}),
        row("a_domain_below_a_plain_one", NOW, terms=SHOP, run={"domain": "blog.example.com"}, denials=elsewhere("blog.example.com")),
        row("another_domain", NOW, terms=SHOP, run={"domain": "example.net"}, denials=elsewhere("example.net")),
        row("another_domain_in_normal_form", NOW, terms=SHOP, run={"domain": "http://WWW.B\u00fccher.example:8080/"},
            denials=elsewhere("xn--bcher-kva.example")),
        row("domain_not_stated", NOW, terms=SHOP, denials=[NO_DOMAIN]),
        row("domain_not_stated_beside_an_instance", NOW, terms=SHOP, run={"instance": {"kind": "domain", "value": "example.com"}},
            denials=[NO_DOMAIN], why="An instance states no domain."),
        row("any_domain_must_be_stated", NOW, terms={"domains": ["*"]}, denials=[NO_DOMAIN]),
        row("any_domain", NOW, terms={"domains": ["*"]}, run={"domain": "anything.at.all.example.net"}),
        row("no_domains_no_rule", NOW, run={"domain": "example.net"}),
        row("domain_does_not_apply_to_update", NOW, terms=SHOP, run=UPDATE | {"domain": "example.net"}),
        row("domain_does_not_apply_to_support", NOW, terms=SHOP, run=SUPPORT),
        row("localhost_is_not_exempt_by_itself", NOW, terms=SHOP, run={"domain": "localhost"}, denials=elsewhere("localhost")),
        row("exempt_localhost", NOW, terms=open_shop, run={"domain": "localhost"}),
        row("exempt_below_localhost", NOW, terms=open_shop, run={"domain": "app.localhost:3000"}),
        row("exempt_test", NOW, terms=open_shop, run={"domain": "shop.test"}),
        row("exempt_test_itself", NOW, terms=open_shop, run={"domain": "test"}),
        row("exempt_example", NOW, terms=open_shop, run={"domain": "a.b.example"}),
        row("exempt_invalid", NOW, terms=open_shop, run={"domain": "shop.invalid"}),
        row("exempt_local", NOW, terms=open_shop, run={"domain": "printer.local"}),
        row("exempt_internal", NOW, terms=open_shop, run={"domain": "ci.build.internal"}),
        row("exempt_internal_itself", NOW, terms=open_shop, run={"domain": "internal"}),
        row("dev_is_never_exempt", NOW, terms=open_shop, run={"domain": "shop.dev"}, denials=elsewhere("shop.dev")),
        row("app_is_never_exempt", NOW, terms=open_shop, run={"domain": "shop.app"}, denials=elsewhere("shop.app")),
        row("a_name_that_ends_alike_is_not_exempt", NOW, terms=open_shop, run={"domain": "mylocalhost"}, denials=elsewhere("mylocalhost")),
        row("localhost_in_front_is_not_exempt", NOW, terms=open_shop, run={"domain": "localhost.example.net"},
            denials=elsewhere("localhost.example.net")),
        row("exempt_must_be_stated", NOW, terms=open_shop, denials=[NO_DOMAIN]),
        row("an_exempt_domain_exempts_no_address", NOW, terms=open_shop | NET, run={"domain": "localhost", "address": "192.0.2.1"},
            denials=[denial("address_not_licensed", address="192.0.2.1")]),
    ]


def address() -> list:
    def elsewhere(where: str) -> list:
        return [denial("address_not_licensed", address=where)]

    closed = {"addresses": ["203.0.113.5"]}
    open_net = closed | DEVELOPMENT
    return [
        row("a_licensed_address", NOW, terms=NET, run={"address": "10.200.0.1"}),
        row("a_licensed_ipv6_address", NOW, terms=NET, run={"address": "2001:db8:ffff::1"}),
        row("a_licensed_address_mapped_to_ipv6", NOW, terms=NET, run={"address": "::ffff:10.200.0.1"}),
        row("another_address", NOW, terms=NET, run={"address": "11.0.0.0"}, denials=elsewhere("11.0.0.0")),
        row("another_ipv6_address", NOW, terms=NET, run={"address": "2001:DB9:0:0:0:0:0:1"}, denials=elsewhere("2001:db9::1"),
            why="The fact is in normal form."),
        row("another_mapped_address", NOW, terms=NET, run={"address": "::ffff:c000:201"}, denials=elsewhere("192.0.2.1")),
        row("address_not_stated", NOW, terms=NET, denials=[NO_ADDRESS]),
        row("address_not_stated_with_exemption", NOW, terms=open_net, denials=[NO_ADDRESS]),
        row("no_addresses_no_rule", NOW, run={"address": "192.0.2.1"}),
        row("address_does_not_apply_to_update", NOW, terms=NET, run=UPDATE),
        row("address_does_not_apply_to_support", NOW, terms=NET, run=SUPPORT | {"address": "192.0.2.1"}),
        row("private_is_not_exempt_by_itself", NOW, terms=closed, run={"address": "192.168.1.1"}, denials=elsewhere("192.168.1.1")),
        row("exempt_loopback", NOW, terms=open_net, run={"address": "127.8.9.1"}),
        row("exempt_ipv6_loopback", NOW, terms=open_net, run={"address": "::1"}),
        row("exempt_private_10", NOW, terms=open_net, run={"address": "10.255.255.255"}),
        row("exempt_private_172", NOW, terms=open_net, run={"address": "172.31.255.255"}),
        row("above_private_172", NOW, terms=open_net, run={"address": "172.32.0.0"}, denials=elsewhere("172.32.0.0")),
        row("below_private_172", NOW, terms=open_net, run={"address": "172.15.255.255"}, denials=elsewhere("172.15.255.255")),
        row("exempt_private_192", NOW, terms=open_net, run={"address": "192.168.0.0"}),
        row("above_private_192", NOW, terms=open_net, run={"address": "192.169.0.0"}, denials=elsewhere("192.169.0.0")),
        row("exempt_link_local", NOW, terms=open_net, run={"address": "169.254.0.1"}),
        row("exempt_ipv6_link_local", NOW, terms=open_net, run={"address": "fe80::1"}),
        row("exempt_unique_local_fc", NOW, terms=open_net, run={"address": "fc00::1"}),
        row("exempt_unique_local_fd", NOW, terms=open_net, run={"address": "fdff:ffff::1"}),
        row("above_unique_local", NOW, terms=open_net, run={"address": "fe00::1"}, denials=elsewhere("fe00::1")),
        row("exempt_private_mapped_to_ipv6", NOW, terms=open_net, run={"address": "::ffff:192.168.1.1"}),
        row("shared_address_space_is_not_exempt", NOW, terms=open_net, run={"address": "100.64.0.1"}, denials=elsewhere("100.64.0.1")),
        row("the_unspecified_address_is_not_exempt", NOW, terms=open_net, run={"address": "0.0.0.0"}, denials=elsewhere("0.0.0.0")),
        row("documentation_is_not_exempt", NOW, terms=open_net, run={"address": "2001:db8::1"}, denials=elsewhere("2001:db8::1")),
        row("an_exempt_address_exempts_no_domain", NOW, terms=open_net | SHOP, run={"domain": "example.net", "address": "127.0.0.1"},
            denials=[denial("domain_not_licensed", domain="example.net")]),
    ]
