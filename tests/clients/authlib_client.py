"""Authlib with its own defaults: log-in with every method, and a machine token."""

import json
import os
import time
import urllib.parse

import httpx
from authlib.integrations.requests_client import OAuth2Session
from authlib.oauth2.rfc7523 import PrivateKeyJWT
from authlib.oidc.core import CodeIDToken
from joserfc import jwk, jwt

BASE = os.environ["TOWN"]
CALLBACK = "https://app.example/callback"
RUN = json.load(open(os.environ["CLIENTS"], encoding="utf-8"))
PID = RUN["people"][0]


class Assertion(PrivateKeyJWT):
    """An assertion that is made anew for each request and lasts as long as ID-porten allows."""

    def sign(self, auth, token_endpoint):
        self.claims = {"exp": int(time.time()) + 100}
        return super().sign(auth, token_endpoint)


def discovered(issuer, path="/.well-known/openid-configuration"):
    answer = httpx.get(issuer.rstrip("/") + path)
    answer.raise_for_status()
    found = answer.json()
    assert found["issuer"] == issuer, found["issuer"]
    return found


def log_in(client_id, method, secret):
    server = discovered(f"{BASE}/idporten")
    session = OAuth2Session(
        client_id,
        secret,
        scope="openid profile",
        redirect_uri=CALLBACK,
        token_endpoint_auth_method=method,
        code_challenge_method="S256",
    )
    if method == "private_key_jwt":
        # Authlib's assertions last an hour; ID-porten takes two minutes.
        session.register_client_auth_method(
            Assertion(server["issuer"], headers={"kid": RUN["key"]["private"]["kid"]})
        )
        session.client_secret = RUN["key"]["private"]
    verifier = "en-kodeverifikator-paa-minst-trettifire-og-noen-tegn-til"
    nonce = "engang-" + client_id
    url, state = session.create_authorization_url(
        server["authorization_endpoint"],
        code_verifier=verifier,
        nonce=nonce,
        login_hint=f"testid:{PID}_idporten-loa-high",
    )
    back = httpx.get(url, follow_redirects=False)
    assert back.status_code == 302, back.text
    query = urllib.parse.parse_qs(urllib.parse.urlsplit(back.headers["location"]).query)
    assert query["state"] == [state] and query["iss"] == [server["issuer"]], query
    more = {"client_id": client_id} if method == "private_key_jwt" else {}
    token = session.fetch_token(
        server["token_endpoint"], authorization_response=back.headers["location"], code_verifier=verifier, **more
    )
    keys = jwk.KeySet.import_key_set(httpx.get(server["jwks_uri"]).json())
    decoded = jwt.decode(token["id_token"], keys, algorithms=["RS256"])
    claims = CodeIDToken(decoded.claims, decoded.header, params={"nonce": nonce, "client_id": client_id})
    claims.validate(leeway=5)
    assert claims["pid"] == PID and claims["iss"] == server["issuer"] and claims["aud"] == client_id
    info = session.get(server["userinfo_endpoint"])
    assert info.status_code == 200 and info.json()["sub"] == claims["sub"], info.text
    session.refresh_token(server["token_endpoint"], **more)
    print(f"ok  ID-porten, {client_id}: log-in, userinfo, refresh")


def machine_token():
    server = discovered(f"{BASE}/maskinporten/", "/.well-known/oauth-authorization-server")
    key = jwk.import_key(RUN["key"]["private"])
    now = int(time.time())
    claims = {
        "aud": server["issuer"],
        "iss": "maskin",
        "scope": "folkeregister:deling/offentligmedhjemmel",
        "iat": now,
        "exp": now + 100,
        "jti": f"authlib-{now}",
    }
    assertion = jwt.encode({"alg": "RS256", "kid": RUN["key"]["private"]["kid"]}, claims, key)
    form = {"grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer", "assertion": assertion}
    token = httpx.post(server["token_endpoint"], data=form)
    assert token.status_code == 200, token.text
    keys = jwk.KeySet.import_key_set(httpx.get(server["jwks_uri"]).json())
    decoded = jwt.decode(token.json()["access_token"], keys, algorithms=["RS256"])
    assert decoded.claims["iss"] == server["issuer"] and "sub" not in decoded.claims
    again = httpx.post(server["token_endpoint"], data=form)
    assert again.status_code == 400 and again.json()["error"] == "invalid_grant", again.text
    document = httpx.get(
        f"{BASE}/folkeregisteret/offentlig-med-hjemmel/api/v1/personer/{PID}",
        headers={"authorization": f"Bearer {token.json()['access_token']}", "accept": "application/json"},
    )
    assert document.status_code == 200, document.text
    print("ok  Maskinporten: token once, and the register with it")


for client, way, password in [
    ("basic", "client_secret_basic", RUN["secret"]),
    ("post", "client_secret_post", RUN["secret"]),
    ("jwt", "private_key_jwt", None),
    ("spa", "none", None),
]:
    log_in(client, way, password)
machine_token()
print("5 steps")
