"""How the tables are emptied after a test with real transactions.

Django's own way is to TRUNCATE all of them, some eighty with their indexes, and then to write the permissions and types
of every model again, which nothing here reads: together several times what such a test costs itself. Most tests write
into a dozen tables, a few rows each.
"""

from django.apps import apps
from django.db import connections, transaction
from django.test import TransactionTestCase

# Written once, when the database is made: what Django knows of its models.
_KEPT = {"django_content_type", "auth_permission"}

# Without triggers and foreign keys, in whatever order: nothing is left that they could hold together.
_EMPTY = """
DO $$
DECLARE
  name text;
  filled boolean;
BEGIN
  SET LOCAL session_replication_role = replica;
  FOREACH name IN ARRAY ARRAY[{tables}] LOOP
    EXECUTE format('SELECT EXISTS (SELECT FROM %I)', name) INTO filled;
    IF filled THEN
      EXECUTE format('DELETE FROM %I', name);
    END IF;
  END LOOP;
END
$$
"""


def empty_tables(alias):
    """Delete the rows of all models. Numbers go on where they were, as with Django's flush."""
    connection = connections[alias]
    tables = sorted({model._meta.db_table for model in apps.get_models(include_auto_created=True)} - _KEPT)
    with transaction.atomic(using=alias), connection.cursor() as cursor:
        cursor.execute(_EMPTY.format(tables=", ".join(f"'{name}'" for name in tables)))


def _fixture_teardown(case):
    for alias in case._databases_names(include_mirrors=False):
        empty_tables(alias)


def empty_only_what_was_filled():
    TransactionTestCase._fixture_teardown = _fixture_teardown
