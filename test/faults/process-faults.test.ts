/**
 * These tests share one long file because they disturb one rig; each further file would start a rig of its own.
 */
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { DeadLetterSummary, Page, SubTask, SubTaskUpdate } from '@cyberstroll/contracts';
import { removeFolder } from '@cyberstroll/local';
import { eventually, upTo, watchProgress } from '@cyberstroll/testkit';
import { startLightStack } from '../e2e/light-stack';
import { hashOutcome } from './checker/hash-outcome';
import { startHeldFleet } from './rig/held-fleet';
import { findOutcomes, waitForOutcomes } from './rig/outcomes';
import { POISON_REASONS, sendPoison } from './rig/poison';
import { MOST_MS, type Rig, SLOW_POOL, startRig } from './rig/rig';
import { createSeededRandom, shuffle } from './rig/seeded-random';

const SEED = Number(process.env['FAULT_SEED'] ?? 1);
const random = createSeededRandom(SEED);
const dir = mkdtempSync(join(tmpdir(), 'process-faults-'));
/** While it is there, an updater dies between commit and ack at two of five envelopes. */
const CRASH_UPDATERS = join(dir, 'crash-updaters');
/** While it is there, every task-api dies between the insert of a task and its answer. */
const CRASH = join(dir, 'crash');

let rig: Rig;

beforeAll(async () => {
  console.info(`FAULT_SEED=${SEED}`);
  rig = await startRig({
    // Longer than this process may stand still on a busy machine: a test has to find the node with its hands full.
    slowNodeMs: 30_000,
    keepUpdates: true,
    start: (options) => startLightStack({ ...options, processes: ['state-updater', 'task-api'] }),
    replicas: { 'state-updater': 2, 'task-api': 2 },
    serviceEnvironment: {
      'state-updater': { FAILPOINT: `after_commit_before_ack:0.4@${CRASH_UPDATERS}` },
      'task-api': { FAILPOINT: `after_create_before_answer:1@${CRASH}` },
      // A subscriber that does not read does not answer a ping either.
      'progress-pusher': { PING_INTERVAL_MS: String(MOST_MS) },
    },
  });
}, MOST_MS);

// The test before may have ended while a process that it killed was still starting.
beforeEach(() => rig.waitUntilReady(), MOST_MS);

afterAll(async () => {
  await rig?.stop();
  await removeFolder(dir);
}, MOST_MS);

const CLEAN = { violations: [], lost: 0, double_counted: 0 };
const completed = (count: number) => ({ total_targets: count, completed_count: count });

/** Resolves with what the slow node holds of a task, once that is much. */
const waitForFullHands = (taskId: string): Promise<SubTask[]> =>
  eventually(
    async () => {
      const held = await rig.database.findHeld(taskId, 'node-1');
      if (held.length < 200) throw new Error(`node-1 holds ${held.length}`);
      return held;
    },
    { timeoutMs: 180_000 },
  );

it(
  'F1: an updater that dies between commit and ack, many times, moves no counter twice',
  async () => {
    const [total, deaths] = [400, 3];
    const { task_id, watch } = await rig.begin({ task_target: '127.89.0.1-127.89.1.144' }, { recorded: true });
    const before = rig.countKills('state-updater');
    const countDeaths = () => rig.countKills('state-updater') - before;
    let sent = 0;
    const sendNext = async (count: number, perEnvelope: number) => {
      const indexes = upTo(count).map((i) => sent + i);
      sent += count;
      // A new process takes one envelope at a time first: more of them would take minutes.
      await rig.recorder.send(rig.recorder.toUpdates(task_id, indexes), { perEnvelope });
    };
    writeFileSync(CRASH_UPDATERS, '');
    try {
      while (countDeaths() < deaths && sent < total) {
        await sendNext(20, 20);
        await watch.waitFor(({ counts }) => counts.completed_count >= sent);
      }
      // Each envelope may cost some deaths more.
      if (sent < total) await sendNext(total - sent, 80);
      const report = await rig.verify();
      expect(report).toMatchObject(CLEAN);
      expect(report.confirmed).toBe(2 * total);
      expect(countDeaths()).toBeGreaterThanOrEqual(deaths);
    } finally {
      rmSync(CRASH_UPDATERS, { force: true });
    }
  },
  MOST_MS,
);

