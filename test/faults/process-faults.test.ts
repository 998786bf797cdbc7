import { randomUUID } from 'node:crypto';
import type { SubTask } from '@cyberstroll/contracts';
import { eventually } from '@cyberstroll/testkit';
import { WebSocket } from 'ws';
import { sendPoison } from './rig/poison';
import { type Rig, startRig } from './rig/rig';
import { createSeededRandom, shuffle } from './rig/seeded-random';

const SEED = Number(process.env['FAULT_SEED'] ?? 1);
const random = createSeededRandom(SEED);

let rig: Rig;

beforeAll(async () => {
  rig = await startRig({ slowNodeMs: 3_000 });
}, 120_000);

afterAll(() => rig?.stop(), 60_000);

const CLEAN = { violations: [], lost: 0, double_counted: 0 };
const upTo = (count: number) => Array.from({ length: count }, (_, i) => i);
const completed = (count: number) => ({ total_targets: count, completed_count: count });

it('F2: updaters die by SIGKILL at random moments', async () => {
  const { task_id, watch } = await rig.begin({ task_target: '127.90.0.0-127.90.7.207' });
  for (let kill = 1; kill <= 4; kill++) {
    await watch.waitFor(({ counts }) => counts.completed_count >= kill * 200 + Math.floor(random() * 200));
    await rig.killOne('state-updater', random);
  }
  expect(await rig.judge()).toMatchObject(CLEAN);
  expect((await rig.api.getTask(task_id)).progress).toMatchObject(completed(2_000));
}, 90_000);

it.each([2, 5])('F4: every message is delivered %i times', async (copies) => {
  const { task_id } = await rig.begin({ task_target: '127.91.0.1-200' }, { recorded: true });
  await rig.recorder.send(rig.recorder.toUpdates(task_id, upTo(200)), { copies });
  const report = await rig.judge();
  expect(report).toMatchObject(CLEAN);
  expect((await rig.api.getTask(task_id)).progress).toMatchObject(completed(200));
});

it('F5: updates come in any order, twice', async () => {
  const { task_id } = await rig.begin({ task_target: '127.92.0.1-200' }, { recorded: true });
  const updates = rig.recorder.toUpdates(task_id, upTo(200));
  await rig.recorder.send(shuffle([...updates, ...updates], random), { perEnvelope: 7 });
  expect(await rig.judge()).toMatchObject(CLEAN);
  expect((await rig.api.getTask(task_id)).progress).toMatchObject(completed(200));
});

it('F6: a stopped node wakes up when its work was given to others, and reports it done', async () => {
  const { task_id, watch } = await rig.begin({ task_target: '127.93.0.0-127.93.3.231' });
  await watch.waitFor(({ counts }) => counts.completed_count >= 50);
  const { pid } = rig.find('node-1')[0]!.identity!;
  // Held the moment before: an attempt that is lost to the node keeps no lease.
  const leases = new Map<string, SubTask>();
  for (const one of await rig.database.findHeld(task_id, 'node-1')) leases.set(one.subtask_id, one);
  process.kill(pid, 'SIGSTOP');
  try {
    for (const one of await rig.database.findHeld(task_id, 'node-1')) leases.set(one.subtask_id, one);
    const lost = await eventually(
      async () => {
        const found = (await rig.database.dump(task_id)).subTasks.filter(({ subtask_id, attempt }) => {
          return attempt > (leases.get(subtask_id)?.attempt ?? attempt);
        });
        return found.length > 0 && found;
      },
      { timeoutMs: 40_000 },
    );
    // What the node itself is too careful to say once it wakes, under its very leases.
    const stale = await rig.countOutcome('stale');
    const late = lost.map(({ subtask_id }) => ({
      ...{ task_id, subtask_id, attempt: leases.get(subtask_id)!.attempt, lease_id: leases.get(subtask_id)!.lease_id! },
      status: 'COMPLETED' as const,
      scan_result: { open_ports: [666], services: [], response_time: 1 },
    }));
    await rig.recorder.send(late);
    await eventually(async () => expect(await rig.countOutcome('stale')).toBeGreaterThanOrEqual(stale + late.length), {
      timeoutMs: 20_000,
    });
  } finally {
    process.kill(pid, 'SIGCONT');
  }
  expect(await rig.judge()).toMatchObject(CLEAN);
  const { subTasks } = await rig.database.dump(task_id);
  expect(subTasks.filter(({ scan_result }) => scan_result?.open_ports.includes(666))).toEqual([]);
}, 90_000);

