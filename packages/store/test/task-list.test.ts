import type { Task } from '@cyberstroll/contracts';
import { upTo } from '@cyberstroll/testkit';
import type { Database } from '../src/mongodb/models/database';
import { findTaskList, type TaskQuery } from '../src/tasks/task-list';
import { newTask, type StoreFixture, setup } from './setup';

let fixture: StoreFixture;
let db: Database;
const HOLD = { code: 'frozen' as const, freeze_id: 'f'.repeat(24), reason: 'an outage', since: new Date(0) };
/** Its index is the task's number. */
const made: Task[] = [];
const START = Date.parse('2026-01-01T00:00:00Z');
const timeOf = (n: number) => new Date(START + Math.floor(n / 2) * 1_000).toISOString();

beforeAll(async () => {
  fixture = await setup();
  ({ db } = await fixture.openParts('reader'));
  for (const n of upTo(24)) {
    const names = { task_initiator: `i${n % 4}`, task_category: `c${n % 3}`, task_type: `t${n % 2}` };
    const labels = [...(n % 2 === 0 ? ['even'] : []), ...(n % 3 === 0 ? ['三'] : [])];
    const request = newTask(
      `127.0.${n}.0/30 127.8.${n}.8`,
      { priority: 1 + (n % 3), pool: `p${n % 3}` },
      { ...names, labels },
    );
    const { task } = await fixture.store.tasks.createTask(request);
    // Two of each time, so that a page may end between them.
    await db.tasks.updateOne({ task_id: task.task_id }, { $set: { created_time: new Date(timeOf(n)) } });
    if (n % 5 === 0) await db.tasks.updateOne({ task_id: task.task_id }, { $set: { hold: HOLD } });
    if (n % 4 === 0) await fixture.store.tasks.updateTaskStatus(task.task_id, 'QUEUED', 'test', 'test');
    if (n === 1) await fixture.store.tasks.updateTaskStatus(task.task_id, 'CANCELLED', 'test', 'test');
    made.push(task);
  }
});
afterAll(() => fixture?.cleanup());

/** The numbers of the tasks on all pages. */
async function list(query: TaskQuery, limit = 5): Promise<number[]> {
  const numbers: number[] = [];
  let cursor: string | undefined;
  do {
    const page = await fixture.store.tasks.findTasks({ ...query, cursor, limit });
    expect(page.items.length).toBeLessThanOrEqual(limit);
    numbers.push(...page.items.map(({ task_id }) => made.findIndex((task) => task.task_id === task_id)));
    cursor = page.next_cursor;
  } while (cursor !== undefined);
  return numbers;
}

const newestFirst = (isWanted: (n: number) => boolean) => upTo(24).filter(isWanted).reverse();
const byPriority = (isWanted: (n: number) => boolean) => newestFirst(isWanted).sort((a, b) => (b % 3) - (a % 3));

it.each<[string, TaskQuery, number[]]>([
  ['no filter', {}, newestFirst(() => true)],
  ['one status', { status: ['QUEUED'] }, newestFirst((n) => n % 4 === 0)],
  ['statuses', { status: ['QUEUED', 'CANCELLED'] }, newestFirst((n) => n % 4 === 0 || n === 1)],
  ['a label', { label: ['even'] }, newestFirst((n) => n % 2 === 0)],
  ['two labels', { label: ['even', '三'] }, newestFirst((n) => n % 6 === 0)],
  ['an initiator', { task_initiator: 'i3' }, newestFirst((n) => n % 4 === 3)],
  ['a category', { task_category: 'c2' }, newestFirst((n) => n % 3 === 2)],
  ['a type', { task_type: 't1' }, newestFirst((n) => n % 2 === 1)],
  ['a freeze', { freeze_id: HOLD.freeze_id }, newestFirst((n) => n % 5 === 0)],
  ['a pool', { pool: 'p1' }, newestFirst((n) => n % 3 === 1)],
  ['a time', { after: timeOf(4), before: timeOf(10) }, newestFirst((n) => n >= 4 && n < 10)],
  ['an address', { target: '127.8.7.8' }, [7]],
  ['an address beside targets', { target: '127.8.7.9' }, []],
  ['a network', { target: '127.0.4.0/23' }, [5, 4]],
  ['another family', { target: '::/0' }, []],
  [
    'several',
    { label: ['even'], status: ['QUEUED'], target: '127.0.0.0/20', before: timeOf(12) },
    newestFirst((n) => n % 4 === 0 && n < 12),
  ],
  ['the oldest first', { sort: 'oldest' }, upTo(24)],
  ['the oldest first, of a time', { sort: 'oldest', after: timeOf(20), label: ['even'] }, [20, 22]],
  ['by priority', { sort: 'priority' }, byPriority(() => true)],
  ['by priority, of a status', { sort: 'priority', status: ['QUEUED'] }, byPriority((n) => n % 4 === 0)],
])('lists tasks in pages: %s', async (_name, query, expected) => {
  expect(await list(query)).toEqual(expected);
});

