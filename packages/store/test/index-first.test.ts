/**
 * What sweeps ask again and again is answered by an index that holds open work alone: it costs little beside a read of
 * all that is closed.
 */
import { toSubTaskId } from '@cyberstroll/contracts';
import { upTo } from '@cyberstroll/testkit';
import type { Store } from '../src';
import type { Database } from '../src/mongodb/models/database';
import { toSubTaskObjectId } from '../src/mongodb/models/subtask-object-id';
import { queuedTask, type StoreFixture, setup } from './setup';

const CLOSED = 10_000;

let fixture: StoreFixture;
let db: Database;
let taskId: string;
/** Another database, in which nothing is closed. */
let empty: StoreFixture;
let emptyTaskId: string;
beforeAll(async () => {
  fixture = await setup();
  empty = await setup();
  ({ db } = await fixture.openParts('reader'));
  taskId = await queuedTask(fixture.store, '127.0.0.0/24');
  emptyTaskId = await queuedTask(empty.store, '127.0.0.0/24');
  const closed = { task_id: taskId, status: 'COMPLETED', updated_time: new Date(), ip: '127.0.0.1', attempt: 1 };
  const subTasks = upTo(CLOSED).map((index) => ({
    ...closed,
    _id: toSubTaskObjectId(taskId, index),
    subtask_id: toSubTaskId(taskId, index),
    index,
  }));
  await db.subTasks.insertMany(subTasks as never);
  const task = (await db.tasks.findOne({ task_id: taskId }, { projection: { _id: 0 } }))!;
  const ended = { ...task, status: 'COMPLETED', settled: true, completed_time: new Date() } as const;
  const tasks = upTo(CLOSED).map((n) => ({ ...ended, task_id: n.toString(16).padStart(24, '0') }));
  await db.tasks.insertMany(tasks);
});
afterAll(() => Promise.all([fixture?.cleanup(), empty?.cleanup()]));

type Read = () => Promise<unknown>;
type Reads = Record<string, Read>;

/**
 * Whether a read takes less than the same read where nothing is closed and half of a read of all together. It compares
 * the least times, until the other work of the machine has left one of each alone.
 */
async function takesLess(read: Read, ofNothing: Read, all: Read): Promise<boolean> {
  const works = { read, ofNothing, all };
  const least = { read: Number.POSITIVE_INFINITY, ofNothing: Number.POSITIVE_INFINITY, all: Number.POSITIVE_INFINITY };
  for (let round = 0; round < 60; round++) {
    for (const which of ['read', 'ofNothing', 'all'] as const) {
      const begun = performance.now();
      await works[which]();
      least[which] = Math.min(least[which], performance.now() - begun);
    }
    if (round >= 4 && least.read < least.ofNothing + least.all / 2) return true;
  }
  return false;
}

async function findDear(toReads: (store: Store, taskId: string) => Reads, all: Read): Promise<string[]> {
  const ofNothing = toReads(empty.store, emptyTaskId);
  const dear: string[] = [];
  for (const [name, read] of Object.entries(toReads(fixture.store, taskId))) {
    if (!(await takesLess(read, ofNothing[name]!, all))) dear.push(name);
  }
  return dear;
}

it('reads no closed subtask to find retries, and what nodes hold', async () => {
  const all = () => db.subTasks.find({ task_id: taskId, none: 1 } as never).toArray();
  const now = new Date(Date.now() + 1_000);
  const [limit, nodes, none] = [10, ['node-1'], new Date(0)];
  const toReads = ({ subTasks, waiting }: Store, task: string) => ({
    due: () => subTasks.findDueRetries([task], now, limit),
    sent: () => subTasks.countSentRetries([task]),
    recalled: () => subTasks.recallSentRetries([task], { sentBefore: none, now: none, limit }),
    next: () => waiting.findNextRetries([task]),
    held: () => subTasks.findClaims(nodes),
    overdue: () => subTasks.findClaims(nodes, { deadlineBefore: now, updatedBefore: now }),
    'under scan': () => subTasks.findUnderScan([task], limit),
    page: () => subTasks.findPage(task, { node_id: 'node-1', limit }),
  });
  expect(await findDear(toReads, all)).toEqual([]);
});

it('reads no ended task to find open ones, and those that a sweep looks for', async () => {
  const all = () => db.tasks.find({ rev: -1 }).toArray();
  const [limit, pools, later] = [10, ['default'], new Date(Date.now() + 3_600_000)];
  const toReads = ({ tasks, cleanUp }: Store, task: string) => ({
    page: () => tasks.findForDispatch(pools, { after: undefined, limit }),
    'next page': () => tasks.findForDispatch(pools, { after: '0', limit }),
    named: () => tasks.findForDispatch(pools, { taskIds: [task] }),
    unsent: () => tasks.findUnsent({ pools }, limit),
    unsettled: () => tasks.findUnsettled(limit, { only: 'stopped', after: '0' }),
    moved: () => tasks.findMoved({ limit, now: new Date() }),
    ended: () => tasks.findEnded(later, limit),
    resumed: () => tasks.findResumed(new Date(0), limit),
    retryAll: () => tasks.findRetryAll(limit),
    expired: () => cleanUp.findExpired({ expireDays: 1, limit, now: new Date() }),
    requested: () => cleanUp.findRequested(limit),
  });
  expect(await findDear(toReads, all)).toEqual([]);
});
