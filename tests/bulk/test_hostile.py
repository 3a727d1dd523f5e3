"""A site with malformed bytes in every column: nobody's row stops the import, spoils a file, or is lost."""
import hostile_site
import small_site
from ground import Ground

USERS = 1000  # as many as the tenant lists


class HostileSite(small_site.Sqlite):
    def make(self, rows):
        hostile_site.make(self.path, USERS)


def test_everybody_ends_as_a_link_or_a_holdout_as_the_plan_said(folder, tenant):
    g = Ground(folder, tenant, room=60000, site=HostileSite(folder))
    plan = g.run("plan", "--with-inactive").report
    staying = g.run("plan").report["users"]["inactive"]
    ended = g.run("import")
    assert ended.status == 0, ended.errors
    check = ended.report["check"]
    assert check == {"users": USERS, "links": len(g.links()), "holdouts": len(g.holdouts()), "inactive": staying,
                     "unrecordable_keys": 0, "left": 0} and staying > 0
    assert check["links"] + check["holdouts"] + staying == USERS
    ended = g.run("import", "--with-inactive")
    assert ended.status == 0, ended.errors
    links, holdouts, there = g.links(), g.holdouts(), g.tenant_users()
    assert len(links) == plan["fates"]["moves"] > USERS / 4
    assert len(holdouts) == plan["fates"]["must_reset"] + plan["fates"]["holdouts"]
    assert len(links) + len(holdouts) == USERS and not set(links) & set(holdouts)
    assert {user["user_id"]: user["email"] for user in there} == {row[0]: row[1] for row in links.values()}
    assert ended.report["check"] == {"users": USERS, "links": len(links), "holdouts": len(holdouts),
                                     "inactive": 0, "unrecordable_keys": 0, "left": 0}
    assert by_reason(ended.report) == by_reason(plan)
    assert g.claims() == [] and set(g.batches()) == {"settled"}


def by_reason(report):
    users = {}
    for row in report["reasons"]:
        users[row["reason"]] = users.get(row["reason"], 0) + row["users"]
    return users
