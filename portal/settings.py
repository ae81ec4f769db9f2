"""Settings, read from the environment; every value that is not plain text is checked here.

Without any variable set this is the embedded run: SQLite under `var/`, no other service, and secrets that
are made once and kept in `var/secrets.env`. README.md lists the variables that turn it into production.
"""

from pathlib import Path
from urllib.parse import urlsplit

import environ
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from whitenoise.compress import Compressor

from portal import oidc, saml
from portal.secrets import embedded_secrets, keys_from_command

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.FileAwareEnv()

DATA_DIR = Path(env.str("PATCHBAY_DATA_DIR", default=str(BASE_DIR / "var")))
DEBUG = env.bool("DEBUG", default=False)
PORTAL_URL = env.str("PORTAL_URL", default="http://127.0.0.1:8000").rstrip("/")
_address = urlsplit(PORTAL_URL)
if _address.scheme not in {"http", "https"} or not _address.hostname:
    raise ImproperlyConfigured(f"PORTAL_URL must look like https://portal.example.net, not {PORTAL_URL!r}")
HTTPS = _address.scheme == "https"

# Production names its secrets; the embedded run makes its own once.
SECRET_KEY = env.str("SECRET_KEY", default="") or embedded_secrets(DATA_DIR)["SECRET_KEY"]
CREDENTIAL_KEYS = env.list("CREDENTIAL_KEYS", default=[])
if not CREDENTIAL_KEYS and (_command := env.str("CREDENTIAL_KEYS_COMMAND", default="")):
    CREDENTIAL_KEYS = keys_from_command(_command)
CREDENTIAL_KEYS = CREDENTIAL_KEYS or embedded_secrets(DATA_DIR)["CREDENTIAL_KEYS"].split(",")
# Ed25519 keys that sign checkpoints and cuts of the audit log: the first signs, all of them verify.
AUDIT_SIGNING_KEYS = env.list("AUDIT_SIGNING_KEYS", default=[]) or embedded_secrets(DATA_DIR)["AUDIT_SIGNING_KEYS"].split(",")
AUDIT_CHECKPOINT_DIR = Path(env.str("AUDIT_CHECKPOINT_DIR", default=str(DATA_DIR / "checkpoints")))
AUDIT_RETENTION_DAYS = env.int("AUDIT_RETENTION_DAYS", default=0)  # 0 keeps entries for ever

ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=[_address.hostname, "127.0.0.1", "localhost", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[PORTAL_URL])

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.humanize",
    "django.contrib.staticfiles",
    "django.forms",
    "django_htmx",
    "template_partials",
    "django_filters",
    "csp",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "axes",
    "django_structlog",
    "django_prometheus",
    "apps.ui",
    "apps.sandbox",
    "apps.accounts",
    "apps.audit",
    "apps.connections",
    "apps.jobs",
    "apps.changes",
    "apps.numbers",
    "portal",
    *env.list("EXTRA_APPS", default=[]),  # apps of the house that uses this portal, and of its tests
]

MIDDLEWARE = [
    "django_prometheus.middleware.PrometheusBeforeMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "portal.headers.BrowserRules",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "apps.accounts.middleware.ActivateTimeZone",
    "django_structlog.middlewares.RequestMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "apps.accounts.signin.middleware.SessionLimits",
    "portal.middleware.SignInRequired",
    "apps.accounts.signin.middleware.SecondFactorRequired",
    "apps.accounts.scope.ReadScope",
    "apps.accounts.tickets.UnderTicket",
    "axes.middleware.AxesMiddleware",
    "django_prometheus.middleware.PrometheusAfterMiddleware",
]

ROOT_URLCONF = "portal.urls"
WSGI_APPLICATION = "portal.wsgi.application"
APPEND_SLASH = True

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "builtins": ["apps.ui.templatetags.ui", "template_partials.templatetags.partials"],
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "portal.context.frame",
            ],
        },
    },
]
FORM_RENDERER = "apps.ui.forms.Renderer"

DATABASES = {"default": env.db_url("DATABASE_URL", default=f"sqlite:///{DATA_DIR}/patchbay.sqlite3")}
_database = DATABASES["default"]
if _database["ENGINE"] == "django.db.backends.sqlite3":
    # WAL with IMMEDIATE transactions: writers queue instead of failing with "database is locked".
    _database["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL;PRAGMA synchronous=NORMAL;",
    }
    _database["TEST"] = {"NAME": str(DATA_DIR / "test.sqlite3")}
