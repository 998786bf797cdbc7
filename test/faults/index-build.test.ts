import { loadConfig, type Service } from '@cyberstroll/runtime';
import type { Store } from '@cyberstroll/store';
import {
  createQueuedTask,
  createTcpProxy,
  createTestbed,
  createTestStore,
  eventually,
  report,
  type TcpProxy,
  type Testbed,
  testLogger,
  toVariables,
} from '@cyberstroll/testkit';
import { configShape as monitorShape } from '../../services/heartbeat-monitor/src/config';
import { createHeartbeatMonitorService } from '../../services/heartbeat-monitor/src/service';
import { configShape as schedulerShape } from '../../services/retry-scheduler/src/config';
import { createRetrySchedulerService } from '../../services/retry-scheduler/src/service';

/** Commands as they are on the wire. */
const toSubTasks = (command: string) => `${command}\0\x09\0\0\0subtasks\0`;
/** How long a start waits for indexes that are not unique. */
const PATIENCE_MS = 30_000;

let testbed: Testbed;
let proxy: TcpProxy;
let store: Store;
beforeAll(async () => {
  testbed = await createTestbed();
  proxy = await createTcpProxy(testbed.mongodb_uri);
  testbed.defer(() => proxy.close());
  store = await testbed.start(createTestStore(testbed));
});
afterAll(() => testbed?.cleanup());

async function countPasses(service: Service, sweep: string): Promise<number> {
  const text = await (await fetch(`http://127.0.0.1:${service.port()}/metrics`)).text();
  return Number(new RegExp(`cyberstroll_sweep_seconds_count\\{.*"${sweep}".*\\} (\\d+)`).exec(text)?.[1] ?? 0);
}

it('while the indexes of subtasks are built, services are ready, and no sweep looks for subtasks', async () => {
  const taskId = await createQueuedTask(store, '127.0.0.0/28');
  await report(store, taskId, [0, 1, 2]);
  let build = () => {};
  const built = new Promise<void>((resolve) => {
    build = resolve;
  });
  const endHold = proxy.intercept((request) =>
    request.includes(toSubTasks('createIndexes')) ? { after: built } : undefined,
  );
  const queries = ['find', 'aggregate', 'count', 'distinct'].map((name) => proxy.countRequests(toSubTasks(name)));
  const countQueries = () => queries.reduce((sum, { count }) => sum + count, 0);
  const wait = setTimeout;
  const patience = jest
    .spyOn(globalThis, 'setTimeout')
    .mockImplementation((done, ms) => wait(done, ms === PATIENCE_MS ? 0 : ms));

  // A monitor may call nodes silent one timeout after its start.
  const fast = { HEARTBEAT_TIMEOUT_MS: '4000', SWEEP_INTERVAL_MS: '250' };
  const variables = { ...toVariables(testbed), MONGODB_URI: proxy.url, ...fast };
  const monitor = createHeartbeatMonitorService(loadConfig(monitorShape, variables), testLogger);
  const scheduler = createRetrySchedulerService(loadConfig(schedulerShape, variables), testLogger);
  await Promise.all([monitor, scheduler].map((service) => testbed.start(service)));
  patience.mockRestore();

  const swept = [
    [monitor, 'check-claims'] as const,
    ...['recall-lost', 'retry-all', 'follow-ended', 'audit'].map((name) => [scheduler, name] as const),
  ];
  for (const [service, sweep] of swept) {
    await eventually(async () => expect([sweep, (await countPasses(service, sweep)) > 1]).toEqual([sweep, true]));
  }
  expect(countQueries()).toBe(0);

  endHold();
  build();
  await eventually(() => countQueries() > 0);
});
