import { createTaskBodySchema } from '@cyberstroll/contracts';
import type { Store } from '@cyberstroll/store';
import { createTargetSet } from '@cyberstroll/targets';
import {
  createTcpProxy,
  createTestbed,
  createTestStore,
  eventually,
  type TcpProxy,
  type Testbed,
} from '@cyberstroll/testkit';
import { createService } from './create-service';
import { watch } from './watcher';

let testbed: Testbed;
let store: Store;
let taskId: string;
let mongodb: TcpProxy;

beforeAll(async () => {
  testbed = await createTestbed();
  mongodb = await createTcpProxy(testbed.mongodb_uri);
  store = createTestStore(testbed);
  await store.start();
  const body = createTaskBodySchema.parse({ task_target: '127.0.0.1', task_initiator: 'me', scan: { ports: '80' } });
  const { task } = await store.taskStates.createTask({ ...body, targets: createTargetSet({ include: '127.0.0.1' }) });
  taskId = task.task_id;
});
afterAll(async () => {
  await store?.stop();
  await mongodb?.close();
  await testbed?.cleanup();
});

async function withService(
  env: Record<string, string>,
  run: (service: ReturnType<typeof createService>) => Promise<void>,
) {
  const service = createService({ ...testbed, mongodb_uri: mongodb.url }, env);
  await service.start();
  try {
    await run(service);
  } finally {
    await service.stop();
  }
}

it('limits the connections, and frees a place when one closes', async () => {
  await withService({ MAX_CONNECTIONS: '2' }, async (service) => {
    const first = await watch(service.port(), taskId);
    await watch(service.port(), taskId);
    await expect(watch(service.port(), taskId)).rejects.toThrow('HTTP 503 too_many_connections');
    first.socket.terminate();
    await eventually(() => watch(service.port(), taskId));
  });
  await withService({ MAX_CONNECTIONS_PER_ADDRESS: '1' }, async (service) => {
    await watch(service.port(), taskId);
    await expect(watch(service.port(), taskId)).rejects.toThrow('HTTP 429 too_many_connections');
  });
});

it('disconnects a client that does not answer a ping', async () => {
  await withService({ PING_INTERVAL_MS: '100' }, async (service) => {
    const dead = await watch(service.port(), taskId);
    const alive = await watch(service.port(), taskId);
    dead.socket.pong = () => undefined;
    // ws answers pings without our code, through its own sender.
    (dead.socket as unknown as { _autoPong: boolean })._autoPong = false;
    expect(await dead.closed).toBe(1006);
    expect(alive.socket.readyState).toBe(alive.socket.OPEN);
  });
});

it('closes with 1001 when it stops, and disconnects clients that do not answer', async () => {
  const service = createService(testbed);
  await service.start();
  const polite = await watch(service.port(), taskId);
  const deaf = await watch(service.port(), taskId);
  deaf.socket.pause();
  // The deaf one is not waited for: it listens to nothing until it is terminated below.
  await service.stop();
  expect(await polite.closed).toBe(1001);
  deaf.socket.terminate();
});

it('answers 503 while MongoDB is away and nothing is cached', async () => {
  await withService({}, async (service) => {
    mongodb.cut();
    try {
      await expect(watch(service.port(), taskId)).rejects.toThrow('HTTP 503 unavailable');
    } finally {
      mongodb.restore();
    }
    await eventually(async () => (await watch(service.port(), taskId)).socket.terminate(), { timeoutMs: 15_000 });
  });
});

it('serves 300 clients that connect at the same time', async () => {
  await withService({}, async (service) => {
    const watchers = await Promise.all(Array.from({ length: 300 }, () => watch(service.port(), taskId)));
    await eventually(() => watchers.every(({ frames }) => frames.length === 1));
    for (const { socket } of watchers) socket.terminate();
  });
});
