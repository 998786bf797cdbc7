import type { Alert } from '@cyberstroll/client';
import { type ApiPeer, createApiPeer, problem } from './api-peer';
import { runCli } from './run-cli';

const ID = '0123456789abcdef01234567';
const alert: Alert = {
  alert_id: ID,
  rule: 'node_silent',
  subject: 'node-1',
  severity: 'warning',
  state: 'acknowledged',
  summary: 'not heard for 75 s\u001b[31m',
  value: 75,
  threshold: 60,
  occurrences: 1,
  runbook: 'docs/runbooks/node_silent.md',
  raised_time: '2026-01-31T12:00:00.000Z',
  updated_time: '2026-01-31T12:00:15.000Z',
  history: [
    { state: 'firing', timestamp: '2026-01-31T12:00:00.000Z', operator: 'heartbeat-monitor', reason: 'silent' },
    { state: 'acknowledged', timestamp: '2026-01-31T12:01:00.000Z', operator: 'otto', reason: 'on my way' },
  ],
};

let peer: ApiPeer;
beforeEach(async () => {
  peer = await createApiPeer();
  peer.override = ({ method, path }) => {
    if (method === 'GET' && path === '/api/alerts') return { status: 200, body: { items: [alert] } };
    if (path === `/api/alerts/${ID}`) return { status: 200, body: alert };
    if (path === `/api/alerts/${ID}/acknowledge`) return { status: 200, body: alert };
    if (path === `/api/alerts/${ID}/resolve`) return problem(403, 'forbidden', 'this needs the role operator');
    return problem(404, 'alert_not_found', 'there is no such alert');
  };
});
afterEach(() => peer.close());

it('lists the alerts that match the filter', async () => {
  const words = 'alert list --state acknowledged --rule node_silent --limit 5';
  const { code, stdout } = await runCli(peer, words.split(' '));
  expect(code).toBe(0);
  expect(stdout).toContain(
    `${ID}  acknowledged  warning   node_silent  node-1   -         2026-01-31 12:00:00Z  not heard`,
  );
  expect(stdout).not.toContain('\u001b');
  expect(peer.received[0]!.query).toEqual({ state: 'acknowledged', rule: 'node_silent', limit: '5' });
});

it('shows an alert with its history', async () => {
  const { code, stdout } = await runCli(peer, ['alert', 'show', ID]);
  expect([code, stdout]).toEqual([0, expect.stringMatching(/acknowledged +2026-01-31 12:01:00Z by otto: on my way/)]);
  expect(stdout).toMatch(/runbook +docs\/runbooks\/node_silent\.md/);
  const { json } = await runCli(peer, ['alert', 'show', ID, '--json']);
  expect(json()).toEqual(alert);
});

it('acknowledges, with a reason', async () => {
  const { code, stdout } = await runCli(peer, ['alert', 'ack', ID, '--reason', 'on my way']);
  expect([code, stdout]).toEqual([0, `alert ${ID} acknowledged: node_silent node-1\n`]);
  expect(peer.received[0]).toMatchObject({ method: 'POST', body: { reason: 'on my way' } });
  const { json } = await runCli(peer, ['alert', 'ack', ID, '--json']);
  expect(json()).toEqual(alert);
});

it('prints the API’s refusal', async () => {
  const refused = await runCli(peer, ['alert', 'resolve', ID]);
  expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining('this needs the role operator')]);
  const unknown = await runCli(peer, ['alert', 'show', 'x']);
  expect([unknown.code, unknown.stderr]).toEqual([3, expect.stringContaining('there is no such alert')]);
  const wrong = await runCli(peer, ['alert', 'list', '--rule', 'no_rule']);
  expect([wrong.code, wrong.stderr]).toEqual([2, expect.stringContaining('node_silent')]);
});