else:
    _database["CONN_MAX_AGE"] = env.int("DATABASE_CONN_MAX_AGE", default=60)
    _database["CONN_HEALTH_CHECKS"] = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

CACHES = {"default": env.cache_url("CACHE_URL", default="locmemcache://patchbay")}

# --- people -----------------------------------------------------------------------------------------------
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
    "apps.accounts.signin.directory.DirectoryBackend",
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.ScryptPasswordHasher", "django.contrib.auth.hashers.PBKDF2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "apps.accounts.signin.validators.GuessableValidator"},
]
INVITATION_SECONDS = env.int("INVITATION_SECONDS", default=3 * 86400)
ACCOUNT_ADAPTER = "apps.accounts.adapter.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"username", "email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "username*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_SESSION_REMEMBER = False
# Failed sign-ins are counted below, in the database; this only slows down whoever keeps on knocking.
ACCOUNT_RATE_LIMITS = {"login": "60/m/ip", "login_failed": None}
AXES_FAILURE_LIMIT = env.int("SIGN_IN_FAILURE_LIMIT", default=5)
AXES_COOLOFF_TIME = env.float("SIGN_IN_LOCKOUT_HOURS", default=0.25)
SIGN_IN_ADDRESS_FAILURE_LIMIT = env.int("SIGN_IN_ADDRESS_FAILURE_LIMIT", default=30)
# How many proxies of ours stand in front: who sends a request is then read from X-Forwarded-For.
TRUSTED_PROXIES = env.int("TRUSTED_PROXIES", default=0)
AXES_HANDLER = "apps.accounts.throttle.Handler"
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_USERNAME_CALLABLE = "apps.accounts.throttle.account_name"
AXES_CLIENT_IP_CALLABLE = "apps.accounts.addresses.client_address"
AXES_RESET_ON_SUCCESS = True
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False  # else an attacker could keep somebody out for ever
AXES_SENSITIVE_PARAMETERS = ["username", "ip_address", "login", "code", "credential", "sealed", "password1", "password2"]
AXES_DISABLE_ACCESS_LOG = True  # the audit log has every sign-in
AXES_LOCKOUT_CALLABLE = "apps.accounts.throttle.locked_out"
AXES_VERBOSE = False  # a greeting from every command would stand in the way of scripts

# --- second factors and step-up ---------------------------------------------------------------------------
# Whoever has one of these roles sets up a second factor before anything else; empty forces nobody.
SECOND_FACTOR_ROLES = env.list("SECOND_FACTOR_ROLES", default=["administrator", "operator", "support", "auditor"])
TICKET_ROLES = env.list("TICKET_ROLES", default=[])  # roles that change something only under a ticket
STEP_UP_SECONDS = env.int("STEP_UP_SECONDS", default=600)  # how long a proof of who is there lasts for what matters
MFA_ADAPTER = "apps.accounts.signin.factors.MFAAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_WEBAUTHN_USER_VERIFICATION = "preferred"
MFA_TOTP_ISSUER = "Patchbay"
MFA_TOTP_TOLERANCE = 1  # a phone's clock may be half a minute off
MFA_ALLOW_UNVERIFIED_EMAIL = True  # administrators enter the addresses; nobody verifies them
MFA_FORMS = {
    "authenticate": "apps.accounts.signin.forms.AuthenticateForm",
    "reauthenticate": "apps.accounts.signin.forms.ReauthenticateForm",
    "activate_totp": "apps.accounts.signin.forms.ActivateTOTPForm",
    "authenticate_webauthn": "apps.accounts.signin.forms.AuthenticatePasskeyForm",
    "reauthenticate_webauthn": "apps.accounts.signin.forms.ReauthenticatePasskeyForm",
    "login_webauthn": "apps.accounts.signin.forms.LoginPasskeyForm",
    "add_webauthn": "apps.accounts.signin.forms.AddPasskeyForm",
    "edit_webauthn": "apps.accounts.signin.forms.EditPasskeyForm",
}

