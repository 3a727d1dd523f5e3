"""Break-glass: whom AUTH0_KEEP_LOCAL names is neither imported nor mailed, and stays when hashes are deleted."""
import json

import small_site
from test_keys import site_map
from test_remind import FAST, mailed, once, stuck


def keeping(*keys, kind="integer"):
    told = json.loads(site_map(kind)["SITE_MAP"])
    return {"SITE_MAP": json.dumps({**told, "keep_local": list(keys)})}


def named(g, *keys):
    g.more = keeping(*keys)


def test_who_stays_is_not_imported_and_says_why(ground):
    g = ground([small_site.user(i) for i in (1, 2, 3, 12)], more=keeping("2", "12"))
    ended = g.run("import")
    assert ended.status == 0 and ended.report["complete"], ended.errors
    assert g.holdouts() == {2: "keep-local", 12: "keep-local"}
    g.check_all_moved(held=[2, 12], sample=[1, 3])


def test_who_is_named_no_more_moves(ground):
    g = ground([small_site.user(i) for i in (1, 2)], more=keeping("2"))
    assert g.run("import").status == 0
    named(g)
    assert g.run("import").status == 0
    g.check_all_moved(sample=[2])


def test_plan_and_import_say_the_same(ground):
    g = ground([small_site.user(i) for i in (1, 2, 3)], more=keeping("3"))
    planned = g.run("plan").report
    assert planned["fates"] == {"moves": 2, "must_reset": 0, "holdouts": 1}
    assert g.run("import").report["held"] == 1


def test_who_stays_is_mailed_nothing(ground):
    g = ground([stuck(1), stuck(2)], more=keeping("1"))
    ended = g.run("remind", *FAST)
    assert ended.status == 0, ended.errors
    assert mailed(g) == once(2)


def test_who_was_mailed_before_is_not_mailed_again(ground):
    """A run was killed between making the tenant user and mailing; meanwhile the setting names the user."""
    g = ground([stuck(1)])
    g.tenant.fault(method="POST", path="/dbconnections/change_password", status=500, count=9)
    g.run("remind", *FAST)
    g.tenant.control("DELETE", "/faults")
    named(g, "1")
    g.run("remind", *FAST)
    assert mailed(g) == once()


def test_who_shares_an_email_stays_for_the_setting_and_not_for_the_email(ground):
    g = ground([small_site.user(1, email="shared@example.org"), small_site.user(2, email="shared@example.org"),
                small_site.user(3)], more=keeping("1"))
    assert g.run("import").status == 0
    assert g.holdouts() == {1: "keep-local", 2: "duplicate-email"}


def test_another_spelling_of_a_key_is_somebody_else(ground):
    g = ground([small_site.user(i) for i in (1, 2)], more=keeping("02", " 1", "10"))
    assert g.run("import").status == 0
    g.check_all_moved()
