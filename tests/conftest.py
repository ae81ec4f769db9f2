"""Fixtures that every test may use; each group has its own file under tests/fixtures."""

pytest_plugins = [
    "tests.fixtures.database",
    "tests.fixtures.people",
    "tests.fixtures.carrier",
    "tests.fixtures.browser",
    "tests.fixtures.processes",
    "tests.fixtures.report",
]
