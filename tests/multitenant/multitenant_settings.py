"""What both sites have."""

SECRET_KEY = "a site with several faces"
ALLOWED_HOSTS = ["*"]
ROOT_URLCONF = "multitenant_urls"
USE_TZ = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
MIDDLEWARE = [
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
]
LOADERS = [
    (
        "django.template.loaders.locmem.Loader",
        {
            "registration/password_reset_form.html": "{{ form.errors.as_json }}",
            "registration/password_reset_done.html": "sent",
            "registration/password_reset_confirm.html": "{{ form.errors.as_json }}",
            "registration/password_reset_complete.html": "done",
            "registration/password_reset_subject.txt": "{{ site_name }}",
            "registration/password_reset_email.html": (
                "{{ protocol }}://{{ domain }}{% url 'password_reset_confirm' uidb64=uid token=token %}"
            ),
        },
    )
]
TEMPLATES = [{"BACKEND": "django.template.backends.django.DjangoTemplates", "OPTIONS": {"loaders": LOADERS}}]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
AUTHENTICATION_BACKENDS = ["auth0db.backends.MigrateToAuth0Backend", "django.contrib.auth.backends.ModelBackend"]
# Nobody is there: what is local must not need the tenant
AUTH0_DOMAIN, AUTH0_CLIENT_ID, AUTH0_CLIENT_SECRET = "127.0.0.1:1", "id", "secret"
AUTH0_CONNECTION = "Username-Password-Authentication"
AUTH0_MAIL_INTERVAL = 0
AUTH0_ON_DELETE = "leave"
