import type { DeadLetterRecord } from '@cyberstroll/contracts';
import mongoose from 'mongoose';
import { toFilter, toGrouping, toPageFilter } from '../src/dead-letters/dead-letter-store';
import { createDatabase } from '../src/mongodb/models/database';
import { type StoreFixture, setup } from './setup';

let fixture: StoreFixture;
beforeAll(async () => {
  fixture = await setup();
});
afterAll(() => fixture?.cleanup());

const toId = (n: number) => n.toString(16).padStart(32, '0');
const deadLetter = (n: number, changes: Partial<DeadLetterRecord> = {}): DeadLetterRecord => ({
  dead_letter_id: toId(n),
  state: 'waiting',
  reason: 'bad_field',
  detail: 'attempt: must be 1 or more',
  queue: 'cs.updates',
  first_seen: new Date(1_000 * Math.floor(n / 2)),
  content: '{"$where":1,"a.b":2,"__proto__":{"c":"\\u0000"}}',
  content_type: 'json',
  content_bytes: 48,
  replayable: true,
  exchange: 'cs.state',
  routing_key: 'updates',
  replayed_times: [],
  kept_time: new Date(0),
  expires: new Date(Date.now() + 3_600_000),
  ...changes,
});
const mark = { time: new Date(5), operator: 'otto' };

it('keeps a dead letter once, as it was; a repeat takes no mark away', async () => {
  const { deadLetters } = fixture.store;
  const one = deadLetter(1_000, { reason: 'once' });
  const kept = await Promise.all([deadLetters.keep(one), deadLetters.keep(one), deadLetters.keep(one)]);
  expect(kept.sort()).toEqual(['known', 'known', 'new']);
  await deadLetters.markReplayed([one.dead_letter_id], mark);
  expect(await deadLetters.keep({ ...one, detail: 'another' })).toBe('known');
  const after = await deadLetters.getDeadLetter(one.dead_letter_id);
  expect(after).toEqual({ ...one, state: 'replayed', replayed_times: [mark] });
});

it('counts up a dead letter for many messages, keeps the first, and makes it wait again if it was discarded', async () => {
  const { deadLetters } = fixture.store;
  const at = (second: number) => new Date(second * 1_000);
  const nth = (n: number) =>
    deadLetter(3_000, { reason: 'many', detail: `${n}`, count: 1, last_seen: at(n), expires: at(2_000_000_000 + n) });
  const outcomes = await Promise.all([1, 2, 3, 4].map((n) => deadLetters.keep(nth(n))));
  expect(outcomes.sort()).toEqual(['counted', 'counted', 'counted', 'new']);
  const { detail } = await deadLetters.getDeadLetter(toId(3_000));
  await deadLetters.markDiscarded([toId(3_000)], mark);
  expect(await deadLetters.keep(nth(5))).toBe('counted');
  const { detail: _, first_seen, ...kept } = await deadLetters.getDeadLetter(toId(3_000));
  expect(kept).toMatchObject({ state: 'waiting', count: 5, last_seen: at(5), expires: at(2_000_000_005) });
  expect(kept).not.toHaveProperty('discarded');
  expect((await deadLetters.getDeadLetter(toId(3_000))).detail).toBe(detail);
});

it('finds dead letters by each filter', async () => {
  const { deadLetters } = fixture.store;
  const of = { queue: 'filters' };
  await deadLetters.keep(deadLetter(100, { ...of, reason: 'a' }));
  await deadLetters.keep(deadLetter(102, { ...of, reason: 'b', replayable: false }));
  await deadLetters.keep(deadLetter(104, { ...of, reason: 'a' }));
  await deadLetters.markReplayed([toId(104)], mark);
  const find = async (query: object) =>
    (await deadLetters.findMatching({ ...of, ...query }, 10)).map(({ dead_letter_id }) => dead_letter_id);
  expect(await find({})).toEqual([100, 102, 104].map(toId));
  expect(await find({ reason: 'a' })).toEqual([100, 104].map(toId));
  expect(await find({ state: 'waiting', replayable: true })).toEqual([toId(100)]);
  expect(await find({ after: new Date(51_000).toISOString() })).toEqual([102, 104].map(toId));
  expect(await find({ before: new Date(51_000).toISOString() })).toEqual([toId(100)]);
  expect(await find({ ids: [toId(102), toId(7_000)] })).toEqual([toId(102)]);
  expect(await deadLetters.markDiscarded([toId(100), toId(102)], mark)).toBe(2);
  expect(await deadLetters.markDiscarded([toId(100)], mark)).toBe(0);
  expect(await find({})).toEqual([toId(104)]);
  expect(await find({ ids: [toId(100)] })).toEqual([toId(100)]);
  await expect(deadLetters.getDeadLetter(toId(7_000))).rejects.toMatchObject({
    kind: 'missing',
    code: 'dead_letter_not_found',
  });
});

