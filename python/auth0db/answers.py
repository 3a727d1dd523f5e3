"""The site's part of one login: answers what the login machine (include/auth0db/login.h) asks, with
the ORM.

Every method named after a question returns what Login.step takes. Database errors escape as they
are: the login has then not happened, and every act is safe to repeat.
"""

import logging
import time

from django.contrib.auth import get_user_model, hashers
from django.core.exceptions import ImproperlyConfigured, PermissionDenied
from django.db import DatabaseError, IntegrityError, router, transaction
from django.utils import timezone

from auth0db import addresses, conf, digests, hashes, kept, mailboxes, marks, people, rules, signals, tombstones
from auth0db.models import Auth0User, Holdout, put, writable
from auth0db.reports import hides_everything, hides_secrets

log = logging.getLogger("auth0db")

QUESTIONS = frozenset(
    [
        "find_user",
        "find_owner",
        "check_local",
        "check_hash",
        "resolve",
        "tombstone",
        "email_shared",
        "create_local",
        "link",
        "renew_hash",
        "upgrade_hash",
        "site_rules",
        "mark_in_step",
        "begin_push",
        "end_push",
        "unpushed",
        "remember",
        "follow",
        "holdout",
    ]
)

EMAIL_MAX = Auth0User._meta.get_field("email").max_length


def links():
    return writable(Auth0User)


def link_to(auth0_id):
    return links().filter(auth0_id=auth0_id).select_related("user").first()


def atomic(model):
    return transaction.atomic(using=router.db_for_write(model))


