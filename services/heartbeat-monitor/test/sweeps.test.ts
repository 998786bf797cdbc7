import { type Control, EXCHANGES } from '@cyberstroll/contracts';
import { collect, eventually } from '@cyberstroll/testkit';
import { abortHeldOnce } from '../src/sweeps/abort-held';
import { timeOutTasksOnce } from '../src/sweeps/time-out-tasks';
import { type Fixture, setup } from './setup';

let fixture: Fixture;
beforeAll(async () => {
  fixture = await setup();
});
afterAll(() => fixture?.cleanup());

const after = (ms: number) => new Date(Date.now() + ms);
/** Times after the start of the test, however long it takes. */
function clockFromNow() {
  const begun = Date.now();
  return (ms: number) => new Date(begun + ms);
}

describe('abort-held', () => {
  const node = { node_id: 'busy', instance_id: 'busy-a' };
  const freeze = (taskId: string, running: 'abort' | 'end') => ({
    freeze_id: 'f'.repeat(24),
    kind: 'freeze' as const,
    covers: { label: taskId },
    reason: 'an outage',
    operator: 'ada',
    from: after(-1_000),
    running,
  });

  it('fails what is under scan at no retry, late claims too, and sends the leases to the nodes', async () => {
    const { store } = fixture;
    const controls = await collect<Control>(fixture, { exclusiveOn: EXCHANGES.control.name });
    const taskId = await fixture.createTask('127.0.0.0/28', { max_retries: 0 });
    await store.tasks.changeFields(taskId, () => ({ labels: [taskId] }));
    await fixture.claim(taskId, [0], node);
    await fixture.claim(taskId, [1], node, { status: 'ASSIGNED' });
    const sweep = () => abortHeldOnce(fixture.deps, new Date());
    await store.holds.beginRules([freeze(taskId, 'end')], new Date());
    expect(await sweep()).toBeUndefined();
    await store.holds.beginRules([freeze(taskId, 'abort')], new Date());
    expect(await sweep()).toEqual({ aborted: 2 });
    const isAborted = (index: number) =>
      eventually(async () =>
        expect(await store.subTasks.getSubTask(`${taskId}-${index}`)).toMatchObject({
          status: 'RETRYING',
          attempt: 2,
          retry_count: 0,
          error_info: { error_code: 'TASK_HELD', error_message: 'aborted, frozen: an outage' },
        }),
      );
    await Promise.all([isAborted(0), isAborted(1)]);
    await eventually(() =>
      expect(controls).toContainEqual({ state: 'lost', lease_ids: expect.arrayContaining(['busy-a-0', 'busy-a-1']) }),
    );
    // Its job came to the node before the freeze, and its report after the first pass.
    await fixture.claim(taskId, [2], node);
    expect(await sweep()).toEqual({ aborted: 1 });
    await isAborted(2);
    const { snapshot } = await store.tasks.calculateTaskProgress(taskId);
    expect(snapshot.progress).toMatchObject({ total_targets: 16, pending_count: 13, retry_count: 3, failed_count: 0 });
    expect(await sweep()).toEqual({ aborted: 0 });
  });
});

describe('time-out-tasks', () => {
  it('ends a task past its timeout; a paused task keeps its remaining time', async () => {
    const node = { node_id: 'timed', instance_id: 'timed-a' };
    const at = clockFromNow();
    const [running, paused] = await Promise.all(
      [1, 2].map((i) => fixture.createTask(`127.0.${i}.0/28`, { timeout: 100 })),
    );
    await fixture.claim(running!, [0], node);
    await fixture.claim(paused!, [0], node);
    await fixture.store.tasks.updateTaskStatus(paused!, 'PAUSED', 'test');
    expect(await timeOutTasksOnce(fixture.deps, at(90_000))).toBeUndefined();
    expect(await timeOutTasksOnce(fixture.deps, after(101_000))).toEqual({ timed_out: 1 });
    const { status, status_history } = await fixture.store.tasks.getTask(running!);
    expect([status, status_history.at(-1)!.operator]).toEqual(['TIMEOUT', 'heartbeat-monitor']);
    expect((await fixture.store.tasks.getTask(paused!)).status).toBe('PAUSED');
  });
});
