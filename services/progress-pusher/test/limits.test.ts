import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createUnsentTask, eventually } from '@cyberstroll/testkit';
import { WebSocket } from 'ws';
import { createSockets } from '../src/sockets/sockets';
import { createService } from './create-service';
import { type Fixture, setup, watch } from './setup';

/** Sockets and promises run on the real clock. */
const ALL_BUT_INTERVALS = [
  ...(['Date', 'hrtime', 'nextTick', 'performance', 'queueMicrotask', 'setImmediate', 'clearImmediate'] as const),
  ...(['setTimeout', 'clearTimeout'] as const),
];

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

it('disconnects a client that does not answer a ping until the next one', async () => {
  const http = createServer();
  const sockets = createSockets({ pingIntervalMs: 100 });
  http.on('upgrade', (request, socket, head) => {
    sockets.server.handleUpgrade(request, socket, head, (client) => sockets.server.emit('connection', client, request));
  });
  await once(http.listen(0, '127.0.0.1'), 'listening');
  const open = async (autoPong: boolean) => {
    const { port } = http.address() as AddressInfo;
    const client = new WebSocket(`ws://127.0.0.1:${port}`, { autoPong });
    const [[own]] = await Promise.all([once(sockets.server, 'connection'), once(client, 'open')]);
    return { client, own: own as WebSocket };
  };
  jest.useFakeTimers({ doNotFake: ALL_BUT_INTERVALS });
  try {
    await sockets.start();
    const dead = await open(false);
    const alive = await open(true);
    const answered = once(alive.own, 'pong');
    const asked = once(dead.client, 'ping');
    jest.advanceTimersByTime(100);
    await Promise.all([answered, asked]);
    jest.advanceTimersByTime(100);
    expect((await once(dead.client, 'close'))[0]).toBe(1006);
    expect(alive.own.readyState).toBe(WebSocket.OPEN);
  } finally {
    await sockets.stop();
    jest.useRealTimers();
    await new Promise((resolve) => http.close(resolve));
  }
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
    await eventually(async () => (await watch(service, taskId)).close());
  });
});
