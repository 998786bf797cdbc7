import { taskWebhookBodySchema } from '@cyberstroll/contracts';
import { loadConfig } from '@cyberstroll/runtime';
import {
  createWebhookReceiver,
  eventually,
  FAILURE,
  holdDate,
  toNewTask,
  type WebhookReceiver,
} from '@cyberstroll/testkit';
import { configShape } from '../src/config';
import { createTaskEndDelivery } from '../src/delivery/deliver-task-ends';
import { createService } from './create-service';
import { type Fixture, setup } from './setup';

const SECRET = 'a webhook secret of the test';
const NODE = { node_id: 'n1', instance_id: 'n1-a' };

let fixture: Fixture;
let receiver: WebhookReceiver;
beforeEach(async () => {
  fixture = await setup();
  receiver = await createWebhookReceiver(SECRET);
});
afterEach(async () => {
  await receiver?.close();
  await fixture?.cleanup();
});

const toVariables = () => ({
  TASK_WEBHOOKS: `${receiver.url}/ends`,
  TASK_WEBHOOK_SECRET: SECRET,
  TASK_WEBHOOK_TIMEOUT_MS: '10000',
});
/** The sweep of a replica. What `outbox` has fails as it would if the replica was killed there. */
function createSweep({ variables = toVariables(), outbox = {} }: { variables?: object; outbox?: object } = {}) {
  const shape = loadConfig(configShape, { MONGODB_URI: 'mongodb://x/y', RABBITMQ_URL: 'amqp://a:b@x/', ...variables });
  const taskEndOutbox = Object.assign(Object.create(fixture.store.taskEndOutbox), outbox);
  return createTaskEndDelivery(
    { store: { taskEndOutbox }, countTry: () => undefined, logger: fixture.deps.logger },
    shape,
  );
}
const killed = () => Promise.reject(new Error('killed'));
const later = (minutes: number) => new Date(Date.now() + minutes * 61_000);
/** Two targets: one is scanned, the other one fails. */
async function endTask(): Promise<string> {
  const taskId = await fixture.createTask('127.0.0.1-2', { max_retries: 0 });
  await fixture.claim(taskId, [0], NODE, { status: 'COMPLETED' });
  await fixture.claim(taskId, [1], NODE, FAILURE);
  return taskId;
}
/** Their ids. */
async function cancelTasks(count: number): Promise<string[]> {
  const ids: string[] = [];
  for (let n = 0; n < count; n++) {
    ids.push(await fixture.createTask('127.0.0.1'));
    await fixture.store.tasks.updateTaskStatus(ids[n]!, 'CANCELLED', 'enough', 'otto');
  }
  return ids;
}
/** Passes each second, for as many seconds by the date. */
async function passFor(deliverOnce: (now: Date) => Promise<unknown>, seconds: number): Promise<void> {
  const date = holdDate();
  try {
    for (let second = 0; second < seconds; second++) {
      await deliverOnce(new Date());
      date.pass(1_000);
    }
  } finally {
    date.release();
  }
}
const idOf = ({ body }: { body: Record<string, unknown> }) => String(body['task_id']);
async function countLeft(): Promise<number> {
  const { taskEndOutbox } = fixture.store;
  return (await taskEndOutbox.findNotices(10)).length + (await taskEndOutbox.findDueOfOthers([], later(60), 10)).length;
}
const bodies = () => receiver.received.map(({ body }) => taskWebhookBodySchema.strict().parse(body));

it('posts each end of a task once, signed, with what became of it', async () => {
  const taskId = await endTask();
  const deliverOnce = createSweep();
  expect(await deliverOnce(new Date())).toEqual({ delivered: 1 });
  expect(await deliverOnce(later(1))).toBeUndefined();
  expect(receiver.received.map(({ path, isGenuine }) => [path, isGenuine])).toEqual([['/ends', true]]);
  const { status_history, rev, created_time } = await fixture.store.tasks.getTask(taskId);
  expect(bodies()[0]).toMatchObject({
    type: 'task.ended',
    event_id: `${taskId}-${rev}`,
    delivery_id: receiver.received[0]!.headers['webhook-id'],
    task_id: taskId,
    status: 'COMPLETED',
    task_initiator: 'tester',
    operator: 'task-state-manager',
    reason: status_history.at(-1)!.reason,
    created_time: created_time.toISOString(),
    progress: { total_targets: 2, completed_count: 1, failed_count: 1, progress_percentage: 100 },
  });
  expect(await countLeft()).toBe(0);
});

it("has the task's metadata", async () => {
  const metadata = { ticket: 'SEC-1', tenant: { id: 7 } };
  const { task } = await fixture.store.tasks.createTask(toNewTask('127.0.0.1', {}, { metadata }));
  await fixture.store.tasks.updateTaskStatus(task.task_id, 'CANCELLED', 'enough', 'otto');
  await createSweep()(new Date());
  expect(bodies()[0]).toMatchObject({ task_id: task.task_id, metadata });
});

