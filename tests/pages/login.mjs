// The pages of the login services: every one of them in every language, by keyboard alone, and without scripts. An app
// of this file is what they lead back to.

import { createServer } from "node:http";

const CHALLENGE = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

// An app: answers its callback, its front-channel address and everything else with a page of one line.
export async function startApp() {
  const seen = [];
  const server = createServer((request, answer) => {
    seen.push(request.url);
    answer.writeHead(200, { "content-type": "text/html; charset=utf-8" });
    answer.end("<!doctype html><html lang=nb><title>App</title><link rel=icon href=data:,><p>Tilbake hos appen.");
  });
  await new Promise((ready) => server.listen(0, "127.0.0.1", ready));
  return { url: `http://127.0.0.1:${server.address().port}`, seen, close: () => server.close() };
}

// Registers the clients of these pages.
export async function register(admin, app) {
  const login = {
    token_endpoint_auth_method: "none",
    application_type: "browser",
    redirect_uris: [`${app.url}/callback`],
    post_logout_redirect_uris: [`${app.url}/ut`],
    scopes: ["openid", "profile"],
  };
  const clients = [
    { ...login, client_id: "sider", client_name: "Sidene", integration_type: "idporten" },
    {
      ...login,
      client_id: "sider-ramme",
      client_name: "Sidene med ramme",
      integration_type: "idporten",
      frontchannel_logout_uri: `${app.url}/ramme`,
      frontchannel_logout_session_required: true,
    },
    { ...login, client_id: "sider-ansatt", client_name: "Ansattsidene", integration_type: "ansattporten" },
  ];
  for (const client of clients) await admin("POST", "/worlds/main/clients", client);
}

// Whether the browser is back at the app; the address that it came from names the same path in its query.
const back = (app) => (url) => url.href.startsWith(`${app.url}/callback?`);

// Where an app sends its browser.
export function authorize(base, app, client, more = {}) {
  const issuer = client === "sider-ansatt" ? "ansattporten" : "idporten";
  const query = new URLSearchParams({
    client_id: client,
    redirect_uri: `${app.url}/callback`,
    response_type: "code",
    scope: "openid profile",
    state: "tilstand",
    nonce: "engangs",
    code_challenge: CHALLENGE,
    code_challenge_method: "S256",
    ...more,
  });
  return `${base}/${issuer}/authorize?${query}`;
}

// Where an app sends its browser to see to the contact register's entry, and come back.
const minProfil = (base, app) => (lang) =>
  `${base}/krr/minprofil?${new URLSearchParams({ lang, gotoUrl: `${app.url}/side` })}`;

const chooseFirst = (story) => async (page) => {
  await page.getByTestId(`story-${story}`).click();
  await page.getByTestId("hit").first().click();
};

// Every page: a name, an address for a language, and what leads on to the page meant.
export function places(base, app, pid) {
  const at = (client, more) => (lang) => authorize(base, app, client, { ui_locales: lang, ...more });
  const submit = (fields) => async (page) => {
    for (const [name, value] of Object.entries(fields)) await page.locator(`[name=${name}]`).fill(value);
    await page.getByTestId("login").click();
  };
  const details = (details) => ({ authorization_details: JSON.stringify(details) });
  const resource = { type: "ansattporten:altinn:resource", resource: "urn:altinn:resource:byggesak-innsending" };
  return [
    { name: "login", url: at("sider") },
    { name: "login-search", url: at("sider"), reach: async (page) => {
      await page.getByTestId("search").fill("to barn, reservert");
      await page.keyboard.press("Enter");
      await page.getByTestId("hit").first().waitFor();
    } },
    { name: "login-message", url: at("sider"), reach: submit({ pid: "12345678901" }) },
    { name: "login-high", url: at("sider", { acr_values: "idporten-loa-high eidas-loa-high selfregistered-email" }) },
    { name: "email", url: at("sider", { acr_values: "selfregistered-email" }), reach: submit({ email: "kari@gmail.com" }) },
    { name: "eidas-lands", url: at("sider", { acr_values: "eidas-loa-low" }) },
    { name: "eidas-people", url: at("sider", { acr_values: "eidas-loa-low" }), reach: (page) => page.getByTestId("land-DE").click() },
    { name: "consent", url: at("sider", { prompt: "consent login" }), reach: submit({ pid }) },
    { name: "organisations", url: at("sider-ansatt", details([resource])), reach: chooseFirst("daglig_leder") },
    { name: "fullmakt", url: at("sider", details([{ type: "idporten:fullmakt", permission_roles: ["arbeid"] }])), reach: chooseFirst("forelder") },
    { name: "problem", url: (lang) => authorize(base, app, "sider", { ui_locales: lang, redirect_uri: "https://annet.example" }), status: 400 },
    { name: "minprofil", url: minProfil(base, app), reach: submit({ pid }) },
    { name: "minprofil-message", url: minProfil(base, app), reach: async (page) => {
      await submit({ pid })(page);
      await page.getByTestId("epost").fill("kari@gmail.com");
      await page.getByTestId("lagre").click();
      await page.getByTestId("feil").waitFor();
    }, status: 400 },
    { name: "minprofil-stopped", url: () => `${base}/krr/minprofil/callback`, status: 400, languages: ["nb"] },
    { name: "logged-out", url: at("sider", { prompt: "login" }), reach: async (page) => {
      await submit({ pid })(page);
      await page.waitForURL(back(app));
      await page.goto(`${base}/idporten/logout?ui_locales=${new URL(page.url()).searchParams.get("lang") ?? "nb"}`);
    }, languages: ["nb"] },
    { name: "logout-frames", url: at("sider-ramme", { prompt: "login" }), reach: async (page) => {
      await submit({ pid })(page);
      await page.waitForURL(back(app));
      await page.goto(`${base}/idporten/logout`);
    }, languages: ["nb"] },
  ];
}

