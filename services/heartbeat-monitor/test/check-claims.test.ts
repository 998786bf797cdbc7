import { eventually } from '@cyberstroll/testkit';
import { createClaimCheck } from '../src/sweeps/check-claims';
import { CLAIM_RULES, type Fixture, setup, toHeartbeat } from './setup';

let fixture: Fixture;
beforeEach(async () => {
  fixture = await setup();
});
afterEach(() => fixture?.cleanup());

const after = (ms: number) => new Date(Date.now() + ms);
/** Times after the start of the test, however long it takes. */
function clockFromNow() {
  const begun = Date.now();
  return (ms: number) => new Date(begun + ms);
}
const nodeOf = async (nodeId: string) =>
  (await fixture.store.nodes.findNodes()).find(({ node_id }) => node_id === nodeId)!;
const nothing = { lost: 0, timed_out: 0, offline: 0, kept: 0 };
/** A check by a monitor that has just begun to lead. */
const check = (now: Date) => createClaimCheck({ ...fixture.deps, rules: CLAIM_RULES })(now);

describe('the claims of a silent node', () => {
  it('fails the claims of a silent node at no retry, and leaves those of other nodes', async () => {
    const silent = { node_id: 'silent', instance_id: 'silent-a' };
    const alive = { node_id: 'alive', instance_id: 'alive-a' };
    const at = clockFromNow();
    const sweep = (ms: number) => check(at(ms));
    await fixture.store.nodes.recordHeartbeat(toHeartbeat(silent), at(0));
    await fixture.store.nodes.recordHeartbeat(toHeartbeat(alive), at(10_000));
    const taskId = await fixture.createTask('127.0.0.0/28', { max_retries: 1 });
    await fixture.claim(taskId, [0, 1, 2], silent);
    await fixture.claim(taskId, [3], alive);

    expect(await sweep(14_000)).toEqual(nothing);
    expect((await nodeOf('silent')).status).toBe('online');

    expect(await sweep(16_000)).toEqual({ ...nothing, offline: 1, lost: 3 });
    expect((await nodeOf('silent')).status).toBe('offline');
    await eventually(async () => (await fixture.statusOf(taskId, 0)) === 'RETRYING');
    const failed = await fixture.store.subTasks.getSubTask(`${taskId}-0`);
    expect(failed.status_history.map(({ status }) => status).slice(-2)).toEqual(['FAILED', 'RETRYING']);
    expect(failed).toMatchObject({
      attempt: 2,
      retry_count: 0,
      node_losses: 1,
      error_info: { error_code: 'NODE_LOST' },
    });
    expect(await fixture.statusOf(taskId, 3)).toBe('SCANNING');
    await eventually(() =>
      expect(fixture.events).toContainEqual(
        expect.objectContaining({ type: 'node.offline', node_id: 'silent', operator: 'heartbeat-monitor' }),
      ),
    );
    expect(await sweep(17_000)).toEqual(nothing);
  });
});

describe('a node that never sent a heartbeat', () => {
  it('fails its claims at no retry, when they had no report for one timeout', async () => {
    const taskId = await fixture.createTask('127.0.0.0/28', { max_retries: 0 });
    const at = clockFromNow();
    await fixture.claim(taskId, [0], { node_id: 'unheard', instance_id: 'unheard-a' });
    const sweep = check;
    await sweep(at(10_000));
    expect(await fixture.statusOf(taskId, 0)).toBe('SCANNING');
    expect(fixture.updates.filter(({ reassigned }) => reassigned === 'unheard')).toEqual([]);
    await sweep(after(16_000));
    await eventually(async () => (await fixture.statusOf(taskId, 0)) === 'RETRYING');
    expect(await fixture.store.subTasks.getSubTask(`${taskId}-0`)).toMatchObject({ retry_count: 0, node_losses: 1 });
  });
});

