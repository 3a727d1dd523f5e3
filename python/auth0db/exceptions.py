from django.core.exceptions import ImproperlyConfigured


class BadSetting(ImproperlyConfigured):
    """A setting that the client does not take; `where` names it."""

    def __init__(self, where, message):
        super().__init__("%s %s" % (where or "auth0db:", message))
        self.where = where


class UnhandledUserNameField(ImproperlyConfigured):
    """The user model is identified by neither a username nor an e-mail address."""
