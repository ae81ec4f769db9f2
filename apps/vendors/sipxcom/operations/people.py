"""Users, user groups, the permissions of both, avatars, shared phone books."""

from typing import Any

from apps.vendors.core import replies
from apps.vendors.core.operation import Effect, Operation, exclusive
from apps.vendors.core.params import Param
from apps.vendors.sipxcom import readers
from apps.vendors.sipxcom.codec import as_xml
from apps.vendors.sipxcom.operations.fields import (
    PAGE_QUERY,
    PAGED,
    REST,
    WRITTEN,
    choice,
    each,
    listed,
    names,
    number,
    paging,
    plain,
    record,
    rows_of,
    secret,
    text,
    texts_in,
    within,
)

AREA = "extensions"
SECRETS = ("pin", "sipPassword")
USER_ROW: dict[str, Any] = {
    "id": replies.text, "groups": each(id=replies.text), "branch": within(id=replies.text), "aliases": texts_in,
}  # fmt: skip
GROUP_ROW: dict[str, Any] = {"id": replies.text, "branch": within(id=replies.text)}
SETTING_ROW: dict[str, Any] = {"id": replies.text, "permissions": each(defaultValue=replies.flag)}
_FILTERS = (
    number("branch", "Id of a branch: its users alone.", required=False, customer=True),
    names("ids", "Ids of users, parted by commas; one that is not there fails the whole call.", joined=True),
)
_FILTERED: dict[str, Any] = {"query": (*PAGE_QUERY, "branch", "ids"), "rules": (*PAGED, exclusive("branch", "ids"))}
_ROWS_OF_USERS = "Unfiltered, the server leaves its first user out."


def _user_fields() -> tuple[Param, ...]:
    return (
        text("username", "What is dialled.", wire="userName", also=("username",), required=True),
        text("last_name", wire="lastName"),
        text("first_name", wire="firstName"),
        secret("pin", "For the portal and voicemail; left out, it stays. A new user name needs a new one."),
        secret("sip_password", "Left out, it stays.", wire="sipPassword"),
        text("email", wire="emailAddress"),
        names("groups", "Ids of user groups. Left out: none.", each_as=lambda ref: {"id": ref}),
        number("branch", "Id of the branch. Left out: none.", required=False, encode=lambda ref: {"id": ref}),
        names("aliases", "Other names and numbers that ring the user. Left out: none.", each_as=lambda name: {"alias": name}),
    )


# The server fails where these two are missing; empty ones keep what there is.
_USER_BODY = as_xml("user", start={"pin": "", "sipPassword": ""}, groups="group", aliases="alias")
_GROUP_FIELDS = (
    text("name", required=True),
    text("description"),
    number("branch", "Id of the branch. Left out: none.", required=False, encode=lambda ref: {"id": ref}),
)
_GRANTS = rows_of(
    "permissions",
    text("name", "Name of the permission: a built-in one's label, or perm_ and a number.", required=True),
    choice("value", "ENABLE|DISABLE", required=True),
    required=True,
    help="Only those that are to change.",
)
_WRITTEN: dict[str, Any] = {"read": readers.envelope, "returns": WRITTEN}


def _users() -> list[Operation]:
    shared: dict[str, Any] = {"area": AREA, "source": "Users", "base": REST}
    return [
        record(
            "users.list", "GET /user", f"List the users. {_ROWS_OF_USERS}", Effect.READ,
            *paging("username|lastname|firstname"), *_FILTERS, read=readers.tree("user", lists="users|groups|aliases"),
            returns=listed("users", secrets=SECRETS, **USER_ROW), **_FILTERED, **shared,
        ),
        record(
            "users.read", "GET /user/{id}", "Read a user", Effect.READ, number("id"),
            read=readers.tree("user", lists="groups|aliases"),
            returns=replies.obj(required=("userName",), secrets=SECRETS, **USER_ROW), **shared,
        ),
        record(
            "users.change", "PUT /user/{id}", "Change a user; groups, branch and aliases that are left out are cleared",
            Effect.WRITE, number("id"), *_user_fields(), body=_USER_BODY, repeatable=True, outcome_from="users.read",
            **_WRITTEN, **shared,
        ),
        record(
            "users.add", "PUT /user", "Add a user", Effect.WRITE, *_user_fields(), body=_USER_BODY, outcome_from="users.list",
            **_WRITTEN, **shared,
        ),
        record(
            "users.remove", "DELETE /user/{id}", "Delete a user; superadmin is kept, and success told all the same",
            Effect.DESTRUCTIVE, number("id"), outcome_from="users.list", **_WRITTEN, **shared,
        ),
        record(
            "users.avatar", "GET /avatar/{user}", "Download a user's picture", Effect.READ, plain("user", "User name."),
            read=readers.download, returns=replies.file(), **shared,
        ),
    ]  # fmt: skip


