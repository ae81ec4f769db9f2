"""The index of three-letter pieces behind the search; see `apps/audit/search.py`."""

from django.db import DatabaseError, migrations, transaction

TABLE = "CREATE VIRTUAL TABLE audit_search USING fts5(search, content='', tokenize='trigram')"
FILL = "INSERT INTO audit_search(rowid, search) SELECT sequence, search FROM audit_auditentry"
FOLLOW = (
    "CREATE TRIGGER audit_search_follow AFTER INSERT ON audit_auditentry BEGIN "
    "INSERT INTO audit_search(rowid, search) VALUES (new.sequence, new.search); END"
)
EXTENSION = "CREATE EXTENSION IF NOT EXISTS pg_trgm"
INDEX = "CREATE INDEX audit_search ON audit_auditentry USING gin (search gin_trgm_ops)"


def install(apps, schema_editor):
    """Make the index where the database can: SQLite built without it and PostgreSQL without the right do not."""
    connection = schema_editor.connection
    statements = [TABLE, FILL, FOLLOW] if connection.vendor == "sqlite" else [EXTENSION, INDEX]
    try:
        with transaction.atomic(using=connection.alias), connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)
    except DatabaseError:
        return


def remove(apps, schema_editor):
    """Take the index away."""
    if schema_editor.connection.vendor == "sqlite":
        schema_editor.execute("DROP TRIGGER IF EXISTS audit_search_follow")
        schema_editor.execute("DROP TABLE IF EXISTS audit_search")
    else:
        schema_editor.execute("DROP INDEX IF EXISTS audit_search")


class Migration(migrations.Migration):
    dependencies = [("audit", "0003_append_only")]
    operations = [migrations.RunPython(install, remove)]
