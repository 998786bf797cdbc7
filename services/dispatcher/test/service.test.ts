import type { Job } from '@cyberstroll/contracts';
import { eventually } from '@cyberstroll/testkit';
import { createService } from './create-service';
import { type Fixture, indexesOf, setup } from './setup';

let fixture: Fixture;
beforeAll(async () => {
  fixture = await setup();
});
afterAll(() => fixture?.cleanup());

it('runs: is ready, sends a task out, and stops when drained', async () => {
  const service = createService(fixture.testbed);
  const jobs: Job[] = [];
  await fixture.startNode((job) => void jobs.push(job));
  try {
    await service.start();
    await eventually(async () => (await fetch(`http://127.0.0.1:${service.port()}/readyz`)).status === 200);
    await fixture.addNode('n1', 10);
    await fixture.createTask('127.0.0.1-5');
    await eventually(() => jobs.flatMap(indexesOf).length === 5);
  } finally {
    await service.stop();
  }
});
