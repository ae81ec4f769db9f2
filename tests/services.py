"""`make test-services`: the suite on PostgreSQL with Redis, then what a broker has a part in once more with RabbitMQ.

A server that does not answer is no failure: what could not run is said, with the reason. Other servers are
named by TEST_POSTGRES, TEST_REDIS and TEST_RABBITMQ; their account must be able to create databases.
"""

import os
import subprocess
import sys
import time
from collections.abc import Callable
from urllib.parse import urlsplit

import kombu
import psycopg
import redis
from kombu.exceptions import KombuError
from psycopg import sql

POSTGRES = os.environ.get("TEST_POSTGRES", "postgres://postgres@127.0.0.1:5432")
REDIS = os.environ.get("TEST_REDIS", "redis://127.0.0.1:6379/15")
RABBITMQ = os.environ.get("TEST_RABBITMQ", "amqp://guest:guest@127.0.0.1:5672//")
PROCESSES = 4
# Drivers and sandboxes know no database and no broker, and screens look the same on each: `make test` has tested those.
NO_SERVICES = ("tests/vendors", "tests/sandbox", "tests/ui")
# What a broker has a part in: the second one is tried with these alone, unless other tests are named.
BROKERED = ("tests/jobs", "tests/changes", "tests/numbers", "tests/connections/test_rotation_running.py")
# Names what this run makes on the servers, so that it can be removed even after a crash.
RUN = f"services{os.getpid()}"


def main(arguments: list[str]) -> int:
    """Run pytest with `arguments` once for each broker and return 1 if one of the runs failed."""
    outcomes = []
    for name, url, probe, tidy in (
        ("Redis", REDIS, _probe_redis, _tidy_redis),
        ("RabbitMQ", RABBITMQ, _probe_rabbitmq, _tidy_rabbitmq),
    ):
        title = f"PostgreSQL with {name}"
        missing = _missing(f"PostgreSQL at {_place(POSTGRES)}", _probe_postgres) or _missing(f"{name} at {_place(url)}", probe)
        if missing:
            outcomes.append((0, f"SKIPPED {title}: {missing}"))
            continue
        print(f"== {title}", flush=True)
        start = time.monotonic()
        status = _suite(name, url, arguments)
        tidy()
        word = "passed" if status == 0 else f"FAILED (exit status {status})"
        outcomes.append((status, f"{title}: {word} in {time.monotonic() - start:.0f} s"))
    print("\n".join(line for _, line in outcomes))
    return int(any(status for status, _ in outcomes))


def _suite(name: str, broker: str, arguments: list[str]) -> int:
    environ = os.environ | {
        "DATABASE_URL": f"{POSTGRES}/{RUN}",
        "CELERY_BROKER_URL": broker,
        "TEST_RUN": RUN,
    }
    if name == "Redis":
        environ["CACHE_URL"] = broker
    left_out = [f"--ignore={folder}" for folder in NO_SERVICES]
    if name != "Redis" and not arguments:
        arguments = list(BROKERED)
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-n",
        "auto",
        "--maxprocesses",
        str(PROCESSES),
        "--dist",
        "worksteal",
        "-m",
        "not browser",
        *left_out,
        *arguments,
    ]
    try:
        return subprocess.run(command, env=environ, check=False).returncode
    finally:
        _tidy_postgres()


def _missing(what: str, probe: Callable[[], object]) -> str:
    """Return why `probe` failed in one line, or nothing."""
    try:
        probe()
    except (OSError, psycopg.Error, redis.RedisError, KombuError) as error:
        reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        return f"{what} does not answer ({reason})"
    return ""


def _place(url: str) -> str:
    at = urlsplit(url)
    return f"{at.hostname}:{at.port}"


def _probe_postgres() -> None:
    psycopg.connect(f"{POSTGRES}/postgres", connect_timeout=3).close()


def _probe_redis() -> None:
    with redis.Redis.from_url(REDIS, socket_connect_timeout=3) as client:
        client.ping()


def _probe_rabbitmq() -> None:
    with kombu.Connection(RABBITMQ, connect_timeout=3) as connection:
        connection.ensure_connection(max_retries=1, interval_start=0.2, timeout=5)


def _tidy_postgres() -> None:
    with psycopg.connect(f"{POSTGRES}/postgres", autocommit=True) as connection:
        pattern = f"test\\_{RUN}%"
        names = connection.execute("SELECT datname FROM pg_database WHERE datname LIKE %s", [pattern])
        for (name,) in names.fetchall():
            connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def _tidy_redis() -> None:
    with redis.Redis.from_url(REDIS) as client:
        for key in client.scan_iter(f"*{RUN}*"):
            client.delete(key)


def _tidy_rabbitmq() -> None:
    with kombu.Connection(RABBITMQ) as connection, connection.channel() as channel:
        for worker in ("main", *(f"gw{number}" for number in range(PROCESSES))):
            channel.queue_delete(f"patchbay-test-{RUN}-{worker}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
