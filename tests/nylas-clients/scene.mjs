// A scene is one visit to the page. Whatever the guest does there, the console has no error that the scene does not name.

import assert from "node:assert/strict";

/** What Chromium writes into the console about an answer with this status. */
export const status = (code) => new RegExp(`^Failed to load resource: the server responded with a status of ${code} `);

/**
 * Opens the page with these attributes at this host, and acts. Each error in the console matches one of `named`. A screenshot
 * shows the page as it was at the end.
 */
export async function scene(browser, name, attributes, act, { named = [], host = "127.0.0.1" } = {}) {
  const page = await browser.open(host, attributes);
  try {
    await act(page);
    await page.settled();
    assert.deepEqual(page.errors.filter((error) => !named.some((pattern) => pattern.test(error))), []);
  } catch (error) {
    error.message = `${name}: ${error.message}\n${JSON.stringify({ changes: page.changes, errors: page.errors })}`;
    throw error;
  } finally {
    await page.screenshot(name);
    await page.close();
  }
}
