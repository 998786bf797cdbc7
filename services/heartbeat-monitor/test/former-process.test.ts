import type { Heartbeat } from '@cyberstroll/contracts';
import { DONE } from '@cyberstroll/messaging';
import { eventually, holdDate } from '@cyberstroll/testkit';
import { createClaimCheck } from '../src/sweeps/check-claims';
import { createHeartbeatHandler } from '../src/sweeps/handle-heartbeat';
import { CLAIM_RULES, type Fixture, setup, toHeartbeat } from './setup';

let fixture: Fixture;
beforeAll(async () => {
  fixture = await setup();
});
afterAll(() => fixture?.cleanup());

const hear = async (heartbeat: Partial<Heartbeat>) => {
  const handle = createHeartbeatHandler({ ...fixture.deps, timeoutMs: 15_000 });
  expect(await handle({ body: toHeartbeat(heartbeat) } as never)).toBe(DONE);
};
const check = (now: Date) => createClaimCheck({ ...fixture.deps, rules: CLAIM_RULES })(now);
const findNode = async (nodeId: string) =>
  (await fixture.store.nodes.findNodes()).find(({ node_id }) => node_id === nodeId)!;

describe('a heartbeat of a former process of the node', () => {
  it.each(['offline', 'draining', 'online'] as const)('changes nothing, with status %s', async (status) => {
    const former = { node_id: `late-${status}`, instance_id: 'former' };
    const present = { ...former, instance_id: 'present' };
    await hear(former);
    await hear({ ...present, capacity: 20 });
    const taskId = await fixture.createTask('127.0.0.0/28');
    await fixture.claim(taskId, [0], present);
    const before = await findNode(former.node_id);

    // At one moment: a process that is heard for longer is alive.
    const date = holdDate();
    try {
      await hear({ ...former, status, capacity: 10 });
      await hear({ ...former, status, capacity: 10 });
    } finally {
      date.release();
    }
    const { rivals: _, ...after } = await findNode(former.node_id);
    expect(after).toEqual(before);
    expect(before).toMatchObject({ status: 'online', instance_id: 'present', capacity: 20 });

    // The updaters apply everything that was sent before this update first.
    await fixture.claim(taskId, [1], former);
    const later = new Date(Date.now() + 16_000);
    await fixture.store.nodes.recordHeartbeat(toHeartbeat({ ...present, capacity: 20 }), later);
    expect(await check(later)).toMatchObject({ lost: 1 });
    await eventually(async () => (await fixture.statusOf(taskId, 1)) === 'RETRYING');
    expect(await fixture.statusOf(taskId, 0)).toBe('SCANNING');
    const types = fixture.events.filter(({ node_id }) => node_id === former.node_id).map(({ type }) => type);
    expect(types).toEqual(['node.online']);
  });

  it('changes nothing, from any of many former processes, in any order', async () => {
    const node = { node_id: 'often' };
    const instances = ['1', '2', '3', '4', '5'];
    for (const instance_id of instances) await hear({ ...node, instance_id });
    await Promise.all(instances.map((instance_id) => hear({ ...node, instance_id, status: 'offline' })));
    expect(await findNode('often')).toMatchObject({ instance_id: '5', status: 'offline' });
    await hear({ ...node, instance_id: '5' });
    expect(await findNode('often')).toMatchObject({ instance_id: '5', status: 'online' });
  });
});

it('many first heartbeats at once make one node', async () => {
  await Promise.all(Array.from({ length: 8 }, () => hear({ node_id: 'rush', instance_id: 'only' })));
  const nodes = (await fixture.store.nodes.findNodes()).filter(({ node_id }) => node_id === 'rush');
  expect(nodes).toHaveLength(1);
  expect(nodes[0]).toMatchObject({ instance_id: 'only', former_instances: [] });
});
