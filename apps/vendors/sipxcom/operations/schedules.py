"""Schedules: general ones, those of user groups and those of users."""

from typing import Any

from apps.vendors.core import replies
from apps.vendors.core.operation import Effect, Operation
from apps.vendors.sipxcom import readers
from apps.vendors.sipxcom.codec import as_json
from apps.vendors.sipxcom.operations.fields import API, MADE, choice, count, flag, number, record, rows_of, segment, text

AREA = "routing"
DAYS = "Monday|Tuesday|Wednesday|Thursday|Friday|Saturday|Sunday|Weekdays|Weekend|Every_day"
_SHARED: dict[str, Any] = {"area": AREA, "source": "Schedules", "base": API}
_ROW: dict[str, Any] = {"id": replies.text, "userId": replies.text, "groupId": replies.text}
_ROWS = replies.rows("schedules", required=("id",), **_ROW)
_ID = number("id", wire="scheduleId")
_USER = segment("user", "Internal id of the user.", wire="userId")
_MOMENT = "Milliseconds on 1970-01-01 in the server's zone: 54000000 is 15:00 where that is UTC."
_HOURS = (
    flag("enabled"),
    count("start", _MOMENT, minimum=None, required=True),
    count("stop", _MOMENT, minimum=None, required=True, also=("end",)),
    choice("day", DAYS, wire="scheduledDay", required=True),
)
_PERIODS = rows_of(
    "periods", *_HOURS, wire="workingTime", also=("periods",), required=True,
    encode=lambda periods: {"workingHours": [_period(period) for period in periods]},
)  # fmt: skip


def _period(period: dict) -> dict:
    return {"enabled": True, **{hour.wire: period[hour.name] for hour in _HOURS if hour.name in period}}


def _fields() -> tuple:
    return (
        text("name", required=True),
        text("description"),
        choice("type", "G|S|U", "G general, S of a user, U of a user group; G unless given."),
        count("user", "Id of the user it belongs to.", wire="userId", minimum=-1),
        count("group", "Id of the user group it belongs to.", wire="groupId", minimum=-1),
        _PERIODS,
    )


_BODY = as_json(start={"description": "", "type": "G", "userId": -1, "groupId": -1})

OPERATIONS: list[Operation] = [
    record("schedules.list", "GET /schedules/general", "List the general schedules", Effect.READ, returns=_ROWS, **_SHARED),
    # The server loses the group's id on its own route: all groups' schedules are read, and told apart by groupId.
    record(
        "schedules.of_groups", "GET /schedules/group/{groupId}", "List the schedules of all user groups", Effect.READ,
        at="/api/schedules/group", returns=_ROWS, **_SHARED,
    ),
    record(
        "schedules.of_user", "GET /schedules/user/{userId}/all", "List a user's schedules and those of the user's groups",
        Effect.READ, _USER, returns=_ROWS, **_SHARED,
    ),
    record(
        "schedules.personal", "GET /schedules/user/{userId}/personal", "List a user's own schedules", Effect.READ, _USER,
        returns=_ROWS, **_SHARED,
    ),
    record(
        "schedules.read", "GET /schedules/{scheduleId}", "Read a schedule", Effect.READ, _ID,
        returns=replies.obj(required=("id",), **_ROW), **_SHARED,
    ),
    record(
        "schedules.add", "POST /schedules/user/{userId}/personal", "Add a schedule", Effect.WRITE, *_fields(),
        at="/api/schedules", body=_BODY, read=readers.identifier, returns=MADE, outcome_from="schedules.list", **_SHARED,
    ),
    record(
        "schedules.change", "PUT /schedules/{scheduleId}", "Set a whole schedule", Effect.WRITE, _ID, *_fields(), body=_BODY,
        read=readers.identifier, returns=MADE, repeatable=True, outcome_from="schedules.read", **_SHARED,
    ),
    record(
        "schedules.remove", "DELETE /schedules/{scheduleId}", "Delete a schedule", Effect.DESTRUCTIVE, _ID,
        read=readers.nothing, outcome_from="schedules.list", **_SHARED,
    ),
    record(
        "schedules.periods.add", "POST /schedules/{scheduleId}/period/{index}", "Add a period to a schedule", Effect.WRITE, _ID,
        *_HOURS, at="/api/schedules/{scheduleId}/period", body=as_json(start={"enabled": True}), read=readers.acknowledged,
        outcome_from="schedules.read", **_SHARED,
    ),
    record(
        "schedules.periods.remove", "DELETE /schedules/{scheduleId}/period/{index}",
        "Delete a period. It works for the last of two only; set the whole schedule instead", Effect.DESTRUCTIVE, _ID,
        number("index", "From 1."), read=readers.acknowledged, outcome_from="schedules.read", **_SHARED,
    ),
]  # fmt: skip