def _user_permissions() -> list[Operation]:
    shared: dict[str, Any] = {"area": AREA, "source": "User permissions", "base": REST}
    return [
        record(
            "user_permissions.list", "GET /user-permission", f"List the users with their permissions. {_ROWS_OF_USERS}",
            Effect.READ, *paging("lastname|firstname"), *_FILTERS,
            read=readers.tree("user-permission", lists="users|permissions"), returns=listed("users", **SETTING_ROW),
            **_FILTERED, **shared,
        ),
        record(
            "user_permissions.read", "GET /user-permission{id}", "Read a user's permissions, the groups' counted in",
            Effect.READ, number("id", "Id of the user."), at="/rest/user-permission/{id}",
            read=readers.tree("user", lists="permissions"), returns=replies.obj(required=("id",), **SETTING_ROW), **shared,
        ),
        record(
            "user_permissions.change", "PUT /user-permission{id}", "Grant or take away permissions of a user", Effect.WRITE,
            number("id", "Id of the user."), _GRANTS, at="/rest/user-permission/{id}",
            body=as_xml("user", permissions="setting"), repeatable=True, outcome_from="user_permissions.read", **_WRITTEN,
            **shared,
        ),
    ]  # fmt: skip


def _user_groups() -> list[Operation]:
    shared: dict[str, Any] = {"area": AREA, "source": "User groups", "base": REST}
    rights: dict[str, Any] = {"area": AREA, "source": "User group permissions", "base": REST}
    return [
        record(
            "user_groups.list", "GET /user-group", "List the user groups", Effect.READ, *paging("name|description"),
            query=PAGE_QUERY, rules=PAGED, read=readers.tree("user-group", lists="groups"),
            returns=listed("groups", **GROUP_ROW), **shared,
        ),
        record(
            "user_groups.read", "GET /user-group/{id}", "Read a user group", Effect.READ, number("id"),
            read=readers.tree("group"), returns=replies.obj(required=("id",), **GROUP_ROW), **shared,
        ),
        record(
            "user_groups.change", "PUT /user-group/{id}", "Change a user group; a branch that is left out is cleared",
            Effect.WRITE, number("id"), *_GROUP_FIELDS, body=as_xml("group"), repeatable=True, outcome_from="user_groups.read",
            **_WRITTEN, **shared,
        ),
        record(
            "user_groups.add", "PUT /user-group", "Add a user group", Effect.WRITE, *_GROUP_FIELDS, body=as_xml("group"),
            outcome_from="user_groups.list", **_WRITTEN, **shared,
        ),
        record(
            "user_groups.remove", "DELETE /user-group/{id}", "Delete a user group", Effect.DESTRUCTIVE, number("id"),
            outcome_from="user_groups.list", **_WRITTEN, **shared,
        ),
        record(
            "user_group_permissions.list", "GET /user-group-permission", "List the user groups with their permissions",
            Effect.READ, *paging("name|description"), query=PAGE_QUERY, rules=PAGED,
            read=readers.tree("user-group-permission", lists="groups|permissions"), returns=listed("groups", **SETTING_ROW),
            **rights,
        ),
        record(
            "user_group_permissions.read", "GET /user-group-permission/{id}", "Read the permissions of a user group",
            Effect.READ, number("id", "Id of the group."), read=readers.tree("group", lists="permissions"),
            returns=replies.obj(required=("id",), **SETTING_ROW), **rights,
        ),
        record(
            "user_group_permissions.change", "PUT /user-group-permission/{id}",
            "Grant or take away permissions of a user group",
            Effect.WRITE, number("id", "Id of the group."), _GRANTS, body=as_xml("group", permissions="setting"),
            repeatable=True, outcome_from="user_group_permissions.read", **_WRITTEN, **rights,
        ),
    ]  # fmt: skip


def _phone_books() -> list[Operation]:
    shared: dict[str, Any] = {"area": AREA, "source": "Phonebook", "base": REST}
    return [
        record(
            "phone_books.list", "GET /phonebook", "List the shared phone books", Effect.READ,
            read=readers.tree("phonebooks", whole=True), returns=replies.rows(required=("name",)), **shared,
        ),
        record(
            "phone_books.read", "GET /phonebook/{name}", "Read a shared phone book", Effect.READ, plain("name"),
            read=readers.contacts, returns=replies.rows(), **shared,
        ),
    ]  # fmt: skip


OPERATIONS: list[Operation] = [
    *_users(),
    *_user_permissions(),
    *_user_groups(),
    *_phone_books(),
]
