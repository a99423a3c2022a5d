import os
import tempfile

import pytest
from browsers import open_browser
from shipped import sdist, sdist_file, wheel  # noqa: F401 (fixtures)

# Tests change a source and run it again within a second: the bytecode of the old one would pass for that of the new one.
os.environ["PYTHONDONTWRITEBYTECODE"] = "1"
# What never ends fails, and says where it stood. (Not in pyproject.toml, where a pytest without this plug-in does not know it.)
os.environ.setdefault("PYTEST_TIMEOUT", "600")
# What an earlier run has verified is nothing to a test.
_CACHE = tempfile.TemporaryDirectory(prefix="replay-cache-")
os.environ["XDG_CACHE_HOME"] = _CACHE.name


@pytest.fixture(scope="session")
def browser():
    """Chromium, one for all tests of a process. Those who use it are marked with `browsers.BROWSER`."""
    with open_browser() as browser:
        yield browser


def pytest_addoption(parser):
    parser.addoption(
        "--budget",
        type=float,
        default=1.0,
        metavar="TIMES",
        help="how much longer tests may look for faults (30: a night)",
    )


@pytest.fixture
def budget(request):
    """`budget(count)`: so many, and more with `--budget`."""
    times = request.config.getoption("--budget")
    return lambda count: max(1, round(count * times))