it(
  'F2: updaters die by SIGKILL at random moments',
  async () => {
    const deaths = rig.countKills('state-updater');
    const { task_id, watch } = await rig.begin({ task_target: '127.90.0.0-127.90.4.175' });
    const recorded = await rig.begin({ task_target: '127.90.100.1-200' }, { recorded: true });
    const updates = rig.recorder.toUpdates(recorded.task_id, upTo(200));
    const sending: Promise<void>[] = [];
    for (let kill = 1; kill <= 4; kill++) {
      await watch.waitFor(({ counts }) => counts.completed_count >= kill * 200 + Math.floor(random() * 200));
      sending.push(rig.recorder.send(updates.splice(0, 100), { perEnvelope: 4 }));
      await rig.killOne('state-updater', random);
    }
    await Promise.all(sending);
    const report = await rig.verify();
    expect(report).toMatchObject(CLEAN);
    // The recording node's, and of each target of the fleet a completion at least.
    expect(report.confirmed).toBeGreaterThanOrEqual(400 + 1_200);
    expect(rig.countKills('state-updater') - deaths).toBe(4);
    expect((await rig.api.getTask(task_id)).progress).toMatchObject(completed(1_200));
    expect((await rig.api.getTask(recorded.task_id)).progress).toMatchObject(completed(200));
  },
  MOST_MS,
);

it.each([2, 5])('F4: every message is delivered %i times, and all of it again in any order', async (copies) => {
  const { task_id } = await rig.begin({ task_target: '127.91.0.1-200' }, { recorded: true });
  const updates = rig.recorder.toUpdates(task_id, upTo(200));
  const before = await rig.countOutcomes();
  await rig.recorder.send(updates, { copies });
  const report = await rig.verify();
  expect(report).toMatchObject(CLEAN);
  expect((await rig.api.getTask(task_id)).progress).toMatchObject(completed(200));
  const { applied, rejected } = await waitForOutcomes(rig, before, copies * updates.length);
  // A completion that overtakes its claim in the other updater implies it.
  expect(applied).toBeGreaterThanOrEqual(200);
  expect(applied).toBeLessThanOrEqual(400);
  expect(rejected).toBe(0);

  const done = await rig.database.dump(task_id);
  expect(done.subTasks.map(({ index, scan_result }) => scan_result!.open_ports[0]! - index)).toEqual(upTo(200).fill(1));
  const again = Array.from({ length: copies }, () => updates).flat();
  const beforeAgain = await rig.countOutcomes();
  await rig.recorder.send(shuffle(again, random), { perEnvelope: 7 });
  expect(await waitForOutcomes(rig, beforeAgain, again.length)).toMatchObject({ applied: 0, stale: 0, rejected: 0 });
  expect(hashOutcome(await rig.database.dump(task_id))).toBe(hashOutcome(done));
});

it('F5: the updates of three attempts come in any order, twice: late ones are stale, and all ends as in order', async () => {
  const config = { max_retries: 2, retry_delay: 0.1, max_retry_delay: 0.1 };
  const [inOrder, torn] = [
    await rig.begin({ task_target: '127.92.0.1-100', config }, { recorded: true }),
    await rig.begin({ task_target: '127.92.1.1-100', config }, { recorded: true }),
  ];
  const toAttempt = (taskId: string, attempt: number) =>
    rig.recorder.toUpdates(taskId, upTo(100), { attempt, end: attempt < 3 ? 'FAILED' : 'COMPLETED' });
  const before = await rig.countOutcomes();
  const known: SubTaskUpdate[] = [];
  let sent = 0;
  for (const attempt of [1, 2, 3]) {
    const updates = toAttempt(inOrder.task_id, attempt);
    known.push(...toAttempt(torn.task_id, attempt));
    // Nobody can report an attempt before it exists. One envelope, one updater: in order.
    await rig.recorder.send(updates, { perEnvelope: updates.length });
    await rig.recorder.send(shuffle([...known, ...known], random), { perEnvelope: 7 });
    sent += updates.length + 2 * known.length;
    await waitForOutcomes(rig, before, sent);
  }
  expect(await rig.verify()).toMatchObject(CLEAN);
  const { stale, rejected } = await waitForOutcomes(rig, before, sent);
  // Twice all of the first attempt during the second, and of both during the third.
  expect(stale).toBeGreaterThanOrEqual(2 * 200 + 2 * 400);
  expect(rejected).toBe(0);
  const { subTasks } = await rig.database.dump(torn.task_id);
  for (const { status, attempt, retry_count } of subTasks) {
    expect({ status, attempt, retry_count }).toEqual({ status: 'COMPLETED', attempt: 3, retry_count: 2 });
  }
  expect(await findOutcomes(rig, torn.task_id)).toEqual(await findOutcomes(rig, inOrder.task_id));
});

