"""The canary: each credential and each secret parameter is a unique marker, and no marker may come out anywhere."""

import contextlib
import json
import logging
import traceback
from collections.abc import Callable
from typing import Any

import pytest

from apps.vendors.core.client import Client, Exchange
from apps.vendors.core.errors import VendorError
from apps.vendors.core.operation import Operation
from apps.vendors.core.params import Upload
from apps.vendors.core.redact import MASK, mask_names, mask_text, mask_values
from tests.vendors.cases import CONFIRMED, all_cases, all_operations, answer_of, minimal, run
from tests.vendors.conftest import credentials
from tests.vendors.wire import Answer, ReplyServer, drops, says

ClientOf = Callable[..., Client]


def _markers(client: Client) -> set[str]:
    secret = {param.name for param in client.vendor.fields if param.secret}
    return {value for name, value in credentials(client.vendor).items() if name in secret}


def _told(exchanges: list[Exchange]) -> str:
    return "\n".join(f"{x.params} {x.request} {x.reply} {x.error!r} {x.error}" for x in exchanges)


def _chain(error: BaseException) -> str:
    return "".join(traceback.format_exception(error)) + repr(error) + str(error) + repr(getattr(error, "__cause__", None))


def _with_canaries(operation: Operation) -> tuple[dict[str, Any], set[str]]:
    """The minimal call with every secret parameter given and marked; card numbers stay digits."""
    params, markers = minimal(operation), set()
    for param in operation.params:
        if param.secret:
            marker = {"card_number": "4929777766665555", "cvv": "7391"}.get(param.name, f"CANARY-{param.name}-8812")
            params[param.name] = marker
            markers.add(marker)
    return params, markers


@pytest.mark.parametrize("operation", all_operations(), ids=lambda op: f"{op.vendor}-{op.name}")
@pytest.mark.parametrize("fault", ["refused", "html", "half", "dropped", "nobody"])
def test_no_marker_comes_out(
    client_of: ClientOf,
    server: ReplyServer,
    exchanges: list[Exchange],
    caplog: pytest.LogCaptureFixture,
    operation: Operation,
    fault: str,
) -> None:
    caplog.set_level(logging.DEBUG)
    client = client_of(operation.vendor, **({"base_url": "http://127.0.0.1:9"} if fault == "nobody" else {}))
    params, markers = _with_canaries(operation)
    markers |= _markers(client)
    echo = " ".join(sorted(markers))
    answers: dict[str, Answer] = {
        "refused": says(json.dumps({"status": "404", "error": f"Invalid thing {echo}"}), status=404),
        "html": says(f"<h1>Warning</h1>{echo}", kind="text/html", status=500),
        "half": says(f'{{"error": "{echo}'),
        "dropped": drops,
        "nobody": says(""),
    }
    server.answer(answers[fault])
    with pytest.raises(VendorError) as caught:
        client.call(operation.name, params, confirmation=CONFIRMED)
    out = "\n".join(
        [_told(exchanges), _chain(caught.value), json.dumps(caught.value.as_dict()), caught.value.evidence, caplog.text]
    )
    assert [marker for marker in markers if marker in out] == []


@pytest.mark.parametrize(("operation", "case"), all_cases(), ids=lambda x: x["case"] if isinstance(x, dict) else x.name)
def test_no_marker_in_what_is_told_of_any_case(
    client_of: ClientOf, server: ReplyServer, exchanges: list[Exchange], operation: Operation, case: dict[str, Any]
) -> None:
    server.answer(answer_of(case))
    client = client_of(operation.vendor)
    with contextlib.suppress(VendorError):
        run(client, operation, case)
    markers = _markers(client) | {
        str(case["params"].get(p.name)) for p in operation.params if p.secret and p.name in case["params"]
    }
    told = _told(exchanges)
    assert [marker for marker in markers if marker in told] == []


def test_clients_and_endpoints_do_not_show_credentials(client_of: ClientOf) -> None:
    client = client_of("carrier")
    shown = f"{client!r} {client.endpoint!r} {client.__dict__!r}"
    assert not any(marker in shown for marker in _markers(client))


def test_mask_by_name_at_any_depth() -> None:
    data = {"Secret": "x", "rows": [{"pin": "1", "name": "n", "empty": {"pin": ""}}]}
    assert mask_names(data, frozenset({"secret", "pin"})) == {
        "Secret": MASK,
        "rows": [{"pin": MASK, "name": "n", "empty": {"pin": ""}}],
    }


def test_names_may_hold_a_star_and_doubles_by_position_are_masked() -> None:
    names = frozenset({"*password*", "pin"})
    rows = [{"0": "hunter22", "ex_WebPassword": "hunter22", "1": "7", "pin": "567", "2": "567", "dl_usepin": "on", "id": "7"}]
    (masked,) = mask_names(rows, names)
    assert masked == {**rows[0], "0": MASK, "ex_WebPassword": MASK, "pin": MASK, "2": MASK}
    told = mask_text('{"0": "hunter22", "ex_webpassword": "hunter22", "empty_password": null, "x": null', names, ())
    assert "hunter22" not in told
    assert told.endswith('"x": null')


def test_secrets_inside_a_parameter_are_masked(client_of: ClientOf, server: ReplyServer, exchanges: list[Exchange]) -> None:
    server.answer(says("Refused: hunter22 is too short", kind="text/html"))
    given = {"tenant": "HARBOR", "id": "7", "jsondata": {"pin": "567", "password": "hunter22", "cr_name": "Rounds"}}
    client_of("mirta").call("conferences.change", given)
    told = _told(exchanges)
    assert "Rounds" in told
    assert [secret for secret in ("567", "hunter22") if secret in told] == []


def test_mask_by_value_in_every_spelling() -> None:
    secret = 'p ss"/+ä'
    text = f"plain {secret} query p+ss%22%2F%2B%C3%A4 path p%20ss%22%2F%2B%C3%A4 json {json.dumps(secret)[1:-1]}"
    assert mask_values(text, [secret]) == f"plain {MASK} query {MASK} path {MASK} json {MASK}"


def test_short_values_are_left_to_masking_by_name() -> None:
    assert mask_values("room 123", ["123"]) == "room 123"


@pytest.mark.parametrize(
    "body",
    ['{"secret": "abc", "x": 1', '{"secret":"abc"', "<a><secret>abc</secret></a>", '<a secret="abc"/>', '[{"secret": "abc"}]'],
)
def test_names_are_masked_in_broken_json_and_in_xml(body: str) -> None:
    assert "abc" not in mask_text(body, frozenset({"secret"}), ())


def test_uploads_are_told_by_name_and_size(client_of: ClientOf, server: ReplyServer, exchanges: list[Exchange]) -> None:
    operation = client_of("carrier").operation("porting.order")
    params = {**minimal(operation), "loa": Upload("loa.pdf", b"%PDF confidential signature")}
    server.answer(says('{"status": "200", "orderNo": "1"}'))
    client_of("carrier").call(operation.name, params, confirmation=CONFIRMED)
    assert exchanges[-1].params["loa"] == "loa.pdf (27 bytes)"
    assert "confidential" not in _told(exchanges)
