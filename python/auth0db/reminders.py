"""The site's own reminder mails: templates that a site overrides, sent one by one."""

import logging
import smtplib
import socket

from django.apps import apps
from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.exceptions import ImproperlyConfigured
from django.core.mail import EmailMultiAlternatives, get_connection
from django.template.exceptions import TemplateDoesNotExist
from django.template.loader import render_to_string
from django.utils import translation

from auth0db import people
from auth0db.reports import hides_everything

log = logging.getLogger("auth0db")

# After these the server has not taken the mail, for certain
REFUSALS = (smtplib.SMTPResponseException, smtplib.SMTPRecipientsRefused, smtplib.SMTPNotSupportedError)
NEVER_CONNECTED = (ConnectionRefusedError, socket.gaierror)


class Nameless(Exception):
    """Nothing says what the site is called, and a mail must."""


def name_of_site():
    """As django.contrib.sites has it. Nameless where it has none: a host, or a brand's name that was guessed, makes
    the mail look like somebody else's."""
    if not apps.is_installed("django.contrib.sites"):
        raise Nameless("django.contrib.sites is not installed")
    from django.contrib.sites.models import Site

    try:
        return Site.objects.get_current().name
    except ImproperlyConfigured:  # several sites, told apart by their hosts: here is no request to tell them by
        raise Nameless("there is no SITE_ID") from None
    except Site.DoesNotExist:
        raise Nameless("SITE_ID names no site") from None


@hides_everything
def render(user, told, site):
    """The mail for this user, in the site's language. `told`: email, url and reason as the command says."""
    own = people.email_of(user)
    to = own if people.same_email(own, told["email"]) else told["email"]
    context = {
        "user": user,
        "url": told["url"],
        "site_name": site,
        "email": to,
        "reason": told.get("reason", ""),
    }
    with translation.override(settings.LANGUAGE_CODE):
        subject = render_to_string("auth0db/reminder_subject.txt", context)
        body = render_to_string("auth0db/reminder_email.txt", context)
        message = EmailMultiAlternatives(" ".join(subject.split()), body, to=[to])
        try:
            html = render_to_string("auth0db/reminder_email.html", context)
        except TemplateDoesNotExist:
            html = ""
    if html.strip():  # an empty template of the site's own means: text alone
        message.attach_alternative(html, "text/html")
    return message


class Mailer:
    def __init__(self, site):
        self.site = site
        self.connection = get_connection()

    def user(self, told):
        model = get_user_model()
        return model._base_manager.filter(pk=model._meta.pk.to_python(told["key"])).first()

    @hides_everything
    def send(self, told):
        """What the command is answered. `sent` is None where the mail may have left and may not."""
        user = self.user(told)
        if user is None:
            return {"sent": False, "detail": "the user is gone"}
        try:
            message = render(user, told, self.site)
            message.connection = self.connection
            self.connection.open()
        except Exception as error:  # of a template, or of whatever mail service: nothing has left yet
            return refused(error, told)
        try:
            return {"sent": message.send() == 1}
        except Exception as error:
            self.close()
            return refused(error, told) if nothing_has_left(error) else {"sent": None}

    def close(self):
        try:
            self.connection.close()
        except Exception as error:  # what has failed may fail again
            log.debug("the mail connection could not be closed: %s", type(error).__name__)


def nothing_has_left(error):
    """A mail service that answers no has not sent. What is not known to be an answer may have been cut off after the
    mail had left: SMTP and HTTP alike, and then nobody is mailed a second time on a guess."""
    chain = []
    while error is not None and error not in chain:
        chain.append(error)
        error = error.__cause__ or error.__context__
    if any(isinstance(one, NEVER_CONNECTED) for one in chain):
        return True
    if any(isinstance(one, REFUSALS) for one in chain):
        return True
    # A service's own exception, of an answer it has given; a cut or a time-out is some OSError
    return not any(isinstance(one, (OSError, smtplib.SMTPException)) for one in chain)


def refused(error, told):
    """The server's words, without the link, should it repeat the mail."""
    words = str(error).replace(told["url"], "...")
    return {"sent": False, "detail": ("%s: %s" % (type(error).__name__, words))[:150]}