// A log-in by keyboard alone and without scripts: the field has the focus, Enter in it logs in; and the same by a story.
export async function withoutScripts(browser, base, app, pid, fault) {
  const context = await browser.newContext({ javaScriptEnabled: false, viewport: { width: 320, height: 640 } });
  const page = await context.newPage();
  const came = (what) => {
    const url = new URL(page.url());
    const good = url.href.startsWith(`${app.url}/callback?`) && url.searchParams.get("state") === "tilstand";
    if (!good || !url.searchParams.get("code")) fault("login keyboard", `${what} ended at ${url.href}`);
  };
  await page.goto(authorize(base, app, "sider", { prompt: "login" }));
  await page.keyboard.press("Tab");
  if ((await page.locator(":focus").getAttribute("id")) !== "acr") {
    fault("login keyboard", "the number does not have the focus at the start");
  }
  await page.locator("#pid").focus();
  await page.keyboard.type(pid);
  await page.keyboard.press("Enter");
  await page.waitForURL(back(app));
  came("a number and Enter");

  await page.goto(authorize(base, app, "sider", { prompt: "login" }));
  await page.locator("#sok").focus();
  await page.keyboard.type("daglig leder");
  await page.keyboard.press("Enter");
  await page.waitForURL(/sok=/);
  const hit = page.getByTestId("hit").first();
  await hit.focus();
  await page.keyboard.press("Enter");
  await page.waitForURL(back(app));
  came("a story and Enter");

  await page.goto(authorize(base, app, "sider", { prompt: "login" }));
  await page.getByTestId("cancel").focus();
  await page.keyboard.press("Enter");
  await page.waitForURL(back(app));
  if (new URL(page.url()).searchParams.get("error") !== "access_denied") fault("login keyboard", "cancel does not cancel");
  await context.close();
}

// A log-out with a frame: the app is told in it, and the browser goes back when it is.
export async function logOut(browser, base, app, pid, fault) {
  const page = await (await browser.newContext()).newPage();
  await page.goto(authorize(base, app, "sider-ramme", { prompt: "login" }));
  await page.locator("#pid").fill(pid);
  await page.getByTestId("login").click();
  await page.waitForURL(back(app));
  const out = encodeURIComponent(`${app.url}/ut`);
  await page.goto(`${base}/idporten/logout?client_id=sider-ramme&post_logout_redirect_uri=${out}&state=hei`);
  await page.waitForURL(/\/ut\?state=hei$/, { timeout: 10_000 }).catch(() => fault("logout", `stays at ${page.url()}`));
  const told = app.seen.find((url) => url.startsWith("/ramme?"));
  const asked = new URLSearchParams(told?.split("?")[1]);
  if (asked.get("iss") !== `${base}/idporten` || (asked.get("sid") ?? "").length !== 43) fault("logout", `told ${told}`);
}

// MinProfil by keyboard alone and without scripts: a number changed, opting out and in, and back to the app.
export async function contactDetails(browser, base, app, pid, fault) {
  const context = await browser.newContext({ javaScriptEnabled: false, viewport: { width: 320, height: 640 } });
  const page = await context.newPage();
  await page.goto(minProfil(base, app)("nb"));
  await page.locator("#pid").focus();
  await page.keyboard.type(pid);
  await page.keyboard.press("Enter");
  await page.waitForURL(/\/krr\/minprofil\?/);
  await page.locator("#mobil").fill("490 12 345");
  await page.keyboard.press("Enter");
  await page.waitForURL(/melding=lagret/);
  const number = await page.getByTestId("mobil-verdi").innerText();
  if (number !== "+4749012345") fault("minprofil keyboard", `the number is ${number}`);
  for (const button of ["reserver", "angre"]) {
    await page.getByTestId(button).focus();
    await page.keyboard.press("Enter");
    await page.waitForURL(button === "angre" ? /melding=angret/ : /melding=reservert/);
  }
  await page.getByTestId("tilbake").focus();
  await page.keyboard.press("Enter");
  await page.waitForURL(`${app.url}/side`);
  await context.close();
}
