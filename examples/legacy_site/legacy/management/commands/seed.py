import json

from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from legacy.people import Registrations


class Command(BaseCommand):
    help = "Fills an empty site with users made with every stock hasher. Prints some logins."

    # Those with a story to tell: what is special about them
    SPECIAL = {
        "admin": {"is_staff": True, "is_superuser": True},
        "inactive": {"is_active": False},
        "twin": {"email": "twins@people.example"},
        "twin2": {"email": "Twins@People.example"},
        "mailless": {"email": ""},
        "weak": {"password": "abc"},
        "blocked": {},
        "changed": {},
        "forgetful": {},
        "late": {},
    }

    def add_arguments(self, parser):
        parser.add_argument("--users", type=int, default=1000)

    @transaction.atomic
    def handle(self, users, **options):
        model = get_user_model()
        if model.objects.exists():
            raise CommandError("this site has users already")
        registrations = Registrations()
        rows, logins = [], []
        hashers = len(registrations.makers)
        for number in range(max(users - len(self.SPECIAL), 2 * hashers)):
            fields, password, algorithm = registrations.person(number)
            rows.append(model(**fields))
            if number < 2 * hashers:
                logins.append(
                    dict(
                        username=fields["username"],
                        email=fields["email"],
                        password=password,
                        algorithm=algorithm,
                        comes_by=number < hashers,
                    )
                )
        for name, special in self.SPECIAL.items():
            logins.append(self.special(registrations, name, dict(special), rows))
        model.objects.bulk_create(rows, batch_size=500)
        return json.dumps(logins)

    def special(self, registrations, name, special, rows):
        password = special.pop("password", None) or registrations.password()
        algorithm, encode, _ = registrations.makers[0]
        fields = {
            "username": name,
            "email": "%s@people.example" % name,
            "first_name": name.title(),
            **special,
        }
        rows.append(get_user_model()(password=encode(password), **fields))
        return dict(
            username=name,
            email=fields["email"],
            password=password,
            algorithm=algorithm,
            comes_by=True,
        )
