// Serves a page with the vendor's component, from another origin than the API, and drives it in headless Chromium.

import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { createRequire } from "node:module";

const require = createRequire(`${process.env.NODE_MODULES}/package.json`);
const puppeteer = require("puppeteer-core");
const { API, CHROMIUM, COMPONENT, CONVENE_SCREENSHOTS } = process.env;

const TIMEOUT = 15_000; // milliseconds, for one step
const SETTLING = 300; // milliseconds, for the layout

const html = (attributes) => `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>Book a meeting</title>
<link rel="icon" href="data:,">
<nylas-scheduling></nylas-scheduling>
<script type="module">
  const element = document.querySelector("nylas-scheduling");
  for (const [name, value] of Object.entries(${JSON.stringify(attributes)})) element.setAttribute(name, value);
  const { defineCustomElement } = await import("/component.js");
  defineCustomElement();
</script>
</html>`;

/** A browser and the pages' server. `open` gives a page, `end` stops both. */
export async function start() {
  const component = await readFile(COMPONENT);
  const server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url, "http://127.0.0.1");
    const [type, content] =
      pathname === "/component.js"
        ? ["text/javascript", component]
        : ["text/html", html({ "scheduler-api-url": API, ...Object.fromEntries(searchParams) })];
    response.setHeader("content-type", `${type}; charset=utf-8`).end(content);
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const origin = `http://127.0.0.1:${server.address().port}`;
  // As root, Chromium has no sandbox. It may reach this machine only.
  const args = ["--no-sandbox", "--disable-dev-shm-usage", "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"];
  const browser = await puppeteer.launch({ executablePath: CHROMIUM, args });
  return {
    open: (attributes) => Page.open(browser, `${origin}/?${new URLSearchParams(attributes)}`),
    end: async () => {
      await browser.close();
      server.close();
    },
  };
}

/** One page with the component: what a guest does and sees, and what the component asked of the API. */
class Page {
  static async open(browser, url) {
    const context = await browser.createBrowserContext();
    const page = await context.newPage();
    await page.setViewport({ width: 1100, height: 900 });
    const opened = new Page(context, page);
    await page.goto(url);
    return opened;
  }

  constructor(context, page) {
    this.context = context;
    this.page = page;
    /** The requests that changed something: method, status and body. */
    this.changes = [];
    /** What no page may have: errors of scripts, and answers that the browser withheld because of CORS. */
    this.faults = [];
    page.on("pageerror", (error) => this.faults.push(`${error}`));
    page.on("console", (message) => /CORS|Uncaught/.test(message.text()) && this.faults.push(message.text()));
    page.on("requestfailed", (request) => {
      if (request.url().startsWith(API)) this.faults.push(`${request.method()} ${request.url()}: ${request.failure().errorText}`);
    });
    page.on("response", (response) => {
      const request = response.request();
      if (!response.url().startsWith(API) || ["GET", "OPTIONS"].includes(request.method())) return;
      this.changes.push({ method: request.method(), status: response.status(), body: JSON.parse(request.postData() ?? "null") });
    });
  }

  /** The method and the status of each request that was to change something. */
  answers() {
    return this.changes.map(({ method, status }) => [method, status]);
  }

  /** The element that matches, in any shadow root, once it is there. */
  see(selector) {
    return this.page.waitForSelector(`pierce/${selector}`, { timeout: TIMEOUT, visible: true });
  }

  async click(selector) {
    // By the mouse, as a person does: fields are checked when they lose the focus.
    await (await this.see(selector)).click();
  }

  async type(selector, text) {
    const field = await this.see(selector);
    await field.click({ count: 3 });
    await field.type(text);
    // Leaving the field moves what is below it, so not by the click on the next button.
    await this.page.keyboard.press("Tab");
    await new Promise((resolve) => setTimeout(resolve, SETTLING));
  }

  /** Waits until the page shows a text that matches. */
  async shows(pattern) {
    const texts = (source) => {
      const visible = (node) =>
        node.nodeType === Node.TEXT_NODE
          ? node.textContent
          : ["STYLE", "SCRIPT"].includes(node.nodeName)
            ? ""
            : [...(node.shadowRoot?.childNodes ?? []), ...node.childNodes].map(visible).join(" ");
      return new RegExp(source).test(visible(document.body).replace(/\s+/g, " "));
    };
    await this.page.waitForFunction(texts, { timeout: TIMEOUT }, pattern.source);
  }

  /** Waits until the component asks nothing more. It ignores the organizer's buttons before. */
  async settled() {
    await this.page.waitForNetworkIdle({ idleTime: 300, timeout: TIMEOUT });
  }

  /** Goes to the next month and takes a time of its first day that has one: the first, or as many later. */
  async choose(later = 0) {
    await this.settled();
    await this.click('button[title="Next month"]');
    await this.settled();
    await this.click('button[part~="ndp__date--current-month"]:not([disabled])');
    await this.see('button[part~="ntp__timeslot"]');
    await (await this.page.$$('pierce/button[part~="ntp__timeslot"]'))[later].click();
    await this.click('[part~="ntp__button-primary"]');
  }

  /** Fills the form with the guest and sends it. */
  async submit(name) {
    if (name) {
      await this.type('input[name="name"]', name);
      await this.type('input[name="email"]', `${name.toLowerCase()}@example.com`);
    }
    await this.click('[part~="nbf__button-primary"]');
  }

  /** Cancels, with the reason that the form requires. */
  async cancel(reason) {
    await this.type('textarea', reason);
    await this.click('[part~="ncbf__button-cta"]');
  }

  async screenshot(name) {
    await this.page.screenshot({ path: `${CONVENE_SCREENSHOTS}/${name}.png`, fullPage: true });
  }

  async close() {
    await this.context.close();
  }
}
