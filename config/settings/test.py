"""For pytest. Whoever reads these settings first decides; the processes it starts inherit what it decided."""

import os

from tests.servers import start_database
from tests.traps import UnknownVariable

if "TEST_RUN" not in os.environ:
    # Over whatever the machine has: no test sends a real SMS.
    os.environ |= {
        "TEST_RUN": "1",
        "SECRET_KEY": "test-only",
        "ALLOWED_HOSTS": "*",
        "SITE_URL": "http://testserver",
        "DATABASE_URL": os.environ.get("DATABASE_URL") or start_database(),
        "REDIS_URL": "redis://127.0.0.1:1/0",  # Nobody listens there: tests that need Redis ask for it.
        "EMAIL_URL": "memorymail://",
        "DEFAULT_FROM_EMAIL": "Permanence <ne-pas-repondre@permanence.example>",
        "LOCAL_OUTBOX": "true",
        "DEMO_ALLOWED": "true",
        "BOUNCE_ADDRESS": "",
        "BOUNCE_SECRET": "",
        "TWILIO_ACCOUNT_SID": "",
        "TWILIO_AUTH_TOKEN": "",
        "SMS_PRICE_PER_SEGMENT": "",
        # Tests that are about a pace set one.
        "SMS_PER_SECOND": "0",
        "EMAILS_PER_SECOND": "0",
        "SECURE_SSL_REDIRECT": "false",
        "SECURE_COOKIES": "false",
        "SECURE_HSTS_SECONDS": "0",
        "LOG_LEVEL": "WARNING",
    }

from config.settings.base import *
from config.settings.base import MIDDLEWARE, TEMPLATES

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # Fast: nothing here is secret.
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = True

# The traps of tests/traps.py.
TEMPLATES[0]["OPTIONS"]["string_if_invalid"] = UnknownVariable("unknown variable")
# It reads pages before they are compressed.
MIDDLEWARE.insert(MIDDLEWARE.index("config.compression.PageCompressionMiddleware") + 1, "tests.traps.PageInspector")