it('F8: a node dies by kill -9 with its hands full', async () => {
  const { task_id } = await rig.begin({ task_target: '127.94.0.0-127.94.15.159' });
  const held = await eventually(
    async () => {
      const found = await rig.database.findHeld(task_id, 'node-1');
      return found.length >= 100 && found;
    },
    { timeoutMs: 40_000 },
  );
  await rig.killOne('node-1', random);
  expect(await rig.judge()).toMatchObject(CLEAN);
  expect((await rig.api.getTask(task_id)).progress).toMatchObject(completed(4_000));
  const lost = (await rig.database.dump(task_id)).subTasks.filter(({ node_losses }) => node_losses > 0);
  expect(lost.length).toBeGreaterThan(held.length / 2);
  for (const { attempt, retry_count } of lost) expect({ attempt, retry_count }).toEqual({ attempt: 2, retry_count: 0 });
}, 120_000);

it('F10: poison among good messages is dead-lettered alone, each with its reason', async () => {
  const { task_id } = await rig.begin({ task_target: '127.95.0.1-127.95.3.32' }, { recorded: true });
  const sending = rig.recorder.send(rig.recorder.toUpdates(task_id, upTo(800)), { perEnvelope: 2 });
  const poisons = await sendPoison(rig.stack.describe().rabbitmq_url, task_id, rig.ledger);
  await sending;
  const report = await rig.judge();
  expect(report).toMatchObject(CLEAN);
  expect(rig.ledger.read().filter((entry) => entry.kind === 'poison' && entry.confirmed)).toHaveLength(poisons);
  expect((await rig.api.getTask(task_id)).progress).toMatchObject(completed(800));
});

it('F24: a subscriber that does not read holds up nobody, and gets the last value when it does', async () => {
  const { task_id, watch } = await rig.begin({ task_target: '127.96.0.0-127.96.3.231' });
  const { ws_url, api_key } = rig.stack.describe();
  const slow = new WebSocket(`${ws_url}/ws/tasks/${task_id}/progress`, {
    headers: { authorization: `Bearer ${api_key}` },
  });
  const frames: { status: string; seq: number }[] = [];
  slow.on('error', () => undefined).on('message', (data) => frames.push(JSON.parse(data.toString())));
  await new Promise((resolve) => slow.once('open', resolve));
  slow.pause();
  try {
    await watch.waitFor(({ status }) => status === 'COMPLETED');
    slow.resume();
    await eventually(() => expect(frames.at(-1)?.status).toBe('COMPLETED'));
    expect(frames.map(({ seq }) => seq)).toEqual([...new Set(frames.map(({ seq }) => seq))].sort((a, b) => a - b));
  } finally {
    slow.terminate();
  }
  expect(await rig.judge()).toMatchObject(CLEAN);
});

