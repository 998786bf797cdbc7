import { createTaskRequestSchema } from '@cyberstroll/contracts';
import { type ApiPeer, createApiPeer, TASK_ID, toTask } from './api-peer';
import { runCli } from './run-cli';

const FREEZE = {
  freeze_id: '0123456789abcdef01234567',
  kind: 'freeze',
  covers: { all: true },
  reason: 'an outage\u001b[31m',
  operator: 'otto',
  created_time: '2026-01-31T12:00:00.000Z',
  from: '2026-01-31T12:00:00.000Z',
};

let peer: ApiPeer;
beforeEach(async () => {
  peer = await createApiPeer();
  peer.override = ({ method }) =>
    method === 'GET' ? { status: 200, body: { items: [FREEZE] } } : { status: 200, body: { ...FREEZE, tasks: 3 } };
});
afterEach(() => peer.close());

it('freeze get shows the tasks that it holds', async () => {
  const task = toTask(TASK_ID, { name: 'nightly' });
  peer.override = ({ path }) => ({ status: 200, body: { items: [path === '/api/tasks' ? task : FREEZE] } });
  const { code, stdout } = await runCli(peer, ['freeze', 'get', FREEZE.freeze_id]);
  expect([code, stdout]).toEqual([0, expect.stringMatching(/an outage.*\n\nTASK_ID .*\n[0-9a-f]{24} .* nightly\n$/)]);
  expect(stdout).toContain(`${TASK_ID}  `);
  expect(peer.received.at(-1)!.query).toMatchObject({ freeze_id: FREEZE.freeze_id });
  expect(await runCli(peer, ['freeze', 'get', 'b'.repeat(24)])).toMatchObject({ code: 3 });
});

it('takes a short time, and says it with its offset', async () => {
  const words = ['freeze', 'create', '--all', '--reason', 'x', '--from', '2099-12-30 22:00', '--until', '2099-12-31'];
  const { stderr } = await runCli(peer, words, { timeZone: 'Asia/Shanghai' });
  expect(stderr).toBe('--from is 2099-12-30 22:00:00+08:00\n--until is 2099-12-31 00:00:00+08:00\n');
  const sent = { from: '2099-12-30T14:00:00.000Z', until: '2099-12-30T16:00:00.000Z' };
  expect(peer.received[0]!.body).toMatchObject(sent);
  await runCli(peer, [...words, '--utc'], { timeZone: 'Asia/Shanghai' });
  expect(peer.received[1]!.body).toMatchObject({ until: '2099-12-31T00:00:00.000Z' });
});

it.each([
  ['mon-fri 22:00-06:00 Europe/Berlin', ['mon', 'tue', 'wed', 'thu', 'fri']],
  ['sat-mon,wed 08:00-09:30 UTC', ['sat', 'sun', 'mon', 'wed']],
])('task create --window "%s"', async (text, days) => {
  peer.override = () => ({ status: 201, body: toTask(TASK_ID) });
  await runCli(peer, ['task', 'create', '127.0.0.1', '--window', text, '--at-close', 'abort']);
  const sent = createTaskRequestSchema.parse(peer.received[0]!.body);
  expect(sent.config).toMatchObject({ windows: [{ days }], at_close: 'abort' });
});

it.each(['22:00-06:00 UTC', 'mon 22-06 UTC', 'someday 22:00-06:00 UTC', 'mon 22:00-06:00 Mars/Olympus'])(
  'refuses the window "%s"',
  async (text) => {
    const { code, stderr } = await runCli(peer, ['task', 'create', '127.0.0.1', '--window', text]);
    expect([code, stderr]).toEqual([2, expect.stringContaining('mon-fri 22:00-06:00 Europe/Berlin')]);
  },
);
