/** What commands ask of the API. What they print of any answer, in both languages, is in help.test.ts. */
import { type ApiPeer, createApiPeer, TASK_ID } from './api-peer';
import { runCli } from './run-cli';
import { sampleAnswer } from './sample-answer';

const ID = '0123456789abcdef01234567';
const DEAD_LETTER = '0123456789abcdef0123456789abcdef';

let peer: ApiPeer;
beforeAll(async () => {
  peer = await createApiPeer();
  peer.override = sampleAnswer;
});
beforeEach(() => {
  peer.received.length = 0;
});
afterAll(() => peer.close());

it.each<[line: string, request: string, sent: object]>([
  [
    'alert list --state acknowledged --rule node_silent --limit 5',
    'GET /api/alerts',
    { state: 'acknowledged', rule: 'node_silent', limit: '5' },
  ],
  [`alert ack ${ID} --reason mine`, `POST /api/alerts/${ID}/acknowledge`, { reason: 'mine' }],
  [`alert resolve ${ID} --reason over`, `POST /api/alerts/${ID}/resolve`, { reason: 'over' }],
  [
    `audit --operator otto --operation cancelTask --task ${TASK_ID} --after 2026-01-01T00:00:00Z --limit 5`,
    'GET /api/audit',
    { operator: 'otto', operation: 'cancelTask', task_id: TASK_ID, after: '2026-01-01T00:00:00Z', limit: '5' },
  ],
  ['task clean-up --days 30 --dry-run', 'POST /api/tasks/clean-up', { expire_days: 30, dry_run: true, limit: 1_000 }],
  [
    'freeze create --all --running abort --reason outage',
    'POST /api/freezes',
    { covers: { all: true }, running: 'abort', reason: 'outage' },
  ],
  [`freeze lift ${ID} --reason over`, `DELETE /api/freezes/${ID}`, { reason: 'over' }],
  [
    'silence create node_silent --subject node-a --hours 24 --reason new',
    'POST /api/silences',
    { rule: 'node_silent', subject: 'node-a', hours: 24, reason: 'new' },
  ],
  [`silence end ${ID} --reason over`, `DELETE /api/silences/${ID}`, { reason: 'over' }],
  [
    `key rotate ${ID} --grace 60 --reason yearly`,
    `POST /api/keys/${ID}/rotate`,
    { grace_seconds: 60, reason: 'yearly' },
  ],
  [`key revoke ${ID} --reason left`, `POST /api/keys/${ID}/revoke`, { reason: 'left' }],
  ['key list --revoked', 'GET /api/keys', { limit: '100', revoked: 'true' }],
  [
    `dead-letter list --reason bad_field --queue q --task ${TASK_ID} --state replayed --limit 5`,
    'GET /api/dead-letters',
    { reason: 'bad_field', queue: 'q', task_id: TASK_ID, state: 'replayed', limit: '5' },
  ],
  [
    'dead-letter list --before 2026-01-31T20:00:00+08:00 --after 2026-01-31T12:00:00Z',
    'GET /api/dead-letters',
    { before: '2026-01-31T20:00:00+08:00', after: '2026-01-31T12:00:00Z', limit: '100' },
  ],
  ['dead-letter groups --queue q --state waiting', 'GET /api/dead-letters/groups', { queue: 'q', state: 'waiting' }],
  [
    `dead-letter replay --id ${DEAD_LETTER} --reason bad_field --why mended`,
    'POST /api/dead-letters/replay',
    { filter: { ids: [DEAD_LETTER], reason: 'bad_field' }, limit: 1_000, dry_run: false, reason: 'mended' },
  ],
  [
    'dead-letter discard --queue q --dry-run',
    'POST /api/dead-letters/discard',
    { filter: { queue: 'q' }, limit: 1_000, dry_run: true },
  ],
  ['node list --status ONLINE --pool edge --limit 5', 'GET /api/nodes', { status: 'online', pool: 'edge', limit: '5' }],
  ['node remove node-1 --reason gone', 'DELETE /api/nodes/node-1', { reason: 'gone' }],
])('%s', async (line, request, sent) => {
  const { code, stderr } = await runCli(peer, [...line.split(' '), '--json']);
  expect([code, stderr]).toEqual([0, expect.not.stringContaining('error')]);
  const { method, path, query, body } = peer.received.at(-1)!;
  expect([`${method} ${path}`, body ?? query]).toEqual([request, sent]);
});

it.each<[line: string, message: string]>([
  ['alert list --rule no_rule', 'node_silent'],
  ['task clean-up', '--days'],
  ['freeze create --reason x', '--all'],
  ['freeze create --reason x --all --pool dmz', 'error'],
  ['freeze create --all', '--reason'],
  ['silence create no_rule --hours 1 --reason x', 'node_silent'],
  ['silence create node_silent --reason x', '--hours'],
  ['silence create node_silent --hours 1', '--reason'],
  ['key create team-a --role root', 'admin'],
  ['dead-letter list --before yesterday', 'Must be a time: 22:00'],
  ['dead-letter replay', '--reason'],
  ['dead-letter discard', '--reason'],
])('%s is a usage error that says what is wrong, and asks nothing', async (line, message) => {
  const { code, stderr } = await runCli(peer, line.split(' '));
  expect([code, stderr, peer.received]).toEqual([2, expect.stringContaining(message), []]);
});