it('F26: a client that repeats its create while the API is killed has made one task', async () => {
  const { api_key } = rig.stack.describe();
  const task_initiator = `faults-${randomUUID()}`;
  const body = JSON.stringify({
    ...{ task_initiator, task_target: '127.97.0.1-20' },
    scan: { ports: '80', method: 'connect' },
  });
  const key = randomUUID();
  const headers = { authorization: `Bearer ${api_key}`, 'content-type': 'application/json', 'idempotency-key': key };
  const create = async (replica: number) => {
    const url = rig.find('task-api')[replica]!.health_url.replace('/readyz', '/api/tasks');
    const answer = await fetch(url, { method: 'POST', headers, body });
    if (!answer.ok) throw new Error(`create: ${answer.status}`);
    return ((await answer.json()) as { task_id: string }).task_id;
  };
  const torn = Promise.allSettled(upTo(10).map((i) => create(i % 2)));
  await Promise.all(rig.find('task-api').map((replica) => replica.kill()));
  const early = (await torn).flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
  const ids = [...early];
  for (const replica of [0, 1]) ids.push(await eventually(() => create(replica), { timeoutMs: 20_000 }));
  expect(new Set(ids).size).toBe(1);
  expect(await rig.database.countTasks({ task_initiator })).toBe(1);
}, 60_000);

it.each(['::/64', '0.0.0.0/0', '0177.0.0.1', '127.0.0', '127.0.0.1/33', '127.0.0.9-127.0.0.1'])(
  'F27: %s is refused, by name',
  async (task_target) => {
    const answer = await rig.api.call('POST', '/api/tasks', {
      ...{ task_initiator: 'faults', task_target },
      scan: { ports: '80', method: 'connect' },
    });
    expect([400, 403, 422]).toContain(answer.status);
    expect(JSON.stringify(answer.body)).toContain('task_target');
  },
);

it('F27: a giant target and 20,000 ranges that overlap are counted by arithmetic, exactly', async () => {
  const overlapping = upTo(20_000).map((i) => `127.98.${i % 4}.${i % 200}-${(i % 200) + 5}`);
  for (const [task_target, total] of [
    ['127.0.0.0/8', 2 ** 24],
    [overlapping.join(','), 4 * 202],
  ] as const) {
    const { task_id, progress } = await rig.api.createTask({ task_target, config: { pool: 'nowhere' } });
    expect(progress.total_targets).toBe(total);
    await rig.api.command(task_id, 'cancel');
  }
});

it('F28: cancel, pause and time-out race with completions', async () => {
  const toTarget = (i: number) => `127.99.${i}0.0-127.99.${i}3.231`;
  const [cancelled, paused, late] = await Promise.all([
    rig.begin({ task_target: toTarget(1) }),
    rig.begin({ task_target: toTarget(2) }),
    rig.begin({ task_target: toTarget(3), config: { timeout: 2, max_retries: 0 } }),
  ]);
  await cancelled.watch.waitFor(({ counts }) => counts.completed_count >= 100);
  expect((await rig.api.command(cancelled.task_id, 'cancel')).status).toBe(200);
  await paused.watch.waitFor(({ counts }) => counts.completed_count >= 100);
  expect((await rig.api.command(paused.task_id, 'pause')).status).toBe(200);
  // What had begun runs to its end; what a node has taken and not begun waits with it.
  await paused.watch.waitFor(({ counts, status }) => status === 'PAUSED' && counts.scanning_count === 0, 20_000);
  await rig.api.command(paused.task_id, 'resume');
  expect(await rig.judge()).toMatchObject(CLEAN);
  expect((await rig.api.getTask(cancelled.task_id)).status).toBe('CANCELLED');
  expect((await rig.api.getTask(late.task_id)).status).toBe('TIMEOUT');
  expect((await rig.api.getTask(paused.task_id)).progress).toMatchObject(completed(1_000));

  const { task, subTasks } = await rig.database.dump(paused.task_id);
  const pausedAt = task.status_history.find(({ status }) => status === 'PAUSED')!.timestamp.getTime();
  const resumedAt = task.resumed_time!.getTime();
  const takenAt = subTasks.map(({ status_history }) => status_history[0]!.timestamp.getTime());
  expect(takenAt.filter((at) => at > pausedAt + 1_000 && at < resumedAt)).toEqual([]);
}, 60_000);
