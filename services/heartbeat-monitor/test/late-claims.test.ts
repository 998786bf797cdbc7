import { eventually } from '@cyberstroll/testkit';
import { createClaimCheck } from '../src/sweeps/check-claims';
import { createHeartbeatHandler } from '../src/sweeps/handle-heartbeat';
import { timeOutTasksOnce } from '../src/sweeps/time-out-tasks';
import { CLAIM_RULES, type Fixture, setup, toHeartbeat } from './setup';

/** Short time-outs, late updates and dead nodes: a subtask is lost, and does not time out. */
const { timeoutMs: TIMEOUT_MS } = CLAIM_RULES;

let fixture: Fixture;
beforeAll(async () => {
  fixture = await setup();
});
afterAll(() => fixture?.cleanup());

const check = (now: Date) => createClaimCheck({ ...fixture.deps, rules: CLAIM_RULES })(now);
const hear = async (heartbeat: object) => {
  const handle = createHeartbeatHandler({ ...fixture.deps, timeoutMs: TIMEOUT_MS });
  await handle({ body: toHeartbeat(heartbeat) } as never);
};
const claim = (index: number) => ({ current_tasks: [{ subtask_id: index, status: 'scanning', progress: 0 }] });

it('a claim of a killed process that is applied after the next process was heard is lost at no retry, and never times out', async () => {
  const killed = { node_id: 'late', instance_id: 'killed' };
  const next = { ...killed, instance_id: 'next' };
  await hear(killed);
  await hear(next);
  const taskId = await fixture.createTask('127.0.0.0/28', { subtask_timeout: 1, max_retries: 0 });
  // The updaters stood still until now.
  await fixture.claim(taskId, [0, 1], killed);
  await fixture.claim(taskId, [2], next);
  // Its deadline is six seconds, and the next process sends heartbeats past it.
  const later = new Date(Date.now() + 8_000);
  await fixture.store.nodes.recordHeartbeat(
    toHeartbeat({
      ...next,
      current_tasks: [0, 1, 2]
        .flatMap((i) => claim(i).current_tasks)
        .map((task) => ({ ...task, subtask_id: `${taskId}-${task.subtask_id}` })),
    }),
    later,
  );
  // The process is known to be gone, so nothing waits for its silence.
  expect(await check(later)).toMatchObject({ timed_out: 1, lost: 2 });
  await eventually(async () => expect(await fixture.statusOf(taskId, 0)).toBe('RETRYING'));
  await eventually(async () => expect(await fixture.statusOf(taskId, 2)).toBe('TIMEOUT'));
  for (const index of [0, 1]) {
    expect(await fixture.store.subTasks.getSubTask(`${taskId}-${index}`)).toMatchObject({
      status: 'RETRYING',
      retry_count: 0,
      node_losses: 1,
      error_info: { error_code: 'NODE_LOST' },
    });
  }
});

it('neither subtask nor task times out while a report that its node sent in time may wait to be applied', async () => {
  const node = { node_id: 'on-time', instance_id: 'on-time-a' };
  const config = { subtask_timeout: 1, max_retries: 0, timeout: 30 };
  const taskId = await fixture.createTask('127.0.0.0/28', config);
  // However long the claim takes, `claimed` is before its deadline, and `later` long after it.
  const claimed = new Date();
  await fixture.claim(taskId, [0], node);
  const { queueLag, nodes } = fixture.store;
  const later = new Date(claimed.getTime() + 60_000);
  const current_tasks = [{ subtask_id: `${taskId}-0`, status: 'scanning' as const, progress: 100 }];
  await nodes.recordHeartbeat(toHeartbeat({ ...node, current_tasks }), later);
  await queueLag.noteBack(claimed);
  // No update was applied since one second after the claim.
  const marker = { sinceTime: new Date(claimed.getTime() + 1_000), lagSeconds: 59 };
  await queueLag.noteMarker({ ...marker, expires: new Date(later.getTime() + 60_000) });
  const timeOutOnce = async () => (await check(later))['timed_out'];
  expect(await timeOutOnce()).toBe(0);
  expect(await timeOutTasksOnce(fixture.deps, later)).toBeUndefined();
  await queueLag.noteBack(later);
  expect(await timeOutOnce()).toBe(1);
  expect(await timeOutTasksOnce(fixture.deps, later)).toEqual({ timed_out: 1 });
});
