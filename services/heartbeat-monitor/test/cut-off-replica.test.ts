import { EXCHANGES } from '@cyberstroll/contracts';
import { createTcpProxy, eventually, type TcpProxy, type Testbed } from '@cyberstroll/testkit';
import { createService } from './create-service';
import { type Fixture, setup, toHeartbeat } from './setup';

const BEAT_MS = 500;
const TIMEOUT_MS = 3 * BEAT_MS;
/** So few that no breaker holds for them. */
const NODES = ['node-1', 'node-2'];

let fixture: Fixture;
beforeEach(async () => {
  fixture = await setup();
});
afterEach(() => fixture?.cleanup());

const createMonitor = (INSTANCE_ID: string, testbed: Testbed) =>
  createService(testbed, { INSTANCE_ID, HEARTBEAT_TIMEOUT_MS: String(TIMEOUT_MS), SWEEP_INTERVAL_MS: '100' });

const cutDatabase = { of: 'mongodb_uri', breakIt: (proxy: TcpProxy) => proxy.cut() } as const;
/** The replica gets heartbeats and does nothing with them, like a stopped process. */
const standStill = { of: 'rabbitmq_url', breakIt: (proxy: TcpProxy) => proxy.holdReplies() } as const;

it.each([
  ['has lost MongoDB', cutDatabase],
  ['stands still', standStill],
])(
  'a monitor that %s costs no node its work: the other replica gets enough heartbeats',
  async (_, { of, breakIt }) => {
    const { testbed, store, publisher, events } = fixture;
    const proxy = await createTcpProxy(testbed[of]);
    const healthy = createMonitor('healthy', testbed);
    const cutOff = createMonitor('cut-off', { ...testbed, [of]: proxy.url });
    let beats = 0;
    const beat = () => {
      beats += 1;
      for (const node_id of NODES) {
        const heartbeat = toHeartbeat({ node_id, instance_id: `${node_id}-a` });
        publisher.tryPublish(EXCHANGES.heartbeats.name, 'heartbeat', heartbeat);
      }
    };
    let beating: NodeJS.Timeout | undefined;
    try {
      await healthy.start();
      await cutOff.start();
      beating = setInterval(beat, BEAT_MS);
      // By then the healthy replica may declare nodes silent.
      await eventually(() => beats > 6);
      breakIt(proxy);
      const brokenAt = beats;
      await eventually(() => beats > brokenAt + 16, { timeoutMs: 20_000 });
      const types = events.filter(({ type }) => type.startsWith('node.')).map(({ type }) => type);
      expect(types).toEqual(NODES.map(() => 'node.online'));
      // The check is real: when the nodes fall silent, the healthy replica sets them offline.
      clearInterval(beating);
      await eventually(() => expect(events.filter(({ type }) => type === 'node.offline')).toHaveLength(NODES.length), {
        timeoutMs: 20_000,
      });
    } finally {
      clearInterval(beating);
      proxy.releaseReplies();
      proxy.restore();
      await Promise.all([healthy.stop(), cutOff.stop()]);
      await proxy.close();
      expect((await store.nodes.findNodes()).map(({ node_id }) => node_id).sort()).toEqual(NODES);
    }
  },
  60_000,
);
