// oauth4webapi, the strictest of the JavaScript libraries: every answer is checked against the standard.

import * as oauth from "oauth4webapi";
import { SignJWT, importJWK } from "jose";
import { base, callback, follow, issuers, registered, same, step } from "./town.mjs";

const { key, secret, people } = await registered();
const [pid] = people;
const signing = { key: await importJWK(key.private, "RS256"), kid: key.private.kid };

async function server(issuer, algorithm = "oidc") {
  const url = new URL(issuer);
  return oauth.processDiscoveryResponse(url, await oauth.discoveryRequest(url, { algorithm }));
}

const idporten = await step("ID-porten: discovery", () => server(issuers.idporten));

for (const [id, authentication] of [
  ["basic", oauth.ClientSecretBasic(secret)],
  ["post", oauth.ClientSecretPost(secret)],
  ["jwt", oauth.PrivateKeyJwt(signing)],
  ["spa", oauth.None()],
]) {
  const client = { client_id: id };
  await step(`ID-porten, ${id}: pushed request, log-in, introspection of nothing, refresh`, async () => {
    const verifier = oauth.generateRandomCodeVerifier();
    const nonce = oauth.generateRandomNonce();
    const state = oauth.generateRandomState();
    const parameters = new URLSearchParams({
      client_id: id,
      redirect_uri: callback,
      response_type: "code",
      scope: "openid profile",
      code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
      code_challenge_method: "S256",
      state,
      nonce,
      login_hint: `testid:${pid}_idporten-loa-substantial`,
    });
    const pushed = await oauth.processPushedAuthorizationResponse(
      idporten,
      client,
      await oauth.pushedAuthorizationRequest(idporten, client, authentication, parameters),
    );
    const url = new URL(idporten.authorization_endpoint);
    url.searchParams.set("client_id", id);
    url.searchParams.set("request_uri", pushed.request_uri);
    const answer = oauth.validateAuthResponse(idporten, client, await follow(url), state);
    const response = await oauth.authorizationCodeGrantRequest(idporten, client, authentication, answer, callback, verifier);
    const tokens = await oauth.processAuthorizationCodeResponse(idporten, client, response, {
      expectedNonce: nonce,
      requireIdToken: true,
    });
    await oauth.validateApplicationLevelSignature(idporten, response);
    same(oauth.getValidatedIdTokenClaims(tokens).pid, pid, "pid");
    const renewed = await oauth.processRefreshTokenResponse(
      idporten,
      client,
      await oauth.refreshTokenGrantRequest(idporten, client, authentication, tokens.refresh_token),
    );
    same(renewed.scope, "openid profile", "scope");
    await oauth.processRevocationResponse(
      await oauth.revocationRequest(idporten, client, authentication, renewed.access_token),
    );
  });
}

await step("Maskinporten: token for the contact register, and the register itself", async () => {
  const maskinporten = await server(issuers.maskinporten, "oauth2");
  const client = { client_id: "maskin" };
  const scope = "krr:global/kontaktinformasjon.read";
  const assertion = await new SignJWT({ scope })
    .setProtectedHeader({ alg: "RS256", kid: signing.kid })
    .setIssuer("maskin")
    .setAudience(issuers.maskinporten)
    .setIssuedAt()
    .setExpirationTime("60s")
    .setJti(crypto.randomUUID())
    .sign(signing.key);
  const grant = "urn:ietf:params:oauth:grant-type:jwt-bearer";
  const response = await oauth.genericTokenEndpointRequest(maskinporten, client, oauth.None(), grant, { assertion });
  const tokens = await oauth.processGenericTokenEndpointResponse(maskinporten, client, response);
  same(tokens.scope, scope, "scope");
  const found = await fetch(`${base}/krr/rest/v1/personer`, {
    method: "POST",
    headers: { authorization: `Bearer ${tokens.access_token}`, "content-type": "application/json" },
    body: JSON.stringify({ personidentifikatorer: [pid] }),
  });
  same(found.status, 200, "status of the contact register");
  same((await found.json()).personer[0].personidentifikator, pid, "citizen of the contact register");
});
