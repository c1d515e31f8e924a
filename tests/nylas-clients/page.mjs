// Headless Chromium, and a page in it with the vendor's component: what a guest does and sees there.

import { createRequire } from "node:module";

const require = createRequire(`${process.env.NODE_MODULES}/package.json`);
const puppeteer = require("puppeteer-core");
const { API, CHROMIUM, CONVENE_SCREENSHOTS, PAGE_PORT } = process.env;

const TIMEOUT = 30_000; // milliseconds, for one step
const STILL_FRAMES = 5;

/** Starts the browser. `open` gives a page, by its host and the component's attributes. `end` stops the browser. */
export async function start() {
  // As root, Chromium has no sandbox. It may reach this machine only.
  const rules = "MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost";
  const args = ["--no-sandbox", "--disable-dev-shm-usage", `--host-resolver-rules=${rules}`];
  const browser = await puppeteer.launch({ executablePath: CHROMIUM, args });
  return {
    open: (host, attributes) => {
      const query = new URLSearchParams({ "scheduler-api-url": API, ...attributes });
      return Page.open(browser, `http://${host}:${PAGE_PORT}/?${query}`);
    },
    end: () => browser.close(),
  };
}

/**
 * Clicks with the mouse, as a person does, once the element is enabled and has not moved for some frames. While the component
 * requests something, its buttons are disabled, or do nothing: the element around them says `isLoading`.
 */
async function clickOn(element) {
  await element.evaluate(
    (node, frames) =>
      new Promise((resolve) => {
        let [before, same] = ["", 0];
        const look = () => {
          const { x, y, width, height } = node.getBoundingClientRect();
          const now = `${x} ${y} ${width} ${height}`;
          const ignoresClicks = node.disabled || node.getRootNode().host?.isLoading;
          same = now === before && !ignoresClicks ? same + 1 : 0;
          before = now;
          if (same === frames) resolve();
          else requestAnimationFrame(look);
        };
        look();
      }),
    STILL_FRAMES,
  );
  await element.click();
}

class Page {
  static async open(browser, url) {
    const context = await browser.createBrowserContext();
    const page = await context.newPage();
    page.setDefaultTimeout(TIMEOUT);
    await page.setViewport({ width: 1100, height: 900 });
    const opened = new Page(context, page);
    await Promise.all([opened.opened(), page.goto(url)]);
    // What the component learns by its first requests, it draws anew.
    await opened.settled();
    return opened;
  }

  constructor(context, page) {
    this.context = context;
    this.page = page;
    /** The requests that change something: method, status and body. */
    this.changes = [];
    /** The errors in the console, those of scripts, and the requests to the API without an answer that the page could read. */
    this.errors = [];
    page.on("pageerror", (error) => this.errors.push(`${error}`));
    page.on("console", (message) => message.type() === "error" && this.errors.push(message.text()));
    page.on("requestfailed", (request) => {
      if (request.url().startsWith(API)) this.errors.push(`${request.method()} ${request.url()}: ${request.failure().errorText}`);
    });
    page.on("response", (response) => {
      const request = response.request();
      if (!response.url().startsWith(API) || ["GET", "OPTIONS"].includes(request.method())) return;
      this.changes.push({ method: request.method(), status: response.status(), body: JSON.parse(request.postData() ?? "null") });
    });
  }

  /** Waits until the component has an answer to its first request, or none because of CORS. */
  opened() {
    const isFirst = (request) => request.method() === "GET" && request.url().startsWith(`${API}/v3/scheduling/ui-settings`);
    return new Promise((resolve) => {
      for (const event of ["requestfinished", "requestfailed"]) this.page.on(event, (request) => isFirst(request) && resolve());
    });
  }

  /** The method and the status of each request that changes something. */
  answers() {
    return this.changes.map(({ method, status }) => [method, status]);
  }

  /** Waits for an element that matches, in any shadow root. */
  see(selector) {
    return this.page.waitForSelector(`pierce/${selector}`, { visible: true });
  }

  async click(selector) {
    await clickOn(await this.see(selector));
  }

  /** Clicks, and waits for the answer to the request of this method that follows. */
  async clickAndWait(selector, method) {
    const answered = (response) => response.url().startsWith(API) && response.request().method() === method;
    await Promise.all([this.page.waitForResponse(answered), this.click(selector)]);
  }

  async type(selector, text) {
    await this.click(selector);
    await this.page.keyboard.type(text);
    // Fields are checked when they lose the focus.
    await this.page.keyboard.press("Tab");
  }

  /** Waits until the page shows a text that matches. */
  async shows(pattern) {
    const shown = (source) => {
      const visible = (node) =>
        node.nodeType === Node.TEXT_NODE
          ? node.textContent
          : ["STYLE", "SCRIPT"].includes(node.nodeName)
            ? ""
            : [...(node.shadowRoot?.childNodes ?? []), ...node.childNodes].map(visible).join(" ");
      return new RegExp(source).test(visible(document.body).replace(/\s+/g, " "));
    };
    await this.page.waitForFunction(shown, {}, pattern.source);
  }

  /** Waits until the component requests nothing more. */
  async settled() {
    await this.page.waitForNetworkIdle({ idleTime: 500 });
  }

  /** Goes to the next month, and chooses a time of its first day that has one: the first, or as many later. */
  async choose(later = 0) {
    await this.clickAndWait('button[title="Next month"]', "GET");
    await this.settled();
    await this.click('button[part~="ndp__date--current-month"]:not([disabled])');
    await this.take(later);
  }

  /** Chooses a time of the day that is shown. */
  async take(later = 0) {
    await this.see('button[part~="ntp__timeslot"]');
    const shown = () => this.page.$$('pierce/button[part~="ntp__timeslot"]');
    const deadline = Date.now() + TIMEOUT;
    let times = await shown();
    // The component may still be replacing the times of another day.
    while (times.length <= later) {
      if (Date.now() > deadline) throw new Error(`the day has ${times.length} times only`);
      await this.page.evaluate(() => new Promise(requestAnimationFrame));
      times = await shown();
    }
    await clickOn(times[later]);
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
    await this.type("textarea", reason);
    await this.click('[part~="ncbf__button-cta"]');
  }

  async screenshot(name) {
    await this.page.screenshot({ path: `${CONVENE_SCREENSHOTS}/${name}.png`, fullPage: true });
  }

  async close() {
    await this.context.close();
  }
}
