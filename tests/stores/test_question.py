"""The question before something is changed names the database, and none of its secrets."""
import pytest

from at_a_terminal import at_a_terminal
from sites import Site

FAR = {"AUTH0_DOMAIN": "no-such-tenant.eu.auth0.com", "AUTH0_CLIENT_ID": "id", "AUTH0_CLIENT_SECRET": "very-secret-indeed",
       "AUTH0_CONNECTION": "users"}


@pytest.mark.parametrize("secret", ["hunter2", "hun@ter2", "hun/ter2"])
def test_a_question_tells_no_password_of_the_database(server, secret):
    site = Site(server, "asked").bare()
    try:
        url = site.url(password=secret)  # the server of the tests lets everybody in, or that user alone
        status, shown = at_a_terminal(["undo"], b"no\n", DATABASE_URL=url, **FAR)
        if "Type the tenant's name" in shown:
            assert status == 1 and f"Database  {site.vendor}://127.0.0.1:{server.port}/asked" in shown
        else:
            assert status == 3, shown
        assert "hun" not in shown and "very-secret-indeed" not in shown
        status, shown = at_a_terminal(["undo"], b"no\n", DATABASE_URL=site.url(), **FAR)
        assert status == 1 and f"Database  {site.vendor}://127.0.0.1:{server.port}/asked" in shown
    finally:
        site.drop()
