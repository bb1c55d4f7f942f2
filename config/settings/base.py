"""Production. Everything that changes between machines comes from the environment."""

from decimal import Decimal, InvalidOperation
from pathlib import Path

import environ
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured

from config.beat import SCHEDULE
from config.database import database_from_url

env = environ.Env()

_required = ("SECRET_KEY", "SITE_URL", "ALLOWED_HOSTS", "DATABASE_URL", "REDIS_URL", "DEFAULT_FROM_EMAIL")
if _missing := [name for name in _required if not env.str(name, default="")]:
    raise ImproperlyConfigured(f"Missing environment variables: {', '.join(_missing)}. README.md says what they are.")

BASE_DIR = Path(__file__).resolve().parents[2]

# --- The site ---------------------------------------------------------------------------------------------------------

DEBUG = False
SECRET_KEY = env.str("SECRET_KEY")
SITE_URL = env.str("SITE_URL").rstrip("/")  # What links in messages begin with.
ALLOWED_HOSTS = [*env.list("ALLOWED_HOSTS"), "localhost"]  # The container asks itself how it is.
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

INSTALLED_APPS = [
    "organizations",
    "scheduling",
    "notifications",
    "booking_portal",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.messages",
    "django.contrib.postgres",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "django.forms",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "csp",
    "django_htmx",
    "django_prometheus",
    "phonenumber_field",
]

MIDDLEWARE = [
    "django_prometheus.middleware.PrometheusBeforeMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "config.compression.PageCompressionMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "config.busy.BusyMiddleware",
    "django_prometheus.middleware.PrometheusAfterMiddleware",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "organizations.context_processors.back_office",
            ],
        },
    },
]

# Forms are drawn by templates/django/forms/.
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"

# --- Data -------------------------------------------------------------------------------------------------------------

DATABASES = {
    "default": database_from_url(
        env.str("DATABASE_URL"),
        # A request that cannot get its lock gives up; a transaction left open is ended.
        # Set to nothing behind a pooler that refuses start-up options.
        session_options=env.str(
            "DATABASE_SESSION_OPTIONS", default="-c lock_timeout=15s -c idle_in_transaction_session_timeout=60s"
        ),
    )
    | {"CONN_MAX_AGE": env.int("DATABASE_CONN_MAX_AGE", default=60), "CONN_HEALTH_CHECKS": True}
}

# In the database: booking goes on while Redis is stopped. `createcachetable` runs with the migrations.
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "django_cache",
        "OPTIONS": {"MAX_ENTRIES": 100_000},  # Culling forgets the counts that limit attempts.
    }
}
SESSION_ENGINE = "django.contrib.sessions.backends.db"

# --- Language and time ------------------------------------------------------------------------------------------------

LANGUAGE_CODE = "fr"
LANGUAGES = [("fr", "Français"), ("en", "English")]
# Kept when the browser is closed: who comes back by the link of a message chooses once.
LANGUAGE_COOKIE_AGE = 60 * 60 * 24 * 365
LANGUAGE_COOKIE_HTTPONLY = True
LANGUAGE_COOKIE_SAMESITE = "Lax"
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "Europe/Paris"
PHONENUMBER_DEFAULT_REGION = "FR"
PHONENUMBER_DB_FORMAT = "E164"

# --- Static files -----------------------------------------------------------------------------------------------------

STATIC_URL = "/static/"
STATIC_ROOT = env.str("STATIC_ROOT", default=str(BASE_DIR / "staticfiles"))
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    # Names carry a hash of the content, so browsers keep them for ever.
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}

# --- Accounts ---------------------------------------------------------------------------------------------------------

AUTH_USER_MODEL = "organizations.Agent"
AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "start"
LOGOUT_REDIRECT_URL = "/"

ACCOUNT_ADAPTER = "config.accounts.AccountAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
# Whoever has an account was invited through that very address.
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_MAX_EMAIL_ADDRESSES = 1  # And keeps it: another one would be proven by nobody.
# Asking for a new password answers and writes the same whether the account exists or not.
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = True
ACCOUNT_SESSION_REMEMBER = None
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_TOTP_ISSUER = "Permanence"
SOCIALACCOUNT_ADAPTER = "config.accounts.SocialAccountAdapter"
# A list of allauth apps in JSON: provider_id, name, client_id, secret, settings.server_url.
SOCIALACCOUNT_PROVIDERS = {"openid_connect": {"APPS": env.json("OPENID_CONNECT_APPS", default=[])}}

# --- Security ---------------------------------------------------------------------------------------------------------

SECURE_SSL_REDIRECT = env.bool("SECURE_SSL_REDIRECT", default=True)
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$", r"^metrics$"]  # Asked from inside, without TLS.
SECURE_HSTS_SECONDS = env.int("SECURE_HSTS_SECONDS", default=31_536_000)
SECURE_HSTS_INCLUDE_SUBDOMAINS = env.bool("SECURE_HSTS_INCLUDE_SUBDOMAINS", default=True)
SILENCED_SYSTEM_CHECKS = ["security.W021"]  # Preloading binds a whole domain for years: not a default.
SECURE_REFERRER_POLICY = "same-origin"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = env.bool("SECURE_COOKIES", default=True)
SESSION_COOKIE_AGE = 60 * 60 * 24 * 14
X_FRAME_OPTIONS = "DENY"
# Behind a proxy that sets (and never passes on) this header: X-Forwarded-Proto.
if proxy_header := env.str("SECURE_PROXY_HEADER", default=""):
    SECURE_PROXY_SSL_HEADER = (f"HTTP_{proxy_header.upper().replace('-', '_')}", "https")