# --- single sign-on ---------------------------------------------------------------------------------------
OIDC_ISSUER = env.str("OIDC_ISSUER", default="")
OIDC_ROLE_CLAIM = env.str("OIDC_ROLE_CLAIM", default="groups")
OIDC_ROLES = env.dict("OIDC_ROLES", default={})  # value of the claim: role
OIDC_ASKS_SECOND_FACTOR = env.bool("OIDC_ASKS_SECOND_FACTOR", default=False)
_oidc = oidc.providers(
    OIDC_ISSUER,
    env.str("OIDC_CLIENT_ID", default=""),
    env.str("OIDC_CLIENT_SECRET", default=""),
    env.str("OIDC_NAME", default="single sign-on"),
    env.list("OIDC_SCOPES", default=[]),
)
# The provider's metadata themselves: a file that is put here says who may name administrators, not the network.
SAML_IDP_METADATA = env.str("SAML_IDP_METADATA", default="")
SAML_ROLE_ATTRIBUTE = env.str("SAML_ROLE_ATTRIBUTE", default="groups")
SAML_ROLES = env.dict("SAML_ROLES", default={})  # value of the attribute: role
SAML_TRUST_EMAIL = env.bool("SAML_TRUST_EMAIL", default=False)
SAML_ASKS_SECOND_FACTOR = env.bool("SAML_ASKS_SECOND_FACTOR", default=False)
_saml = saml.providers(
    SAML_IDP_METADATA, env.str("SAML_NAME", default="single sign-on"), env.dict("SAML_ATTRIBUTES", default={})
)
SOCIALACCOUNT_PROVIDERS = {**_oidc, **_saml}
SOCIALACCOUNT_ADAPTER = "apps.accounts.signin.sso.SocialAdapter"
# A link, not a form: Chromium holds every redirect after a form to form-action, and providers redirect far.
SOCIALACCOUNT_LOGIN_ON_GET = True
SOCIALACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_DEFAULT_HTTP_PROTOCOL = _address.scheme

LDAP_URL = env.str("LDAP_URL", default="")
LDAP_STARTTLS = env.bool("LDAP_STARTTLS", default=True)
LDAP_CA = env.str("LDAP_CA", default="")
LDAP_BIND_DN = env.str("LDAP_BIND_DN", default="")
LDAP_BIND_PASSWORD = env.str("LDAP_BIND_PASSWORD", default="")
LDAP_BASE = env.str("LDAP_BASE", default="")
LDAP_USER_FILTER = env.str("LDAP_USER_FILTER", default="(uid={login})")
LDAP_UID_ATTRIBUTE = env.str("LDAP_UID_ATTRIBUTE", default="entryUUID")
LDAP_ATTRIBUTES = {
    "login": "uid", "email": "mail", "first_name": "givenName", "last_name": "sn", **env.dict("LDAP_ATTRIBUTES", default={})
}  # fmt: skip
LDAP_GROUP_BASE = env.str("LDAP_GROUP_BASE", default="")
LDAP_GROUP_FILTER = env.str("LDAP_GROUP_FILTER", default="")
LDAP_ROLES = env.dict("LDAP_ROLES", default={})  # common name of a group: role
LDAP_TRUST_EMAIL = env.bool("LDAP_TRUST_EMAIL", default=False)

SESSION_SECONDS = env.int("SESSION_SECONDS", default=12 * 3600)
SESSION_SECONDS_BY_ROLE = env.dict("SESSION_SECONDS_BY_ROLE", default={})
SESSION_IDLE_SECONDS = env.int("SESSION_IDLE_SECONDS", default=2 * 3600)
SESSION_IDLE_SECONDS_BY_ROLE = env.dict("SESSION_IDLE_SECONDS_BY_ROLE", default={})
SESSION_COOKIE_AGE = max(SESSION_SECONDS, *(int(seconds) for seconds in SESSION_SECONDS_BY_ROLE.values()), 0)
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_HTTPONLY = True  # pages carry the token themselves
CSRF_FAILURE_VIEW = "portal.views.csrf_failure"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
# A browser takes a cookie named so from this host alone, over TLS alone; not from a neighbour below the same domain.
_prefix = "__Host-" if HTTPS else ""
SESSION_COOKIE_NAME, CSRF_COOKIE_NAME = f"{_prefix}sessionid", f"{_prefix}csrftoken"
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"

# --- the browser's rules ----------------------------------------------------------------------------------
SECURE_SSL_REDIRECT = env.bool("SSL_REDIRECT", default=HTTPS)
SECURE_HSTS_SECONDS = env.int("HSTS_SECONDS", default=31536000 if HTTPS else 0)
SECURE_HSTS_INCLUDE_SUBDOMAINS = HTTPS
SECURE_HSTS_PRELOAD = HTTPS
SECURE_REFERRER_POLICY = "same-origin"
if env.bool("BEHIND_TLS_PROXY", default=False):
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "object-src": [NONE],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "form-action": [SELF],
    }
}

