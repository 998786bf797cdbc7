import { eventually, FAILURE, upTo } from '@cyberstroll/testkit';
import { createService } from './create-service';
import { type Fixture, setup } from './setup';

let fixture: Fixture;
beforeAll(async () => {
  fixture = await setup();
});
afterAll(() => fixture?.cleanup());

it('two schedulers at once send each due retry once, and are ready', async () => {
  const services = ['scheduler-1', 'scheduler-2'].map((INSTANCE_ID) =>
    createService(fixture.testbed, { INSTANCE_ID, RETRY_INTERVAL_MS: '20' }),
  );
  try {
    await Promise.all(services.map((service) => service.start()));
    for (const service of services) {
      await eventually(async () => (await fetch(`http://127.0.0.1:${service.port()}/readyz`)).status === 200);
    }
    const taskId = await fixture.createTask('127.0.0.0/24');
    await fixture.beat('n1', 'online', ['default'], 400);
    await fixture.report(taskId, upTo(250), FAILURE);
    await eventually(() => expect(fixture.jobs.flatMap((job) => job.subtasks)).toHaveLength(250));
    // One more round of both: a retry sent later than these would have been due before them.
    const second = await fixture.createTask('127.0.1.0/30');
    await fixture.report(second, [0], FAILURE);
    await eventually(() => fixture.jobs.some(({ task_id }) => task_id === second));
    const sent = fixture.jobs.flatMap((job) => job.subtasks).map(({ subtask_id }) => subtask_id);
    expect(new Set(sent).size).toBe(251);
    expect(sent).toHaveLength(251);
  } finally {
    await Promise.all(services.map((service) => service.stop()));
  }
});
