"""For Django's own Tasks (6.0 and later): AUTH0_MAIL_QUEUE = "auth0db.tasks.send_later"."""

from django.tasks import task

from auth0db import outbox


@task
def send_mail(key):
    outbox.send(key)


def send_later(key):
    send_mail.enqueue(key)
