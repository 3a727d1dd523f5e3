"""A site with the packages that know more of its users than auth_user does."""
import json
import os

SECRET_KEY = "a site with neighbours"
INSTALLED_APPS = [
    "django.contrib.auth", "django.contrib.contenttypes", "django.contrib.messages", "django.contrib.sessions",
    "allauth", "allauth.account", "allauth.mfa",
    "django_otp", "django_otp.plugins.otp_totp", "django_otp.plugins.otp_static", "django_otp.plugins.otp_hotp",
    "django_otp.plugins.otp_email", "two_factor", "two_factor.plugins.phonenumber", "tokens",
    "auth0db",
]
MIDDLEWARE = [
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_otp.middleware.OTPMiddleware",
]
DATABASES = {"default": json.loads(os.environ["SITE_DATABASE_SETTINGS"])}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ = True
AUTHENTICATION_BACKENDS = ["auth0db.backends.MigrateToAuth0Backend", "django.contrib.auth.backends.ModelBackend"]
# Of a tenant that is there, where a test has one
AUTH0_DOMAIN = os.environ.get("AUTH0_DOMAIN", "acme.auth0.com")
AUTH0_CLIENT_ID = os.environ.get("AUTH0_CLIENT_ID", "id")
AUTH0_CLIENT_SECRET = os.environ.get("AUTH0_CLIENT_SECRET", "secret")
AUTH0_CONNECTION = os.environ.get("AUTH0_CONNECTION", "Username-Password-Authentication")
ACCOUNT_LOGIN_METHODS = {"username", "email"}
AUTH0_SITE = "integrations"
AUTH0_ON_DELETE = "leave"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
LOGIN_URL = "two_factor:login"
PHONENUMBER_DEFAULT_REGION = "NL"
MFA_TOTP_DIGITS = int(os.environ.get("SITE_TOTP_DIGITS", "6"))
MFA_TOTP_PERIOD = int(os.environ.get("SITE_TOTP_PERIOD", "30"))
