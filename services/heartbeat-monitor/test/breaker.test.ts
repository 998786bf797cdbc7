import { EXCHANGES } from '@cyberstroll/contracts';
import { eventually } from '@cyberstroll/testkit';
import { createClaimCheck } from '../src/sweeps/check-claims';
import { createService } from './create-service';
import { CLAIM_RULES, createMonitorClock, type Fixture, setup, toHeartbeat } from './setup';

let fixture: Fixture;
beforeEach(async () => {
  fixture = await setup();
});
afterEach(() => fixture?.cleanup());

const FLEET = ['a', 'b', 'c', 'd'].map((name) => ({ node_id: name, instance_id: `${name}-1` }));
const EACH = 10;
const indexesOf = (place: number) => Array.from({ length: EACH }, (_, i) => place * EACH + i);
const ALL = FLEET.flatMap((_, place) => indexesOf(place));
const countAlerts = () => fixture.events.filter(({ type }) => type === 'alert.fleet_silent').length;

/** A task; each node of the fleet holds ten of its subtasks. */
async function startTask(): Promise<string> {
  const taskId = await fixture.createTask('127.0.0.0/26');
  for (const [place, node] of FLEET.entries()) await fixture.claim(taskId, indexesOf(place), node);
  return taskId;
}
const statusesOf = async (taskId: string, indexes: readonly number[]) =>
  new Set(await Promise.all(indexes.map((index) => fixture.statusOf(taskId, index))));
const onlineNodes = async () => (await fixture.store.nodes.findOnline()).map(({ node_id }) => node_id);

describe('check-claims', () => {
  const start = Date.now();
  const at = (ms: number) => new Date(start + ms);
  const beat = async (nodes: typeof FLEET, ms: number) => {
    for (const node of nodes) await fixture.store.nodes.recordHeartbeat(toHeartbeat(node), at(ms));
  };
  const nothing = { lost: 0, timed_out: 0, offline: 0, kept: 0 };
  /** Heard for long: new ids do not count. */
  beforeEach(() => beat(FLEET, -120_000));

  it('loses a silent node in time, whatever other ids were heard once', async () => {
    await beat(FLEET, 0);
    const taskId = await startTask();
    const thrownAway = [1, 2, 3, 4].map((n) => ({ node_id: `once-${n}`, instance_id: `once-${n}-a` }));
    await beat(thrownAway, 0);
    await beat(FLEET.slice(1), 15_000);
    const sweep = createClaimCheck({ ...fixture.deps, rules: CLAIM_RULES });
    expect(await sweep(at(16_000))).toEqual({ ...nothing, offline: 5, lost: 10 });
    await eventually(async () => expect(await statusesOf(taskId, indexesOf(0))).toEqual(new Set(['RETRYING'])));
    expect(countAlerts()).toBe(0);
  });

  it('keeps a fleet that falls silent together, raises an alert now and then, and continues a while after some nodes are back', async () => {
    await beat(FLEET, 0);
    const taskId = await startTask();
    const sweep = createClaimCheck({ ...fixture.deps, rules: CLAIM_RULES });
    expect(await sweep(at(14_000))).toEqual(nothing);
    for (const ms of [16_000, 17_000, 45_000, 47_000]) expect(await sweep(at(ms))).toEqual({ ...nothing, kept: 4 });
    expect(await onlineNodes()).toHaveLength(4);
    expect(await statusesOf(taskId, ALL)).toEqual(new Set(['SCANNING']));
    await eventually(() => expect(countAlerts()).toBe(2));
    expect(fixture.events.find(({ type }) => type === 'alert.fleet_silent')).toMatchObject({
      reason: expect.stringContaining('4 of 4 nodes'),
      operator: 'heartbeat-monitor',
    });

    await beat(FLEET.slice(0, 2), 48_000);
    expect(await sweep(at(49_000))).toEqual({ ...nothing, kept: 2 });
    await beat(FLEET.slice(0, 2), 54_000);
    expect(await sweep(at(55_000))).toEqual({ ...nothing, offline: 2, lost: 20 });
    expect(await onlineNodes()).toEqual(['a', 'b']);
    await eventually(async () => expect(await statusesOf(taskId, ALL.slice(20))).toEqual(new Set(['RETRYING'])));
    expect(await statusesOf(taskId, ALL.slice(0, 20))).toEqual(new Set(['SCANNING']));
    expect(countAlerts()).toBe(2);
  });
});

describe('a whole fleet that falls silent and comes back together', () => {
  const NODE_IDS = FLEET.map(({ node_id }) => node_id);
  const beat = async (nodes: typeof FLEET, held: (place: number) => string[]) => {
    for (const [place, node] of nodes.entries()) {
      const current_tasks = held(place).map((subtask_id) => ({ subtask_id, status: 'scanning', progress: 0 }));
      await fixture.publisher.publish(EXCHANGES.heartbeats.name, 'heartbeat', toHeartbeat({ ...node, current_tasks }));
    }
  };

  /** A monitor that hears the fleet for a while, and then nothing of it until the circuit breaker trips. */
  async function fallSilent() {
    for (const agoMs of [60_000, 0]) {
      const time = new Date(Date.now() - agoMs);
      for (const node of FLEET) await fixture.store.nodes.recordHeartbeat(toHeartbeat(node), time);
    }
    const clock = createMonitorClock(fixture);
    const service = createService(fixture.testbed, { SWEEP_INTERVAL_MS: '100' });
    await service.start();
    const taskId = await startTask();
    const held = (place: number) => indexesOf(place).map((index) => `${taskId}-${index}`);
    const comeBack = async () => {
      await beat(FLEET, held);
      await clock.heard(NODE_IDS);
    };
    await clock.pass(service, 16_000, comeBack);
    await clock.passed(service, 'check-claims');
    await clock.pass(service, 17_500);
    await eventually(() => expect(countAlerts()).toBe(1));
    return {
      clock,
      service,
      taskId,
      comeBack,
      async end() {
        await service.stop();
        clock.release();
      },
    };
  }

  it('keeps its subtasks when it was cut off for a while', async () => {
    const { clock, service, taskId, comeBack, end } = await fallSilent();
    try {
      await comeBack();
      await clock.passed(service, 'check-claims');
      expect(await statusesOf(taskId, ALL)).toEqual(new Set(['SCANNING']));
      expect(fixture.events.filter(({ type }) => type === 'node.offline')).toEqual([]);
    } finally {
      await end();
    }
  });

  it('loses each subtask once, and starts its next attempt once, when it was killed and restarted', async () => {
    const { taskId, end } = await fallSilent();
    try {
      const restarted = FLEET.map(({ node_id }) => ({ node_id, instance_id: `${node_id}-2` }));
      await beat(restarted, () => []);
      await eventually(async () => expect(await statusesOf(taskId, ALL)).toEqual(new Set(['RETRYING'])));
      const subTasks = await fixture.store.subTasks.findOpen(taskId, 100);
      expect(subTasks).toHaveLength(ALL.length);
      for (const subTask of subTasks) expect(subTask).toMatchObject({ attempt: 2, node_losses: 1, retry_count: 0 });
      const lost = fixture.updates.filter(({ status }) => status === 'FAILED');
      expect(new Set(lost.map(({ subtask_id }) => subtask_id)).size).toBe(ALL.length);
      expect(new Set(lost.map(({ attempt }) => attempt))).toEqual(new Set([1]));
    } finally {
      await end();
    }
  });
});
