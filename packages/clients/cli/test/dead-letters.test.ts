import type { DeadLetterSummary } from '@cyberstroll/client';
import { type ApiPeer, createApiPeer, problem } from './api-peer';
import { runCli } from './run-cli';

const ID = '0123456789abcdef0123456789abcdef';
const deadLetter: DeadLetterSummary = {
  dead_letter_id: ID,
  state: 'replayed',
  reason: 'outside_target_set',
  detail: 'no \u001b[31msuch index',
  queue: 'cs.updates',
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

it('counts the dead letters that match by reason, and says where it counted some of them alone', async () => {
  const words = 'dead-letter groups --queue cs.updates --state waiting';
  const { code, stdout, stderr } = await runCli(peer, words.split(' '));
  expect([code, stderr]).toEqual([0, 'there are more than are counted here\n']);
  expect(stdout).toMatch(/ 1200 +10 +2026-01-30 12:00:00Z +2026-01-31 12:00:00Z +not_json\n/);
  expect(stdout).not.toContain('\u001b');
  expect(peer.received[0]!.query).toEqual({ queue: 'cs.updates', state: 'waiting' });
  expect((await runCli(peer, ['dead-letter', 'groups', '--json'])).json()).toEqual(groups);
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
