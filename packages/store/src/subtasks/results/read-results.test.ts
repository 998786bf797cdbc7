import type { Result } from '@cyberstroll/contracts';
import { mongo } from 'mongoose';
import type { Database } from '../../mongodb/models/database';
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

type Stages = [
  { $match: { index: { $gte: number; $lte: number } } },
  { $match: { $or?: [{ index: { $gt: number } }] } },
  unknown,
  { $limit: number },
];

/**
 * A task with an open port at each index, and a server that examines each of them for the service: it takes its time,
 * and gives up a query after `maxTimeMS`. `faults`: what the next queries fail with, after this number of results.
 */
function open({ count, every }: { count: number; every: number }) {
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
  function aggregate(stages: Stages, { maxTimeMS = 0 }: { maxTimeMS?: number }) {
    const [
      {
        $match: { index },
      },
      {
        $match: { $or },
      },
      ,
      { $limit },
    ] = stages;
    const first = Math.max(index.$gte, ($or?.[0].index.$gt ?? -1) + 1);
    const last = Math.min(index.$lte, count - 1);
    const fault = faults.shift();
    let at = first;
    let given = 0;
    let usedMs = 0;
    const fail = (code: number) => {
      throw new mongo.MongoServerError({ message: 'forged', code });
    };
    const cursor = {
      async next() {
        if (fault && given === fault.after) fail(fault.code);
        const from = at;
        while (at <= last && at % every !== 0 && usedMs < maxTimeMS) {
          at += 1;
          usedMs += 1_000 / PER_SECOND;
        }
        nowMs += ((at - from) * 1_000) / PER_SECOND;
        examined.push(at - from);
        if (usedMs >= maxTimeMS) fail(50);
        if (at > last || given === $limit) return null;
        given += 1;
        at += 1;
        return toFound(at - 1);
      },
      close: async () => undefined,
    };
    return cursor;
  }
  const db = { subTasks: { aggregate } } as unknown as Database;
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

async function take({ results }: ReturnType<typeof open>): Promise<string[]> {
  const taken: string[] = [];
  for await (const { subtask_id } of await results.stream(query, new AbortController().signal)) taken.push(subtask_id);
  return taken;
}
const upTo = (count: number, every: number) => Array.from({ length: count / every }, (_, i) => `${TASK}-${i * every}`);

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
