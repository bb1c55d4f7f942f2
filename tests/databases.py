"""One worker of a run migrates its database, the others copy it: a third of a second for fifteen of processor."""

from contextlib import contextmanager

from django.db import connection

# Of this file alone: who holds it is migrating, and whoever wants a copy waits.
_LOCK = 20_260_302


@contextmanager
def copied_from_the_first(*, anew):
    """Within, the test database of this process is made, unless it is there already as a copy of the one first made.

    `anew` migrates once more, and leaves no copy of what was. Costs nothing where the database was kept.
    """
    name = connection.creation._get_test_db_name()
    copied = f"test_{connection.settings_dict['NAME']}_template"
    with connection._nodb_cursor() as cursor:
        cursor.execute("SET lock_timeout = 0")  # Whoever migrates takes longer than a request may wait.
        cursor.execute("SELECT pg_advisory_lock(%s)", [_LOCK])
        is_first = not _exists(cursor, name) and not anew
        if anew:
            cursor.execute(f'DROP DATABASE IF EXISTS "{copied}"')
        elif is_first and _exists(cursor, copied):
            _copy(cursor, source=copied, to=name)
            is_first = False
        if not is_first:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [_LOCK])
        yield
        if is_first:
            connection.close()  # What is copied has to be left by everybody.
            _copy(cursor, source=name, to=copied)


def _exists(cursor, name):
    cursor.execute("SELECT FROM pg_database WHERE datname = %s", [name])
    return cursor.rowcount > 0


def _copy(cursor, *, source, to):
    cursor.execute(f'CREATE DATABASE "{to}" TEMPLATE "{source}"')
