import { QUEUES } from '@cyberstroll/contracts';
import { createTestBroker, eventually, toUpdate, upTo } from '@cyberstroll/testkit';
import { type Fixture, setup, toCompleted } from './setup';

let fixture: Fixture;
beforeAll(async () => {
  fixture = await setup({ variables: { BATCH_ENVELOPES: '1', LANES: '1' } });
});
afterAll(() => fixture?.cleanup());

const INSERT = 'insert\0\x09\0\0\0subtasks\0';

it('writes a claim once, together with its result that waits, and rejects each update in its own batch', async () => {
  const { proxy, deadLetters } = fixture;
  const taskId = await fixture.createTask('127.0.0.0/28');
  const inserts = proxy.countRequests(INSERT);
  const replacements = proxy.countRequests('update\0\x09\0\0\0subtasks\0');
  // MongoDB has the first insert, and the updater gets no answer.
  const letThrough = proxy.intercept((request) => {
    if (request.includes(INSERT)) proxy.holdReplies();
    return undefined;
  });
  await fixture.send([toCompleted(taskId, 9)]);
  await eventually(() => expect(inserts.count).toBe(1));
  // The updater is busy: what comes now waits in its hands.
  await fixture.send(upTo(8).map((index) => toUpdate(taskId, index)));
  const error_info = { error_code: 'NETWORK_UNREACHABLE', error_message: 'no route' };
  const illegal = toUpdate(taskId, 0, { status: 'FAILED', error_info });
  await fixture.send([...upTo(8).map((index) => toCompleted(taskId, index)), illegal]);
  await areWithTheUpdater();
  letThrough();
  proxy.releaseReplies();

  await eventually(() => expect(deadLetters).toMatchObject([{ reason: 'illegal_transition' }]));
  expect(await fixture.store.taskStates.getTaskProgress(taskId)).toMatchObject({
    completed_count: 9,
    pending_count: 7,
  });
  expect([inserts.count, replacements.count]).toEqual([2, 0]);
  const { status_history } = await fixture.store.subTasks.getSubTask(`${taskId}-3`);
  expect(status_history.map(({ status }) => status)).toEqual(['ASSIGNED', 'SCANNING', 'COMPLETED']);
  await eventually(async () =>
    expect(await fixture.readCounts('state_updates_total', 'outcome')).toEqual({ applied: 17, rejected: 1 }),
  );
});

/** No update waits in the queue, and the updater has read what RabbitMQ has sent it. */
async function areWithTheUpdater(): Promise<void> {
  const broker = createTestBroker(fixture.testbed, 'depths');
  await broker.start();
  await eventually(async () => (await broker.queueDepth(QUEUES.stateUpdates.name)).known === 0);
  await broker.stop();
  await (await fetch(`http://127.0.0.1:${fixture.updaters[0]!.port()}/metrics`)).text();
}
