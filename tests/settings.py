"""Settings of the test run: the portal's own, less what would only make it slow or leave files behind."""

import os
import tempfile
from pathlib import Path

# One folder for each test process, so that any number of them run side by side.
_scratch = tempfile.TemporaryDirectory(prefix="patchbay-test-")
os.environ["PATCHBAY_DATA_DIR"] = _scratch.name
# Playwright's loop runs in the thread of the test, and Django takes that for an asynchronous caller.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
# Two test processes on one broker or cache must not take each other's wake-ups and values.
_name = f"{os.environ.get('TEST_RUN', os.getpid())}-{os.environ.get('PYTEST_XDIST_WORKER', 'main')}"
os.environ["CELERY_QUEUE"] = f"patchbay-test-{_name}"

# Tests of the second factor turn it on; all others sign in with a password alone.
os.environ["SECOND_FACTOR_ROLES"] = ""

from portal.settings import *  # noqa: E402, F403
from portal.settings import CACHES, DATA_DIR, DATABASES, STORAGES  # noqa: E402

assert Path(_scratch.name) == DATA_DIR

DATABASES["default"]["CONN_MAX_AGE"] = 0  # an idle connection would keep the test database from being dropped
CACHES["default"]["KEY_PREFIX"] = _name
# Hashing is slow on purpose; signing in a hundred times a run need not be.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
# Pages name static files as they are, so nothing must be collected first.
STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
WHITENOISE_AUTOREFRESH = True
