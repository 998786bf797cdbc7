import { EXCHANGES } from '@cyberstroll/contracts';
import { createTcpProxy, eventually, type TcpProxy, type Testbed } from '@cyberstroll/testkit';
import { createService } from './create-service';
import { type Fixture, setup, toHeartbeat } from './setup';

/** So few that no breaker holds for them. */
const NODES = ['node-1', 'node-2'];
const BEATS = 20;

let fixture: Fixture;
beforeEach(async () => {
  fixture = await setup();
});
afterEach(() => fixture?.cleanup());

const cutDatabase = { of: 'mongodb_uri', breakIt: (proxy: TcpProxy) => proxy.cut() } as const;
/** The replica gets heartbeats and does nothing with them, like a stopped process. */
const standStill = { of: 'rabbitmq_url', breakIt: (proxy: TcpProxy) => proxy.holdReplies() } as const;

it.each([
  ['has lost MongoDB', cutDatabase],
  ['stands still', standStill],
])('a monitor that %s costs no node its work: none misses two heartbeats in a row', async (_, { of, breakIt }) => {
  const { testbed, store, publisher, events } = fixture;
  const proxy = await createTcpProxy(testbed[of]);
  const createMonitor = (INSTANCE_ID: string, its: Testbed) =>
    createService(its, { INSTANCE_ID, HEARTBEAT_TIMEOUT_MS: '60000' });
  const healthy = createMonitor('healthy', testbed);
  const cutOff = createMonitor('cut-off', { ...testbed, [of]: proxy.url });
  /** Each heartbeat has its number as the capacity. */
  const beat = async (number: number) => {
    for (const node_id of NODES) {
      const heartbeat = toHeartbeat({ node_id, instance_id: `${node_id}-a`, capacity: number });
      await publisher.publish(EXCHANGES.heartbeats.name, 'heartbeat', heartbeat);
    }
  };
  /** The latest number of each node that was ever heard. */
  const latest = new Map(NODES.map((node_id) => [node_id, 0]));
  const hear = async () => {
    for (const { node_id, capacity } of await store.nodes.findNodes()) {
      latest.set(node_id, Math.max(capacity, latest.get(node_id)!));
    }
    return [...latest.values()];
  };
  try {
    await healthy.start();
    await cutOff.start();
    await beat(1);
    await eventually(async () => expect(await hear()).toEqual([1, 1]));
    breakIt(proxy);
    for (let number = 2; number <= BEATS; number++) {
      await beat(number);
      await eventually(async () => expect(Math.min(...(await hear()))).toBeGreaterThanOrEqual(number - 1));
    }
    // The other replica keeps one at most.
    await eventually(async () => expect(Math.max(...(await hear()))).toBe(BEATS));
    const types = events.filter(({ type }) => type.startsWith('node.')).map(({ type }) => type);
    expect(types).toEqual(NODES.map(() => 'node.online'));
  } finally {
    proxy.releaseReplies();
    proxy.restore();
    await Promise.all([healthy.stop(), cutOff.stop()]);
    await proxy.close();
    expect((await store.nodes.findNodes()).map(({ node_id }) => node_id).sort()).toEqual(NODES);
  }
});