it('sends an end again after an error and after a kill, under the same id, and a second end of a retried task too', async () => {
  const taskId = await endTask();
  receiver.answers.push(500);
  expect(await createSweep()(new Date())).toEqual({ delivered: 0 });
  // Received, but the replica dies before it writes that down.
  await expect(createSweep({ outbox: { remove: killed } })(later(1))).rejects.toThrow('killed');
  const deliverOnce = createSweep();
  // Its claim lasts for a minute.
  expect(await deliverOnce(new Date())).toBeUndefined();
  expect(await deliverOnce(later(3))).toEqual({ delivered: 1 });
  expect(new Set(bodies().map(({ delivery_id }) => delivery_id)).size).toBe(1);
  expect(receiver.received.map(({ isGenuine }) => isGenuine)).toEqual([true, true, true]);

  await fixture.store.tasks.reopenTask(taskId, 'again', 'otto');
  await fixture.store.tasks.updateTaskStatus(taskId, 'CANCELLED', 'enough', 'otto');
  expect(await deliverOnce(later(4))).toEqual({ delivered: 1 });
  expect(bodies().at(-1)).toMatchObject({ task_id: taskId, status: 'CANCELLED', reason: 'enough', operator: 'otto' });
  expect(new Set(bodies().map(({ event_id }) => event_id)).size).toBe(2);
  expect(await countLeft()).toBe(0);
});

it('a service that starts after the end delivers it; without webhooks nothing is kept', async () => {
  await endTask();
  const service = createService(fixture.testbed, { ...toVariables(), SWEEP_INTERVAL_MS: '100' });
  await service.start();
  try {
    await eventually(() => expect(bodies()).toHaveLength(1));
    await eventually(async () => expect(await countLeft()).toBe(0));
  } finally {
    await service.stop();
  }
  await endTask();
  const without = createSweep({ variables: {} });
  // While webhooks are switched on, a replica without them leaves what another one is to send.
  await without(later(9));
  expect(await countLeft()).toBe(1);
  await without(later(11));
  expect(await countLeft()).toBe(0);
  expect(receiver.received).toHaveLength(1);
});

it('F40: an end that the receiver refuses keeps no other from it, and is given up after twenty tries', async () => {
  const [refused, ...others] = await cancelTasks(51);
  receiver.decide((webhook) => (idOf(webhook) === refused ? 422 : 204));
  const deliverOnce = createSweep();
  await passFor(deliverOnce, 60);
  const arrived = receiver.received.map(idOf).filter((id) => id !== refused);
  expect(arrived.sort()).toEqual(others.sort());
  for (let minute = 2; (await countLeft()) > 0; minute++) {
    expect(minute).toBeLessThan(100);
    await deliverOnce(later(5 * minute));
  }
  expect(receiver.received.filter((webhook) => idOf(webhook) === refused)).toHaveLength(20);
});

it('F40: a receiver that fails at the first delivery of each end gets all of them within a minute', async () => {
  const ids = await cancelTasks(50);
  const seen = new Set<string>();
  receiver.decide((webhook) => (seen.size < seen.add(idOf(webhook)).size ? 500 : 204));
  const { findDue } = fixture.store.taskEndOutbox;
  const outbox = {
    // As the index has them, behind a longer backlog: those that are sent again come after all new ones.
    findDue: async (target: string, now: Date) =>
      (await findDue(target, now, 1_000))
        .toSorted((one, other) => one.delivery.next_time.getTime() - other.delivery.next_time.getTime())
        .slice(0, 10),
  };
  await passFor(createSweep({ outbox }), 60);
  expect([...seen].sort()).toEqual(ids.sort());
  expect(await countLeft()).toBe(0);
});

it('an end does not expire before it is given up', async () => {
  await endTask();
  receiver.answers.push(500);
  const days = 86_400_000;
  const deliverOnce = createSweep({ variables: { ...toVariables(), TASK_DELIVER_FOR_MS: String(20 * days) } });
  await deliverOnce(new Date());
  const [due] = await fixture.store.taskEndOutbox.findDueOfOthers([], later(9), 10);
  expect(Object(due!.subject).expires.getTime()).toBeGreaterThan(Date.now() + 20 * days);
});

it('without webhooks, deletes the ends of many tasks together, but for what is due to a former receiver', async () => {
  await endTask();
  receiver.answers.push(500);
  await createSweep()(new Date());
  for (let n = 0; n < 3; n++) await endTask();
  const dispatch = jest.fn();
  await createSweep({ variables: {}, outbox: { dispatch } })(later(11));
  expect(dispatch).not.toHaveBeenCalled();
  expect(await countLeft()).toBe(1);
  await createSweep()(later(13));
  expect(receiver.received).toHaveLength(2);
});

it('refuses to start with webhooks and without a secret', () => {
  const variables = { TASK_WEBHOOKS: receiver.url };
  expect(() => createSweep({ variables })).toThrow(/TASK_WEBHOOKS is set and TASK_WEBHOOK_SECRET is not/);
});