class Answers(marks.Recorder):
    """One attempt. Users are kept as the instances that were read, so that the one returned to
    Django carries the very hash the attempt was decided on: login() puts its HMAC into the session.
    """

    def __init__(self, backend, request, identifier, password, credentials):
        super().__init__(time.monotonic() + conf.deadline())
        self.backend = backend
        self.request = request
        self.identifier = identifier
        self.password = password
        self.credentials = credentials
        self.trouble = lambda: ""
        self.held_out = False
        self.not_looked_up = False
        self.owners = []
        self.verdicts = {}  # of hashes, by the user's key

    def answer(self, question):
        ask = question["ask"]
        if ask not in QUESTIONS:
            raise RuntimeError(
                "the login machine asks %r: the extension does not fit this package" % ask
            )
        return getattr(self, ask)(question)

    def user(self, key):
        return self.users.get(key)

    def _found(self, users, visible=True):
        if len(users) != 1:
            return {"users": len(users)}
        user = users[0]
        told = people.describe(user, visible and self.backend.user_can_authenticate(user))
        self.users[told["key"]] = user
        self.marks[told["key"]] = told.get("tenant_mark")
        return {"users": 1, "user": told}

    # --- who is it --------------------------------------------------------------------------------

    def find_user(self, question):
        """By the site's own way, else as find_owner() does. The user found decides, not the spelling:
        MariaDB's collation finds people by other spellings than their own."""
        model = get_user_model()
        try:
            named = people.by_name(self.identifier)
        except model.MultipleObjectsReturned:
            return {"users": 2}
        except model.DoesNotExist:
            return self._found(self._owners())
        answer = self._found([named])
        if not people.same_email(people.email_of(named), self.identifier):
            self.owners = self._owners_beside(named)
            answer["named_twice"] = len(self.owners) == 1 and self.owners[0].pk != named.pk
        return answer

    def _owners_beside(self, named):
        """Who stays on the site depends on no function that a setting names."""
        try:
            return self._owners()
        except (ImproperlyConfigured, ImportError) as broken:
            if not kept.stays(named):
                raise
            log.error("nobody else is looked for: %s", broken)
            return []

    def find_owner(self, question):
        return self._found(self.owners)

    def _owners(self):
        """Whose e-mail is what was typed, or whose name in another spelling that the site knows?
        Several with one e-mail are nobody in particular, unless one was chosen to be kept."""
        found = people.with_email(people.users(), self.identifier) if "@" in self.identifier else []
        if len(found) > 1:
            kept = people.kept_for(self.identifier)
            return list(people.users().filter(pk=kept)) if kept is not None else found
        return found or people.by_other_spelling(self.request, self.identifier)

    def resolve(self, question):
        tenant = question["tenant"]
        link = link_to(tenant["user_id"])
        if link is None:
            found = self._with_email(tenant["email"])
            if not found:
                return self._found(self._hidden_with_email(tenant["email"]), visible=False)
            return self._found(found)
        self._follow_email(link, tenant)
        # A linked user whom the site's manager hides (deleted softly, say) is nobody who may log in
        return self._found([link.user], visible=people.users().filter(pk=link.user_id).exists())

    def _with_email(self, email):
        """One of several where a person has chosen it (`auth0db resolve --keep`)."""
        if not people.finds_everybody():
            return self._nobody_in_particular()
        found = people.with_email(people.users(), email)
        kept = people.kept_for(email) if len(found) > 1 else None
        return list(people.users().filter(pk=kept)) if kept is not None else found

    def _hidden_with_email(self, email):
        """Users whom the site's own manager hides, deleted softly, say: nobody is made anew beside them."""
        model = get_user_model()
        everybody = writable(model) if people.address_column() else None
        return [] if everybody is None else people.with_email(everybody, email)

    def _nobody_in_particular(self):
        """Somebody not linked may have this e-mail, and to look would read all users: nobody is
        joined, nor made a second time."""
        log.error(
            "a person known to Auth0 is refused: the users' e-mails have no index. "
            "Make it with `manage.py auth0_index`"
        )
        return [None, None]

    def _follow_email(self, link, tenant):
        """The tenant has just proven who this is, under an e-mail that was changed there: from now
        on a login by the site's name asks for that one."""
        if link.auth0_id == tenant["user_id"] and tenant["email"] != link.email:
            mailboxes.follow(link, people.email_of(link.user), tenant["email"])

    def tombstone(self, question):
        return {"yes": tombstones.bars(question["auth0_id"])}

    def email_shared(self, question):
        """Wider than same_email on purpose: whatever the database takes for equal is in doubt."""
        field = people.email_field()
        user = self.users[question["user_key"]]
        email = people.email_of(user)
        if field is None or not email or people.kept_for(email) == user.pk:
            return {"yes": False}
        if not people.finds_everybody():  # many users and no index: not known is not "nobody else"
            self.not_looked_up = True
            return {"yes": True}
        alike = addresses.look_up(writable(type(user)), field, email)
        return {"yes": any(key != user.pk for key in alike.values_list("pk", flat=True))}

    # --- is it their password ---------------------------------------------------------------------

    def check_local(self, question):
        """What would Django say without us? Asks the backends behind us the way authenticate()
        does."""
        user = self._accepted_by_others(question.get("hashes_tried", False))
        if user is None:
            return {"users": 0}
        return self._found([user])

    @hides_secrets
    def _accepted_by_others(self, hashes_tried):
        for backend in self.backend.backends_behind():
            if hashes_tried and rules.looks_at_hashes_alone(backend, self.verdicts.values()):
                continue
            try:
                user = self.ask(backend)
            except PermissionDenied:
                return None
            if user is not None:
                self.accepted_by(user, backend)
                return user
        return None

    @hides_secrets
    def ask(self, backend, identifier=None):
        """What this backend's authenticate() says to what was typed, or to another name with the same
        password. A hash that it fails on is a wrong password."""
        spellings = self.spellings()
        if identifier is not None:
            spellings = rules.spellings_of(identifier, self.password)
        credentials = rules.credentials_for(backend, self.request, spellings)
        if credentials is None:
            return None
        try:
            return backend.authenticate(self.request, **credentials)
        except (PermissionDenied, DatabaseError):
            raise
        except BaseException as error:
            if not hashes.is_a_failure(error) or not self._hash_is_unreadable():
                raise
            log.warning(
                "a stored hash cannot be read, %s raised %s: taken as a wrong password",
                type(backend).__name__,
                type(error).__name__,
            )
            return None

    @hides_secrets
    def spellings(self):
        """The credentials as they came, then in the spellings of other backends."""
        return [self.credentials, *rules.spellings_of(self.identifier, self.password)]

    def names_of(self, user):
        """What else than the typed name this user is called."""
        names = [user.get_username(), people.email_of(user)]
        return [name for name in names if name and name != self.identifier]

    def accepted_by(self, user, backend):
        """The session will name this backend: what it says of the user later must count then. The
        instance is the backend's from now on, with the hash that it may have made anew."""
        self._follow_upgrade(user)
        user._auth0_accepted_by = rules.path_of(backend)
        self.users[people.key_of(user)] = user

    def site_rules(self, question):
        return {"yes": rules.accepts(self, self.users[question["user_key"]])}

    def _hash_is_unreadable(self):
        """Of those whom this login may be of: can nobody say whether a password matches it?"""
        return any(hashes.is_unreadable(user) for user in self.users.values())

    def _follow_upgrade(self, user):
        """A backend that accepts a password may hash it anew (Django does after a hasher's settings
        changed)."""
        before = self.users.get(people.key_of(user))
        if before is not None and before.password != user.password and self._verdict(user):
            marks.follow_new_encoding(user, before.password)

    def check_hash(self, question):
        user = self.users[question["user_key"]]
        verdict = self._verdict(user)
        return {
            "yes": verdict is True,
            "no_password": verdict is None,
            "outdated": verdict is True and hashes.is_outdated(user),
        }

    @hides_secrets
    def _verdict(self, user):
        before = user.password
        verdict = hashes.check(user, self.password)
        if verdict and user.password != before:  # by a check_password of the model's own
            marks.follow_new_encoding(user, before)
        self.verdicts[people.key_of(user)] = verdict
        return verdict

    # --- acts -------------------------------------------------------------------------------------

    def link(self, question):
        """Idempotent. Of two logins at once, the unique constraints let one win; both then hold the
        same link."""
        user, auth0_id = self.users[question["user_key"]], question["auth0_id"]
        try:
            with atomic(Auth0User):
                self._write_link(
                    user, auth0_id, question, question.get("email") or people.email_of(user)
                )
        except IntegrityError:
            link = marks.link_now(user)
            if link is None or link.auth0_id != auth0_id:
                return {"yes": False}
            self.marks[people.key_of(user)] = link.tenant_mark
            return {"yes": True}
        self._tell_linked(user, auth0_id, question["lane"])
        return {"yes": True}

    def _tell_linked(self, user, auth0_id, lane):
        log.info("user %s is now %s (%s)", people.key_of(user), auth0_id, lane)
        signals.tell(
            signals.auth0_user_created, type(user), user=user, auth0_id=auth0_id, lane=lane
        )

    def _write_link(self, user, auth0_id, question, email):
        """A password set on the site while there was no link was not pushed, and is newer than what
        this attempt has seen of the tenant. With the row held, whoever sets one now finds the link.
        """
        held = marks.hold_row(user)
        mark = (question.get("tenant_mark") or "") if held else marks.until()
        link = Auth0User(
            user=user,
            auth0_id=auth0_id,
            email=email if len(email) <= EMAIL_MAX else "",  # "": the user's own
            lane=question["lane"],
            tenant_mark=mark,
            tenant_username=self._name_at_tenant(user, question["lane"]),
        )
        event = {"same": "shared", "replaced": "replaced"}.get(question["standing"] if held else "")
        events = [(event, None, user.password)] if event else []
        for name, value in digests.after(link, *events).items():
            setattr(link, name, value)
        link.save(using=router.db_for_write(Auth0User), force_insert=True)
        self.marks[people.key_of(user)] = mark
        writable(Holdout).filter(user=user).delete()
        tombstones.lift(auth0_id)

    def _name_at_tenant(self, user, lane):
        """As it was made with. That of an account that was joined is not known."""
        made = lane == "login" and conf.get("AUTH0_REQUIRE_USERNAME")
        return people.username_of(user)[:150] or None if made else None

    @hides_everything
    def create_local(self, question):
        """A user and its link, or neither. Whoever loses a race answers with the winner's user."""
        tenant = question["tenant"]
        for user in self.backend.new_users(tenant):
            # The name may be taken, and servers log statements that fail: the hash goes in after
            user.password = hashers.make_password(None)
            try:
                with atomic(type(user)):
                    user.save(using=router.db_for_write(type(user)))
                    new = hashes.NewHash(user, self.password)
                    if not new.apply():
                        raise IntegrityError  # of no use without a password
                    new.save()
                    self._write_link(
                        user, tenant["user_id"], dict(question, standing="same"), tenant["email"]
                    )
            except IntegrityError:
                link = link_to(tenant["user_id"])
                if link is not None:
                    return self._found([link.user])
                continue
            log.info("user %s was made for %s", people.key_of(user), tenant["user_id"])
            self._tell_linked(user, tenant["user_id"], question["lane"])
            return self._found([user])
        log.error(
            "no local user could be made for %s: does the model need more than e-mail and name?",
            tenant["user_id"],
        )
        return {"users": 0}

    @hides_everything
    def renew_hash(self, question):
        """Only over the hash this attempt has read: a password set in the meantime is newer than
        this one."""
        user = self.users[question["user_key"]]
        before = user.password
        new = hashes.NewHash(user, self.password)
        with atomic(type(user)):
            if not marks.hold_row(user) or not new.apply():
                return {"yes": False}
            events = marks.renewal(before, user.password)
            if not self.record_in_step(user, question["tenant_mark"], events):
                new.undo()
                return {"yes": False}
            new.save()
        return {"yes": True}

    @hides_everything
    def upgrade_hash(self, question):
        """What check_password() of Django does once it knows that the password is right: of a
        set_password of the model's own it saves the hash alone, for nobody has changed a password.
        """
        user = self.users[question["user_key"]]
        before = user.password
        new = hashes.NewHash(user, self.password)
        with atomic(type(user)):
            if not marks.hold_row(user) or not new.apply():
                return {"yes": False}
            new.save(["password"])
            marks.follow_new_encoding(user, before)
        return {"yes": True}

    def holdout(self, question):
        user, reason = self.users[question["user_key"]], question["holdout"]
        if reason == "duplicate-email" and self.not_looked_up:  # tried again once there is an index
            log.warning("user %s does not move now: whether others share the e-mail is not looked up; see auth0_index",
                        people.key_of(user))  # fmt: skip
            return {"yes": True}
        detail = self.trouble()
        self.held_out = True
        put(Holdout, user, reason=reason, detail=detail, hash_digest=people.holdout_digest(user), created=timezone.now())
        log.info("user %s cannot migrate: %s", people.key_of(user), reason)
        signals.tell(
            signals.auth0_users_create_failed, type(user), user=user, reason=reason, detail=detail
        )
        return {"yes": True}
