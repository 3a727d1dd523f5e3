"""The site's own reminder mails: templates that a site overrides, sent one by one."""

import smtplib

from django.apps import apps
from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.mail import EmailMultiAlternatives, get_connection
from django.template.exceptions import TemplateDoesNotExist
from django.template.loader import render_to_string
from django.utils import translation

from auth0db import people
from auth0db.reports import hides_everything

# After these the server has not taken the mail, for certain
REFUSALS = (smtplib.SMTPResponseException, smtplib.SMTPRecipientsRefused)


def name_of_site():
    """As django.contrib.sites has it, else the host, else where mails come from."""
    if apps.is_installed("django.contrib.sites"):
        from django.contrib.sites.models import Site

        return Site.objects.get_current().name
    hosts = [host.lstrip(".") for host in settings.ALLOWED_HOSTS if host != "*"]
    return (hosts or [settings.DEFAULT_FROM_EMAIL.rpartition("@")[2].strip("> ")])[0]


@hides_everything
def render(user, told, site):
    """The mail for this user, in the site's language. `told`: email and url as the command says."""
    own = people.email_of(user)
    to = own if people.same_email(own, told["email"]) else told["email"]
    context = {"user": user, "url": told["url"], "site_name": site, "email": to}
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
    def __init__(self, site=None):
        self.site = site or name_of_site()
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
        message = render(user, told, self.site)
        message.connection = self.connection
        try:
            self.connection.open()
        except (OSError, smtplib.SMTPException) as error:
            return refused(error, told)
        try:
            return {"sent": message.send() == 1}
        except REFUSALS as error:
            self.connection.close()
            return refused(error, told)
        except (OSError, smtplib.SMTPException):
            self.connection.close()
            return {"sent": None}


def refused(error, told):
    """The server's words, without the link, should it repeat the mail."""
    words = str(error).replace(told["url"], "...")
    return {"sent": False, "detail": ("%s: %s" % (type(error).__name__, words))[:150]}
