"""Each safety rule of the login machine, taken out of the source, must make the path test fail.

A property that no mutation can break is not tested at all; this is the test of the test.
"""
import pytest

from mutants import ROOT, mutant, objects, run

SOURCES = sorted((ROOT / "src/migrate/login").glob("*.c"))

# (what is lost, the rule as it stands, what a careless edit would leave)
MUTATIONS = [
    ("S1: a refusal of the tenant is treated like an outage",
     "a0_refuse_for(login, answer->outcome); /* S1: never fall back */",
     "outage(login);"),
    ("S1: a rate limit is an outage",
     "ROW(THROTTLED, BUSY, NO, NO, NULL,", "ROW(THROTTLED, BUSY, NO, YES, NULL,"),
    ("S1: a refusal that nobody has described is an outage",
     "ROW(REFUSED, UNLISTED, NO, NO, NULL,", "ROW(REFUSED, UNLISTED, NO, YES, NULL,"),
    ("S1: settings that Auth0 does not take are an outage",
     "ROW(MISCONFIGURED, UNAVAILABLE, NO, NO, NULL,", "ROW(MISCONFIGURED, UNAVAILABLE, NO, YES, NULL,"),
    ("S1: one silence is an outage",
     "ROW(UNCONFIRMED, UNAVAILABLE, NO, NO, NULL,", "ROW(UNCONFIRMED, UNAVAILABLE, NO, YES, NULL,"),
    ("S1: a wrong password is remembered, so that a stranger bars the owner in an outage",
     "ROW(BAD_CREDENTIALS, BAD_CREDENTIALS, YES, NO, NULL,", 'ROW(BAD_CREDENTIALS, BAD_CREDENTIALS, YES, NO, "denied",'),
    ("S1: a block is not remembered",
     'ROW(BLOCKED, BLOCKED, YES, NO, "blocked",', "ROW(BLOCKED, BLOCKED, YES, NO, NULL,"),
    ("S10: a refusal costs no hash, and so tells who has moved",
     "    a0_check_hash(login, on_hash_of_refused);", "    a0_refuse(login, login->after_hash_refusal);"),
    ("S10: strangers are told why",
     "(told == AUTH0DB_TOLD_OWNER &&\n", "(told == AUTH0DB_TOLD_OWNER ||\n"),
    ("S5: a no that nobody has described holds back somebody who has not moved",
     "ROW(REFUSED, UNLISTED, NO, NO, NULL,", "ROW(REFUSED, UNLISTED, YES, NO, NULL,"),
    ("S1: a block seen while pushing is ignored",
     "else if (login->seen.blocked) /* S1, S11: setting a password would lift the block */\n"
     "        a0_refuse(login, AUTH0DB_REFUSED_BLOCKED);",
     ""),
    ("S1: a block seen after a kill between create and link is ignored",
     "if (login->seen.blocked)\n        a0_link_and_refuse(login, AUTH0DB_REFUSED_BLOCKED);\n    else if (login->grant",
     "if (login->grant"),
    ("S2: the old local password is good although nothing says it is newer",
     "if (answer->yes && !login->user.in_step)",
     "if (answer->yes)"),
    ("S2: the tenant's password is overwritten though it changed as well",
     "else if (!seen_by_site(login->seen.last_password_reset, login->user.tenant_mark))\n"
     "        a0_refuse(login, AUTH0DB_REFUSED_BOTH_CHANGED); /* S2: the tenant's has changed as well */",
     ""),
    ("S2: the tenant still takes the password from before a change whose push was lost",
     "else if (seen_by_site(mark, known)) /* S2: only the local one has changed */\n"
     "        a0_refuse(login, AUTH0DB_REFUSED_BAD_CREDENTIALS);",
     ""),
    ("S2: a tenant that could not be read is taken for the newer side",
     "    else if (!read)\n        a0_refuse(login, AUTH0DB_REFUSED_UNAVAILABLE);",
     "    else if (!read)\n        a0_renew_hash(login, NULL);"),
    ("S2: in step is recorded although nobody has seen the tenant's mark",
     "    else if (!read && sides_agree) /* S2: with an unseen mark nothing is recorded as in step */\n"
     "        a0_admit(login, false);",
     "    else if (!read && sides_agree)\n        a0_mark_in_step(login, NULL);"),
    ("S2: a tenant whose mark nobody has seen is taken for the newer side",
     "else if (strcmp(known, A0_MARK_UNKNOWN) == 0)\n        a0_refuse(login, AUTH0DB_REFUSED_BOTH_CHANGED);",
     ""),
    ("S2: after a kill, a password changed at the tenant is overwritten",
     "else if (login->seen.last_password_reset[0] != '\\0') /* changed at the tenant since: it rules */\n"
     "        a0_link_and_refuse(login, AUTH0DB_REFUSED_BAD_CREDENTIALS);",
     ""),
    ("S2: a new link starts out of step",
     "login->question.in_step = then != A0_THEN_PUSH;",
     "login->question.in_step = false;"),
    ("S2: a link made for a push starts in step, and a kill makes the older password the right one",
     "login->question.in_step = then != A0_THEN_PUSH;",
     "login->question.in_step = true;"),
    (
        "S2: a push that arrives during the login makes the old password look newer",
        "        a0_ask_grant(login, on_still_accepted);",
        "        a0_renew_hash(login, mark);",
    ),
    ("S2: an outage admits although the fallback is off",
     "if (login->outage_fallback)\n        a0_ask(login, AUTH0DB_ASK_CHECK_LOCAL, on_outage_local);\n    else\n"
     "        a0_refuse_for(login, AUTH0DB_OUTCOME_UNAVAILABLE);",
     "a0_ask(login, AUTH0DB_ASK_CHECK_LOCAL, on_outage_local);"),
    ("S2: while the mark cannot be read, the old local password is good",
     "    if (!a0_meaning_of(answer->outcome)->decided) /* S2: an unread mark refuses */\n"
     "        a0_refuse(login, a0_meaning_of(answer->outcome)->refusal);\n",
     "    if (!a0_meaning_of(answer->outcome)->decided)\n        a0_admit(login, true);\n"),
    ("S1: a push that failed admits",
     "    if (login->local_accepted)\n        a0_admit(login, true);\n    else\n        a0_refuse(login, a0_meaning_of(outcome)->refusal);",
     "    a0_admit(login, true);"),
    ("S3: an unverified e-mail joins",
     "else if (!tenant->email_verified)\n        a0_refuse(login, AUTH0DB_REFUSED_UNVERIFIED_EMAIL);",
     ""),
    ("S3: a stranger's sign-up under somebody's address becomes a local user",
     "} else if (!login->tenant.email_verified) {\n        a0_refuse(login, AUTH0DB_REFUSED_UNVERIFIED_EMAIL);\n    } else {\n"
     "        a0_ask(login, AUTH0DB_ASK_CREATE_LOCAL",
     "} else {\n        a0_ask(login, AUTH0DB_ASK_CREATE_LOCAL"),
    ("S3: any e-mail joins",
     "else if (!same_email)\n        a0_refuse(login, AUTH0DB_REFUSED_OTHER_ACCOUNT);",
     ""),
    ("S3: whoever had the primary key before is taken for this user",
     "else if (a0_is_own(login, tenant))", "else if (a0_is_expected(login, tenant->user_id))"),
    ("S4: the password of whoever had the primary key before is overwritten",
     "answer->outcome == AUTH0DB_OUTCOME_OK && a0_is_own(login, &login->seen))",
     "answer->outcome == AUTH0DB_OUTCOME_OK && a0_is_expected(login, login->seen.user_id))"),
    ("S3: a linked login takes another identity",
     "else if (strcmp(login->tenant.user_id, login->user.auth0_id) != 0)\n"
     "        a0_refuse(login, AUTH0DB_REFUSED_OTHER_ACCOUNT); /* deleted and made anew by somebody */",
     ""),
    ("S4: a foreign account's password is written without the opt-in",
     "answer->outcome != AUTH0DB_OUTCOME_OK && login->adopt_existing)",
     "answer->outcome != AUTH0DB_OUTCOME_OK)"),
    ("S5: trouble at the create keeps an unlinked user out",
     "    default:\n        a0_admit(login, true); /* S5 */",
     "    default:\n        a0_refuse(login, AUTH0DB_REFUSED_UNAVAILABLE);"),
    ("S5: trouble at the grant after a conflict keeps an unlinked user out",
     "        a0_admit(login, true); /* S5: and nothing is recorded, for nobody knows whose it is */\n    } else if (answer->outcome != AUTH0DB_OUTCOME_OK && login",
     "        a0_refuse(login, AUTH0DB_REFUSED_UNAVAILABLE);\n"
     "    } else if (answer->outcome != AUTH0DB_OUTCOME_OK && login"),
    ("S6: a tenant user that is another user's is taken as linked",
     "if (!answer->yes) { /* S6: that tenant user is another user's */",
     "if (false) {"),
    ("S6: a created user is not linked",
     "        if (a0_is_expected(login, login->seen.user_id))\n            a0_link_seen(login, A0_THEN_ADMIT);\n        else",
     "        "),
    ("S6: the link takes whatever id the create answered",
     "        if (a0_is_expected(login, login->seen.user_id))\n            a0_link_seen(login, A0_THEN_ADMIT);",
     "        if (true)\n            a0_link_seen(login, A0_THEN_ADMIT);"),
    ("S7: an inactive user is admitted",
     "if (!login->user.known || !login->user.active)\n        a0_refuse",
     "if (!login->user.known)\n        a0_refuse"),
    ("S2: a created user, never linked, brings back the password it was created with",
     "    else if (login->seen.last_password_reset[0] == '\\0')\n"
     "        a0_refuse(login, AUTH0DB_REFUSED_BAD_CREDENTIALS);\n    else\n        a0_link_seen(login, A0_THEN_RENEW);",
     "    else\n        a0_link_seen(login, A0_THEN_RENEW);"),
    ("S2: a push that may have arrived is forgotten",
     "else if (login->local_accepted) { /* S9: this was the fourth request */\n        end(login, answer->outcome, NULL);",
     "else if (login->local_accepted) {\n        login->push.ended(login);"),
    ("S2: a push that was not made leaves its mark",
     "else if (!is_lost(answer->outcome)) { /* decided: nothing was set */\n"
     "        end(login, answer->outcome, login->seen.last_password_reset);",
     "else if (!is_lost(answer->outcome)) {\n        login->push.ended(login);"),
    ("S2: a tenant that could not be read after a push is taken for unchanged",
     "end(login, login->push.outcome, seen ? login->seen.last_password_reset : NULL);",
     "end(login, login->push.outcome, login->seen.last_password_reset);"),
    ("S2: silence after a push is a no",
     "return outcome == AUTH0DB_OUTCOME_UNAVAILABLE || outcome == AUTH0DB_OUTCOME_UNCONFIRMED;",
     "return false;"),
    ("S2: a push that nobody would know of after a kill",
     "    a0_ask(login, AUTH0DB_ASK_BEGIN_PUSH, on_begun);\n    login->question.auth0_id = a0_own_id(login);",
     "    a0_ask_push(login, a0_own_id(login), on_pushed);"),
    ("S2: a push is sent although another one is under way",
     "    if (!answer->yes)\n        login->push.ended(login);\n    else if (login->push.reads)",
     "    if (login->push.reads)"),
    ("S2: a password replaced during the login is good",
     "    if (!login->push.begun) /* what is sendable is grantable */\n        a0_ask_grant(login, on_told_by_another);\n    else if",
     "    if (!login->push.begun)\n        a0_admit(login, false);\n    else if"),
    ("S1: a block that came during the push is ignored",
     "else if (login->seen.blocked) /* S1: since we have read it first */\n        a0_refuse(login, AUTH0DB_REFUSED_BLOCKED);",
     ""),
    ("S3: another identity is admitted after somebody else's push",
     "else if (strcmp(login->tenant.user_id, a0_own_id(login)) != 0)\n        a0_refuse(login, AUTH0DB_REFUSED_OTHER_ACCOUNT);",
     ""),
    ("S11: a password change lifts a block",
     "    else if (login->seen.blocked)\n        end(login, AUTH0DB_OUTCOME_BLOCKED, login->seen.last_password_reset);",
     ""),
    ("S11: a password change does not read the tenant user first",
     "a0_push_begin(login, true, on_change_pushed);", "a0_push_begin(login, false, on_change_pushed);"),
    ("S2: a change whose claim another one has is taken for told",
     "        change_not_made(login, a0_meaning_of(AUTH0DB_OUTCOME_UNAVAILABLE)->unpushed);",
     '        change_ended(login, "");'),
    ("S2: a change whose row holds another hash by now is sent",
     "    if (!a0_remember_row(login, answer))\n        change_ended(login, NULL);\n    else if (login->user.in_step) /* this",
     "    a0_remember_row(login, answer);\n    if (login->user.in_step) /* this"),
    ("S4: a password that the tenant would cut is set by a change",
     "    else if (!login->sendable)\n        change_not_made(login, auth0db_holdout_name(AUTH0DB_HOLDOUT_UNSENDABLE_PASSWORD));",
     ""),
    ("S5: trouble at the push keeps out whoever was not linked",
     "    if (login->local_accepted)\n        a0_admit(login, true);\n    else\n        a0_refuse(login, a0_meaning_of(outcome)->refusal);",
     "    a0_refuse(login, a0_meaning_of(outcome)->refusal);"),
    ("S9: a fifth request looks what became of a push",
     "else if (login->local_accepted) { /* S9: this was the fourth request */\n        end(login, answer->outcome, NULL);\n    } ",
     ""),
    ("S2: after a push without an answer, whatever the tenant has is older",
     "return strcmp(mark, known + 1) <= 0;", "return true;"),
    ("whose name: the one whose hash knows the password is not asked for",
     "    if (login->other_verdict.yes)\n        swap(login);", ""),
    ("whose name: the owner of the e-mail is asked for by another one's name",
     "    if (login->other_verdict.yes)\n        swap(login);", "    if (!login->verdict.yes)\n        swap(login);"),
    ("whose name: somebody who is two is taken for the first one found",
     "else if (answer->users == 1 && answer->named_twice)\n        a0_login_choose(login);", ""),
    ("S10: the second hash is left out where the first one knows the password",
     "    else /* S10: also where the first one's knows the password */\n",
     "    else if (login->other_verdict.yes)\n        on_owners_hash(login, answer);\n    else\n"),
    ("S10: a hash is worked out twice", "    if (!login->verdict.known) {", "    if (true) {"),
    ("S10: who looks at hashes alone is asked once more",
     "login->hashes_tried = !login->verdict.yes && !login->other_verdict.yes;", "login->hashes_tried = false;"),
    ("S5: backends are spared that would accept the password",
     "login->hashes_tried = !login->verdict.yes && !login->other_verdict.yes;", "login->hashes_tried = true;"),
    ("S13: what the site itself would refuse is admitted by the tenant's yes",
     "    else\n        a0_ask(login, AUTH0DB_ASK_SITE_RULES, on_site_rules);", "    else\n        enter(login);"),
    ("S13: the site's own rules are asked, and not heard",
     "static void on_site_rules(auth0db_login *login, const auth0db_answer *answer)\n{\n    if (answer->yes)",
     "static void on_site_rules(auth0db_login *login, const auth0db_answer *answer)\n{\n    if (true)"),
    ("S13: a backend that has said no counts as one that has said yes",
     "login->site_accepted = taken.users == 1;", "login->site_accepted = true;"),
    ("an outdated hash stays, and a change form's check of it ends the session",
     "else if (login->hash_outdated)\n        a0_ask(login, AUTH0DB_ASK_UPGRADE_HASH, on_upgraded);", ""),
    ("a hash is made anew of a password that it does not know",
     "login->hash_outdated = taken.yes && taken.outdated;", "login->hash_outdated = true;"),
    ("S9: every linked login reads the tenant user as well",
     "if (answer->yes && login->user.in_step && *login->user.tenant_mark != *A0_MARK_UNKNOWN &&\n"
     "        *login->user.tenant_mark != MARK_UNANSWERED)",
     "if (false)"),
    ("S10: a wrong password of a linked user costs no hash",
     "else if (answer->outcome == AUTH0DB_OUTCOME_BAD_CREDENTIALS)\n"
     "        a0_check_hash(login, on_wrong_password_hash);",
     "else if (answer->outcome == AUTH0DB_OUTCOME_BAD_CREDENTIALS && login->user.in_step)\n"
     "        a0_refuse(login, AUTH0DB_REFUSED_BAD_CREDENTIALS);\n"
     "    else if (answer->outcome == AUTH0DB_OUTCOME_BAD_CREDENTIALS)\n"
     "        a0_check_hash(login, on_wrong_password_hash);"),
    ("S10: an unknown user is refused without asking the tenant",
     "void a0_login_rejected(auth0db_login *login)\n{\n    if (login->grantable)",
     "void a0_login_rejected(auth0db_login *login)\n{\n    if (login->user.known && login->grantable)"),
    ("S10: an outage tells who has moved",
     "else /* S10: as for somebody unknown; only users who have moved come here */\n"
     "        a0_refuse(login, AUTH0DB_REFUSED_UNAVAILABLE);",
     "else\n        a0_refuse(login, AUTH0DB_REFUSED_BAD_CREDENTIALS);"),
    ("S11: a deleted tenant user is created again",
     "    else if (outcome == AUTH0DB_OUTCOME_NOT_FOUND) /* S11: deleted stays deleted */\n"
     "        a0_refuse(login, AUTH0DB_REFUSED_DELETED);",
     "    else if (outcome == AUTH0DB_OUTCOME_NOT_FOUND)\n"
     "        a0_ask(login, AUTH0DB_ASK_CREATE_TENANT, on_outage_local);"),
    ("S11: a password is pushed without reading the user first",
     "    if (answer->yes && !login->user.in_step)\n        a0_ask_read(login, login->user.auth0_id, on_newer_read);",
     "    if (answer->yes && !login->user.in_step)\n        a0_login_push(login);"),
    ("S11: a blocked account is adopted, which unblocks it",
     "else if (login->seen.blocked) /* S11 holds for adopted accounts too */\n"
     "        a0_hold_out(login, AUTH0DB_HOLDOUT_FOREIGN_ACCOUNT);",
     ""),
    ("S12: a password that the tenant would cut is sent at the creation",
     "return login->sendable ? AUTH0DB_HOLDOUT_NONE : AUTH0DB_HOLDOUT_UNSENDABLE_PASSWORD;",
     "return AUTH0DB_HOLDOUT_NONE;"),
    ("S12: a user is created without the password",
     "        .password_len = login->password_len,\n    };\n    a0_ask(login, AUTH0DB_ASK_CREATE_TENANT",
     "        .password_len = 0,\n    };\n    a0_ask(login, AUTH0DB_ASK_CREATE_TENANT"),
]


@pytest.fixture(scope="module")
def paths(tmp_path_factory):
    """The suites: of the login, of the push, and of a name that means two users."""
    folder = tmp_path_factory.mktemp("mutation")
    return [objects(folder, "unit/test_%s.c" % of) for of in ("login_paths", "push_paths", "login_names")]


@pytest.mark.parametrize("which", [0, 1, 2])
def test_the_machine_as_it_is_passes(tmp_path, paths, which):
    result = run(tmp_path, paths[which])
    assert result.returncode == 0, result.stdout


@pytest.mark.parametrize("rule, mutated", [m[1:] for m in MUTATIONS], ids=[m[0] for m in MUTATIONS])
def test_without_the_rule_a_property_breaks(tmp_path, paths, rule, mutated):
    changed = mutant(tmp_path, SOURCES, rule, mutated)
    for suite in reversed(paths):  # the quick ones first
        result = run(tmp_path, suite, changed)
        if result.returncode != 0:
            break
    assert result.returncode != 0, "all properties still hold: the path tests do not test this rule"
    assert "broken:" in result.stdout or "Assertion" in result.stdout, result.stdout
