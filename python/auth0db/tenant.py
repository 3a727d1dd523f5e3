"""Asks the tenant whether the settings fit it. Every finding names a setting and the cure."""

import secrets
from dataclasses import asdict, dataclass

from auth0db import conf, scopes

# What auth0_check cannot do without a scope that helps it
CANNOT = {
    "read:connections": "compare AUTH0_CONNECTION with the tenant",
    "read:connections_options": "tell what the connection asks for: its password policy and its "
    "user names; and no import goes without it",
    "read:clients": "see the application's grants",
    "read:mfa_policies": "tell who will be asked for a second factor",
    "read:email_provider": "tell whether the tenant's mails go out by Auth0's test provider",
}

# What the C core says of a 403 that no scope and no setting helps
OF_THE_PLAN = "plan does not include"

WHERE_GRANTS = "Applications > (yours) > Settings > Advanced > Grant Types"
WHERE_SCOPES = "Applications > APIs > Auth0 Management API > Machine to Machine Applications"


@dataclass
class Finding:
    level: str  # "ok", "warning", "error"
    setting: str
    message: str
    cure: str = ""

    def as_dict(self):
        return asdict(self)


def check_tenant(client, deadline):
    """Findings, the ok ones too. At most six requests; ends early where the tenant cannot be
    talked to at all."""
    outcome, told, message = client.scopes(deadline=deadline)
    if outcome != "ok":
        return [*check_breaker(client), unreachable(outcome, message)]
    granted = told.split()
    return [
        Finding("ok", "AUTH0_DOMAIN", "%s answers" % conf.get("AUTH0_DOMAIN")),
        *check_scopes(granted),
        *(check_connection(client, deadline) if "read:connections" in granted else []),
        *(check_mfa(client, deadline) if "read:mfa_policies" in granted else []),
        *(check_mails(client, deadline) if "read:email_provider" in granted else []),
        *(
            check_application(client, deadline)
            if "read:clients" in granted
            else check_grant(client, deadline)
        ),
        *check_clock(client),
        *check_breaker(client),
    ]


def management_setting(what):
    """Where the management token comes from."""
    if conf.get("AUTH0_USER_JWT"):
        return "AUTH0_USER_JWT"
    own = conf.get("AUTH0_MANAGEMENT_CLIENT_ID")
    return ("AUTH0_MANAGEMENT_CLIENT_%s" if own else "AUTH0_CLIENT_%s") % what


def unreachable(outcome, message):
    message = message.removeprefix("management token: ")
    if outcome == "misconfigured":
        return Finding(
            "error",
            management_setting("SECRET"),
            "the tenant gives no management token: %s" % message,
            "Check %s and %s, enable the grant client_credentials "
            "(%s), and authorize the application for the Management API (%s)."
            % (
                management_setting("ID"),
                management_setting("SECRET"),
                WHERE_GRANTS,
                WHERE_SCOPES,
            ),
        )
    return Finding(
        "error",
        "AUTH0_DOMAIN",
        "the tenant does not answer: %s" % message,
        "Check AUTH0_DOMAIN and that this machine may connect to it by https.",
    )


def check_scopes(granted):
    missing = [scope for scope in scopes.needed_by("login") if scope not in granted]
    setting = management_setting("ID")
    if missing:
        yield Finding(
            "error",
            setting,
            "the management token lacks %s" % ", ".join(missing),
            "Tick them for the application: %s." % WHERE_SCOPES,
        )
    else:
        yield Finding("ok", setting, "the management token may create, read and update users")
    if conf.on_delete() == "delete" and "delete:users" not in granted:
        yield Finding(
            "error",
            "AUTH0_ON_DELETE",
            "the management token lacks delete:users: accounts of deleted users stay",
            "Tick it for the application: %s." % WHERE_SCOPES,
        )
    yield from check_commands(setting, granted)
    for scope in scopes.helping("check"):
        if scope not in granted:
            yield Finding(
                "warning",
                setting,
                "without %s this command cannot %s" % (scope, CANNOT[scope]),
                "Tick it for the application: %s." % WHERE_SCOPES,
            )


