import pytest

from config.database import database_from_url


@pytest.mark.parametrize(
    ("url", "host", "port", "name", "options"),
    [
        ("postgresql://u:p@db.example:5433/permanence", "db.example", 5433, "permanence", {}),
        ("postgresql://u:p@db/permanence?sslmode=require", "db", "", "permanence", {"sslmode": "require"}),
        ("postgresql://postgres:@/postgres?host=/data/run", "/data/run", "", "postgres", {}),
        ("postgresql:///permanence?host=/srv/a%20b&port=5433", "/srv/a b", 5433, "permanence", {}),
    ],
)
def test_a_database_is_named_by_host_or_by_socket(url, host, port, name, options):
    database = database_from_url(url)

    assert database["ENGINE"] == "django.db.backends.postgresql"
    assert (database["HOST"], database["PORT"], database["NAME"]) == (host, port, name)
    assert database["OPTIONS"] == options


def test_every_connection_gets_the_session_options():
    database = database_from_url("postgresql://u:p@db/permanence", session_options="-c lock_timeout=15s")

    assert database["OPTIONS"] == {"options": "-c lock_timeout=15s"}


def test_options_of_the_url_win():
    database = database_from_url(
        "postgresql://u:p@db/permanence?options=-c%20lock_timeout%3D1s", session_options="-c lock_timeout=15s"
    )

    assert database["OPTIONS"] == {"options": "-c lock_timeout=1s"}
