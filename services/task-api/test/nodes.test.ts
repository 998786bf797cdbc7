import { createTestStore, toHeartbeat, upTo } from '@cyberstroll/testkit';
import { type Api, toProblemOf } from './api-client';
import { KEYS } from './create-service';
import { type Fixture, setup } from './setup';

let fixture: Fixture;
let api: Api;
let store: Fixture['store'];
beforeAll(async () => {
  fixture = await setup();
  ({ api, store } = fixture);
});
afterAll(() => fixture?.cleanup());

const beat = (node_id: string, running: number, pools: string[], now = new Date()) =>
  store.nodes.recordHeartbeat(
    toHeartbeat({
      node_id,
      instance_id: 'first',
      capacity: 200,
      pools,
      current_tasks: upTo(running).map((i) => ({
        subtask_id: `${'a'.repeat(24)}-${i}`,
        status: 'scanning',
        progress: 0,
      })),
    }),
    now,
  );

it('lists the nodes by name, in pages, and shows one node with every subtask that it runs', async () => {
  expect((await api('GET', '/api/nodes')).body).toEqual({ items: [] });
  await beat('node-c', 1, ['edge']);
  await beat('node-a', 150, ['default']);
  await beat('node-b', 0, ['default', 'edge']);
  await store.nodes.setStatus('node-b', 'offline');

  const names = async (query: string) => {
    const { headers, body } = await api('GET', `/api/nodes?${query}`, { key: KEYS.viewer });
    const { items, next_cursor } = body;
    // The same cursor as a path, with the rest of the query.
    const link =
      next_cursor === undefined
        ? null
        : expect.stringMatching(`^</api/nodes\\?.*cursor=${next_cursor}.*>; rel="next"$`);
    expect(headers.get('link')).toEqual(link);
    return [items.map(({ node_id }: { node_id: string }) => node_id), next_cursor];
  };
  expect(await names('limit=2')).toEqual([['node-a', 'node-b'], 'node-b']);
  expect(await names('limit=2&cursor=node-b')).toEqual([['node-c'], undefined]);
  expect(await names('status=online')).toEqual([['node-a', 'node-c'], undefined]);
  expect(await names('pool=edge')).toEqual([['node-b', 'node-c'], undefined]);

  const [listed] = (await api('GET', '/api/nodes')).body.items;
  expect(listed).toMatchObject({ node_id: 'node-a', current_task_count: 150, pools: ['default'] });
  expect(listed.current_tasks).toHaveLength(100);
  const shown = (await api('GET', '/api/nodes/node-a')).body;
  expect(shown.current_tasks).toHaveLength(150);
  for (const view of [listed, shown]) expect(view).not.toHaveProperty('former_instances');
  for (const none of ['node-d', '%24gt', '..%2Ftasks']) {
    toProblemOf(await api('GET', `/api/nodes/${none}`), 404, 'node_not_found');
  }
});

it('a lost node runs nothing, and may be removed once it is offline for a minute; it comes back as a new node', async () => {
  const since = (seconds: number) => new Date(Date.now() - seconds * 1_000);
  const remove = (key = KEYS.operator) => api('DELETE', '/api/nodes/node-x?reason=gone', { key });
  await beat('node-x', 3, ['default'], since(65));
  const [first] = await store.nodes.findNodes(['node-x']);
  expect(toProblemOf(await remove(), 409, 'node_alive').detail).toMatch(/it is online, its last heartbeat was at 2/);
  await store.nodes.setStatus('node-x', 'offline');
  const running = { current_task_count: 0, current_tasks: [] };
  expect((await api('GET', '/api/nodes/node-x')).body).toMatchObject(running);
  expect((await api('GET', '/api/nodes?status=offline&pool=default')).body.items).toContainEqual(
    expect.objectContaining({ node_id: 'node-x', ...running }),
  );
  toProblemOf(await remove(KEYS.viewer), 403, 'forbidden');
  expect((await remove()).body).toMatchObject({ node_id: 'node-x', status: 'offline', ...running });
  toProblemOf(await remove(), 404, 'node_not_found');
  toProblemOf(await api('GET', '/api/nodes/node-x'), 404, 'node_not_found');
  const { items } = (await api('GET', '/api/audit?operation=removeNode', { key: KEYS.admin })).body;
  expect(items).toContainEqual(expect.objectContaining({ subject: 'node-x', status: 200, reason: 'gone' }));

  expect(await beat('node-x', 1, ['default'])).toEqual({ isRival: false });
  const [second] = await store.nodes.findNodes(['node-x']);
  expect(second!.first_seen.getTime()).toBeGreaterThan(first!.first_seen.getTime());
  await store.nodes.setStatus('node-x', 'offline');
  // Its loss says which jobs are sent again.
  toProblemOf(await remove(), 409, 'node_alive');
});

it('has the last hour of a node, of the minutes in which it was heard', async () => {
  await beat('node-e', 3, ['edge']);
  const now = new Date();
  await store.nodeSamples.take(new Date(now.getTime() - 120_000));
  await store.nodeSamples.take(now);
  await store.nodeSamples.take(now);
  const { system_info } = toHeartbeat({});
  const history = async (node: string) => (await api('GET', `/api/nodes/${node}/history`, { key: KEYS.viewer })).body;
  const sample = { slots: { used: 3, total: 200 }, cpu_usage: system_info.cpu_usage };
  expect(await history('node-e')).toMatchObject({
    interval_seconds: 60,
    items: [sample, { ...sample, timestamp: now.toISOString() }],
  });
  expect((await history('node-b')).items).toEqual([]);
  toProblemOf(await api('GET', '/api/nodes/node-f/history'), 404, 'node_not_found');
});

it('has what all nodes closed in the last hour, of all updaters together', async () => {
  const interval = new Date(Math.floor(Date.now() / 300_000) * 300_000);
  const put = (timestamp: Date, node_id: string, completed: number, failed: number) =>
    store.nodeCounts.put({ timestamp, nodes: [{ node_id, completed, failed }] });
  await put(new Date(interval.getTime() - 600_000), 'node-b', 7, 0);
  await put(interval, 'node-a', 2, 0);
  // Of the same updater later, and of another one.
  await put(interval, 'node-a', 3, 1);
  const other = createTestStore(fixture.testbed, 'other');
  await other.start();
  await other.nodeCounts.put({ timestamp: interval, nodes: [{ node_id: 'node-a', completed: 10, failed: 5 }] });
  await other.stop();

  const { body } = await api('GET', '/api/statistics/nodes', { key: KEYS.viewer });
  const hour = (counts: Record<number, number>) => Array.from({ length: 12 }, (_, place) => counts[place] ?? 0);
  expect(body).toMatchObject({ interval_seconds: 300, more: false });
  // The next interval may have begun.
  const place = (interval.getTime() - Date.parse(body.since)) / 300_000;
  expect(body.items).toEqual([
    { node_id: 'node-a', completed: hour({ [place]: 13 }), failed: hour({ [place]: 6 }) },
    { node_id: 'node-b', completed: hour({ [place - 2]: 7 }), failed: hour({}) },
  ]);
});
