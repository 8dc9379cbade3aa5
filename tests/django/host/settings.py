from __future__ import annotations

import os

SECRET_KEY = "only for tests"  # noqa: S105 - guards nothing
AUTH_USER_MODEL = "people.User"
INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.sessions",
    "rest_framework",
    "rest_framework.authtoken",
    "drf_spectacular",
    "django_adapter",
    "tests.django.host.people.apps.PeopleConfig",
    "tests.django.host.coaching.apps.CoachingConfig",
]
MIDDLEWARE = [
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]
ROOT_URLCONF = "tests.django.host.urls"
ALLOWED_HOSTS = ["testserver", "localhost"]
USE_TZ = True
TIME_ZONE = "America/New_York"  # none of its trainees lives there
LANGUAGES = [("en", "English"), ("de", "Deutsch")]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]

# Where the database is is filled in by the fixture that creates it.
POSTGRESQL = {"ENGINE": "django.db.backends.postgresql", "NAME": "host"}
SQLITE = {
    "ENGINE": "django.db.backends.sqlite3",
    "NAME": "host.sqlite3",
    "OPTIONS": {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode = wal; PRAGMA synchronous = normal",
    },
}
DATABASE = os.environ.get("BADGE_ENGINE_TEST_DATABASE", "postgresql")
DATABASES = {"default": {"postgresql": POSTGRESQL, "sqlite": SQLITE}[DATABASE]}
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["rest_framework.authentication.TokenAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_PAGINATION_CLASS": "rest_framework.pagination.PageNumberPagination",
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "PAGE_SIZE": 7,
}
SPECTACULAR_SETTINGS = {"TITLE": "A coaching backend", "VERSION": "1", "OAS_VERSION": "3.0.3"}
BADGE_ENGINE = {"THROTTLES": {"READ": None, "WRITE": None, "REACT": None}}
