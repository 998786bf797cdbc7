import { createUnsentTask, eventually, upTo } from '@cyberstroll/testkit';
import { createService } from './create-service';
import { type Fixture, setup, watch } from './setup';

let fixture: Fixture;
let taskId: string;

beforeAll(async () => {
  fixture = await setup('mongodb_uri');
  taskId = await createUnsentTask(fixture.store, '127.0.0.1');
});
afterAll(() => fixture?.cleanup());

async function withService(
  variables: Record<string, string>,
  run: (service: ReturnType<typeof createService>) => Promise<void>,
) {
  const service = createService(fixture.behindProxy, variables);
  await service.start();
  try {
    await run(service);
  } finally {
    await service.stop();
  }
}

it('limits the connections, and frees a place when one closes', async () => {
  await withService({ MAX_CONNECTIONS: '2' }, async (service) => {
    const first = await watch(service, taskId);
    await watch(service, taskId);
    await expect(watch(service, taskId)).rejects.toThrow('HTTP 503 too_many_connections');
    first.close();
    await eventually(() => watch(service, taskId));
  });
  await withService({ MAX_CONNECTIONS_PER_ADDRESS: '1' }, async (service) => {
    await watch(service, taskId);
    await expect(watch(service, taskId)).rejects.toThrow('HTTP 429 too_many_connections');
  });
});

it('disconnects a client that does not answer a ping', async () => {
  await withService({ PING_INTERVAL_MS: '100' }, async (service) => {
    const dead = await watch(service, taskId);
    const alive = await watch(service, taskId);
    dead.socket.pong = () => undefined;
    // ws answers pings without our code, through its own sender.
    (dead.socket as unknown as { _autoPong: boolean })._autoPong = false;
    expect(await dead.closed).toBe(1006);
    expect(alive.socket.readyState).toBe(alive.socket.OPEN);
  });
});

it('closes with 1001 when it stops, and disconnects clients that do not answer', async () => {
  const service = createService(fixture.testbed);
  await service.start();
  const polite = await watch(service, taskId);
  const deaf = await watch(service, taskId);
  deaf.socket.pause();
  // The deaf one is not waited for: it listens to nothing until it is terminated below.
  await service.stop();
  expect(await polite.closed).toBe(1001);
  deaf.close();
});

it('answers 503 while MongoDB is away and nothing is cached', async () => {
  await withService({}, async (service) => {
    fixture.proxy.cut();
    try {
      await expect(watch(service, taskId)).rejects.toThrow('HTTP 503 unavailable');
    } finally {
      fixture.proxy.restore();
    }
    await eventually(async () => (await watch(service, taskId)).close(), { timeoutMs: 15_000 });
  });
});

it('serves 300 clients that connect at the same time', async () => {
  await withService({}, async (service) => {
    const watches = await Promise.all(upTo(300).map(() => watch(service, taskId)));
    await eventually(() => watches.every(({ updates }) => updates.length === 1));
    for (const each of watches) each.close();
  });
});
