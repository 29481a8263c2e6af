"""Runs a file of statements inside the migration's transaction."""

from pathlib import Path

from alembic import op


def execute_script(script: str) -> None:
    """Execute several statements at once: the asyncpg protocol takes them only unprepared.

    The `select 1` makes SQLAlchemy open the transaction that the raw connection then shares.
    """
    op.execute("select 1")
    connection = op.get_bind().connection.dbapi_connection
    if connection is None:
        message = "the migration has no open connection"
        raise RuntimeError(message)
    connection.run_async(lambda raw: raw.execute(script))


def execute_file(name: str) -> None:
    """Execute a file that lies beside the migrations."""
    execute_script((Path(__file__).parent / "versions" / name).read_text(encoding="utf-8"))
