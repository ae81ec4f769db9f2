"""Keys are rotated while another process of the portal keeps reading with the list it was started with."""

import subprocess
import sys
import time

import pytest
from cryptography.fernet import Fernet
from django.conf import settings as configured

from apps.connections.models import Connection
from apps.connections.services import rotate_keys
from tests.fixtures.processes import environment

OLD, NEW = Fernet.generate_key().decode(), Fernet.generate_key().decode()
READER = """
import os, sys, time
import django
django.setup()
from apps.connections.models import Connection
end = time.monotonic() + 60
reads = 0
while time.monotonic() < end and not os.path.exists(sys.argv[1]):
    for connection in Connection.objects.all():
        assert connection.credentials.open() == {"token": "marker-" + connection.name}
    reads += 1
    if reads == 1:
        print("reading", flush=True)
print("read", reads, flush=True)
"""


@pytest.mark.django_db(transaction=True)
def test_a_process_with_the_old_order_reads_on_while_keys_are_rotated(settings, tmp_path):
    settings.CREDENTIAL_KEYS = [OLD]
    for number in range(30):
        name = f"c{number}"
        Connection.objects.create(
            name=name, vendor="carrier", base_url="http://127.0.0.1:1", credentials={"token": f"marker-{name}"}
        )
    stop = tmp_path / "stop"
    environ = environment(CREDENTIAL_KEYS=f"{OLD},{NEW}")
    reader = subprocess.Popen(
        [sys.executable, "-c", READER, str(stop)],
        env=environ, cwd=configured.BASE_DIR, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        assert reader.stdout.readline() == "reading\n"
        settings.CREDENTIAL_KEYS = [NEW, OLD]
        assert rotate_keys().rotated == 30
        time.sleep(0.3)  # some reads of what is rotated
    finally:
        stop.touch()
        out, err = reader.communicate(timeout=60)
    assert reader.returncode == 0, err
    assert int(out.split()[1]) > 1
    settings.CREDENTIAL_KEYS = [NEW]
    assert Connection.objects.get(name="c7").credentials.open() == {"token": "marker-c7"}