# --- words, time, files -----------------------------------------------------------------------------------
LANGUAGE_CODE = "en-us"
TIME_ZONE = env.str("TIME_ZONE", default="UTC")
USE_I18N = False
USE_TZ = True

STATIC_URL = "static/"
STATIC_ROOT = Path(env.str("STATIC_ROOT", default=str(DATA_DIR / "static")))
_packages = BASE_DIR / "node_modules"
STATICFILES_DIRS: list[Path | tuple[str, Path]] = [BASE_DIR / "static"]
if _packages.exists():  # a deployed image has only what was collected
    STATICFILES_DIRS += [
        ("tabler", _packages / "@tabler/core/dist"),
        ("icons", _packages / "@tabler/icons-sprite/dist"),
        ("alpine", _packages / "@alpinejs/csp/dist"),
        ("inter", _packages / "@fontsource-variable/inter/files"),
        ("uplot", _packages / "uplot/dist"),
    ]
STATICFILES_FINDERS = [
    "apps.ui.finders.ChosenFilesFinder",
    "django.contrib.staticfiles.finders.AppDirectoriesFinder",
]
PACKAGE_FILES = {
    "tabler": ["css/tabler.min.css", "css/tabler.min.css.map"],
    "icons": ["tabler-sprite.svg", "tabler-sprite-filled.svg"],
    "alpine": ["cdn.min.js"],
    "inter": ["inter-latin-wght-normal.woff2", "inter-latin-ext-wght-normal.woff2"],
    "uplot": ["uPlot.iife.min.js", "uPlot.min.css"],
}
# The icon sprite and source maps are never sent to a browser; squeezing them takes longer than all the rest.
WHITENOISE_SKIP_COMPRESS_EXTENSIONS = (*Compressor.SKIP_COMPRESS_EXTENSIONS, "svg", "map")
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": DATA_DIR / "files"}},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
FILE_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024

# --- calls to vendors ---------------------------------------------------------------------------------------
# A portal that only its own machine reaches may call it: the embedded run, whose sandbox vendors are there.
_here_alone = _address.hostname in {"127.0.0.1", "::1", "localhost"}
OUTBOUND_ALLOW = env.list("OUTBOUND_ALLOW", default=["loopback"] if _here_alone else [])

# --- worker -----------------------------------------------------------------------------------------------
# Without a broker the worker wakes itself from the job rows; with one the rows are still the truth.
CELERY_BROKER_URL = env.str("CELERY_BROKER_URL", default="memory://")
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_DEFAULT_QUEUE = env.str("CELERY_QUEUE", default="patchbay")  # two portals on one broker need two
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
if CELERY_BROKER_URL.startswith("memory:"):
    CELERY_BROKER_TRANSPORT_OPTIONS = {"polling_interval": 0.02}  # seconds; Celery's own second is felt on screen
if CELERY_BROKER_URL.startswith("amqp"):
    CELERY_TASK_DEFAULT_QUEUE_TYPE = "quorum"
JOB_LEASE_SECONDS = env.int("JOB_LEASE_SECONDS", default=30)
INTENT_PATIENCE = env.float("INTENT_PATIENCE", default=1.0)  # stretches how long a lost answer is looked for
JOB_SWEEP_SECONDS = env.float("JOB_SWEEP_SECONDS", default=0.2)

# --- numbers ------------------------------------------------------------------------------------------------
NUMBER_COOLING_DAYS = env.int("NUMBER_COOLING_DAYS", default=90)  # how long a number that was given up rests; 0: not at all

# --- what we say of ourselves -----------------------------------------------------------------------------
COMPANY_NAME = env.str("COMPANY_NAME", default="")  # who runs this portal, as letters of authorisation name it
EMAIL_CONFIG = env.email_url("EMAIL_URL", default="consolemail://")
vars().update(EMAIL_CONFIG)
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default=f"patchbay@{_address.hostname}")

LOG_LEVEL = env.str("LOG_LEVEL", default="INFO")
LOG_FORMAT = env.str("LOG_FORMAT", default="console")
from portal.logs import configure  # noqa: E402  (needs LOG_LEVEL and LOG_FORMAT)

LOGGING = configure(LOG_LEVEL, LOG_FORMAT)
