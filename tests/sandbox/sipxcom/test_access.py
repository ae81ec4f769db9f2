"""Who may ask for what: Basic and Digest, challenges, roles, anonymous pictures."""

import base64
from datetime import timedelta

import httpx
import pytest

from apps.sandbox.sipxcom import SipxcomSandbox

from .conftest import MORNING, TLS, client


def test_without_credentials_the_challenge_is_digest(sipxcom: SipxcomSandbox) -> None:
    for path in ("/rest/user", "/api/phones", "/rest/my/time"):
        reply = client(sipxcom).get(path)
        assert reply.status_code == 401
        assert reply.headers["WWW-Authenticate"].startswith('Digest realm="campus.northline.example", qop="auth"')


def test_wrong_basic_is_challenged_with_basic(sipxcom: SipxcomSandbox) -> None:
    reply = client(sipxcom, "superadmin", "wrong").get("/rest/user")
    assert reply.status_code == 401
    assert reply.headers["WWW-Authenticate"].startswith("Basic ")


def test_digest_is_taken_too(sipxcom: SipxcomSandbox) -> None:
    me = sipxcom.credentials
    auth = httpx.DigestAuth(me["username"], me["password"])
    reply = httpx.get(f"{sipxcom.url}/sipxconfig/rest/user?page=1&pagesize=2", auth=auth, verify=TLS)
    assert reply.status_code == 200
    wrong = httpx.DigestAuth(me["username"], "wrong")
    assert httpx.get(f"{sipxcom.url}/sipxconfig/rest/user", auth=wrong, verify=TLS).status_code == 401


def test_a_nonce_lives_ten_seconds() -> None:
    moment = [MORNING]
    with SipxcomSandbox(clock=lambda: moment[0]) as sandbox:
        auth = httpx.DigestAuth(**sandbox.credentials)
        with httpx.Client(base_url=f"{sandbox.url}/sipxconfig", auth=auth, verify=TLS) as http:
            assert http.get("/rest/branch").status_code == 200
            moment[0] += timedelta(seconds=11)
            sent = http.get("/rest/branch")
    assert sent.status_code == 200
    assert 'stale="true"' in sent.history[0].headers["WWW-Authenticate"] if sent.history else True


def test_login_by_alias(sipxcom: SipxcomSandbox) -> None:
    password = sipxcom.other_credentials["password"]
    assert client(sipxcom, "mira.castellanos", password).get("/rest/my/keepalive").status_code == 200


def test_an_ordinary_user_has_only_what_is_theirs(mira: httpx.Client) -> None:
    assert mira.get("/rest/my/conferences").status_code == 200
    assert mira.put("/rest/call/102", content=b"x").status_code == 200
    for path in ("/rest/user", "/rest/branch/1", "/api/phones", "/api/callgroups", "/rest/erls", "/api/license"):
        assert mira.get(path).status_code == 403


def test_attendant_admins_lose_their_role_by_a_slash_or_a_query(mira: httpx.Client, sipxcom: SipxcomSandbox) -> None:
    for path in ("/rest/auto-attendant", "/rest/auto-attendant/specialmode"):
        assert mira.get(path).status_code == 200
        assert mira.get(f"{path}/").status_code == 403
        assert mira.get(f"{path}?x=1").status_code == 403
    assert mira.put("/rest/auto-attendant/operator/special", content=b"x").status_code == 204
    assert mira.put("/rest/auto-attendant/livemode/100", content=b"x").status_code == 403
    owen = sipxcom.system.user("102")
    assert owen
    assert client(sipxcom, "102", owen["pin"]).get("/rest/auto-attendant").status_code == 403


def test_pictures_want_no_login(sipxcom: SipxcomSandbox) -> None:
    anybody = client(sipxcom)
    default = anybody.get("/rest/avatar/101")
    assert (default.status_code, default.headers["Content-Type"]) == (200, "image/png")
    assert default.content.startswith(b"\x89PNG")
    assert anybody.get("/rest/avatar/101", headers={"Accept": "image/png"}).status_code == 406
    assert anybody.post("/rest/avatar/101").status_code == 417
    assert anybody.post("/rest/avatar/101", files={"f": ("a.png", b"\x89PNG new")}).status_code == 200
    assert anybody.get("/rest/avatar/101").content == b"\x89PNG new"


def test_options_is_answered_without_login(sipxcom: SipxcomSandbox) -> None:
    assert client(sipxcom).options("/rest/user").status_code == 200


@pytest.mark.parametrize("path", ["/rest/nosuch", "/api/nosuch", "/elsewhere"])
def test_unknown_addresses_are_pages(admin: httpx.Client, path: str) -> None:
    reply = admin.get(path)
    assert reply.status_code == 404
    assert reply.headers["Content-Type"].startswith("text/html")


def test_secrets_are_not_shown(sipxcom: SipxcomSandbox, mira: httpx.Client) -> None:
    mira.put("/rest/my/portal/password/Winter-horse-42", content=b"x")
    user = sipxcom.system.user("101")
    assert user
    assert user["pin"] == "Winter-horse-42"
    shown = httpx.get(f"{sipxcom.url}/_sandbox/state", verify=TLS).text
    shown += httpx.get(f"{sipxcom.url}/_sandbox/requests", verify=TLS).text
    secrets = [row[name] for row in sipxcom.system.rows("user") for name in ("pin", "sipPassword")]
    stored = [
        value for values in sipxcom.system.table("value").values() for path, value in values.items() if "password" in path
    ]
    assert stored
    for secret in [*secrets, *stored, sipxcom.credentials["password"]]:
        assert secret not in shown
        assert base64.b64encode(secret.encode()).decode() not in shown
