"""Reading DATABASE_URL."""

import environ


def database_from_url(url, *, session_options=""):
    """Return one entry of DATABASES for a `postgresql://` URI.

    A Unix socket is named the way libpq does it, `postgresql://user@/name?host=/folder`. `session_options`
    are server settings in libpq's form (`-c lock_timeout=15s`), given to every connection.
    """
    config = environ.Env.db_url_config(url)
    options = config.setdefault("OPTIONS", {})
    # Django's own keys win over libpq's, so that its test runner and `dbshell` see them too.
    config["HOST"] = options.pop("host", "") or config["HOST"]
    config["PORT"] = options.pop("port", "") or config["PORT"]
    if session_options:
        options.setdefault("options", session_options)
    return config
