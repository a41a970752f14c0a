// Looks at every page in a real browser: accessibility rules, width, languages, keyboard, life without scripts, and
// that nothing is asked of anybody else. Prints one line per page and ends with 1 when something is wrong.
//
//   node check.mjs <base-url> [folder for pictures]

import { createRequire } from "node:module";
import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { chromium } from "playwright-core";
import * as login from "./login.mjs";

const [base, pictures] = process.argv.slice(2);
if (!base) {
  console.error("usage: node check.mjs <base-url> [folder for pictures]");
  process.exit(2);
}
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
const NOWHERE = "/ui/nowhere";
// What is below this many pixels is left out of a picture: the browser cannot paint a page of any height at once.
const TALLEST = 8000;
const ALL_VIEWS = ["nb", "nn", "en"].flatMap((lang) =>
  ["light", "dark"].flatMap((scheme) => [1280, 320].map((width) => [lang, scheme, width])));
const SHARE = [["nb", "light", 320], ["en", "dark", 1280]];
const VIEWS = process.env.PAGES_VIEWS === "share" ? SHARE : ALL_VIEWS;
const faults = [];
const fault = (where, what) => faults.push(`${where}: ${what}`);

async function admin(method, path, body) {
  const headers = body ? { "content-type": "application/json" } : {};
  const answer = await fetch(`${base}/_byteby/v1${path}`, { method, headers, body: body && JSON.stringify(body) });
  if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
  return answer.status === 204 ? null : answer.json();
}

// A letter in somebody's inbox, so that the page of messages has something to show.
async function sendLetter(orgnr, to) {
  const process = "urn:no:difi:profile:digitalpost:info:ver1.0";
  const party = (value) => [{ identifier: { authority: "iso6523-actorid-upis", value } }];
  const sbd = {
    standardBusinessDocumentHeader: {
      headerVersion: "1.0",
      sender: party(`0192:${orgnr}`),
      receiver: party(to),
      documentIdentification: {
        standard: "urn:no:difi:digitalpost:xsd:digital::digital_dpv", typeVersion: "2.0", type: "digital_dpv",
      },
      businessScope: { scope: [{ type: "ConversationId", identifier: process }] },
    },
    digital_dpv: { tittel: "Plass i barnehagen", sammendrag: "Du har fått plass.", innhold: "Hei!\n\nDu har fått plass." },
  };
  const form = new FormData();
  form.append("sbd", JSON.stringify(sbd));
  form.append("Brev", new Blob(["Hei!\n\nDu har fått plass."], { type: "text/plain" }), "brev.txt");
  const answer = await fetch(`${base}/eformidling/api/messages/out/multipart`, { method: "POST", body: form });
  if (!answer.ok) throw new Error(`the letter was not taken: ${answer.status} ${await answer.text()}`);
  await admin("POST", "/worlds/main/clock/advance", { by: "P7D" });
}

// Two log-ins, one that goes well and one that is refused, so that the pages of log-ins have something to show.
async function logIn(pid) {
  const params = new URLSearchParams({
    client_id: "demo-fagsystem", redirect_uri: "http://localhost:2984/callback", response_type: "code",
    scope: "openid profile", state: "s", nonce: "n", code_challenge: "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
    code_challenge_method: "S256", login_hint: `testid:${pid}_idporten-loa-high`,
  });
  const answer = await fetch(`${base}/idporten/authorize?${params}`, { redirect: "manual" });
  const code = new URL(answer.headers.get("location")).searchParams.get("code");
  await fetch(`${base}/idporten/token`, {
    method: "POST",
    headers: { authorization: `Basic ${btoa("demo-fagsystem:demo-hemmelighet")}` },
    body: new URLSearchParams({
      grant_type: "authorization_code", code, redirect_uri: "http://localhost:2984/callback",
      code_verifier: "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk",
    }),
  });
  params.delete("code_challenge");
  await fetch(`${base}/idporten/authorize?${params}`, { redirect: "manual" });
  const { requests } = await admin("GET", "/worlds/main/requests?operation=idporten.innlogging");
  return requests.map((request) => request.login_page);
}

// A place is a path of the town, or a page that has to be reached: its name, its address for a language, the way there,
// and the status it answers with when that is no success.
async function look(browser, place, lang, scheme, width) {
  const path = place.name ?? place;
  const where = `${path} ${lang} ${scheme} ${width}`;
  const context = await browser.newContext({ viewport: { width, height: 900 }, colorScheme: scheme });
  const page = await context.newPage();
  page.on("request", (request) => {
    const known = [base, "data:", ...(place.app ? [place.app] : [])];
    if (!known.some((start) => request.url().startsWith(start))) fault(where, `asks ${request.url()}`);
  });
  page.on("console", (message) => {
    // The browser itself remarks on a page that answers 404, which the page of nowhere should.
    const expected = (path === NOWHERE && message.text().includes("404"))
      || (place.status && message.text().includes(String(place.status)));
    if (message.type() === "error" && !expected) fault(where, message.text());
  });
  const mark = path.includes("?") ? "&" : "?";
  await page.goto(place.url ? place.url(lang) : `${base}${path}${lang === "nb" ? "" : `${mark}lang=${lang}`}`);
  await place.reach?.(page);
  const shown = await page.evaluate(() => document.documentElement.lang);
  if (shown !== lang) fault(where, `says it is in ${shown}`);
  if (!/SYNT[EH]/.test(await page.locator(".band").innerText())) fault(where, "has no band");
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
  if (wide > 0) fault(where, `is ${wide} pixels too wide`);
  if (pictures) {
    const name = `${path.replaceAll(/[^a-z0-9]+/gi, "-").replace(/^-|-$/g, "") || "root"}-${lang}-${scheme}-${width}.png`;
    const tall = await page.evaluate(() => document.documentElement.scrollHeight);
    const clip = { x: 0, y: 0, width, height: Math.min(tall, TALLEST) };
    await page.screenshot({ path: join(pictures, name), fullPage: true, clip });
  }
  await page.evaluate(axe);
  for (const details of await page.locator("details").all()) await details.evaluate((node) => (node.open = true));
  const result = await page.evaluate((values) => window.axe.run({ runOnly: { type: "tag", values } }), tags);
  for (const { id, nodes } of result.violations) fault(where, `${id}: ${nodes.map((node) => node.html).join(" ")}`);
  await context.close();
  return result.passes.length;
}

