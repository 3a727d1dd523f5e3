"""One site, logged in to by one of the packages that sites use for Auth0 (JUDGE), or by ours."""
import json
import os

JUDGE = os.environ["JUDGE"]
TENANT = json.loads(os.environ["SITE_TENANT"])
ADDRESS, ID, SECRET = TENANT["url"], TENANT["client_id"], TENANT["client_secret"]

SECRET_KEY = "a site with a judge"
DEBUG = False
ALLOWED_HOSTS = ["localhost"]
ROOT_URLCONF = "judge_urls"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ = True
SITE_ID = 1
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": os.environ["SITE_DATABASE"],
                         "OPTIONS": {"timeout": 30}}}
INSTALLED_APPS = ["django.contrib.auth", "django.contrib.contenttypes", "django.contrib.messages",
                  "django.contrib.sessions", "django.contrib.admin"]
MIDDLEWARE = ["judge_urls.policy", "django.contrib.sessions.middleware.SessionMiddleware",
              "django.middleware.csrf.CsrfViewMiddleware", "django.contrib.auth.middleware.AuthenticationMiddleware",
              "django.contrib.messages.middleware.MessageMiddleware"]
TEMPLATES = [{"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True, "OPTIONS": {
    "context_processors": ["django.template.context_processors.request", "django.contrib.auth.context_processors.auth",
                           "django.contrib.messages.context_processors.messages"]}}]
AUTHENTICATION_BACKENDS = ["django.contrib.auth.backends.ModelBackend"]
LOGIN_REDIRECT_URL = LOGOUT_REDIRECT_URL = "/"

AUTH0_DOMAIN, AUTH0_CLIENT_ID, AUTH0_CLIENT_SECRET = TENANT["domain"], ID, SECRET
AUTH0_CONNECTION, AUTH0_CA_FILE = TENANT["connection"], TENANT["ca_file"]

if JUDGE == "auth0db":
    INSTALLED_APPS += ["auth0db"]
    LOGIN_URL = "auth0db:login"
    AUTHENTICATION_BACKENDS = ["auth0db.backends.MigrateToAuth0Backend", *AUTHENTICATION_BACKENDS,
                               "auth0db.backends.Auth0LinkBackend"]
    SESSION_COOKIE_SAMESITE = os.environ.get("SITE_SAMESITE", "Lax")
    if os.environ.get("SITE_PROXY"):  # that speaks https
        SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
        SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = True
    SESSION_ENGINE = "django.contrib.sessions.backends." + os.environ.get("SITE_SESSIONS", "db")
elif JUDGE.startswith("allauth"):
    INSTALLED_APPS += ["allauth", "allauth.account", "allauth.socialaccount", "allauth.socialaccount.providers.auth0",
                       "allauth.socialaccount.providers.openid_connect"]
    MIDDLEWARE += ["allauth.account.middleware.AccountMiddleware"]
    AUTHENTICATION_BACKENDS += ["allauth.account.auth_backends.AuthenticationBackend"]
    SOCIALACCOUNT_LOGIN_ON_GET, ACCOUNT_LOGOUT_ON_GET = True, True
    ACCOUNT_EMAIL_VERIFICATION = "none"
    SOCIALACCOUNT_PROVIDERS = {
        "auth0": {"AUTH0_URL": ADDRESS, "OAUTH_PKCE_ENABLED": True, "APPS": [{"client_id": ID, "secret": SECRET}]},
        "openid_connect": {"OAUTH_PKCE_ENABLED": True, "APPS": [
            {"provider_id": "tenant", "name": "Auth0", "client_id": ID, "secret": SECRET,
             "settings": {"server_url": ADDRESS}}]}}
elif JUDGE == "mozilla":
    INSTALLED_APPS += ["mozilla_django_oidc"]
    AUTHENTICATION_BACKENDS += ["mozilla_django_oidc.auth.OIDCAuthenticationBackend"]
    OIDC_RP_CLIENT_ID, OIDC_RP_CLIENT_SECRET, OIDC_RP_SIGN_ALGO = ID, SECRET, "RS256"
    OIDC_OP_AUTHORIZATION_ENDPOINT, OIDC_OP_TOKEN_ENDPOINT = ADDRESS + "/authorize", ADDRESS + "/oauth/token"
    OIDC_OP_USER_ENDPOINT, OIDC_OP_JWKS_ENDPOINT = ADDRESS + "/userinfo", ADDRESS + "/.well-known/jwks.json"
    OIDC_USE_PKCE, ALLOW_LOGOUT_GET_METHOD = True, True
elif JUDGE == "social":
    INSTALLED_APPS += ["social_django"]
    AUTHENTICATION_BACKENDS += ["social_core.backends.auth0_openidconnect.Auth0OpenIdConnectAuth"]
    SOCIAL_AUTH_AUTH0_OPENIDCONNECT_KEY, SOCIAL_AUTH_AUTH0_OPENIDCONNECT_SECRET = ID, SECRET
    SOCIAL_AUTH_AUTH0_OPENIDCONNECT_DOMAIN = TENANT["domain"]
    SOCIAL_AUTH_AUTH0_OPENIDCONNECT_SCOPE = ["openid", "profile", "email"]
    # As it has it, but for the step that writes tokens into the database
    SOCIAL_AUTH_PIPELINE = ["social_core.pipeline." + step for step in (
        "social_auth.social_details", "social_auth.social_uid", "social_auth.auth_allowed", "social_auth.social_user",
        "user.get_username", "user.create_user", "social_auth.associate_user", "user.user_details")]
