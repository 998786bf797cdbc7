import { type PlanTask, planDispatch } from './plan-dispatch';
import { NO_COUNTS, observePools, type PoolNode, type PoolObservation } from './pool';

const node = (overrides: Partial<PoolNode> = {}): PoolNode => ({
  status: 'online',
  capacity: 100,
  pools: ['default'],
  ...overrides,
});
const ANY_TASK = { task_id: 'a'.repeat(24), config: { pool: 'default' }, counts: NO_COUNTS };
const at = (ms: number) => new Date(1_700_000_000_000 + ms);

/** Dispatches into a simulated fleet, which brings to rest what it was sent after `latencyMs`, `perSecond` at most. */
function simulate({ perSecond, latencyMs, forMs }: { perSecond: number; latencyMs: number; forMs: number }) {
  const stepMs = 50;
  let task: PlanTask = {
    task_id: 'a'.repeat(24),
    status: 'RUNNING',
    config: { pool: 'default', priority: 5 },
    scan: { method: 'connect' },
    cursor: 0,
    total_targets: 1_000_000,
    counts: NO_COUNTS,
  };
  let seen: PoolObservation | undefined;
  const sent: { ms: number; count: number }[] = [];
  const samples: { ms: number; out: number; closed: number; chunk: number }[] = [];
  let credit = 0;
  let closed = 0;
  for (let ms = 0; ms < forMs; ms += stepMs) {
    credit = Math.min(credit + (perSecond * stepMs) / 1_000, perSecond);
    while (sent[0] && sent[0].ms + latencyMs <= ms && credit >= 1) {
      const done = Math.min(sent[0].count, Math.floor(credit));
      credit -= done;
      closed += done;
      sent[0].count -= done;
      if (sent[0].count === 0) sent.shift();
    }
    if (!sent[0] || sent[0].ms + latencyMs > ms) credit = 0;
    task = { ...task, counts: { ...NO_COUNTS, closed: closed } };
    seen = observePools(seen, { tasks: [task], nodes: [node(), node()], now: at(ms) });
    const plan = planDispatch({ tasks: [task], pools: seen.pools }).chunks;
    for (const { count } of plan) sent.push({ ms, count });
    task = { ...task, cursor: task.cursor + plan.reduce((sum, { count }) => sum + count, 0) };
    samples.push({ ms, out: task.cursor - closed, closed, chunk: plan[0]?.count ?? 0 });
  }
  return samples;
}

describe('observePools', () => {
  it('adds up the nodes that take work, by pool', () => {
    const nodes = [
      node({ pools: ['default', 'dmz'] }),
      node({ capacity: 20, status: 'busy' }),
      node({ status: 'draining' }),
      node({ status: 'offline', pools: ['gone'] }),
    ];
    const { pools } = observePools(undefined, { tasks: [], nodes, now: at(0) });
    expect([...pools.keys()]).toEqual(['default', 'dmz']);
    expect(pools.get('default')).toEqual({
      capacity: 120,
      nodes: 2,
      median_capacity: 20,
      rate: 0,
      window: 240,
      limits: new Map(),
    });
  });

  it('limits a method that only some of its nodes scan by to what these scan at once', () => {
    const nodes = [node({ methods: ['connect'] }), node({ capacity: 4, methods: ['connect', 'nmap'] })];
    const tasks = ['connect', 'nmap', 'later'].map((method) => ({ ...ANY_TASK, scan: { method } }));
    const limitsOf = (fleet: PoolNode[]) =>
      observePools(undefined, { tasks, nodes: fleet, now: at(0) }).pools.get('default')!.limits;
    expect(limitsOf(nodes)).toEqual(
      new Map([
        ['nmap', 4],
        ['later', 0],
      ]),
    );
    // A node may name no methods.
    expect(limitsOf([...nodes, node({ capacity: 10 })])).toEqual(
      new Map([
        ['nmap', 14],
        ['later', 10],
      ]),
    );
  });

  it('counts no rest backwards when retries take subtasks out of it', () => {
    const task = (completed_count: number) => ({
      task_id: 'a'.repeat(24),
      config: { pool: 'default' },
      scan: { method: 'connect' },
      counts: { ...NO_COUNTS, closed: completed_count },
    });
    const first = observePools(undefined, { tasks: [task(100)], nodes: [node()], now: at(0) });
    const second = observePools(first, { tasks: [task(40)], nodes: [node()], now: at(50) });
    expect(second.pools.get('default')!.rate).toBe(0);
  });

  it('at most doubles the window in 200 ms', () => {
    const task = (completed_count: number) => ({
      task_id: 'a'.repeat(24),
      config: { pool: 'default' },
      scan: { method: 'connect' },
      counts: { ...NO_COUNTS, closed: completed_count },
    });
    const first = observePools(undefined, { tasks: [task(0)], nodes: [node()], now: at(0) });
    const second = observePools(first, { tasks: [task(1_000_000)], nodes: [node()], now: at(200) });
    expect(second.pools.get('default')!.window).toBe(400);
  });

  it('lets a quick fleet come up to speed within two seconds, with jobs of 500', () => {
    const samples = simulate({ perSecond: 20_000, latencyMs: 150, forMs: 4_000 });
    const closedAt = (ms: number) => samples.find((sample) => sample.ms === ms)!.closed;
    expect(closedAt(3_000) - closedAt(2_000)).toBeGreaterThan(18_000);
    expect(samples.at(-1)!.chunk).toBe(500);
    expect(Math.max(...samples.map(({ out }) => out))).toBeLessThanOrEqual(40_000);
  });

  it('never runs further ahead of a slow fleet than twice its capacity and two seconds', () => {
    const samples = simulate({ perSecond: 200, latencyMs: 1_000, forMs: 20_000 });
    expect(Math.max(...samples.map(({ out }) => out))).toBeLessThanOrEqual(400 + 2 * 200);
    expect(samples.at(-1)!.closed).toBeGreaterThan(200 * 17);
  });
});
