from shipped import sdist, sdist_file, wheel  # noqa: F401 (fixtures)


def pytest_addoption(parser):
    parser.addoption(
        "--budget",
        type=float,
        default=1.0,
        metavar="TIMES",
        help="how much longer the tests of tests/trust may look for faults (30: a night)",
    )
