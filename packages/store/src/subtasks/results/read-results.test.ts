import type { Result } from '@cyberstroll/contracts';
import { mongo } from 'mongoose';
import type { Database } from '../../mongodb/models/database';
import { DOCUMENTS } from './result-windows';
import { createResults } from './results';

const TASK = 'a'.repeat(24);
/** What this server examines in a second of its time. */
const PER_SECOND = 100_000;
const SERVICE = 'ssh';

let nowMs = 0;
beforeEach(() => {
  nowMs = 0;
  jest.spyOn(performance, 'now').mockImplementation(() => nowMs);
  // No wait before a retry.
  jest.spyOn(Math, 'random').mockReturnValue(0);
});
afterEach(() => jest.restoreAllMocks());

interface Filter {
  index: { $gte: number; $lte: number };
  $and?: { $or: [{ index: { $gt: number } }] | [{ 'scan_result.services': RegExp }] }[];
}

/**
 * A task with an open port at each index from `from` on, and a server that examines each of them for the service: it
 * takes its time, and gives up a query after `maxTimeMS`. `examined` has a number for each command. `faults`: what the
 * next queries for results fail with, after this number of results.
 */
function open({ count, every, from = 0 }: { count: number; every: number; from?: number }) {
  const examined: number[] = [];
  const faults: { after: number; code: number }[] = [];
  const toFound = (index: number) => ({
    task_id: TASK,
    subtask_id: `${TASK}-${index}`,
    index,
    ip: '127.0.0.1',
    completed_time: new Date(0),
    scan_result: { open_ports: [22], services: [`22/tcp ${SERVICE}`], response_time: 1 },
  });
  function find({ index, $and = [] }: Filter, { maxTimeMS = 0 }: { maxTimeMS?: number }) {
    const after = $and.flatMap(({ $or }) => ('index' in $or[0] ? [$or[0].index.$gt] : []));
    const isChecked = $and.some(({ $or }) => 'scan_result.services' in $or[0]);
    const first = Math.max(index.$gte, from, ...after.map((each) => each + 1));
    const last = Math.min(index.$lte, from + count - 1);
    const fault = isChecked ? faults.shift() : undefined;
    let limit = Number.POSITIVE_INFINITY;
    let at = first;
    let given = 0;
    let usedMs = 0;
    const fail = (code: number) => {
      throw new mongo.MongoServerError({ message: 'forged', code });
    };
    const cursor = {
      sort: () => cursor,
      skip(positions: number) {
        at += positions;
        return cursor;
      },
      limit(most: number) {
        limit = most;
        return cursor;
      },
      async next() {
        if (!isChecked) return at > last ? null : toFound(at);
        if (fault && given === fault.after) fail(fault.code);
        const begun = at;
        while (at <= last && at % every !== 0 && usedMs < maxTimeMS) {
          at += 1;
          usedMs += 1_000 / PER_SECOND;
        }
        nowMs += ((at - begun) * 1_000) / PER_SECOND;
        examined.push(at - begun);
        if (usedMs >= maxTimeMS) fail(50);
        if (at > last || given === limit) return null;
        given += 1;
        at += 1;
        return toFound(at - 1);
      },
      close: async () => undefined,
    };
    return cursor;
  }
  const db = { subTasks: { find } } as unknown as Database;
  return { results: createResults(db, async () => db), examined, faults };
}

const NONE = Number.MAX_SAFE_INTEGER;
const query = { task_id: TASK, service: SERVICE };

it('of two million results that do not match, each page ends in time with a cursor that leads on', async () => {
  // Index 0 would match.
  const { results } = open({ count: 2_000_000, every: NONE });
  const cursors = new Set<string>();
  for (let cursor: string | undefined = '0-'.padEnd(26, 'f'); cursor !== undefined; ) {
    const begun = nowMs;
    const page: { items: Result[]; next_cursor?: string } = await results.findPage({ ...query, cursor, limit: 100 });
    expect(nowMs - begun).toBeLessThan(6_000);
    expect(page.items).toEqual([]);
    expect(cursors).not.toContain(page.next_cursor);
    if (page.next_cursor !== undefined) cursors.add(page.next_cursor);
    cursor = page.next_cursor;
  }
  expect(cursors.size).toBeGreaterThan(2);
  // At most half of the time was for windows that were given up.
  expect(nowMs).toBeLessThan((2 * 2_000_000 * 1_000) / PER_SECOND);
});

it('of two million results that do not match, those that are taken for a count come in time, and are not all', async () => {
  const { results } = open({ count: 2_000_000, every: NONE });
  const taken: Result[] = [];
  const isAll = await results.takeFirst(
    { ...query, limit: 10 },
    (result) => taken.push(result),
    new AbortController().signal,
  );
  expect([isAll, taken.length]).toEqual([false, 1]);
  expect(nowMs).toBeLessThan(6_000);
});

async function take({ results }: ReturnType<typeof open>): Promise<string[]> {
  const taken: string[] = [];
  for await (const { subtask_id } of await results.stream(query, new AbortController().signal)) taken.push(subtask_id);
  return taken;
}
const upTo = (count: number, every: number) => Array.from({ length: count / every }, (_, i) => `${TASK}-${i * every}`);

it('however long an empty range is, no command looks at more documents after it than a window has', async () => {
  const opened = open({ count: 1_000_000, every: NONE, from: 100_000_000 });
  expect(await take(opened)).toEqual([]);
  expect(Math.max(...opened.examined)).toBeLessThanOrEqual(DOCUMENTS);
  expect(opened.examined.reduce((sum, each) => sum + each)).toBe(1_000_000);
});

it('a stream continues after a window that took too long, and after a fault: every result comes once', async () => {
  const opened = open({ count: 1_000_000, every: 10_000 });
  opened.faults.push(
    { after: 0, code: 50 },
    { after: 1, code: 50 },
    { after: 0, code: 11_602 },
    { after: 0, code: 43 },
  );
  expect(await take(opened)).toEqual(upTo(1_000_000, 10_000));
  expect(opened.examined.reduce((sum, each) => sum + each)).toBeLessThan(2_000_000);
});

it('a stream ends with the fault that stays', async () => {
  const opened = open({ count: 1_000, every: 10 });
  opened.faults.push({ after: 5, code: 11_602 }, ...Array(3).fill({ after: 0, code: 11_602 }));
  await expect(take(opened)).rejects.toMatchObject({ code: 'mongodb_unavailable' });
  opened.faults.push({ after: 0, code: 11_602 });
  await expect(take(opened)).rejects.toMatchObject({ code: 'mongodb_unavailable' });
});
