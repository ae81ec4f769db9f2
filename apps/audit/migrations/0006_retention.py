"""The one door through which entries leave: what a signed anchor covers may be deleted, nothing else.

A role that may only read and insert (`manage.py audit restrict ROLE`) goes through the function `audit_cut`, which
acts with the rights of whoever migrated. The anchors are as append-only as the entries.
"""

from django.db import migrations

MESSAGE = "the audit log is append-only"
_COVERED = "(SELECT coalesce(max(through), 0) FROM audit_auditanchor)"
INSTALL = {
    "sqlite": [
        f"CREATE TRIGGER audit_no_update BEFORE UPDATE ON audit_auditentry BEGIN SELECT RAISE(ABORT, '{MESSAGE}'); END",
        f"CREATE TRIGGER audit_no_delete BEFORE DELETE ON audit_auditentry WHEN old.sequence > {_COVERED} "
        f"BEGIN SELECT RAISE(ABORT, '{MESSAGE}'); END",
        f"CREATE TRIGGER audit_anchor_no_update BEFORE UPDATE ON audit_auditanchor BEGIN SELECT RAISE(ABORT, '{MESSAGE}'); END",
        f"CREATE TRIGGER audit_anchor_no_delete BEFORE DELETE ON audit_auditanchor BEGIN SELECT RAISE(ABORT, '{MESSAGE}'); END",
    ],
    "postgresql": [
        "CREATE FUNCTION audit_refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        f"IF TG_OP = 'DELETE' AND TG_TABLE_NAME = 'audit_auditentry' THEN IF OLD.sequence <= {_COVERED} THEN RETURN OLD; END IF; END IF; "
        f"RAISE EXCEPTION '{MESSAGE}' USING ERRCODE = 'integrity_constraint_violation'; END $$",
        *(
            f"CREATE TRIGGER audit_append_only BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION audit_refuse()"
            for table in ("audit_auditentry", "audit_auditanchor")
        ),
        *(
            f"CREATE TRIGGER audit_no_truncate BEFORE TRUNCATE ON {table} FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse()"
            for table in ("audit_auditentry", "audit_auditanchor")
        ),
        "CREATE FUNCTION audit_cut(last bigint) RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$ "
        "DECLARE gone bigint; BEGIN "
        "IF NOT EXISTS (SELECT 1 FROM audit_auditanchor WHERE through = last) THEN "
        "RAISE EXCEPTION 'the audit log is append-only' USING ERRCODE = 'integrity_constraint_violation'; END IF; "
        "DELETE FROM audit_auditentry WHERE sequence <= last; GET DIAGNOSTICS gone = ROW_COUNT; RETURN gone; END $$",
    ],
}
REMOVE = {
    "sqlite": [
        f"DROP TRIGGER IF EXISTS {name}"
        for name in ("audit_no_update", "audit_no_delete", "audit_anchor_no_update", "audit_anchor_no_delete")
    ],
    "postgresql": [
        *(
            f"DROP TRIGGER IF EXISTS {name} ON {table}"
            for name in ("audit_append_only", "audit_no_truncate")
            for table in ("audit_auditentry", "audit_auditanchor")
        ),
        "DROP FUNCTION IF EXISTS audit_refuse()",
        "DROP FUNCTION IF EXISTS audit_cut(bigint)",
    ],
}


# On SQLite a new column means a new table, and the triggers of the old one go with it (migration 0004).
FOLLOW = (
    "CREATE TRIGGER IF NOT EXISTS audit_search_follow AFTER INSERT ON audit_auditentry BEGIN "
    "INSERT INTO audit_search(rowid, search) VALUES (new.sequence, new.search); END"
)


def install(apps, schema_editor):
    """Put the door in place of the wall of migration 0003."""
    connection = schema_editor.connection
    for statement in REMOVE[connection.vendor] + INSTALL[connection.vendor]:
        schema_editor.execute(statement)
    if connection.vendor == "sqlite" and "audit_search" in connection.introspection.table_names():
        schema_editor.execute(FOLLOW)


def remove(apps, schema_editor):
    """Take all triggers away; migration 0003 is undone next."""
    for statement in REMOVE[schema_editor.connection.vendor]:
        schema_editor.execute(statement)


class Migration(migrations.Migration):
    dependencies = [("audit", "0005_reason_anchor_filter")]
    operations = [migrations.RunPython(install, remove)]
