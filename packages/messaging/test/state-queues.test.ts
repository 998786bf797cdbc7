import { EXCHANGES, type Job, STATE_QUEUE_NAMES, type UpdateEnvelope } from '@cyberstroll/contracts';
import { createGroup } from '@cyberstroll/runtime';
import { createJob } from '@cyberstroll/testkit';
import { createBroker, publishServiceUpdates, sendJob } from '../src';
import { type Fixture, logger, setup } from './setup';

/** Of three queues: the task of the first, the second and the third. */
const TASKS = ['0', '1', '2'].map((end) => end.padStart(24, '0'));
const update = (task_id: string) => ({ task_id, subtask_id: `${task_id}-0`, attempt: 1, status: 'CANCELLED' as const });

let fixture: Fixture;
beforeEach(async () => {
  fixture = await setup();
});
afterEach(() => fixture?.cleanup());

it('of several queues of updates, those of a task are in one, whoever sends them', async () => {
  const broker = createBroker({ url: fixture.testbed.rabbitmq_url, name: 'three', stateQueues: 3, logger });
  const publisher = broker.createPublisher();
  const parts = createGroup('test', [broker, publisher]);
  await parts.start();
  try {
    const jobs: Job[] = [];
    await broker.declareJobQueue('p');
    for (const task_id of TASKS) {
      const job = createJob(1);
      await sendJob(publisher, { pool: 'p', job: { ...job, task_id }, now: new Date() });
      const [sent] = (await fixture.drain('cs.jobs.p', 1)) as Job[];
      jobs.push(sent!);
    }
    expect(jobs.map(({ updates_key }) => updates_key)).toEqual([undefined, 'updates.1', 'updates.2']);
    await publishServiceUpdates(publisher, 'test', [...TASKS, ...TASKS].map(update));
    for (const { task_id, updates_key = 'updates' } of jobs) {
      await publisher.publish(EXCHANGES.state.name, updates_key, { node_id: 'n', updates: [update(task_id)] });
    }
    expect(await broker.updatesDepth()).toEqual({ known: 6, latest: 6 });
    for (const [place, queue] of STATE_QUEUE_NAMES.slice(0, 3).entries()) {
      const envelopes = (await fixture.drain(queue, 2)) as UpdateEnvelope[];
      const tasks = envelopes.map(({ updates }) => updates.map((each) => (each as { task_id: string }).task_id));
      expect(tasks).toEqual([[TASKS[place], TASKS[place]], [TASKS[place]]]);
    }
  } finally {
    await parts.stop();
  }
});

it('of one queue, no job names a key; each job has an id of its own, also one that is sent again', async () => {
  await fixture.broker.declareJobQueue('p');
  const job = { ...createJob(1), task_id: TASKS[2]! };
  for (let sent = 0; sent < 2; sent++) await sendJob(fixture.publisher, { pool: 'p', job, now: new Date() });
  const jobs = (await fixture.drain('cs.jobs.p', 2)) as Job[];
  expect(jobs).toEqual(Array(2).fill({ ...job, job_id: expect.stringMatching(/^[0-9a-f-]{36}$/) }));
  expect(jobs[0]!.job_id).not.toBe(jobs[1]!.job_id);
  await publishServiceUpdates(fixture.publisher, 'test', TASKS.map(update));
  expect(await fixture.drain(STATE_QUEUE_NAMES[0]!, 1)).toHaveLength(1);
});
