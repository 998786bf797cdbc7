import { countClosed, countOpen } from '@cyberstroll/contracts';
import { createExclusionWatch } from '@cyberstroll/coordination';
import { createServiceUpdateSender } from '@cyberstroll/messaging';
import { eventually, FAILURE } from '@cyberstroll/testkit';
import { type ApplyExclusionsDeps, createApplyExclusions } from '../src/sweeps/apply-exclusions';
import { type Fixture, logger, setup } from './setup';

let fixture: Fixture;
beforeAll(async () => {
  fixture = await setup();
});
afterAll(() => fixture?.cleanup());

const EXCLUDED = 16;
const exclude = (target: string, more: object = {}) =>
  fixture.store.exclusions.create({ target, reason: 'a heart monitor', ...more }, 'otto', new Date());

/** A sweep of a new process. `wrap` may replace what it works with. */
function openSweep(wrap: (deps: ApplyExclusionsDeps) => ApplyExclusionsDeps = (deps) => deps) {
  const { store, broker, publisher } = fixture;
  const updates = createServiceUpdateSender({ publisher, operator: 'retry-scheduler', repeatAfterMs: 1 });
  const exclusions = createExclusionWatch(store, 0);
  return createApplyExclusions(wrap({ store, broker, updates, exclusions, logger, pageSize: 8 }));
}

/** A task of 64 targets. The first 16 are excluded: of these, some are open, and some closed. */
async function createTask(network: string) {
  const taskId = await fixture.createTask(`${network}.0/26`, { order: 'sequential', max_retries: 3 });
  await fixture.report(taskId, [0, 1, 20], { status: 'SCANNING' });
  await fixture.report(taskId, [2, 21], { status: 'ASSIGNED' });
  await fixture.report(taskId, [3, 22], FAILURE);
  await fixture.report(taskId, [4, 23], { status: 'COMPLETED' });
  return taskId;
}

async function expectSum(taskId: string) {
  const { progress } = (await fixture.store.tasks.findSnapshot(taskId))!;
  expect(countClosed(progress) + countOpen(progress) + progress.pending_count).toBe(64);
  return progress;
}

async function expectCancelled(taskId: string, exclusionId: string) {
  expect(await expectSum(taskId)).toMatchObject({ cancelled_count: 15, completed_count: 2, retry_count: 1 });
  const { tasks } = await fixture.store.exclusions.getExclusion(exclusionId, new Date());
  expect(tasks).toEqual([{ task_id: taskId, status: expect.any(String), left_out: 0, cancelled: 15 }]);
}

/** Throws at the call `at` of the sweep's dependencies, counted from 0: before it does anything, or after. */
function crashAt(at: number, when: 'before' | 'after') {
  const seen = { calls: 0 };
  const watch = <Part extends object>(part: Part): Part =>
    new Proxy(part, {
      get(target, name) {
        const method = Reflect.get(target, name) as (...args: unknown[]) => unknown;
        if (typeof method !== 'function') return method;
        return async (...args: unknown[]) => {
          const isNow = seen.calls++ === at;
          if (isNow && when === 'before') throw new Error('crashed');
          const answer = await method.apply(target, args);
          if (isNow) throw new Error('crashed');
          return answer;
        };
      },
    });
  const wrap = (deps: ApplyExclusionsDeps): ApplyExclusionsDeps => {
    const { tasks, subTasks, exclusions, queueLag } = deps.store;
    const store = { queueLag, tasks: watch(tasks), subTasks: watch(subTasks), exclusions: watch(exclusions) };
    return { ...deps, store: store as ApplyExclusionsDeps['store'], updates: watch(deps.updates) };
  };
  return { seen, wrap };
}

