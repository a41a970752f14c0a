// openid-client with nothing but issuer, client id and key or secret: its own defaults, over TLS.

import * as oidc from "openid-client";
import { importJWK } from "jose";
import { callback, follow, issuers, refused, registered, same, step } from "./town.mjs";

const { key, secret, people } = await registered();
const [pid, other] = people;
const signing = { key: await importJWK(key.private, "RS256"), kid: key.private.kid };

const discovered = (issuer, id, metadata, authentication, options) =>
  oidc.discovery(new URL(issuer), id, metadata, authentication, options);

async function request(config, more = {}) {
  const verifier = oidc.randomPKCECodeVerifier();
  const state = oidc.randomState();
  const nonce = oidc.randomNonce();
  const parameters = {
    redirect_uri: callback,
    scope: "openid profile",
    code_challenge: await oidc.calculatePKCECodeChallenge(verifier),
    code_challenge_method: "S256",
    state,
    nonce,
    login_hint: `testid:${pid}_idporten-loa-high`,
    ...more,
  };
  return { parameters, checks: { pkceCodeVerifier: verifier, expectedState: state, expectedNonce: nonce, idTokenExpected: true } };
}

async function login(config, more, options) {
  const { parameters, checks } = await request(config, more);
  const back = await follow(oidc.buildAuthorizationUrl(config, parameters));
  return oidc.authorizationCodeGrant(config, back, checks, undefined, options);
}

for (const [id, authentication] of [
  ["basic", oidc.ClientSecretBasic(secret)],
  ["post", oidc.ClientSecretPost(secret)],
  ["jwt", oidc.PrivateKeyJwt(signing)],
  ["spa", oidc.None()],
]) {
  const config = await discovered(issuers.idporten, id, undefined, authentication);
  const tokens = await step(`ID-porten, ${id}: log-in`, () => login(config));
  const claims = tokens.claims();
  same(claims.pid, pid, "pid");
  same(claims.acr, "idporten-loa-high", "acr");
  await step(`ID-porten, ${id}: userinfo`, async () => {
    const info = await oidc.fetchUserInfo(config, tokens.access_token, claims.sub);
    same(info.pid, pid, "pid of userinfo");
  });
  const renewed = await step(`ID-porten, ${id}: refresh`, () => oidc.refreshTokenGrant(config, tokens.refresh_token));
  await step(`ID-porten, ${id}: revoke`, async () => {
    await oidc.tokenRevocation(config, renewed.access_token);
    await refused(() => oidc.fetchUserInfo(config, renewed.access_token, claims.sub), "invalid_token");
  });
}

const basic = await discovered(issuers.idporten, "basic", undefined, oidc.ClientSecretBasic(secret));
await step("ID-porten: pushed request", async () => {
  const { parameters, checks } = await request(basic);
  const url = await oidc.buildAuthorizationUrlWithPAR(basic, parameters);
  const tokens = await oidc.authorizationCodeGrant(basic, await follow(url), checks);
  same(tokens.claims().pid, pid, "pid");
});

await step("ID-porten: signed response", async () => {
  const config = await discovered(issuers.idporten, "basic", undefined, oidc.ClientSecretBasic(secret));
  oidc.useJwtResponseMode(config);
  const { parameters, checks } = await request(config, { login_hint: `testid:${other}_idporten-loa-substantial` });
  const url = oidc.buildAuthorizationUrl(config, parameters);
  // The library asks for `jwt`, the standard's short form, which ID-porten does not list.
  url.searchParams.set("response_mode", "query.jwt");
  const tokens = await oidc.authorizationCodeGrant(config, await follow(url), checks);
  same(tokens.claims().pid, other, "pid");
});

await step("ID-porten: DPoP", async () => {
  const config = await discovered(issuers.idporten, "spa", undefined, oidc.None());
  const DPoP = oidc.getDPoPHandle(config, await oidc.randomDPoPKeyPair("ES256"));
  const tokens = await login(config, {}, { DPoP });
  same(tokens.token_type, "dpop", "token type");
  const info = await oidc.fetchUserInfo(config, tokens.access_token, tokens.claims().sub, { DPoP });
  same(info.pid, pid, "pid of userinfo");
  const renewed = await oidc.refreshTokenGrant(config, tokens.refresh_token, undefined, { DPoP });
  same(renewed.token_type, "dpop", "token type");
});

await step("ID-porten: a used code", async () => {
  const { parameters, checks } = await request(basic);
  const back = await follow(oidc.buildAuthorizationUrl(basic, parameters));
  await oidc.authorizationCodeGrant(basic, back, checks);
  await refused(() => oidc.authorizationCodeGrant(basic, back, checks), "invalid_grant");
});

await step("ID-porten: no session and prompt=none", async () => {
  const { parameters, checks } = await request(basic, { prompt: "none", login_hint: "" });
  const back = await follow(oidc.buildAuthorizationUrl(basic, parameters));
  await refused(() => oidc.authorizationCodeGrant(basic, back, checks), "login_required");
});

await step("Ansattporten: log-in", async () => {
  const config = await discovered(issuers.ansattporten, "ansatt", undefined, oidc.ClientSecretBasic(secret));
  const tokens = await login(config, { login_hint: `testid:${pid}_high` });
  same(tokens.claims().pid, pid, "pid");
  same(tokens.claims().acr, "high", "acr");
});

await step("Maskinporten: discovery", async () => {
  const config = await discovered(issuers.maskinporten, "maskin", undefined, oidc.None(), { algorithm: "oauth2" });
  same(config.serverMetadata().issuer, issuers.maskinporten, "issuer");
});
