from django.core.exceptions import ImproperlyConfigured


class UnhandledUserNameField(ImproperlyConfigured):
    """The user model is identified by something that is neither a username nor an e-mail address."""
