/**
 * What a page must not do: log an error, throw one, break its Content-Security-Policy, or ask another origin for
 * anything. Faults are collected from the first request on.
 */
import type { Page } from 'playwright-core';

export interface Faults {
  /** From now on what matches is no fault, for example an answer that the test brings about. */
  allow(...patterns: RegExp[]): void;
  /** Throws if there is a fault, and names them all. */
  check(): void;
}

/** The browser itself logs each answer of 400 and above. This one says that nobody is logged in yet. */
const NOT_LOGGED_IN = /^error in the console: Failed to load resource: .* 401 .*\/api\/session$/;

export function collectFaults(page: Page, origin: string): Faults {
  const found: string[] = [];
  const allowed = [NOT_LOGGED_IN];
  const { host } = new URL(origin);
  /** What servers that failed said: the console has the status alone. */
  const answers: string[] = [];
  /** Addresses that a busy server answered with "again later": the page asks again. */
  const busy = new Set<string>();

  page.on('console', (message) => {
    if (message.type() !== 'error') return;
    const text = `${message.text()} ${message.location().url}`;
    found.push(`${/Content.Security.Policy/i.test(text) ? 'CSP violation' : 'error in the console'}: ${text}`);
  });
  page.on('response', (response) => {
    if (response.status() < 500) return;
    if (response.status() === 503 && response.headers()['retry-after']) busy.add(response.url());
    // The page may be gone by then.
    void response.text().then(
      (body) => answers.push(`${response.url()} answered ${body}`),
      () => undefined,
    );
  });
  page.on('pageerror', (error) => found.push(`error in the page: ${error.stack ?? error.message}`));
  const noteForeign = (url: string) => {
    const { protocol, host: asked } = new URL(url);
    if (/^(https?|wss?):$/.test(protocol) && asked !== host) found.push(`request to another origin: ${url}`);
  };
  page.on('request', (request) => noteForeign(request.url()));
  page.on('websocket', (socket) => noteForeign(socket.url()));

  return {
    allow: (...patterns) => void allowed.push(...patterns),
    check() {
      const isOfBusy = (fault: string) => [...busy].some((url) => fault.endsWith(` 503 (Service Unavailable) ${url}`));
      const faults = found.filter((fault) => !isOfBusy(fault) && !allowed.some((pattern) => pattern.test(fault)));
      if (faults.length === 0) return;
      throw new Error([page.url(), ...[...faults, ...answers].map((line) => `- ${line}`)].join('\n'));
    },
  };
}
