"""Rules of the Django app, taken out of the source, must make a test fail."""
import pytest

from mutants import app, app_tests

IP, FRAMES = "tests/django/test_client_ip.py", "tests/django/test_frames.py"
STALE, PAGE = "tests/django/test_stale.py", "tests/django/test_universal_login.py"
GUEST = "tests/django/test_guest.py"
HALF = [GUEST, "-k", "between_upgrade_and_migrate"]
KEPT = "tests/django/test_kept.py"
COPIES = "tests/django/test_copies.py"
DELETED, OUTBOX = "tests/django/test_deleted.py", "tests/django/test_outbox.py"
WALK = "test_the_first_address_from_the_right_that_is_no_proxy_of_ours"

# (what is lost, the file, the rule as it stands, what a careless edit would leave, the tests)
MUTATIONS = [
    ("a header from anybody tells whose address it is", "client_ip.py", "is_trusted(hops[-1], proxies) and ", "",
     [IP, "-k", WALK]),
    ("a visitor gets any address by beginning the header", "client_ip.py",
     "hops[-proxies - 1] if len(hops) > proxies else peer", "hops[0]", [IP, "-k", "counted"]),
    ("a visitor who came past the proxies is believed", "client_ip.py",
     " if len(hops) > proxies else peer", " if len(hops) > proxies else hops[0]", [IP, "-k", "counted"]),
    ("whoever comes by a socket is believed", "client_ip.py", 'hop == "" and UNIX in proxies', 'hop == ""',
     [IP, "-k", "unix_socket"]),
    ("IPv4 in IPv6 is another address", "client_ip.py", 'getattr(address, "ipv4_mapped", None) or address', "address",
     [IP, "-k", WALK]),
    ("frames keep what they held", "reports.py", "                step.tb_frame.clear()", "                pass",
     [FRAMES, "-k", "who_has_not_moved"]),
    ("the frame that guards keeps what it was given", "reports.py",
     "                args = kwargs = None  # this frame goes on\n                empty_frames(error, before)\n"
     "                raise\n\n    return guarded",
     "                empty_frames(error, before)\n                raise\n\n    return guarded",
     [FRAMES, "-k", "who_has_not_moved"]),
    ("the frames of what an error came from keep what they held", "reports.py",
     "        left += [each.__cause__, each.__context__]", "        pass", [FRAMES, "-k", "came_from"]),
    ("somebody else's report is emptied", "reports.py", "seen, left = {id(before)}, [error]", "seen, left = set(), [error]",
     [FRAMES, "-k", "left_alone"]),
    ("what waits for the commit shows its password", "reports.py", 'return "<Later>"',
     'return "<Later %r>" % (self._arguments,)', [FRAMES, "-k", "waits_for_the_commit"]),
    ("a push makes forget which hash an import or an older package recorded", "marks.py",
     'change(user, link.tenant_mark, ("claimed", None, ""), tenant_mark=mark)',
     'record(user, link.tenant_mark, tenant_mark=mark, sync_digest="")', [STALE, "-k", "forgotten_by_a_push"]),
    ("a login leads to any site", "web.py", 'return asked if asked and len(asked) <= NEXT_MAX and ours else ""',
     "return asked", [PAGE, "-k", "next_leads"]),
    ("what a form holds is an identity", "backends.py", "if not isinstance(auth0_identity, web.Identity):",
     "if auth0_identity is None:", [PAGE, "-k", "form_could_hold"]),
    ("a second factor that was asked for and not shown is one", "views.py",
     'if started.mfa and "mfa" not in identity.tenant["amr"].split():', "if False:", [PAGE, "-k", "lets_nobody_in_without"]),
    ("a second factor is good for ever", "web.py", "return max_age is None or time.time()",
     "return True or time.time()", [PAGE, "-k", "too_old"]),
    ("other hosts can put a login's cookie in", "web.py", '"__Host-auth0db-" if is_secure(request) else "auth0db-"',
     '"auth0db-"', [PAGE, "-k", "for_this_host_alone"]),
    ("a site can take a password away only once", "hooks.py", "return not _is_marker(instance)", "return True",
     [STALE, "-k", "twice"]),
    ("who has not moved is put back by an object read before", "hooks.py", "        return _is_as_read(instance)\n",
     "        return False\n", [STALE, "-k", "next_change"]),
    ("a save that is rolled back counts as what was read", "hooks.py", "    instance._state.auth0_hash_read = None\n",
     "    instance._state.auth0_hash_read = written\n", [STALE, "-k", "rolled_back"]),
    ("an unusable hash of Django's comes back", "hooks.py", "return len(encoded) <= UNUSABLE_PASSWORD_SUFFIX_LENGTH",
     "return True", [STALE, "-k", "unusable_hash"]),
    ("a column that is not there is found by a login", "models.py",
     'found += ["column %s.%s" % (table, n) for n in columns if n not in there]', "pass", HALF),
    ("with half of our tables the passwords of before log in", "backends.py",
     "        if models.nobody_has_moved():\n            return None\n", "        return None\n", HALF),
    ("with half of our tables a link is nobody's", "models.py",
     'return "table " + Auth0User._meta.db_table in missing()', "return bool(missing())", HALF),
    ("with half of our tables logins go on", "backends.py",
     "if models.missing():\n            return self._before_migrate", "if models.nobody_has_moved():\n            return self._before_migrate",
     HALF),
    ("a cascade asks a table that is not there", "models.py", "            return rows.none()\n", "            return rows\n",
     [GUEST, "-k", "users_are_deleted and not listens and not some"]),
    ("any answer mails for any tenant", "management/commands/auth0_remind.py",
     'answer if answer and answer in map(str.lower, question["answers"]) else None', "answer",
     [GUEST, "-k", "as_the_command_asks"]),
    ("no answer is a yes", "management/commands/auth0_remind.py",
     "answer if answer and answer in", "answer if answer in", [GUEST, "-k", "as_the_command_asks"]),
    ("a copy is not said to the client", "conf.py", "found.hold(copies.is_copy())", "found.hold(False)",
     [COPIES, "-k", "stays_here or makes_nobody"]),
    ("a copy adopts itself", "copies.py", "filter(pk=1, lives_in=None)", "filter(pk=1)", [COPIES, "-k", "adopts_itself_once"]),
    ("another number of the cluster is the same database", "copies.py",
     'one[0] == place and (one[1] == server or "" in (one[1], server))', "one[0] == place", [COPIES, "-k", "in_its_place"]),
    ("a copy sends the original's mails", "outbox.py", "    if copies.is_copy():", "    if False:", [COPIES, "-k", "sites_own_mails"]),
    ("what is held back is given up", "outbox.py", "PAUSES[-1], tries=row.tries - 1)", "PAUSES[-1])",
     [COPIES, "-k", "sites_own_mails"]),
    ("what was held back waits for hours", "copies.py", "    outbox.release()\n", "", [COPIES, "-k", "sites_own_mails"]),
    ("a deletion leaves nothing", "tombstones.py", "stone = _hold(sender, instance.pk, using) and leave(instance)", "stone = None",
     [DELETED, "-k", "stays_out and by_queryset"]),
    ("a proxy's deletion leaves nothing", "tombstones.py", "if model._meta.concrete_model is concrete:", "if model is concrete:",
     [DELETED, "-k", "by_a_proxy"]),
    ("a tombstone bars nobody", "tombstones.py", "return rows().filter(auth0_id=auth0_id, lifted=None).exists()", "return False",
     [DELETED, "-k", "stays_out and by_itself"]),
    ("a key that is given out again is the former user", "tombstones.py", "        number=before + 1,", "        number=before,",
     [DELETED, "-k", "another_email_get_another"]),
    ("somebody else's account is deleted with our user", "tombstones.py",
     'return TO_DO[wanted] if is_ours else "not-ours"', "return TO_DO[wanted]", [DELETED, "-k", "not_ours_is_left"]),
    ("the account of who is back is deleted", "tombstones.py", "    if is_somebodys(stone.auth0_id):", "    if False:",
     [DELETED, "-k", "restored_with_the_link"]),
    ("a job makes the account after its deletion", "tombstones.py",
     'status__in=["claimed", "submitted"]', "status__in=[]", [DELETED, "-k", "under_way_is_waited_for"]),
    ("two servers do it twice", "tombstones.py", "    if not mine.update(due=until, tries=stone.tries + 1):", "    if False:",
     [DELETED, "-k", "two_servers"]),
    ("what is erased takes the number along", "tombstones.py",
     "if writable(model).filter(pk=stone.user_id).exists():", "if False:", [DELETED, "-k", "number_of_a_key"]),
    ("a row is sent by all who try", "outbox.py", "    if not mine.update(due=until, tries=row.tries + 1):", "    if False:",
     [OUTBOX, "-k", "two_processes"]),
    ("posts at one moment are as many mails", "outbox.py",
     "slot=int(now.timestamp() // interval) if interval > 0 else time.time_ns()", "slot=time.time_ns()",
     [OUTBOX, "-k", "same_moment"]),
    ("a link lies readable in the table", "outbox.py", "return _native.seal(secrets()[0], \"outbox \" + address, json.dumps(content).encode())",
     "return json.dumps(content)", [OUTBOX, "-k", "can_be_read"]),
    ("a text opens in any row", "outbox.py", '_native.unseal(secret, "outbox " + row.address, row.content)',
     '_native.unseal(secret, "outbox ", row.content)', [OUTBOX, "-k", "sends or another_row"]),
    ("a mail that fails once is lost", "outbox.py", "    if row.tries > len(PAUSES):", "    if True:",
     [OUTBOX, "-k", "tried_again"]),
    ("a queue is handed the mail", "forms.py", "            queue(key)\n", "            queue(outbox.rows().get(pk=key).content)\n",
     [OUTBOX, "-k", "handed_a_key"]),
    ("a copy is adopted without a word about the tenant", "management/commands/auth0_site.py",
     "        if not self.means(domain, tenant):", "        if False:", [COPIES, "-k", "said_by_name"]),
    ("who stays is not told to the machine", "people.py", '"keep_local": stays,', '"keep_local": False,',
     [KEPT, "-k", "logs_in_and_out"]),
    ("Auth0 is asked to mail somebody who stays", "forms.py", " or kept.stays(user)]", "]", [KEPT, "-k", "asked_to_mail"]),
    ("a group's users move", "kept.py", "        if self.groups and in_groups(user, self.groups):\n            return True\n", "",
     [KEPT, "-k", "group_stays"]),
    ("a broken setting lets in whom the site accepts", "backends.py",
     'if question["ask"] != "admit" or not kept.stays(user):', 'if question["ask"] != "admit":',
     [KEPT, "-k", "lock_only_others_out and AUTH0_CLIENT_ID"]),
    ("a broken setting tells who stays", "backends.py",
     'if question["ask"] != "admit" or not kept.stays(user):', 'if not user or not kept.stays(user):',
     [KEPT, "-k", "same_error_as_anybodys or AUTH0_CLIENT_ID"]),
    ("a rule that cannot be read names nobody", "kept.py", "            raise self.broken\n        return False", "            pass\n        return False",
     [KEPT, "-k", "lock_only_others_out and KEEP_LOCAL"]),
    ("an unknown name is nobody's fault", "kept.py", "        if name not in known:", "        if False:",
     [KEPT, "-k", "is_named"]),
]


@pytest.mark.parametrize("name, rule, mutated, tests", [m[1:] for m in MUTATIONS], ids=[m[0] for m in MUTATIONS])
def test_without_the_rule_a_test_fails(tmp_path, name, rule, mutated, tests):
    package, environment = app(tmp_path)
    text = (package / name).read_text()
    assert text.count(rule) == 1, "the rule is not where this test looks for it: bring the list up to date"
    (package / name).write_text(text.replace(rule, mutated))
    result = app_tests(environment, *tests, timeout=300)
    assert result.returncode == 1 and " failed" in result.stdout, result.stdout[-2000:]
