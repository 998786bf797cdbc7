import { QUEUES } from '@cyberstroll/contracts';
import { createTestBroker, eventually, forgeReply, toUpdate, upTo } from '@cyberstroll/testkit';
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
  const letGo = await makeBusy(taskId);
  await fixture.send(upTo(8).map((index) => toUpdate(taskId, index)));
  const error_info = { error_code: 'NETWORK_UNREACHABLE', error_message: 'no route' };
  const illegal = toUpdate(taskId, 0, { status: 'FAILED', error_info });
  await fixture.send([...upTo(8).map((index) => toCompleted(taskId, index)), illegal]);
  await areWithTheUpdater();
  letGo();

  await eventually(() => expect(deadLetters).toMatchObject([{ reason: 'illegal_transition' }]));
  expect((await fixture.store.tasks.getStanding(taskId)).snapshot.progress).toMatchObject({
    completed_count: 9,
    pending_count: 7,
  });
  // The third is that of the illegal update. It is refused: the updater remembers no subtask that is closed.
  expect([inserts.count, replacements.count]).toEqual([3, 0]);
  const { status_history } = await fixture.store.subTasks.getSubTask(`${taskId}-3`);
  expect(status_history.map(({ status }) => status)).toEqual(['ASSIGNED', 'SCANNING', 'COMPLETED']);
  await eventually(async () =>
    expect(await fixture.readCounts('state_updates_total', 'outcome')).toEqual({ applied: 17, rejected: 1 }),
  );
});

it('dead-letters alone an update that MongoDB refuses, though a claim before it was to be written with it', async () => {
  const { proxy, deadLetters } = fixture;
  deadLetters.length = 0;
  const taskId = await fixture.createTask('127.0.0.0/28');
  const refused = forgeReply(
    proxy,
    { code: 121, codeName: 'DocumentValidationFailure', as: 'write' },
    { of: ({ name }, request) => ['insert', 'update'].includes(name) && request.includes('what it refuses') },
  );
  const letGo = await makeBusy(taskId);
  const scan_result = { open_ports: [], services: ['what it refuses'], response_time: 1 };
  await fixture.send([toUpdate(taskId, 0), toUpdate(taskId, 1)]);
  await fixture.send([toCompleted(taskId, 0, { scan_result })]);
  await areWithTheUpdater();
  letGo();

  await eventually(() =>
    expect(deadLetters).toMatchObject([{ reason: 'handler_failed', content: { updates: [{ scan_result }] } }]),
  );
  refused.end();
  // Behind it: all before is done.
  await fixture.send([toCompleted(taskId, 1)]);
  await eventually(async () =>
    expect((await fixture.store.tasks.getStanding(taskId)).snapshot.progress).toMatchObject({
      assigned_count: 0,
      scanning_count: 1,
      completed_count: 2,
    }),
  );
  expect(deadLetters).toHaveLength(1);
});

/**
 * MongoDB has the claim of a subtask, and the updater gets no answer until the returned function is called: what comes
 * now waits in its hands.
 */
async function makeBusy(taskId: string): Promise<() => void> {
  const { proxy } = fixture;
  const inserts = proxy.countRequests(INSERT);
  const letThrough = proxy.intercept((request) => {
    if (request.includes(INSERT)) proxy.holdReplies();
    return undefined;
  });
  await fixture.send([toCompleted(taskId, 9)]);
  await eventually(() => expect(inserts.count).toBe(1));
  return () => {
    letThrough();
    proxy.releaseReplies();
  };
}

/** No update waits in the queue, and the updater has read what RabbitMQ has sent it. */
async function areWithTheUpdater(): Promise<void> {
  const broker = createTestBroker(fixture.testbed, 'depths');
  await broker.start();
  await eventually(async () => (await broker.queueDepth(QUEUES.stateUpdates.name)).known === 0);
  await broker.stop();
  await (await fetch(`http://127.0.0.1:${fixture.updaters[0]!.port()}/metrics`)).text();
}