it(
  'F6: a stopped node wakes up when its work was given to others, and reports it done',
  async () => {
    const { task_id } = await rig.begin({ task_target: '127.93.0.0-127.93.3.231', config: { pool: SLOW_POOL } });
    const { pid } = rig.find('node-1')[0]!.identity!;
    // Held the moment before: an attempt that is lost to the node keeps no lease.
    const leases = new Map<string, SubTask>();
    for (const one of await waitForFullHands(task_id)) leases.set(one.subtask_id, one);
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
        { timeoutMs: 180_000, intervalMs: 1_000 },
      );
      // What the node itself is too careful to say once it wakes, under its very leases.
      const { stale } = await rig.countOutcomes();
      const late = lost.map(({ subtask_id }) => ({
        task_id,
        subtask_id,
        attempt: leases.get(subtask_id)!.attempt,
        lease_id: leases.get(subtask_id)!.lease_id!,
        status: 'COMPLETED' as const,
        scan_result: { open_ports: [666], services: [], response_time: 1 },
      }));
      await rig.recorder.send(late);
      await eventually(
        async () => expect((await rig.countOutcomes()).stale).toBeGreaterThanOrEqual(stale + late.length),
        { timeoutMs: 180_000 },
      );
    } finally {
      process.kill(pid, 'SIGCONT');
    }
    expect(await rig.verify()).toMatchObject(CLEAN);
    const { subTasks } = await rig.database.dump(task_id);
    expect(subTasks.filter(({ scan_result }) => scan_result?.open_ports.includes(666))).toEqual([]);
  },
  MOST_MS,
);

it('F6: two nodes hold the same attempt: the lease that came first counts', async () => {
  const { task_id } = await rig.begin({ task_target: '127.93.8.1-100' }, { recorded: true });
  const [claims, ends] = [0, 1].map((part) => (_: SubTaskUpdate, i: number) => i % 2 === part);
  const before = await rig.countOutcomes();
  const updates = rig.recorder.toUpdates(task_id, upTo(100));
  await rig.recorder.send(updates.filter(claims!));
  await waitForOutcomes(rig, before, 100);
  await rig.recorder.send(rig.recorder.toUpdates(task_id, upTo(100), { end: 'FAILED' }));
  expect(await waitForOutcomes(rig, before, 300)).toMatchObject({ applied: 100, stale: 200, rejected: 0 });
  await rig.recorder.send(updates.filter(ends!));
  expect(await rig.verify()).toMatchObject(CLEAN);
  expect((await rig.api.getTask(task_id)).progress).toMatchObject(completed(100));
});

it(
  'F8: a node dies by kill -9 with its hands full',
  async () => {
    const { task_id } = await rig.begin({ task_target: '127.94.0.0-127.94.3.231', config: { pool: SLOW_POOL } });
    const held = await waitForFullHands(task_id);
    await rig.killOne('node-1', random);
    expect(await rig.verify()).toMatchObject(CLEAN);
    expect((await rig.api.getTask(task_id)).progress).toMatchObject(completed(1_000));
    const { subTasks } = await rig.database.dump(task_id);
    const lost = subTasks.filter(({ node_losses }) => node_losses > 0);
    expect(lost.length).toBeGreaterThan(held.length / 2);
    for (const { attempt, retry_count, status_history } of lost) {
      expect({ attempt, retry_count }).toEqual({ attempt: 2, retry_count: 0 });
      const steps = status_history.filter(({ status }) => status === 'FAILED' || status === 'RETRYING');
      expect(steps.map(({ status }) => status)).toEqual(['FAILED', 'RETRYING']);
    }
    // What it held was lost, unless it had reported its end just before.
    const known = new Map(subTasks.map((subTask) => [subTask.subtask_id, subTask]));
    for (const { subtask_id, lease_id } of held) {
      const now = known.get(subtask_id)!;
      expect(now.node_losses === 1 || (now.lease_id === lease_id && now.status === 'COMPLETED')).toBe(true);
    }
  },
  MOST_MS,
);