def check_commands(setting, granted):
    """Every scope that any command will want, before the first is run."""
    for scope in scopes.needed_by_any():
        stopped = scopes.commands_that_need(scope)
        if stopped and scope not in granted:
            yield Finding(
                "warning",
                setting,
                "without %s these commands stop: %s"
                % (scope, ", ".join("auth0_" + name for name in stopped)),
                "Tick it for the application: %s." % WHERE_SCOPES,
            )


def check_connection(client, deadline):
    name = conf.get("AUTH0_CONNECTION")
    outcome, connection, message = client.connection(deadline=deadline)
    if outcome == "not_found":
        yield Finding(
            "error",
            "AUTH0_CONNECTION",
            "the tenant has no connection %r" % name,
            "Set it to a name listed under Authentication > Database.",
        )
        return
    if outcome != "ok":
        cure = cure_for(message, "Try again.")
        yield Finding("error", "AUTH0_CONNECTION", "cannot be read: %s" % message, cure)
        return
    options = connection["options"]
    problems = list(connection_problems(name, connection))
    yield from problems or [
        Finding(
            "ok",
            "AUTH0_CONNECTION",
            "%r (%s), password policy %s" % (name, connection["id"], policy_of(options)),
        )
    ]
    if connection["other_applications"]:
        yield Finding(
            "warning",
            "AUTH0_CONNECTION",
            "other applications use %r, too: a new password on the site ends a user's sessions there" % name,
            "Tell their owners, or give the site a connection of its own.",
        )
    if options is not None:
        yield from check_fit(connection)


def policy_of(options):
    """In words; what the tenant leaves out is not known, and never "none"."""
    if options is None or not options["password_policy"]:
        return "not known: the tenant does not tell it"
    return options["password_policy"]


def connection_problems(name, connection):
    if connection["strategy"] != "auth0":
        yield Finding(
            "error",
            "AUTH0_CONNECTION",
            "%r is of the kind %r" % (name, connection["strategy"]),
            "Name a database connection: only those hold passwords.",
        )
    if not connection["enabled_for_client"]:
        yield Finding(
            "error",
            "AUTH0_CONNECTION",
            "%r is not enabled for the application" % name,
            "Switch the application on: Authentication > Database > %s > Applications." % name,
        )


def check_fit(connection):
    """Do its attributes and the settings go together? The C core decides, for an import alike."""
    misfits = connection["misfits"]
    for setting, what, cure in misfits:
        yield Finding("error", setting, "%r %s" % (connection["name"], what), cure)
    blamed = {setting for setting, _, _ in misfits}
    if "AUTH0_REQUIRE_USERNAME" not in blamed:
        said = bool(conf.get("AUTH0_REQUIRE_USERNAME"))
        yield Finding("ok", "AUTH0_REQUIRE_USERNAME", "the connection agrees: %s" % said)
    if not blamed:
        yield from check_identifier(connection["options"])


def check_identifier(options):
    by = conf.login_by()
    if options[by]["identifier"] is None:
        yield Finding(
            "warning",
            "AUTH0_IDENTIFIER",
            "the tenant does not tell whether people may log in by %s" % WORDS[by],
            "Look at the connection: Authentication > Database > (yours) > Attributes.",
        )
    else:
        yield Finding("ok", "AUTH0_IDENTIFIER", "people log in by %s" % WORDS[by])


WORDS = {"email": "e-mail", "username": "user name"}


def check_mfa(client, deadline):
    """Who will be asked for what the site's own page cannot ask?"""
    outcome, (policy, says), message = client.mfa_policy(deadline=deadline)
    level = {"never": "ok", "always": "error"}.get(policy, "warning")
    if conf.get("AUTH0_UNIVERSAL_LOGIN_URL") and policy in ("adaptive", "always"):
        level = "warning" if policy == "always" else "ok"
    if outcome != "ok":
        says = "%s (%s)" % (says, message)
    yield Finding(
        level,
        "AUTH0_UNIVERSAL_LOGIN_URL",
        says,
        ""
        if level == "ok"
        else cure_for(message, MFA_CURES.get(policy, "Look at Security > Multi-factor Auth.")),
    )