it('counts all that match by reason, the most frequent first, with the oldest and the newest', async () => {
  const { deadLetters } = fixture.store;
  const of = { queue: 'groups' };
  for (const n of [300, 310, 320]) await deadLetters.keep(deadLetter(n, { ...of, reason: 'rare' }));
  for (let n = 400; n < 600; n++) await deadLetters.keep(deadLetter(n, { ...of, reason: 'frequent' }));
  await deadLetters.markReplayed([toId(310)], mark);
  await deadLetters.markDiscarded([toId(320)], mark);
  const at = (second: number) => new Date(second * 1_000);
  const rare = { reason: 'rare', count: 2, waiting: 1, oldest: at(150), newest: at(155) };
  const frequent = { reason: 'frequent', count: 200, waiting: 200, oldest: at(200), newest: at(299) };
  expect(await deadLetters.groupByReason(of)).toEqual({ items: [frequent, rare], more: false });
  const before = at(155).toISOString();
  expect((await deadLetters.groupByReason({ ...of, before })).items).toMatchObject([{ reason: 'rare', count: 1 }]);
});

it('keeps the latest marks of a dead letter that is replayed again and again', async () => {
  const { deadLetters } = fixture.store;
  await deadLetters.keep(deadLetter(200));
  for (let n = 0; n < 23; n++) await deadLetters.markReplayed([toId(200)], { ...mark, time: new Date(n) });
  const { replayed_times } = await deadLetters.getDeadLetter(toId(200));
  expect(replayed_times.map(({ time }) => time.getTime())).toEqual(Array.from({ length: 20 }, (_, n) => n + 3));
});

it.each<[string, object]>([
  ['all', {}],
  ['those that wait', { state: 'waiting' }],
  ['those of a queue', { queue: 'q' }],
  ['those of a reason and a time', { reason: 'r', after: new Date(0).toISOString() }],
  ['those of a task', { task_id: 'c'.repeat(24), queue: 'q' }],
])('%s are counted by an index alone, without a look at any content', async (_name, query) => {
  const opened = await mongoose.createConnection(fixture.testbed.mongodb_uri).asPromise();
  try {
    const { deadLetters } = createDatabase(() => opened);
    const plan = await deadLetters.aggregate(...toGrouping(query)).explain('queryPlanner');
    const winner = JSON.stringify(plan['stages'][0].$cursor.queryPlanner.winningPlan);
    expect(winner).toContain('"stage":"PROJECTION_COVERED"');
    expect(winner).not.toContain('FETCH');
  } finally {
    await opened.close();
  }
});

describe('every query uses an index', () => {
  const time = new Date(0).toISOString();
  it.each<[string, object]>([
    ['a page', { $and: [toFilter({}), toPageFilter(`0-${toId(1)}`)] }],
    ['a page of a reason', { $and: [toFilter({ reason: 'r' }), toPageFilter(undefined)] }],
    ['a page of a queue', toFilter({ queue: 'q', state: 'waiting' })],
    ['what can be replayed', toFilter({ state: 'waiting', replayable: true, before: time, after: time })],
    ['what was replayed', toFilter({ state: 'replayed' })],
    ['all of it', toFilter({})],
    ['by id', toFilter({ ids: [toId(1)], reason: 'r' })],
    ['one', { _id: toId(1) }],
  ])('%s', async (_name, filter) => {
    const opened = await mongoose.createConnection(fixture.testbed.mongodb_uri).asPromise();
    try {
      const deadLetters = createDatabase(() => opened).deadLetters;
      const plan = await deadLetters.find(filter).sort({ first_seen: -1, _id: -1 }).explain('queryPlanner');
      expect(JSON.stringify(plan)).toMatch(/IXSCAN|IDHACK/);
      expect(JSON.stringify(plan)).not.toContain('COLLSCAN');
      const indexes = await deadLetters.indexes();
      expect(indexes).toContainEqual(expect.objectContaining({ key: { expires: 1 }, expireAfterSeconds: 0 }));
    } finally {
      await opened.close();
    }
  });
});