it('F10: poison among good messages is dead-lettered alone, each with its reason', async () => {
  const { task_id } = await rig.begin({ task_target: '127.95.0.1-127.95.1.144' }, { recorded: true });
  const updates = rig.recorder.toUpdates(task_id, upTo(400));
  const [outside] = rig.recorder.toUpdates(task_id, [999]);
  rig.ledger.write({ kind: 'forgery', marker: outside!.lease_id! });
  // One that nobody can apply in an envelope of good ones.
  const sending = Promise.all([
    rig.recorder.send(updates.slice(0, 790), { perEnvelope: 2 }),
    rig.recorder.send([...updates.slice(790, 795), outside!, ...updates.slice(795)], { perEnvelope: 11 }),
  ]);
  const markers = await sendPoison(rig.stack.describe().rabbitmq_url, task_id, rig.ledger);
  await sending;
  const report = await rig.verify();
  expect(report).toMatchObject(CLEAN);
  expect((await rig.api.getTask(task_id)).progress).toMatchObject(completed(400));
  const reasons = await eventually(async () => {
    const { items } = await rig.api.get<Page<DeadLetterSummary>>('/api/dead-letters?limit=100');
    expect(items.length).toBe(Object.keys(POISON_REASONS).length + 1);
    return items.map(({ reason }) => reason);
  });
  expect(markers).toHaveLength(Object.keys(POISON_REASONS).length);
  expect(reasons.sort()).toEqual([...Object.values(POISON_REASONS), 'outside_target_set'].sort());
});

it('F24: a subscriber that does not read holds up nobody, and gets the last value when it does', async () => {
  const { task_id, watch } = await rig.begin({ task_target: '127.96.0.0-127.96.1.143' });
  const { ws_url, api_key } = rig.stack.describe();
  const slow = await watchProgress(ws_url, task_id, { key: api_key });
  slow.socket.pause();
  const read = slow.frames.length;
  try {
    // The others get their frames as ever meanwhile, to the end.
    await watch.waitFor(({ status }) => status === 'COMPLETED');
    expect(slow.frames).toHaveLength(read);
    slow.socket.resume();
    await slow.waitFor(({ status }) => status === 'COMPLETED');
    const seqs = slow.updates.map(({ seq }) => seq);
    expect(seqs).toEqual([...new Set(seqs)].sort((a, b) => a - b));
  } finally {
    slow.close();
  }
  expect(await rig.verify()).toMatchObject(CLEAN);
});