describe('zombies', () => {
  it('fails claims that a living node has not listed for the grace, with the reason; none that it lists', async () => {
    const node = { node_id: 'forgetful', instance_id: 'forgetful-a' };
    const taskId = await fixture.createTask('127.0.0.0/28');
    await fixture.claim(taskId, [0, 1], node);
    const other = { node_id: 'elsewhere', instance_id: 'elsewhere-a' };
    await fixture.claim(taskId, [2], other);
    const at = clockFromNow();
    const beat = async (ms: number) => {
      for (const [each, index] of [
        [node, 1],
        [other, 2],
      ] as const) {
        const current_tasks = [{ subtask_id: `${taskId}-${index}`, status: 'scanning', progress: 0 }];
        await fixture.store.nodes.recordHeartbeat(toHeartbeat({ ...each, current_tasks }), at(ms));
      }
    };
    const sweep = createClaimCheck({ ...fixture.deps, rules: CLAIM_RULES });

    for (const ms of [10_000, 15_000, 20_000, 25_000]) {
      await beat(ms);
      expect(await sweep(at(ms + 2_000))).toMatchObject({ lost: 0 });
    }
    await beat(33_000);
    // Its report may wait: no update was applied since before the claim was first missing.
    const { queueLag } = fixture.store;
    await queueLag.noteBack(at(0));
    await queueLag.noteMarker({ sinceTime: at(10_000), lagSeconds: 24, expires: at(600_000) });
    expect(await sweep(at(33_500))).toMatchObject({ lost: 0 });
    await queueLag.noteBack(at(33_500));
    await beat(38_000);
    expect(await sweep(at(39_000))).toMatchObject({ lost: 1 });
    expect(await sweep(at(40_000))).toMatchObject({ lost: 0 });
    await eventually(async () => (await fixture.statusOf(taskId, 0)) === 'RETRYING');
    expect(await fixture.store.subTasks.getSubTask(`${taskId}-0`)).toMatchObject({
      attempt: 2,
      last_node: 'forgetful',
      error_info: { error_code: 'NODE_LOST', error_message: expect.stringContaining('no longer lists it') },
    });
    expect(await fixture.statusOf(taskId, 1)).toBe('SCANNING');
    expect(await fixture.statusOf(taskId, 2)).toBe('SCANNING');
    await eventually(() =>
      expect(fixture.events).toContainEqual(
        expect.objectContaining({
          type: 'alert.zombie',
          node_id: 'forgetful',
          subtasks: [{ subtask_id: `${taskId}-0`, ip: expect.any(String), attempt: 1 }],
          reason: expect.stringContaining('no longer lists it'),
        }),
      ),
    );
  });
});

describe('deadlines', () => {
  const slow = { node_id: 'slow', instance_id: 'slow-a' };
  /** It still lists its claim. */
  const beat = (at: Date, ...held: string[]) => {
    const current_tasks = held.map((subtask_id) => ({ subtask_id, status: 'scanning', progress: 0 }));
    return fixture.store.nodes.recordHeartbeat(toHeartbeat({ ...slow, current_tasks }), at);
  };
  const sweep = async (at: Date) => (await check(at))['timed_out'];

  it('a subtask goes to RETRYING while it has retries, then it is closed as TIMEOUT', async () => {
    const taskId = await fixture.createTask('127.0.0.0/28', { subtask_timeout: 1, max_retries: 1, retry_delay: 0 });
    const statuses = async () =>
      (await fixture.store.subTasks.getSubTask(`${taskId}-0`)).status_history.map(({ status }) => status);
    const timeOut = async () => {
      await beat(after(30_000), `${taskId}-0`);
      expect(await sweep(after(31_000))).toBe(1);
    };
    await fixture.claim(taskId, [0], slow);
    await timeOut();
    const first = ['ASSIGNED', 'SCANNING', 'TIMEOUT', 'RETRYING'];
    await eventually(async () => expect(await statuses()).toEqual(first));
    expect(await fixture.store.subTasks.getSubTask(`${taskId}-0`)).toMatchObject({ attempt: 2, retry_count: 1 });
    await fixture.claim(taskId, [0], slow, { attempt: 2 });
    await timeOut();
    await eventually(async () => expect(await statuses()).toEqual([...first, 'SCANNING', 'TIMEOUT']));
  });

  it('puts off the deadline of a claim that waits for its paused task, and counts its time from the resume', async () => {
    const taskId = await fixture.createTask('127.0.0.0/28', { subtask_timeout: 5, max_retries: 0 });
    await fixture.claim(taskId, [0], slow);
    await fixture.claim(taskId, [1], slow, { status: 'ASSIGNED' });
    await fixture.store.tasks.updateTaskStatus(taskId, 'PAUSED', 'test');
    const at = clockFromNow();
    await beat(at(301_000), `${taskId}-0`, `${taskId}-1`);
    // A scan that was started continues during a pause, and may time out.
    expect(await sweep(at(302_000))).toBe(1);
    await eventually(async () => (await fixture.statusOf(taskId, 0)) === 'TIMEOUT');
    const deadline = async () => (await fixture.store.subTasks.getSubTask(`${taskId}-1`)).deadline!.getTime();
    expect(await deadline()).toBeGreaterThan(at(305_000).getTime());

    await fixture.store.tasks.updateTaskStatus(taskId, 'RUNNING', 'test');
    const { resumed_time } = await fixture.store.tasks.getTask(taskId);
    const resumed = (ms: number) => new Date(resumed_time!.getTime() + ms);
    await fixture.store.subTasks.putOffDeadlines([`${taskId}-1`], resumed(1_000));
    await beat(resumed(8_000));
    expect(await sweep(resumed(9_000))).toBe(0);
    expect(await deadline()).toBe(resumed(10_000).getTime());
    await beat(resumed(11_000), `${taskId}-1`);
    expect(await sweep(resumed(12_000))).toBe(1);
    await eventually(async () => (await fixture.statusOf(taskId, 1)) === 'TIMEOUT');
  });
});
