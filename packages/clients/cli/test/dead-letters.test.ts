import type { DeadLetterSummary } from '@cyberstroll/client';
import { type ApiPeer, createApiPeer, problem } from './api-peer';
import { runCli } from './run-cli';

const ID = '0123456789abcdef0123456789abcdef';
const deadLetter: DeadLetterSummary = {
  dead_letter_id: ID,
  state: 'replayed',
  reason: 'outside_target_set',
  detail: 'no \u001b[31msuch index',
  queue: 'cs.updates.0',
  sender: 'node-1',
  first_seen: '2026-01-31T12:00:00.000Z',
  expires: '2026-03-02T12:00:00.000Z',
  replayable: true,
  replayed_times: [{ time: '2026-01-31T13:00:00.000Z', operator: 'otto' }],
  content_type: 'json',
  content_bytes: 13,
  kept_time: '2026-01-31T12:00:00.000Z',
};
const outcome = { matched: 2, skipped: [{ id: ID, why: 'already_replayed' }], dry_run: false, more: true };

const times = { oldest: '2026-01-30T12:00:00.000Z', newest: '2026-01-31T12:00:00.000Z' };
const groups = {
  items: [
    { reason: 'not_json', count: 1_200, waiting: 10, ...times },
    { reason: 'bad_\u001b[31mfield', count: 2, waiting: 2, ...times },
  ],
  more: true,
};

let peer: ApiPeer;
beforeEach(async () => {
  peer = await createApiPeer();
  peer.override = ({ method, path }) => {
    if (path === `/api/dead-letters/${ID}`) return { status: 200, body: { ...deadLetter, content: '{"attempt":1}' } };
    if (method === 'GET' && path === '/api/dead-letters') return { status: 200, body: { items: [deadLetter] } };
    if (path === '/api/dead-letters/groups') return { status: 200, body: groups };
    if (path === '/api/dead-letters/replay') return { status: 200, body: { ...outcome, replayed: 1 } };
    if (path === '/api/dead-letters/discard') return problem(403, 'forbidden', 'this needs the role admin');
    return undefined;
  };
});
afterEach(() => peer.close());

it('lists the dead letters that match the filter', async () => {
  const words =
    'dead-letter list --reason outside_target_set --queue cs.updates.0 --task 66b2f0c3a1d4e5f607182930 --state replayed --limit 5';
  const { code, stdout } = await runCli(peer, words.split(' '));
  expect(code).toBe(0);
  expect(stdout).toContain(`${ID}  replayed  2026-01-31 12:00:00Z  1      outside_target_set  cs.updates.0  node-1`);
  expect(stdout).not.toContain('\u001b');
  expect(peer.received[0]!.query).toEqual({
    reason: 'outside_target_set',
    queue: 'cs.updates.0',
    task_id: '66b2f0c3a1d4e5f607182930',
    state: 'replayed',
    limit: '5',
  });
});

it('counts the dead letters that match by reason, and says where it counted some of them alone', async () => {
  const words = 'dead-letter groups --queue cs.updates.0 --state waiting';
  const { code, stdout, stderr } = await runCli(peer, words.split(' '));
  expect([code, stderr]).toEqual([0, 'there are more than are counted here\n']);
  expect(stdout).toMatch(/ 1200 +10 +2026-01-30 12:00:00Z +2026-01-31 12:00:00Z +not_json\n/);
  expect(stdout).not.toContain('\u001b');
  expect(peer.received[0]!.query).toEqual({ queue: 'cs.updates.0', state: 'waiting' });
  expect((await runCli(peer, ['dead-letter', 'groups', '--json'])).json()).toEqual(groups);
});

it('accepts a time in the format of lists, and refuses other text', async () => {
  const words = ['dead-letter', 'list', '--before', '2026-01-31 20:00:00+08:00', '--after', '2026-01-31T12:00:00Z'];
  await runCli(peer, words);
  expect(peer.received[0]!.query).toMatchObject({ before: '2026-01-31T20:00:00+08:00', after: '2026-01-31T12:00:00Z' });
  for (const time of ['yesterday', '2026-01-31 24:30', '2026-13-31T12:00:00Z']) {
    const { code, stderr } = await runCli(peer, ['dead-letter', 'list', '--before', time]);
    expect([code, stderr]).toEqual([2, expect.stringContaining('Must be a time: 22:00')]);
  }
});

it('shows a dead letter with its content and its marks', async () => {
  const { code, stdout } = await runCli(peer, ['dead-letter', 'show', ID]);
  expect([code, stdout]).toEqual([0, expect.stringMatching(/replayed +2026-01-31 13:00:00Z by otto/)]);
  expect(stdout).toMatch(/content +\{"attempt":1\}/);
  const { json } = await runCli(peer, ['dead-letter', 'show', ID, '--json']);
  expect(json()).toEqual({ ...deadLetter, content: '{"attempt":1}' });
});

it('replays, and prints the skipped ones', async () => {
  const words = ['dead-letter', 'replay', '--id', ID, '--id', 'b', '--reason', 'bad_field', '--why', 'it is mended'];
  const { code, stdout, stderr } = await runCli(peer, words);
  expect([code, stdout]).toEqual([0, '2 matched, 1 replayed, 1 skipped\n']);
  expect(stderr).toBe(`skipped ${ID}: already_replayed\nmore match: run it again\n`);
  expect(peer.received[0]!.body).toEqual({
    filter: { ids: [ID, 'b'], reason: 'bad_field' },
    limit: 1_000,
    dry_run: false,
    reason: 'it is mended',
  });
  const dry = await runCli(peer, ['dead-letter', 'replay', '--queue', 'q', '--dry-run', '--json']);
  expect(dry.json()).toMatchObject({ matched: 2, replayed: 1 });
  expect(peer.received[1]!.body).toMatchObject({ filter: { queue: 'q' }, dry_run: true });
});

it.each(['replay', 'discard'])('refuses to %s without a filter', async (command) => {
  const { code, stderr } = await runCli(peer, ['dead-letter', command]);
  expect([code, stderr]).toEqual([2, expect.stringContaining('--reason')]);
  expect(peer.received).toEqual([]);
});

it('prints the API’s refusal', async () => {
  const { code, stderr } = await runCli(peer, ['dead-letter', 'discard', '--id', ID]);
  expect([code, stderr]).toEqual([1, expect.stringContaining('this needs the role admin')]);
});
