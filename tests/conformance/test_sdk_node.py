"""npm auth0, ManagementClient and AuthenticationClient, against the sandbox over TLS."""
import re

import pytest


def test_the_node_sdk_works_against_the_sandbox(node, tls_sandbox):
    out = node("--test", "sdk.js", env={
        **tls_sandbox.environ, "AUTH0_DOMAIN": tls_sandbox.host, "NODE_EXTRA_CA_CERTS": tls_sandbox.ca_file})
    passed = int(re.search(r"^(?:# |ℹ )pass (\d+)", out, re.M).group(1))
    assert passed >= 15, out


def test_the_node_sdk_reads_every_resource_of_the_sandbox(node, tls_sandbox):
    out = node("--test", "resources.js", env={
        **tls_sandbox.environ, "AUTH0_DOMAIN": tls_sandbox.host, "NODE_EXTRA_CA_CERTS": tls_sandbox.ca_file})
    assert int(re.search(r"^(?:# |ℹ )pass (\d+)", out, re.M).group(1)) == 4, out


def test_node_does_not_trust_the_sandbox_without_being_told(node, tls_sandbox):
    """The certificate is a throw-away one: nothing on this machine trusts it by itself."""
    with pytest.raises(AssertionError, match="certificate|CERT"):
        node("-e", f"fetch('{tls_sandbox.url}/.well-known/jwks.json').catch(e => {{ throw e.cause }})")
