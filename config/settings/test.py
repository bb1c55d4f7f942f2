"""For pytest. Whoever reads these settings first starts the database, unless DATABASE_URL names one."""

import os

from tests.servers import start_database

if "DATABASE_URL" not in os.environ:
    os.environ["DATABASE_URL"] = start_database()  # The processes of pytest-xdist inherit it.

for _name, _value in {
    "SECRET_KEY": "test-only",
    "ALLOWED_HOSTS": "*",
    "SITE_URL": "http://testserver",
    "REDIS_URL": "redis://127.0.0.1:1/0",  # Nobody listens there: tests that need Redis ask for it.
    "EMAIL_URL": "memorymail://",
    "DEFAULT_FROM_EMAIL": "Permanence <ne-pas-repondre@permanence.example>",
    "LOCAL_OUTBOX": "true",
    "SECURE_SSL_REDIRECT": "false",
    "SECURE_COOKIES": "false",
    "SECURE_HSTS_SECONDS": "0",
    "LOG_LEVEL": "WARNING",
}.items():
    os.environ.setdefault(_name, _value)

from config.settings.base import *  # noqa: E402

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # Fast: nothing here is secret.
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = True