// A place in every language it has, by day and by night, wide and narrow; a share of the views when that is asked for.
async function lookAtAll(browser, place) {
  let passes = 0;
  let views = 0;
  for (const [lang, scheme, width] of VIEWS) {
    if (place.languages && !place.languages.includes(lang)) continue;
    passes += await look(browser, place, lang, scheme, width);
    views += 1;
  }
  console.log(`${place.name ?? place}: ${passes} rules passed in ${views} views`);
}

// The main tasks by keyboard alone and without scripts: skip to the content, search for somebody, choose a size.
async function withoutScripts(browser, name) {
  const context = await browser.newContext({ javaScriptEnabled: false, viewport: { width: 1280, height: 900 } });
  const page = await context.newPage();
  await page.goto(`${base}/`);
  await page.keyboard.press("Tab");
  if (!(await page.locator(".skip").isVisible())) fault("keyboard", "the first stop is not the link to the content");
  const top = await page.locator(".skip").boundingBox();
  if (!top || top.y < 0) fault("keyboard", "the link to the content stays outside when it has the focus");
  await page.keyboard.press("Enter");
  await page.keyboard.press("Tab");
  // The first stop in the content is the first size.
  const focused = page.locator(":focus");
  if ((await focused.getAttribute("value")) !== "1500") fault("keyboard", "the content does not begin with the sizes");
  await page.keyboard.press("Enter");
  await page.waitForURL(/\/w\/by-1500[-0-9]*\/ui$/);
  const heading = await page.locator("h1").innerText();
  if (!heading.includes("i dag")) fault("keyboard", `a new world shows ${heading}`);

  await page.goto(`${base}/ui/people`);
  await page.locator("#q").focus();
  await page.keyboard.type(name);
  await page.keyboard.press("Enter");
  await page.waitForURL(/q=/);
  const first = page.locator("tbody a").first();
  await first.focus();
  const width = await first.evaluate((node) => getComputedStyle(node).outlineWidth).catch(() => "3px");
  if (width === "0px") fault("keyboard", "the focus is not seen");
  await page.keyboard.press("Enter");
  await page.waitForURL(/\/ui\/people\/\d{11}$/);
  await context.close();
}

if (pictures) mkdirSync(pictures, { recursive: true });
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
         "--disable-background-networking", "--disable-component-update", "--disable-sync"],
});
try {
  const world = await admin("GET", "/worlds/main");
  const where = encodeURIComponent("bosatt && alder >= 30 && barn.size() > 0 && adressebeskyttelse == 'ugradert' && !reservert && digitalpostkasse == null");
  const { people } = await admin("GET", `/worlds/main/people?where=${where}&limit=1`);
  await sendLetter(world.kommune.orgnr, people[0].id);
  const letters = await admin("GET", "/worlds/main/messages");
  if (letters.messages.length === 0) fault("/ui/messages", "the letter did not arrive");
  const logins = await logIn(people[0].id);
  const paths = ["/", "/ui", "/ui/logins", ...logins, "/ui/people", `/ui/people?q=${encodeURIComponent(people[0].fornavn)}`,
                 `/ui/people/${people[0].id}`, "/ui/messages", "/ui/api", "/ui/errors", NOWHERE];
  for (const path of paths) await lookAtAll(browser, path);
  await withoutScripts(browser, people[0].fornavn);

  const app = await login.startApp();
  await login.register(admin, app);
  const adults = await admin("GET", `/worlds/main/people?where=${encodeURIComponent("bosatt && alder >= 30 && alder < 60 && !reservert")}&limit=1`);
  const pid = adults.people[0].id;
  for (const place of login.places(base, app, pid)) await lookAtAll(browser, { ...place, app: app.url });
  await login.withoutScripts(browser, base, app, pid, fault);
  await login.logOut(browser, base, app, pid, fault);
  await login.contactDetails(browser, base, app, pid, fault);
  app.close();
} finally {
  await browser.close();
}
for (const line of faults) console.error(line);
console.log(faults.length === 0 ? "pages: no violations" : `pages: ${faults.length} faults`);
process.exit(faults.length === 0 ? 0 : 1);
