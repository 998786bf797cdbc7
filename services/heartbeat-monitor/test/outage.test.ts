import { EXCHANGES } from '@cyberstroll/contracts';
import { loadConfig } from '@cyberstroll/runtime';
import { createTcpProxy, eventually } from '@cyberstroll/testkit';
import { configShape } from '../src/config';
import { createHeartbeatMonitorService } from '../src/service';
import { type Fixture, logger, setUp, toHeartbeat } from './fixture';

const TIMEOUT_MS = 2_000;

let fixture: Fixture;
beforeAll(async () => {
  fixture = await setUp();
});
afterAll(() => fixture?.cleanup());

it('takes no node for lost while it was cut off from the broker itself', async () => {
  const { testbed } = fixture;
  const proxy = await createTcpProxy(testbed.rabbitmq_url);
  const env = {
    RABBITMQ_URL: proxy.url,
    MONGODB_URI: testbed.mongodb_uri,
    INSTANCE_ID: 'monitor-1',
    HEARTBEAT_TIMEOUT_MS: String(TIMEOUT_MS),
    SWEEP_INTERVAL_MS: '100',
  };
  const service = createHeartbeatMonitorService(loadConfig(configShape, env), logger);
  const node_id = 'node-1';
  const beat = () => fixture.publisher.tryPublish(EXCHANGES.heartbeats.name, 'heartbeat', toHeartbeat({ node_id }));
  let beats: NodeJS.Timeout | undefined;
  const statuses = new Set<string>();
  const lastSeen = async () => {
    const node = (await fixture.store.nodes.findNodes()).find((each) => each.node_id === node_id);
    if (node) statuses.add(node.status);
    return node?.last_seen.getTime() ?? 0;
  };
  const watchFor = (ms: number, since = Date.now()) =>
    eventually(async () => (await lastSeen()) > 0 && Date.now() - since > ms);
  try {
    await service.start();
    beats = setInterval(beat, 200);
    await eventually(async () => (await lastSeen()) > 0);
    await watchFor(1.5 * TIMEOUT_MS);
    proxy.cut();
    const cutAt = Date.now();
    await watchFor(2 * TIMEOUT_MS);
    proxy.restore();
    await eventually(async () => (await lastSeen()) > cutAt + 2 * TIMEOUT_MS, { timeoutMs: 20_000 });
    await watchFor(TIMEOUT_MS);
    expect([...statuses]).toEqual(['online']);
    const types = fixture.events.filter((event) => event.node_id === node_id).map(({ type }) => type);
    expect(types).toEqual(['node.online']);
  } finally {
    clearInterval(beats);
    await service.stop();
    await proxy.close();
  }
});