def check_mails(client, deadline):
    """Reset mails of Auth0's built-in provider are few, and look like Auth0's own."""
    outcome, own, message = client.own_mails(deadline=deadline)
    if own:
        yield Finding("ok", "AUTH0_DOMAIN", "the tenant mails through a provider of its own")
    elif own is False:
        yield Finding(
            "warning",
            "AUTH0_DOMAIN",
            "the tenant still mails through Auth0's test provider, which sends few mails and is not "
            "for production",
            "Set up Branding > Email Provider, or let the site mail: auth0_remind --ticket.",
        )
    else:
        yield Finding(
            "warning",
            "AUTH0_DOMAIN",
            "whether the tenant mails through Auth0's test provider is not known%s"
            % (": %s" % message if outcome != "ok" else ""),
            cure_for(message, "Look at Branding > Email Provider."),
        )


MFA_CURES = {
    "adaptive": "Set AUTH0_UNIVERSAL_LOGIN_URL, so that they are sent where they can be asked.",
    "always": "Set the policy to Never until people log in at Universal Login: "
    "Security > Multi-factor Auth.",
}


def check_application(client, deadline):
    outcome, application, message = client.application(deadline=deadline)
    if outcome != "ok":
        yield Finding(
            "error",
            "AUTH0_CLIENT_ID",
            "the application cannot be read: %s" % message,
            cure_for(message, "Check that AUTH0_CLIENT_ID names an application of this tenant."),
        )
        return
    if application["password_realm_grant"]:
        yield Finding("ok", "AUTH0_CLIENT_ID", "the application may use the password grant")
    else:
        yield Finding(
            "error",
            "AUTH0_CLIENT_ID",
            "the application may not use the password grant",
            "Tick Password: %s." % WHERE_GRANTS,
        )
    if conf.logs_in_by_key():
        return  # what that means for addresses the site's own checks say
    if application["forwarded_for_trusted"]:
        yield Finding("ok", "AUTH0_CLIENT_IP", "the tenant trusts the end user's address we send")
    else:
        yield Finding(
            "warning",
            "AUTH0_CLIENT_IP",
            "the tenant ignores the end user's address we send",
            "Its attack protection counts all users as one. Switch Trust Token Endpoint IP Header "
            "on: Applications > (yours) > Settings > Advanced > OAuth.",
        )


def check_grant(client, deadline):
    """Where the application cannot be read: try a login that must fail. Wrong password is the right
    answer."""
    nobody = "auth0-check-%s@example.invalid" % secrets.token_hex(8)
    outcome, _, message = client.grant(
        nobody, secrets.token_bytes(16).hex().encode(), deadline=deadline
    )
    if outcome == "bad_credentials":
        yield Finding("ok", "AUTH0_CLIENT_ID", "the application may use the password grant")
    elif outcome == "misconfigured":
        yield Finding(
            "error",
            "AUTH0_CLIENT_ID",
            "the application may not use the password grant: %s" % message,
            "Tick Password: %s." % WHERE_GRANTS,
        )
    else:
        yield Finding(
            "warning",
            "AUTH0_CLIENT_ID",
            "a test login got no clear answer (%s): %s" % (outcome, message),
            "Look at the tenant's log.",
        )


def cure_for(message, usual):
    """A plan's refusal is nobody's mistake, and no setting repairs it."""
    if OF_THE_PLAN in message:
        return "Upgrade the tenant's plan at Auth0, or do without."
    return usual


CLOCK = 60  # seconds; the C code refuses id tokens from then on, and every login with them
CLOCK_NEAR = 20


def check_clock(client):
    ahead = client.state()["clock_ahead"]
    if ahead is None or abs(ahead) < CLOCK_NEAR:
        return
    yield Finding(
        "error" if abs(ahead) >= CLOCK else "warning",
        "the clock",
        "this server's clock is %d s %s Auth0's" % (abs(ahead), "ahead of" if ahead > 0 else "behind"),
        "Let NTP set it. Where it is a minute off, the signatures of Auth0 cannot be believed, and nobody who has moved "
        "logs in.",
    )


def check_breaker(client):
    state = client.state()
    if state["breaker_open"]:
        yield Finding(
            "warning",
            "AUTH0_DOMAIN",
            "this process has stopped asking the tenant for %.1f s more, after "
            "%d failures in a row" % (state["retry_in"], state["failures_in_a_row"]),
            "Nothing to do: it tries again by itself.",
        )
