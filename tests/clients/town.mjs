// What the clients of this folder share: the town's addresses, the citizens they log in, and the clients they are.
// Registered by the admin API, as a developer would; the keys are made here and now.

import { readFile, writeFile } from "node:fs/promises";
import { exportJWK, generateKeyPair } from "jose";

export const base = process.env.TOWN;
export const issuers = {
  idporten: `${base}/idporten`,
  ansattporten: `${base}/ansattporten`,
  maskinporten: `${base}/maskinporten/`,
};
export const callback = "https://app.example/callback";
const admin = `${base}/_byteby/v1/worlds/main`;

export async function call(method, path, body) {
  const response = await fetch(`${admin}${path}`, {
    method,
    headers: body ? { "content-type": "application/json" } : {},
    body: body && JSON.stringify(body),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
  return text ? JSON.parse(text) : undefined;
}

async function keys(kid) {
  const pair = await generateKeyPair("RS256", { extractable: true });
  const named = async (key) => ({ ...(await exportJWK(key)), kid, alg: "RS256", use: "sig" });
  return { private: await named(pair.privateKey), public: await named(pair.publicKey) };
}

const login = {
  integration_type: "idporten",
  redirect_uris: [callback],
  post_logout_redirect_uris: ["https://app.example/ut"],
  scopes: ["openid", "profile"],
  grant_types: ["authorization_code", "refresh_token"],
};

async function register() {
  const key = await keys("noekkel-1");
  const jwks = { keys: [key.public] };
  const secret = "en-lang-hemmelighet-for-proever-0123456789";
  const clients = [
    { ...login, client_id: "basic", token_endpoint_auth_method: "client_secret_basic", client_secret: secret },
    { ...login, client_id: "post", token_endpoint_auth_method: "client_secret_post", client_secret: secret },
    { ...login, client_id: "jwt", token_endpoint_auth_method: "private_key_jwt", jwks },
    { ...login, client_id: "spa", application_type: "browser", token_endpoint_auth_method: "none" },
    {
      ...login,
      client_id: "ansatt",
      integration_type: "ansattporten",
      token_endpoint_auth_method: "client_secret_basic",
      client_secret: secret,
    },
    {
      client_id: "maskin",
      integration_type: "maskinporten",
      token_endpoint_auth_method: "private_key_jwt",
      scopes: ["krr:global/kontaktinformasjon.read", "folkeregister:deling/offentligmedhjemmel"],
      jwks,
    },
    {
      ...login,
      client_id: "apache",
      redirect_uris: [`http://localhost:${process.env.APACHE_PORT ?? 1}/sikret/tilbake`],
      token_endpoint_auth_method: "client_secret_basic",
      client_secret: secret,
    },
  ];
  for (const client of clients) await call("POST", "/clients", client);
  const adults = await call("GET", `/people?limit=2&where=${encodeURIComponent("bosatt && alder > 30 && alder < 60")}`);
  const people = adults.people.map((person) => person.id);
  await writeFile(process.env.CLIENTS, JSON.stringify({ key, secret, people }));
}

/** Keys, secret and citizens of this run. */
export async function registered() {
  return JSON.parse(await readFile(process.env.CLIENTS, "utf8"));
}

/** Follows a log-in without a page and gives the address the browser is sent to. */
export async function follow(url) {
  const response = await fetch(url, { redirect: "manual" });
  if (response.status !== 302) throw new Error(`${url}: ${response.status} ${await response.text()}`);
  return new URL(response.headers.get("location"));
}

let shown = 0;

/** One step of a client; a step that throws ends the script. */
export async function step(name, run) {
  const value = await run();
  shown += 1;
  console.log(`ok  ${name}`);
  return value;
}

export function same(found, wanted, what) {
  if (found !== wanted) throw new Error(`${what}: ${JSON.stringify(found)} and not ${JSON.stringify(wanted)}`);
}

/** Fails unless `run` throws something whose code or error is `wanted`. */
export async function refused(run, wanted) {
  try {
    await run();
  } catch (error) {
    const cause = error.cause ?? {};
    const found = [error.error, error.code, cause.error, cause.get?.("error"), ...(Array.isArray(cause) ? cause.map((one) => one.parameters?.error) : [])];
    if (found.includes(wanted)) return;
    throw new Error(`refused, but not with ${wanted}: ${error} ${JSON.stringify(found)}`);
  }
  throw new Error(`not refused; ${wanted} was expected`);
}

process.on("exit", (code) => {
  if (code === 0 && shown > 0) console.log(`${shown} steps`);
});

if (process.argv[1] === new URL(import.meta.url).pathname) await register();
