"""A license file, read and decided about without any network: `python examples/offline.py [LICENSE [JWKS]]`."""

import sys
from datetime import datetime, timedelta, timezone
from pathlib import Path

import countersign

HERE = Path(__file__).parent


def main() -> None:
    file, keys = (Path(name) for name in (*sys.argv[1:], *DEFAULTS[len(sys.argv) - 1 :]))
    trust = countersign.TrustStore(keys.read_text())
    license = countersign.License.verify(file.read_bytes(), trust)
    print(f"{license.id} for {license.product}, signed {license.issued_at:%Y-%m-%d} by {license.signed_by}")

    show("a shop of the customer's", license.evaluate(countersign.Run(license.product, domain="https://shop.example.com/cart")))
    show("a shop of somebody else's", license.evaluate(countersign.Run(license.product, domain="shop.example.org")))
    show("no domain stated", license.evaluate(countersign.Run(license.product)))
    needs_more = countersign.Run("acme/viewer", domain="example.com", requires=["api"])
    show("another product, and a feature more", license.evaluate(needs_more))
    in_ten_years = datetime.now(timezone.utc) + timedelta(days=3650)
    show("in ten years", license.evaluate(countersign.Run(license.product, domain="example.com"), in_ten_years))

    # A hot path prepares the run once; after that it asks the clock, and the library once a second.
    check = license.prepare(countersign.Run(license.product, domain="example.com"))
    served = sum(check.allowed() for _ in range(100_000))
    print(f"{served} requests served, exports included: {check.entitled('export')}")


def show(case: str, decision: countersign.Decision) -> None:
    told = "; ".join(f"{denial.code}: {denial}" for denial in decision.denials)
    print(f"{case:<38} {'allowed' if decision else 'denied':<8} {told}")


DEFAULTS = (str(HERE / "editor.license"), str(HERE / "trust.jwks"))

if __name__ == "__main__":
    main()
