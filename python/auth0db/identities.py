"""The site's part of a login at Auth0's own page (auth0db.answers has that of a password): who it is, by the link,
else by the join rule. No password is known here, so none is compared, made or renewed."""

from django.contrib.auth import hashers
from django.db import IntegrityError, router

from auth0db import answers, conf, people, rules
from auth0db.models import Auth0Site

QUESTIONS = frozenset(
    ["resolve", "tombstone", "email_shared", "create_local", "link", "site_rules", "remember", "follow"]
)


class IdentityAnswers(answers.Answers):
    def __init__(self, backend, request):
        super().__init__(backend, request, "", "", {})

    def answer(self, question):
        ask = question["ask"]
        if ask not in QUESTIONS:
            raise RuntimeError("the login machine asks %r, and no password is known" % ask)
        return getattr(self, ask)(question)

    def site_rules(self, question):
        """What the backends behind us say of this user, without a password to show them."""
        return {"yes": rules.may_stay(self.backend.backends_behind(), self.users[question["user_key"]])}

    def create_local(self, question):
        """A user without a password, and its link, or neither: Auth0 has the password."""
        tenant = question["tenant"]
        for user in self.backend.new_users(tenant):
            user.password = hashers.make_password(None)
            try:
                with answers.atomic(type(user)):
                    user.save(using=router.db_for_write(type(user)))
                    self._write_link(
                        user, tenant["user_id"], dict(question, standing=None), tenant["email"]
                    )
            except IntegrityError:
                link = answers.link_to(tenant["user_id"])
                if link is not None:
                    return self._found([link.user])
                continue
            answers.log.info("user %s was made for %s", people.key_of(user), tenant["user_id"])
            self._tell_linked(user, tenant["user_id"], question["lane"])
            return self._found([user])
        answers.log.error(
            "no local user could be made for %s: does the model need more than e-mail and name?",
            tenant["user_id"],
        )
        return {"users": 0}


def decide(backend, request, identity):
    """(user or None, reason of a refusal, may it be told)."""
    told = IdentityAnswers(backend, request)
    login = conf.client().identity(
        site=Auth0Site.current(),
        tenant=identity.tenant,
        create_users=bool(conf.get("AUTH0_CREATE_USERS")),
        deadline=conf.seconds("AUTH0_DEADLINE"),
    )
    question = login.step()
    while question["ask"] not in ("admit", "refuse"):
        question = login.step(**told.answer(question))
    user = told.user(question.get("user_key"))
    if question["ask"] == "refuse":
        return user, question["refusal"], question["may_be_told"]
    return user, None, False
