"""Rights on PostgreSQL: the role that the portal runs as reads and appends; only the tables' owner could do more."""

from django.db import DatabaseError, connection, transaction
from psycopg import sql

_TABLES = ("audit_auditentry", "audit_auditanchor")


class NotPossible(Exception):
    """The rights cannot be set; the message says why."""


def restrict(role: str) -> None:
    """Leave `role` reading and appending; entries then leave only through the function `audit_cut`.

    Run it as the owner of the tables. Raises NotPossible on another database, for an unknown role, and for the owner.
    """
    if connection.vendor != "postgresql":
        raise NotPossible("Only PostgreSQL has roles.")
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT tableowner FROM pg_tables WHERE tablename = %s", [_TABLES[0]])
            if role in {owner for (owner,) in cursor.fetchall()}:
                raise NotPossible(f"{role} owns the table. Let another role run the portal, and this one only migrate.")
            for statement in _statements():
                cursor.execute(sql.SQL(statement).format(role=sql.Identifier(role)))
    except DatabaseError as error:
        raise NotPossible(f"PostgreSQL refused: {str(error).strip().splitlines()[0]}.") from error


def _statements() -> list[str]:
    each = [
        statement.replace("TABLE_NAME", table)
        for table in _TABLES
        for statement in (
            "REVOKE ALL ON TABLE_NAME FROM PUBLIC",
            "REVOKE ALL ON TABLE_NAME FROM {role}",
            "GRANT SELECT, INSERT ON TABLE_NAME TO {role}",
        )
    ]
    door = ["REVOKE ALL ON FUNCTION audit_cut(bigint) FROM PUBLIC", "GRANT EXECUTE ON FUNCTION audit_cut(bigint) TO {role}"]
    return [*each, *door]
