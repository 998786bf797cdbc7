import type { Control, Heartbeat } from '@cyberstroll/contracts';
import { EXCHANGES } from '@cyberstroll/contracts';
import { collect, eventually, type HeldDate, holdDate } from '@cyberstroll/testkit';
import { createClaimCheck } from '../src/sweeps/check-claims';
import { createHeartbeatHandler } from '../src/sweeps/handle-heartbeat';
import { CLAIM_RULES, type Fixture, setup, toHeartbeat } from './setup';

const timeoutMs = 15_000;
const BEAT_MS = 5_000;

let fixture: Fixture;
let date: HeldDate;
let controls: Control[];
beforeAll(async () => {
  fixture = await setup();
  controls = await collect<Control>(fixture, { exclusiveOn: EXCHANGES.control.name });
  date = holdDate();
});
afterAll(async () => {
  date?.release();
  await fixture?.cleanup();
});

it('of two living processes under one node id the later one gets superseded, an alert is raised, and no subtask is lost', async () => {
  const handle = createHeartbeatHandler({ ...fixture.deps, timeoutMs });
  const [first, later] = ['first', 'later'].map((instance_id) => ({ node_id: 'twin', instance_id }));
  const hear = (heartbeat: Partial<Heartbeat>) => handle({ body: toHeartbeat(heartbeat) } as never);
  const sweepAll = async () => (await createClaimCheck({ ...fixture.deps, rules: CLAIM_RULES })(new Date()))['lost']!;
  const supersededMessages = () => controls.filter(({ state }) => state === 'superseded');

  await hear(first!);
  await hear(later!);
  await hear(first!);
  const taskId = await fixture.createTask('127.0.0.0/28');
  await fixture.claim(taskId, [0], first!);
  await fixture.claim(taskId, [1], later!);
  let taken = 0;
  for (let beats = 0; beats < 6; beats++) {
    date.pass(BEAT_MS);
    await hear(first!);
    await hear(later!);
    taken += await sweepAll();
  }
  await eventually(() => expect(supersededMessages().length).toBeGreaterThanOrEqual(3));
  expect(new Set(supersededMessages().map((control) => JSON.stringify(control)))).toEqual(
    new Set([JSON.stringify({ state: 'superseded', ...later })]),
  );
  // A process that does not obey starts again, and that is no restart of the node.
  const again = { node_id: 'twin', instance_id: 'again' };
  await hear(again);
  taken += await sweepAll();
  expect(taken).toBe(0);
  expect(await fixture.statusOf(taskId, 0)).toBe('SCANNING');
  expect(await fixture.statusOf(taskId, 1)).toBe('SCANNING');
  const [node] = await fixture.store.nodes.findNodes(['twin']);
  expect(node).toMatchObject({ instance_id: 'first', status: 'online' });

  const { items } = await fixture.store.alerts.findPage({ rule: 'node_id_shared', limit: 10 });
  expect(items).toMatchObject([
    { subject: 'twin', state: 'firing', summary: 'two processes run as twin: first is the node, later must end' },
  ]);
  const countAlerts = () => fixture.events.filter(({ type }) => type === 'alert.node_id_shared').length;
  await eventually(() => expect(countAlerts()).toBe(1));

  // It obeys and ends: its claims are reassigned, those of the node are not.
  await hear({ ...later, status: 'offline' });
  for (let beats = 0; beats < 2; beats++) {
    date.pass(BEAT_MS);
    await hear(first!);
    await sweepAll();
  }
  await eventually(async () => expect(await fixture.statusOf(taskId, 1)).toBe('RETRYING'));
  expect(await fixture.statusOf(taskId, 0)).toBe('SCANNING');
});
