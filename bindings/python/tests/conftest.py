import pytest
from authority import Authority


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    """An authority with a brand `acme` and its product `editor`."""
    authority = Authority(tmp_path_factory.mktemp("authority"))
    yield authority
    authority.stop()