it('refuses a cursor of another order, and keeps to the filter with one of another filter', async () => {
  const { next_cursor: cursor } = await fixture.store.tasks.findTasks({ sort: 'oldest', limit: 1 });
  for (const sort of [undefined, 'priority'] as const) {
    const refused = fixture.store.tasks.findTasks({ sort, cursor, limit: 1 });
    await expect(refused).rejects.toMatchObject({ code: 'invalid_query', details: { field: 'cursor' } });
  }
  const { items } = await fixture.store.tasks.findTasks({ sort: 'oldest', after: timeOf(22), cursor, limit: 9 });
  expect(items.map(({ task_id }) => task_id)).toEqual([22, 23].map((n) => made[n]!.task_id));
});

it('looks at the targets themselves where ranges were joined, for 50 tasks of a page and no more', async () => {
  const scattered = upTo(80)
    .map((n) => `127.20.${n}.1`)
    .join();
  const initiator = { task_initiator: 'scattered' };
  const ids: string[] = [];
  for (const extra of ['127.30.0.1', ...upTo(52).map(() => '127.30.0.2')]) {
    ids.push((await fixture.store.tasks.createTask(newTask(`${scattered},${extra}`, {}, initiator))).task.task_id);
  }
  await db.tasks.updateMany(initiator, { $set: { created_time: new Date(START - 1_000) } });
  const find = (query: TaskQuery) => fixture.store.tasks.findTasks({ ...query, ...initiator, limit: 10 });
  // It lies between two targets that were joined.
  const first = await find({ target: '127.20.70.2' });
  expect(first).toEqual({ items: [], next_cursor: expect.stringMatching(/^n/) });
  expect(await find({ target: '127.20.70.2', cursor: first.next_cursor })).toEqual({ items: [] });
  const found = await find({ target: '127.30.0.1', cursor: first.next_cursor });
  expect(found.items.map(({ task_id }) => task_id)).toEqual([ids[0]]);
});

describe('is served by an index', () => {
  const SORTED = '"stage":"SORT"';
  it.each<[string, TaskQuery, keys: string]>([
    ['no filter', {}, 'created_time'],
    ['the oldest first', { sort: 'oldest' }, 'created_time'],
    ['a time', { after: timeOf(4), before: timeOf(10) }, 'created_time'],
    ['one status', { status: ['QUEUED'] }, 'status created_time'],
    ['statuses', { status: ['QUEUED', 'CANCELLED'] }, 'status created_time'],
    ['a label', { label: ['even'], sort: 'oldest' }, 'labels created_time'],
    ['an initiator', { task_initiator: 'i3' }, 'task_initiator created_time'],
    ['a category', { task_category: 'c2' }, 'task_category created_time'],
    ['a type', { task_type: 't1' }, 'task_type created_time'],
    ['a freeze', { freeze_id: HOLD.freeze_id }, 'hold.freeze_id created_time'],
    ['a pool', { pool: 'p1' }, 'config.pool created_time'],
    ['by priority', { sort: 'priority' }, 'config.priority'],
    ['by priority, of a status', { sort: 'priority', status: ['QUEUED'] }, 'status config.priority'],
  ])('%s: only matches are looked at, and nothing is sorted', async (_name, query, keys) => {
    const plan = await findTaskList(db, query).explain('executionStats');
    const winner = JSON.stringify(plan['queryPlanner'].winningPlan);
    const pattern = Object.fromEntries([...keys.split(' '), '_id'].map((key) => [key, 1]));
    expect(winner).toContain(`"keyPattern":${JSON.stringify(pattern)}`);
    expect(winner).not.toContain(SORTED);
    const { nReturned, totalDocsExamined } = plan['executionStats'];
    expect(nReturned).toBeGreaterThan(0);
    expect(totalDocsExamined).toBe(nReturned);
  });

  it('named tasks: no other is looked at', async () => {
    const task_id = [3, 5].map((n) => made[n]!.task_id);
    expect(await list({ task_id })).toEqual([5, 3]);
    const plan = await findTaskList(db, { task_id }).explain('executionStats');
    expect(plan['executionStats']).toMatchObject({ nReturned: 2, totalDocsExamined: 2 });
  });

  it('a later page begins at its cursor', async () => {
    const { next_cursor: cursor } = await fixture.store.tasks.findTasks({ label: ['even'], limit: 10 });
    const plan = await findTaskList(db, { label: ['even'], cursor }).explain('executionStats');
    expect(plan['executionStats'].totalDocsExamined).toBeLessThanOrEqual(3);
  });

  it('every combination of filters and order', async () => {
    const filters: TaskQuery[] = [
      { status: ['QUEUED', 'RUNNING'] },
      { label: ['even'] },
      { task_initiator: 'i1' },
      { task_category: 'c1' },
      { task_type: 't1' },
      { target: '127.0.7.0/24' },
      { after: timeOf(2) },
    ];
    for (const chosen of upTo(2 ** filters.length)) {
      const query = Object.assign({}, ...filters.filter((_, i) => chosen & (1 << i)));
      const plans = ['newest' as const, 'priority' as const].map((sort) =>
        findTaskList(db, { ...query, sort }).explain('queryPlanner'),
      );
      const winners = JSON.stringify((await Promise.all(plans)).map((plan) => plan['queryPlanner'].winningPlan));
      expect([query, winners]).toEqual([query, expect.stringMatching(/IXSCAN.*IXSCAN/)]);
      expect(winners).not.toContain('COLLSCAN');
    }
  });
});