it(
  'F26: a client that repeats its create while the API is killed has made one task',
  async () => {
    const { api_key } = rig.stack.describe();
    const task_initiator = `faults-${randomUUID()}`;
    const body = JSON.stringify({
      task_initiator,
      task_target: '127.97.0.1-20',
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
    writeFileSync(CRASH, '');
    const deaths = rig.countKills('task-api');
    // The task is there, and no client has got an answer.
    await expect(create(0)).rejects.toThrow('fetch failed');
    await eventually(() => expect(rig.countKills('task-api') - deaths).toBe(1));
    expect(await rig.database.countTasks({ task_initiator })).toBe(1);
    rmSync(CRASH);
    const torn = Promise.allSettled(upTo(10).map((i) => create(i % 2)));
    await Promise.all(rig.find('task-api').map((replica) => replica.kill()));
    const early = (await torn).flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
    const ids = [...early];
    for (const replica of [0, 1]) ids.push(await eventually(() => create(replica), { timeoutMs: 180_000 }));
    expect(new Set(ids).size).toBe(1);
    expect(await rig.database.countTasks({ task_initiator })).toBe(1);
  },
  MOST_MS,
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

it(
  'F28: cancel, pause and time-out race with completions, two thousand under way',
  async () => {
    const CAPACITY = 1_100;
    const fleet = await startHeldFleet(rig.stack.describe().rabbitmq_url, {
      'held-1': { pool: 'cancelled', capacity: CAPACITY },
      'held-2': { pool: 'paused', capacity: CAPACITY },
      'held-3': { pool: 'late', capacity: 300 },
    });
    try {
      // One scan that shows what the node has received: it ends when the node learns that its task does.
      const canary = await rig.begin({ task_target: '127.99.48.1', config: { pool: 'paused' } });
      await eventually(() => expect(fleet.find(canary.task_id)).toHaveLength(1));
      // More than there is room for, so that none is over before its command comes.
      const [cancelled, paused] = await Promise.all([
        rig.begin({ task_target: '127.99.0.0-127.99.7.7', config: { pool: 'cancelled' } }),
        rig.begin({ task_target: '127.99.16.0-127.99.23.7', config: { pool: 'paused' } }),
      ]);
      await eventually(
        async () => {
          const read = [cancelled, paused].map(({ task_id }) => rig.api.getTask(task_id));
          const scanning = (await Promise.all(read)).map(({ progress }) => progress.scanning_count);
          expect(scanning).toEqual([CAPACITY, CAPACITY - 1]);
        },
        { timeoutMs: 180_000 },
      );
      const timeoutS = 2;
      const late = await rig.begin({
        task_target: '127.99.32.0-127.99.34.87',
        config: { pool: 'late', timeout: timeoutS, max_retries: 0 },
      });
      const started = await eventually(async () => (await rig.database.findTask(late.task_id)).started_time ?? null);

      // The first have come to their end, and all the others are under way: now everything at once.
      for (const { task_id } of [cancelled, paused]) for (const held of fleet.find(task_id).slice(0, 50)) held.finish();
      await Promise.all(
        [cancelled, paused].map(({ watch }) => watch.waitFor(({ counts }) => counts.completed_count > 0)),
      );
      await eventually(() => Date.now() >= started.getTime() + timeoutS * 1_000);
      // On a busy machine a node of this process may have been silent: it has its work again then.
      await eventually(() => expect(fleet.find().length).toBeGreaterThanOrEqual(2_000), { timeoutMs: 180_000 });
      const ofPaused = fleet.find(paused.task_id).slice(0, 300);
      const racing = shuffle([...fleet.find(cancelled.task_id), ...ofPaused, ...fleet.find(late.task_id)], random);
      const end = async () => {
        while (racing.length > 0) {
          for (const held of racing.splice(0, 50)) held.finish();
          await delay(5);
        }
      };
      const [, ...answers] = await Promise.all([
        end(),
        rig.api.command(cancelled.task_id, 'cancel'),
        rig.api.command(paused.task_id, 'pause'),
      ]);
      expect(answers.map(({ status }) => status)).toEqual([200, 200]);
      // Sent after the pause by the same process: who hears of this end knows of the pause.
      expect((await rig.api.command(canary.task_id, 'cancel')).status).toBe(200);
      await eventually(() => expect(fleet.find(canary.task_id)).toEqual([]));

      // What had begun runs to its end, and makes room for what the node has taken and not begun, and for more.
      const begun = fleet.countStarted(paused.task_id);
      for (const held of fleet.find(paused.task_id)) held.finish();
      await paused.watch.waitFor(({ counts, status }) => status === 'PAUSED' && counts.scanning_count === 0);
      // A later job of the same queue is done: the node takes what comes.
      const other = await rig.begin({ task_target: '127.99.49.1', config: { pool: 'paused' } });
      fleet.open(other.task_id);
      await other.watch.waitFor(({ status }) => status === 'COMPLETED');
      expect(fleet.countStarted(paused.task_id)).toBe(begun);
      expect((await rig.api.getTask(paused.task_id)).progress.pending_count).toBeGreaterThan(0);
      fleet.open(paused.task_id);
      await rig.api.command(paused.task_id, 'resume');

      expect(await rig.verify()).toMatchObject(CLEAN);
      const ends = await Promise.all([cancelled, paused, late].map(({ task_id }) => rig.api.getTask(task_id)));
      expect(ends.map(({ status }) => status)).toEqual(['CANCELLED', 'COMPLETED', 'TIMEOUT']);
      expect(ends[1]!.progress).toMatchObject(completed(1_800));
    } finally {
      await fleet.stop();
    }
  },
  MOST_MS,
);