it('cancels what is excluded, whatever line it dies at: the counters sum, and nothing is missed', async () => {
  let crashes = 0;
  for (let at = 0, isOver = false; !isOver; at++) {
    for (const when of ['before', 'after'] as const) {
      const network = `127.${at + 1}.${when === 'before' ? 0 : 1}`;
      const taskId = await createTask(network);
      const { exclusion_id } = await exclude(`${network}.0/28`);
      const { seen, wrap } = crashAt(at, when);
      const dying = openSweep(wrap);
      // One page of 8 in each pass: all of it takes two.
      for (let pass = 0; pass < 5 && seen.calls <= at; pass++) await dying.sweepOnce(new Date()).catch(() => undefined);
      isOver = seen.calls <= at;
      crashes += isOver ? 0 : 1;
      await expectSum(taskId);
      const next = openSweep();
      await eventually(async () => {
        await next.sweepOnce(new Date());
        await expectCancelled(taskId, exclusion_id);
      });
      await fixture.store.exclusions.lift(exclusion_id, { operator: 'otto' }, new Date());
    }
  }
  expect(crashes).toBeGreaterThan(20);
});

it('ends what a node holds: its later reports count for nothing', async () => {
  const taskId = await createTask('127.200.0');
  await fixture.beat('n1');
  await exclude('127.200.0.0/28');
  await fixture.store.tasks.calculateTaskProgress(taskId);
  const sweep = openSweep();
  await eventually(async () => {
    await sweep.sweepOnce(new Date());
    expect(await expectSum(taskId)).toMatchObject({ cancelled_count: 15 });
  });
  const { results } = await fixture.store.subTasks.batchUpdateSubTasks(
    [0, 1, 2].map((index) => ({
      sender: { node_id: 'n1', instance_id: 'n1-a' },
      update: {
        task_id: taskId,
        subtask_id: `${taskId}-${index}`,
        attempt: 1,
        lease_id: `lease-${index}`,
        status: 'COMPLETED' as const,
      },
    })),
  );
  expect(results.map(({ outcome }) => outcome)).toEqual(['stale', 'stale', 'stale']);
  const { status, status_history } = await fixture.store.subTasks.getSubTask(`${taskId}-0`);
  expect([status, status_history.at(-1)!.reason]).toEqual(['CANCELLED', 'excluded: a heart monitor']);
  // The others are scanned, and the task ends.
  const rest = Array.from({ length: 64 - EXCLUDED }, (_, i) => i + EXCLUDED).filter((index) => index !== 22);
  await fixture.report(taskId, rest, { status: 'COMPLETED' });
  await fixture.report(taskId, [22], { status: 'COMPLETED', attempt: 2, lease_id: 'again' });
  await fixture.store.tasks.calculateTaskProgress(taskId);
  expect(await fixture.store.tasks.getTask(taskId)).toMatchObject({
    status: 'COMPLETED',
    progress: { completed_count: 49, cancelled_count: 15 },
  });
});

it('cancels what a list names, the largest overlap first, and nothing more once the list is lifted', async () => {
  const entries = [{ target: '127.210.0.0/30' }, { target: '127.211.0.0/28' }];
  const given = { name: 'devices', owner: 'otto', reason: 'a heart monitor', entries };
  const tasks = [await createTask('127.210.0'), await createTask('127.211.0')] as const;
  const { exclusion_id } = await fixture.store.exclusions.createList(given, 'otto', new Date());
  const sent: string[] = [];
  const sweep = openSweep((deps) => ({
    ...deps,
    updates: {
      ...deps.updates,
      async send(updates, now) {
        sent.push(...updates.map(({ task_id }) => task_id));
        if (sent.length > 0) await fixture.store.exclusions.liftList(exclusion_id, { operator: 'otto' }, new Date());
        return deps.updates.send(updates, now);
      },
    },
  }));
  await sweep.sweepOnce(new Date());
  await sweep.sweepOnce(new Date());
  expect(new Set(sent)).toEqual(new Set([tasks[1]]));
  // A list that was replaced cancels what it names now.
  const again = await fixture.store.exclusions.createList(given, 'otto', new Date());
  const change = { operator: 'otto' };
  await fixture.store.exclusions.replaceList(again.exclusion_id, { entries: entries.slice(0, 1) }, change, new Date());
  const next = openSweep();
  await eventually(async () => {
    await next.sweepOnce(new Date());
    expect((await fixture.store.tasks.findSnapshot(tasks[0]))!.progress).toMatchObject({ cancelled_count: 4 });
  });
  await fixture.store.exclusions.liftList(again.exclusion_id, change, new Date());
});
