import type { Job } from '@cyberstroll/contracts';
import { createTcpProxy, eventually, upTo } from '@cyberstroll/testkit';
import { createService } from './create-service';
import { ascending, type Fixture, indexesOf, setup } from './setup';

let fixture: Fixture;
beforeAll(async () => {
  fixture = await setup();
});
afterAll(() => fixture?.cleanup());

it('continues where it was when its broker and its database come back, with nothing left out', async () => {
  const { testbed } = fixture;
  const rabbitmq = await createTcpProxy(testbed.rabbitmq_url);
  const mongodb = await createTcpProxy(testbed.mongodb_uri);
  const own = { ...testbed, rabbitmq_url: rabbitmq.url, mongodb_uri: mongodb.url };
  const service = createService(own);
  const readyz = async () => (await fetch(`http://127.0.0.1:${service.port()}/readyz`)).status;
  const jobs: Job[] = [];
  let cutAfter = 3;
  await fixture.startNode(async (job) => {
    jobs.push(job);
    if (--cutAfter === 0) for (const proxy of [rabbitmq, mongodb]) proxy.cut();
    await fixture.complete(job.task_id, indexesOf(job));
  });
  try {
    await service.start();
    await fixture.addNode('n1', 20);
    const taskId = await fixture.createTask('127.0.0.0/25');
    await eventually(async () => (await readyz()) === 503);
    for (const proxy of [rabbitmq, mongodb]) proxy.restore();
    await eventually(async () => (await readyz()) === 200);
    // Each look rolls the task up, as a sweep does. If it does not end, the message has what was sent and counted.
    await eventually(async () => {
      const { snapshot } = await fixture.store.tasks.calculateTaskProgress(taskId);
      const sent = ascending([...new Set(jobs.flatMap(indexesOf))]);
      expect({ ...snapshot, sent }).toMatchObject({
        status: 'COMPLETED',
        progress: { completed_count: 128 },
        sent: upTo(128),
      });
    });
  } finally {
    for (const proxy of [rabbitmq, mongodb]) proxy.restore();
    await service.stop();
    await rabbitmq.close();
    await mongodb.close();
  }
});
