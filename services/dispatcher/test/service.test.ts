import type { Job } from '@cyberstroll/contracts';
import { publishTaskChange, type TaskChange } from '@cyberstroll/messaging';
import { eventually } from '@cyberstroll/testkit';
import { createService } from './create-service';
import { type Fixture, indexesOf, setup } from './setup';

let fixture: Fixture;
beforeAll(async () => {
  fixture = await setup();
});
afterAll(() => fixture?.cleanup());

const publishChange = (task_id: string, transitions: TaskChange['transitions']) =>
  publishTaskChange(fixture, { task_id, transitions, operator: 'test', timestamp: new Date() });

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

it('sends a task out at once that is created while it is idle: its event ends the wait', async () => {
  const service = createService(fixture.testbed, { DISPATCH_IDLE_MS: '3600000' });
  await fixture.addNode('n1', 10);
  try {
    await service.start();
    await eventually(async () => (await countPasses(service, 'dispatch')) > 0);
    const taskId = await fixture.createTask('127.0.1.1-5');
    const transitions = [{ status: 'CREATED', reason: 'created' }] as const;
    await eventually(async () => {
      // Again, if the service does not listen yet.
      await publishChange(taskId, transitions);
      return (await fixture.store.tasks.getTask(taskId)).cursor === 5;
    });
  } finally {
    await service.stop();
  }
});

async function countPasses(service: ReturnType<typeof createService>, sweep: string): Promise<number> {
  const text = await (await fetch(`http://127.0.0.1:${service.port()}/metrics`)).text();
  return Number(new RegExp(`cyberstroll_sweep_seconds_count\\{.*"${sweep}".*\\} (\\d+)`).exec(text)?.[1] ?? 0);
}
