"""The REST catalog once there are access keys: `python catalog_keys.py URL ENGINEER_ID SECRET ANALYST_ID SECRET`."""

import sys

from pyiceberg.catalog import load_catalog

from check import check, refused

url, engineer, secret, analyst, other = sys.argv[1:6]
place = {"type": "rest", "uri": f"{url}/iceberg"}
signed = {"rest.sigv4-enabled": "true", "rest.signing-region": "us-east-1", "rest.signing-name": "execute-api"}


def key(identifier, secret):
    return {"client.access-key-id": identifier, "client.secret-access-key": secret, "client.region": "us-east-1"}


refused("nobody is refused", "UnauthorizedError", lambda: load_catalog("firn", **place))
tokens = load_catalog("firn", **place, credential=f"{engineer}:{secret}")
check("a key is exchanged for a token", ("firn", "web_log") in tokens.list_tables("firn"), True)
signer = load_catalog("firn", **place, **signed, **key(engineer, secret))
check("requests are signed", signer.load_table("firn.web_log").scan().count() > 0, True)
refused("a wrong secret is refused", "OAuthError", lambda: load_catalog("firn", **place, credential=f"{engineer}:wrong"))
refused("a wrong signature is refused", "UnauthorizedError", lambda: load_catalog("firn", **place, **signed, **key(engineer, "wrong")))
refused("the analyst gets no files by token", "ForbiddenError", lambda: load_catalog("firn", **place, credential=f"{analyst}:{other}"))
refused("the analyst gets no files by signature", "ForbiddenError", lambda: load_catalog("firn", **place, **signed, **key(analyst, other)))