# Likewise for the address that limits go by: X-Real-IP. Without it and without TRUSTED_PROXY_COUNT, everybody behind
# a proxy counts as one client.
if client_address_header := env.str("CLIENT_ADDRESS_HEADER", default=""):
    ALLAUTH_TRUSTED_CLIENT_IP_HEADER = client_address_header
    client_address_header = f"HTTP_{client_address_header.upper().replace('-', '_')}"
CLIENT_ADDRESS_HEADER = client_address_header

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],  # Bootstrap's style sheet carries its icons.
        "font-src": [SELF],
        "connect-src": [SELF],
        "manifest-src": [SELF],
        "form-action": [SELF, *env.list("CSP_FORM_ACTION", default=[])],  # Identity providers.
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
        "object-src": [NONE],
    },
}

# How many proxies stand before this site, each adding the address it saw: limits count visitors, not proxies.
ALLAUTH_TRUSTED_PROXY_COUNT = env.int("TRUSTED_PROXY_COUNT", default=0)

METRICS_TOKEN = env.str("METRICS_TOKEN", default="")  # Without one, /metrics does not exist.

# --- Messages ---------------------------------------------------------------------------------------------------------

# What has no server to leave by stays on a page of this site: for a demo, never for a real service.
LOCAL_OUTBOX = env.bool("LOCAL_OUTBOX", default=False)
# Whether `manage.py load_demo` may fill this database with invented people who all have one known password.
DEMO_ALLOWED = env.bool("DEMO_ALLOWED", default=False)
# EMAIL_URL: smtp://user:password@host:25, smtp+tls://…:587 or smtp+ssl://…:465.
_email_url = env.str("EMAIL_URL", default="")
if LOCAL_OUTBOX and not _email_url:
    EMAIL_BACKEND = "notifications.mail.OutboxBackend"
else:
    vars().update(env.email_url_config(_email_url or "smtp://localhost:25"))
EMAIL_TIMEOUT = env.int("EMAIL_TIMEOUT", default=10)
EMAILS_PER_SECOND = env.float("EMAILS_PER_SECOND", default=10.0)
DEFAULT_FROM_EMAIL = SERVER_EMAIL = env.str("DEFAULT_FROM_EMAIL")
# What comes back of our mails, by `take_bounce` or signed over HTTP (docs/mail.md); without them nobody hears of it.
BOUNCE_ADDRESS = env.str("BOUNCE_ADDRESS", default="").lower()
BOUNCE_SECRET = env.str("BOUNCE_SECRET", default="")
if BOUNCE_ADDRESS and not all(BOUNCE_ADDRESS.rpartition("@")[::2]):
    raise ImproperlyConfigured("BOUNCE_ADDRESS is no address: retours@rdv.example")
TWILIO_ACCOUNT_SID = env.str("TWILIO_ACCOUNT_SID", default="")
TWILIO_AUTH_TOKEN = env.str("TWILIO_AUTH_TOKEN", default="")
TWILIO_FROM = env.str("TWILIO_FROM", default="")
TWILIO_API_BASE_URL = env.str("TWILIO_API_BASE_URL", default="https://api.twilio.com")
# Euros for one segment of an SMS, where a territory does not say its own. Empty: nobody knows what SMS cost.
_sms_price = env.str("SMS_PRICE_PER_SEGMENT", default="")
try:
    SMS_PRICE_PER_SEGMENT = Decimal(_sms_price) if _sms_price else None
except InvalidOperation as error:
    raise ImproperlyConfigured("SMS_PRICE_PER_SEGMENT is a number of euros, such as 0.0725.") from error

# Segments: what Twilio takes from a sender's name, or from a number outside North America, unless agreed otherwise.
SMS_PER_SECOND = env.float("SMS_PER_SECOND", default=10.0)
# What one person gets in a day at most, codes aside.
MOST_SMS_A_DAY = env.int("MOST_SMS_A_DAY", default=10)
MOST_EMAILS_A_DAY = env.int("MOST_EMAILS_A_DAY", default=20)

# --- Celery -----------------------------------------------------------------------------------------------------------

REDIS_URL = env.str("REDIS_URL")
CELERY_BROKER_URL = REDIS_URL
CELERY_TIMEZONE = TIME_ZONE
CELERY_TASK_IGNORE_RESULT = True
CELERY_BEAT_SCHEDULE = SCHEDULE
# A worker that dies gives its task back; tasks are safe to run twice.
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
# A request never waits for Redis: publishing fails at once, and a sweep sends later what was left.
CELERY_TASK_PUBLISH_RETRY = False
CELERY_BROKER_CONNECTION_TIMEOUT = 1
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "max_retries": 0,
    "socket_connect_timeout": 1,
    "socket_timeout": 2,
    "visibility_timeout": 3600,  # Seconds after which an unacknowledged task is given to another worker.
}
# A worker waits for Redis as long as it takes.
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = False
CELERY_WORKER_HIJACK_ROOT_LOGGER = False

# --- Logs -------------------------------------------------------------------------------------------------------------

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"json": {"()": "config.logs.JsonFormatter"}},
    "filters": {"without_secrets": {"()": "config.logs.WithoutSecrets"}},
    "handlers": {
        "console": {"class": "logging.StreamHandler", "formatter": "json", "filters": ["without_secrets"]},
    },
    "root": {"handlers": ["console"], "level": env.str("LOG_LEVEL", default="INFO")},
    "loggers": {"django": {"handlers": [], "propagate": True}, "django.server": {"handlers": [], "propagate": True}},
}
