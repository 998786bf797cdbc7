import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { eventually } from '@cyberstroll/testkit';
import { createBrowser, type TestBrowser } from './browser';
import { expectNoViolations } from './expect-no-violations';

/** A page that logs in as the dashboard does, and then runs `script`. */
const toHtml = (script: string) => `<!doctype html><html lang="en"><title>Test</title><link rel="icon" href="data:,">
  <main><h1>Test</h1><form><label>API key <input name="key"></label><button>Log in</button></form></main>
  <script src="/${script}.js"></script></html>`;

const LOG_IN = `
  document.querySelector('form').addEventListener('submit', (event) => {
    event.preventDefault();
    document.title = document.querySelector('input').value;
    history.pushState(null, '', '/');
  });`;
const SCRIPTS: Record<string, string> = {
  good: LOG_IN,
  console: "console.error('something went wrong')",
  throw: "setTimeout(() => { throw new Error('nobody caught me') })",
  inline: "document.body.append(Object.assign(document.createElement('script'), { textContent: '1' }))",
  foreign: "fetch('http://127.0.0.2:9/spy').catch(() => {})",
  socket: "new WebSocket('ws://127.0.0.2:9/spy')",
  answer: "fetch('/missing')",
};

let server: Server;
let origin: string;
let browser: TestBrowser;
beforeAll(async () => {
  server = createServer(({ url = '' }, response) => {
    const [, name = '', isScript] = /^\/(\w+)(\.js)?$/.exec(url) ?? [];
    const script = SCRIPTS[name] ?? (name === 'login' ? SCRIPTS['good'] : undefined);
    if (script === undefined) return void response.writeHead(404).end();
    response.setHeader('content-security-policy', "default-src 'self'; connect-src *; img-src data:");
    response.setHeader('content-type', isScript ? 'text/javascript' : 'text/html; charset=utf-8');
    response.end(isScript ? script : toHtml(name === 'login' ? 'good' : name));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  browser = await createBrowser();
});
afterAll(async () => {
  await browser?.close();
  server.close();
});

it('logs in with the key of the role, and finds no fault on a good page', async () => {
  const { page } = await browser.openDashboard({ dashboard_url: origin, api_key: 'the key' });
  expect([page.url(), await page.title()]).toEqual([origin, 'the key']);
  await expectNoViolations(page);
  await browser.closePages();
});

it.each([
  ['an error in the console', 'console', /error in the console: something went wrong/],
  ['an error that nobody catches', 'throw', /error in the page: Error: nobody caught me/],
  ['an inline script', 'inline', /CSP violation: /],
  ['a request to another origin', 'foreign', /request to another origin: http:\/\/127\.0\.0\.2:9\/spy/],
  ['a WebSocket to another origin', 'socket', /request to another origin: ws:\/\/127\.0\.0\.2:9\/spy/],
  ['an answer of 404', 'answer', /error in the console: Failed to load resource: .* 404 .*\/missing/],
])('takes %s for a fault', async (_, name, fault) => {
  const { faults } = await browser.openPage(origin + name);
  await eventually(() => expect(() => faults.check()).toThrow(fault));
  await expect(browser.closePages()).rejects.toThrow(fault);
});

it('takes for no fault what a test allows', async () => {
  const { page, faults } = await browser.openPage(`${origin}good`);
  faults.allow(/ 404 /);
  const logged = page.waitForEvent('console');
  await page.evaluate("fetch('/missing')");
  expect((await logged).text()).toMatch(/ 404 /);
  await browser.closePages();
});

it('takes what axe-core finds for a fault', async () => {
  const { page } = await browser.openPage(`${origin}good`);
  await page.evaluate("document.querySelector('label').replaceWith(document.querySelector('input'))");
  await expect(expectNoViolations(page)).rejects.toThrow(/- label \(.*\) at input/);
  await browser.closePages();
});
