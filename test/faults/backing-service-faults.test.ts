/**
 * What is done to RabbitMQ, and then the deaths of RabbitMQ, MongoDB and Redis: one long file, because all of it needs
 * a rig with engines of its own. By the time that RabbitMQ dies, its queues are old: 3.10 forgets a queue that it has
 * not yet written down, for which it has a second.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import {
  type DeadLetterOutcome,
  type DeadLetterRecord,
  type DeadLetterSummary,
  EXCHANGES,
  type Page,
  QUEUES,
  type SubTaskUpdate,
  type UpdateEnvelope,
} from '@cyberstroll/contracts';
import type { Engine } from '@cyberstroll/local';
import { removeFolder } from '@cyberstroll/local';
import { callManagement, eventually, upTo } from '@cyberstroll/testkit';
import { Redis } from 'ioredis';
import { check } from './checker/check';
import { createRecordingNode } from './rig/recording-node';
import { HEARTBEAT_TIMEOUT_MS, MOST_MS, type Rig, startRig } from './rig/rig';

const dir = mkdtempSync(join(tmpdir(), 'backing-service-faults-'));
/** While it is there, every updater dies before it commits. */
const CRASH = join(dir, 'crash');

let rig: Rig;

beforeAll(async () => {
  rig = await startRig({
    ownEngines: true,
    // Slow enough that a task is in its midst when something happens to it.
    scanMs: 300,
    nodeEnvironment: { CAPACITY: '16' },
    serviceEnvironment: {
      'state-updater': { FAILPOINT: `before_commit:1@${CRASH}`, PREFETCH: String(PREFETCH) },
      'heartbeat-monitor': { ZOMBIE_GRACE_MS: '15000' },
      'retry-scheduler': { RESEND_AFTER_MS: '3000' },
    },
  });
}, MOST_MS);

afterAll(async () => {
  await rig?.stop();
  await removeFolder(dir);
}, MOST_MS);

// The crash loop of F11 leaves an updater that waits for its restart: it has no process, so no pid to compare.
beforeEach(() => rig.waitUntilReady(), MOST_MS);

const PREFETCH = 64;
const MAX_RSS_MB = 300;
const CLEAN = { violations: [], lost: 0, double_counted: 0 };
const completed = (count: number) => ({ total_targets: count, completed_count: count });

const manage = (method: 'GET' | 'PUT' | 'DELETE', path: string, body?: unknown) =>
  callManagement(rig.stack.engines!.rabbitmq_management_url, method, path, body);
const control = (...args: string[]) => rig.stack.engines!.rabbitmq.control(args);
const pidsOf = () => rig.stack.services.map(({ instance, identity }) => [instance, identity?.pid]);
const readLocal = (file: string) => readFileSync(join(rig.dir, '.local', file), 'utf8');
const findDeadLetters = async (query: string) =>
  (await rig.api.get<Page<DeadLetterSummary>>(`/api/dead-letters?${query}`)).items;
const replay = (filter: object) =>
  rig.api.call<DeadLetterOutcome & { replayed: number }>('POST', '/api/dead-letters/replay', { filter });

/** The most memory that the processes of a service have ever had, in MB, of the largest. */
function peakRssMb(name: string): number {
  const peaks = rig.find(name).map(({ identity }) => {
    const status = readFileSync(`/proc/${identity!.pid}/status`, 'utf8');
    return Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1]) / 1024;
  });
  return Math.max(...peaks);
}

it(
  'F11: a crash loop meets the delivery limit: each confirmed update is applied or a dead letter, and a replay applies the rest',
  async () => {
    // Twenty rounds of two processes are a minute; three show the same.
    const limit = 2;
    await manage('PUT', '/api/policies/%2F/soon', {
      pattern: `^${QUEUES.stateUpdates.name}$`,
      definition: { 'delivery-limit': limit },
      'apply-to': 'queues',
    });
    try {
      const { task_id, watch } = await rig.begin({ task_target: '127.100.0.1-127.100.1.44' }, { recorded: true });
      const updates = rig.recorder.toUpdates(task_id, upTo(300));
      const isApplied = (count: number) => watch.waitFor(({ counts }) => counts.completed_count >= count);
      await rig.recorder.send(updates.slice(0, 200));
      await isApplied(100);

      writeFileSync(CRASH, '');
      // What this crash loop gives up is meant to be dead-lettered.
      rig.ledger.write({ kind: 'forgery', marker: `"node_id":"${rig.recorder.node_id}"` });
      // Envelopes of 500 KB: results of a scan as large as they come. Few, since each crash costs one of them one
      // delivery.
      await rig.recorder.send(updates.slice(200, 400).map(addResult), { perEnvelope: 100 });
      await eventually(async () => expect(await findDeadLetters('reason=delivery_limit')).toHaveLength(2), {
        timeoutMs: 300_000,
        intervalMs: 200,
      });
      rmSync(CRASH);
      await rig.recorder.send(updates.slice(400));
      await isApplied(200);

      const deadLetters = await findDeadLetters('reason=delivery_limit');
      const wholes = await Promise.all(
        deadLetters.map(({ dead_letter_id }) => rig.api.get<DeadLetterRecord>(`/api/dead-letters/${dead_letter_id}`)),
      );
      expect(Math.min(...wholes.map(({ content_bytes }) => content_bytes))).toBeGreaterThan(64 * 1024);
      const dead = wholes.flatMap(({ content }) => (JSON.parse(content) as UpdateEnvelope).updates);
      const { subTasks } = await rig.database.dump(task_id);
      const leases = [...dead.map(({ lease_id }) => lease_id), ...subTasks.map(({ lease_id }) => lease_id)];
      expect(new Set(leases)).toEqual(new Set(updates.map(({ lease_id }) => lease_id)));
      expect([dead.length, subTasks.length]).toEqual([200, 200]);

      expect((await replay({ reason: 'delivery_limit' })).body).toMatchObject({ replayed: 2, skipped: [] });
      const report = await rig.verify();
      // Those that were replayed were confirmed a second time, to the API.
      expect(report).toMatchObject({ ...CLEAN, confirmed: 600 + 200 });
      expect((await rig.api.getTask(task_id)).progress).toMatchObject(completed(300));
    } finally {
      rmSync(CRASH, { force: true });
      await manage('DELETE', '/api/policies/%2F/soon');
    }
  },
  MOST_MS,
);

const addResult = (update: SubTaskUpdate): SubTaskUpdate =>
  update.status !== 'COMPLETED'
    ? update
    : {
        ...update,
        scan_result: {
          open_ports: upTo(20).map((i) => i + 1),
          services: upTo(20).map((i) => `${i + 1}/tcp ${'x'.repeat(500)}`),
          response_time: 1,
        },
      };

it(
  'F13: channels and connections closed by force, an exchange deleted: what was confirmed is counted once',
  async () => {
    const pids = pidsOf();
    const fleet = await rig.begin({ task_target: '127.101.0.0-127.101.2.87' });
    const recorded = await rig.begin({ task_target: '127.102.0.1-250' }, { recorded: true });
    const updates = rig.recorder.toUpdates(recorded.task_id, upTo(250));
    let sent = 0;
    let seen = 0;
    const sendMore = async () => {
      seen += 100;
      await rig.recorder.send(updates.slice(sent, sent + 100), { perEnvelope: 4 });
      sent += 100;
      await fleet.watch.waitFor(({ counts }) => counts.completed_count >= seen);
    };
    await sendMore();
    // A tag that nobody was given: the broker closes each channel with PRECONDITION_FAILED, as after a stale ack.
    const provoked = await control(
      'eval',
      "[gen_server2:cast(P, {method, {'basic.ack', 999999999, false}, none, noflow}) || P <- rabbit_channel:list()].",
    );
    const channels = provoked.split('ok').length - 1;
    expect(channels).toBeGreaterThan(rig.stack.services.length);
    await eventually(() => expect(countStaleAcks()).toBe(channels));
    await sendMore();
    await manage('DELETE', `/api/exchanges/%2F/${EXCHANGES.state.name}`);
    await sendMore();
    for (const { name } of (await manage('GET', '/api/connections')) as { name: string }[]) {
      await manage('DELETE', `/api/connections/${encodeURIComponent(name)}`);
    }
    await sendMore();
    await sendMore();
    await rig.waitUntilReady();

    expect(await rig.verify()).toMatchObject({ ...CLEAN, confirmed: expect.any(Number) });
    expect((await rig.api.getTask(fleet.task_id)).progress).toMatchObject(completed(600));
    expect((await rig.api.getTask(recorded.task_id)).progress).toMatchObject(completed(250));
    expect(pidsOf()).toEqual(pids);
    // Nobody acked on a new channel what an old one had delivered.
    expect(countStaleAcks()).toBe(channels);
  },
  MOST_MS,
);

const countStaleAcks = () =>
  readLocal('engines/rabbitmq/log/rabbitmq-node.log').split('unknown delivery tag').length - 1;

it(
  'F13: the queue of updates deleted with what is in it: what was lost is scanned again, and the task ends exactly',
  async () => {
    const pids = pidsOf();
    const { task_id, watch } = await rig.begin({ task_target: '127.103.0.0-127.103.2.87' });
    for (const seen of [150, 350]) {
      await watch.waitFor(({ counts }) => counts.completed_count >= seen);
      // Updates in the queue, in the updaters' hands, and on their way.
      await manage('DELETE', `/api/queues/%2F/${QUEUES.stateUpdates.name}`);
    }
    expect(await rig.verify()).toMatchObject(CLEAN);
    expect((await rig.api.getTask(task_id)).progress).toMatchObject(completed(600));
    expect(pidsOf()).toEqual(pids);
  },
  MOST_MS,
);

it(
  'F14: while the broker has an alarm publishers are bounded and the API says 503; afterwards all drains',
  async () => {
    // Enough that it is in its midst when the alarm comes, seconds after it is asked for.
    const fleet = await rig.begin({ task_target: '127.104.0.0-127.104.5.219' });
    const recorded = await rig.begin({ task_target: '127.105.0.1-200' }, { recorded: true });
    const updates = rig.recorder.toUpdates(recorded.task_id, upTo(200));
    const maxOutbox = 50;
    const bounded = await createRecordingNode(rig.stack.describe().rabbitmq_url, 'bounded', { maxOutbox });
    let isAlarmed = false;
    const endAlarm = async () => {
      await control('set_vm_memory_high_watermark', 'absolute', '1GB');
      isAlarmed = false;
    };
    const replayOne = () => replay({ reason: 'outside_target_set' });
    try {
      rig.ledger.write({ kind: 'forgery', marker: `${recorded.task_id}-999` });
      await rig.recorder.send(rig.recorder.toUpdates(recorded.task_id, [999]));
      await eventually(async () => expect(await findDeadLetters('reason=outside_target_set')).toHaveLength(2));
      await fleet.watch.waitFor(({ counts }) => counts.completed_count >= 100);
      isAlarmed = true;
      await control('set_vm_memory_high_watermark', 'absolute', '1MB');
      await eventually(() => expect(manage('GET', '/api/health/checks/alarms')).rejects.toThrow(/memory/));
      await expect(bounded.send(updates, { perEnvelope: 1 })).rejects.toMatchObject({ code: 'outbox_full' });
      expect(bounded.publisher.pending()).toBe(maxOutbox);

      const refused = await replayOne();
      expect(refused.status).toBe(503);
      expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
      // While the alarm still stands.
      expect((await replayOne()).status).toBe(503);
      expect((await rig.api.call('GET', `/api/tasks/${fleet.task_id}`)).status).toBe(200);
      // The whole fleet is silent meanwhile: it cannot say that it lives.
      await delay(1.2 * HEARTBEAT_TIMEOUT_MS);
      await endAlarm();
      await eventually(() => expect(bounded.publisher.pending()).toBe(0));
      await bounded.send(updates, { perEnvelope: 20 });
    } finally {
      if (isAlarmed) await endAlarm();
      await bounded.stop();
    }
    await rig.waitUntilReady();
    // The two, and what of the refused calls came through all the same, to be refused by the updaters once more.
    expect((await replayOne()).body.replayed).toBeGreaterThanOrEqual(2);
    expect(await rig.verify()).toMatchObject(CLEAN);
    expect((await rig.api.getTask(fleet.task_id)).progress).toMatchObject(completed(1_500));
    expect((await rig.api.getTask(recorded.task_id)).progress).toMatchObject(completed(200));
    for (const { name } of rig.stack.services) expect(peakRssMb(name)).toBeLessThan(MAX_RSS_MB);
  },
  MOST_MS,
);

/** Their two connections each, by the broker's name for each: another one has another. */
async function findUpdaterConnections(): Promise<string[]> {
  const all = (await manage('GET', '/api/connections')) as {
    name: string;
    client_properties?: { connection_name?: string };
  }[];
  return all
    .filter(({ client_properties }) => client_properties?.connection_name?.startsWith('state-updater-'))
    .map(({ name }) => name)
    .sort();
}

/**
 * Has RabbitMQ look 20 times a second, until it ends, at how many messages a channel with the updaters' prefetch holds
 * unacked. It asks the channels themselves: what the management API says of them is seconds old. After a careful start
 * the prefetch that a channel reports is one less.
 */
const watchUnacked = () =>
  control(
    'eval',
    `Held = fun(P) -> try rabbit_channel:info(P, [prefetch_count, messages_unacknowledged]) of
         [{_, Most}, {_, N}] when Most =:= ${PREFETCH}; Most =:= ${PREFETCH - 1} -> N; _ -> 0 catch _:_ -> 0 end end,
       Look = fun Look(Most) ->
         Now = lists:max([Most | [Held(P) || P <- rabbit_channel:list()]]),
         persistent_term:put(most_unacked, Now), timer:sleep(50), Look(Now) end,
       spawn(fun() -> Look(0) end).`,
  );

const readMostUnacked = async () => Number(await control('eval', 'persistent_term:get(most_unacked).'));

it(
  'F16: a backlog of 8,000 updates before the updaters start: bounded, no connection lost, all applied',
  async () => {
    const updaters = rig.find('state-updater');
    await Promise.all(updaters.map((updater) => updater.stop(60_000)));
    const { task_id, watch } = await rig.begin({ task_target: '127.106.0.0-127.106.15.159' }, { recorded: true });
    await rig.recorder.send(rig.recorder.toUpdates(task_id, upTo(4_000)), { perEnvelope: 40 });
    await watchUnacked();
    for (const updater of updaters) updater.start();
    const connections = await eventually(
      async () => {
        const found = await findUpdaterConnections();
        expect(found).toHaveLength(2 * updaters.length);
        return found;
      },
      { timeoutMs: 180_000, intervalMs: 200 },
    );
    await watch.waitFor(({ status }) => status === 'COMPLETED', 600_000);
    const rss = peakRssMb('state-updater');
    expect(await rig.verify()).toMatchObject({ ...CLEAN, confirmed: 8_000 });
    expect((await rig.api.getTask(task_id)).progress).toMatchObject(completed(4_000));
    expect(rss).toBeLessThan(MAX_RSS_MB);
    const mostUnacked = await readMostUnacked();
    expect(mostUnacked).toBeGreaterThan(0);
    expect(mostUnacked).toBeLessThanOrEqual(PREFETCH);
    expect(await findUpdaterConnections()).toEqual(connections);
  },
  MOST_MS,
);

/** Resolves when a service that depends on the engine says that it lacks it. */
const isMissed = (name: Engine['name']) =>
  eventually(async () => {
    const [service] = rig.find(name === 'redis' ? 'progress-pusher' : 'state-updater');
    const { status } = (await (await fetch(service!.health_url)).json()) as { status: string };
    expect(status).toBe(name === 'redis' ? 'degraded' : 'unavailable');
  });

/**
 * Breaks the system in the midst of two tasks, the fleet's and the recording node's, and has all verified. The engine
 * is back when `breakIt` resolves. The same processes continue.
 */
async function breakInMidTask(network: string, breakIt: () => Promise<void>) {
  const pids = pidsOf();
  const fleet = await rig.begin({ task_target: `${network}.0.0-${network}.2.87` }, { followed: true });
  const recorded = await rig.begin({ task_target: `${network}.100.1-250` }, { recorded: true });
  await fleet.watch.waitFor(({ counts }) => counts.completed_count >= 100);
  const updates = rig.recorder.toUpdates(recorded.task_id, upTo(250));
  await rig.recorder.send(updates.slice(0, 100), { perEnvelope: 4 });
  const sending = rig.recorder.send(updates.slice(100), { perEnvelope: 4 });
  await breakIt();
  await rig.waitUntilReady();
  expect(pidsOf()).toEqual(pids);
  await sending;
  const evidence = await rig.collect();
  expect(check(evidence)).toMatchObject(CLEAN);
  // A subscriber that connects again after a cut has got the end.
  expect(evidence.openConnections).toContainEqual(expect.stringContaining(`${fleet.task_id}#`));
  const { progress } = await rig.api.getTask(fleet.task_id);
  expect(progress).toMatchObject(completed(600));
}

async function killAndRestart(name: Engine['name']) {
  const engine: Engine = rig.stack.engines![name];
  await engine.kill();
  await isMissed(name);
  await engine.restart();
}

it(
  'F12: RabbitMQ dies by kill -9 and comes back: what it confirmed is counted once',
  () => breakInMidTask('127.80', () => killAndRestart('rabbitmq')),
  MOST_MS,
);

it(
  'F17: MongoDB dies by kill -9 and comes back: no acked update is missing',
  () => breakInMidTask('127.81', () => killAndRestart('mongodb')),
  MOST_MS,
);

it(
  'F22: Redis dies by kill -9, comes back empty, and is flushed: no update fails, pushes continue with a snapshot',
  () =>
    breakInMidTask('127.82', async () => {
      const { task_id, watch } = await rig.begin({ task_target: '127.82.200.1-150' }, { recorded: true });
      const updates = rig.recorder.toUpdates(task_id, upTo(150));
      const isShown = (count: number) => watch.waitFor(({ counts }) => counts.completed_count >= count);
      await rig.recorder.send(updates.slice(0, 100));
      await isShown(50);
      const engine: Engine = rig.stack.engines!.redis;
      await engine.kill();
      expect((await rig.api.call('GET', `/api/tasks/${task_id}`)).status).toBe(200);
      await rig.recorder.send(updates.slice(100, 200));
      await eventually(async () => expect(await rig.database.countClosed([task_id])).toBe(100));
      // From the store, once a second.
      await isShown(100);
      expect((await rig.api.getTask(task_id)).status).toBe('RUNNING');
      await isMissed('redis');
      await engine.restart();
      const redis = new Redis(rig.stack.describe().redis_url);
      await redis.flushall();
      redis.disconnect();
      await rig.recorder.send(updates.slice(200));
      await isShown(150);
    }),
  MOST_MS,
);

it(
  'RabbitMQ, MongoDB and Redis die by kill -9 at once, and are back though nobody starts them by hand',
  () =>
    breakInMidTask('127.83', async () => {
      const engines = rig.stack.engines!.all;
      const before = engines.map(({ pid, url }) => ({ pid, url }));
      for (const { pid } of before) process.kill(pid!, 'SIGKILL');
      await eventually(() => {
        const recorded = JSON.parse(readLocal('pids.json')).processes;
        for (const [i, { pid }] of engines.entries()) {
          expect([undefined, before[i]!.pid]).not.toContain(pid);
          expect(recorded).toContainEqual(expect.objectContaining({ name: 'engine', pid }));
        }
      });
      expect(engines.map(({ url }) => url)).toEqual(before.map(({ url }) => url));
    }),
  MOST_MS,
);

/** The last one: it leaves nothing that runs. */
it(
  'every service ends after SIGTERM without SIGKILL, by its deadline of 15 s at the latest, with every engine gone',
  async () => {
    const { stack } = rig;
    const { watch } = await rig.begin({ task_target: '127.84.0.0-127.84.2.87' });
    await watch.waitFor(({ counts }) => counts.completed_count >= 100);
    await Promise.all(stack.engines!.all.map((engine) => engine.kill()));
    // Updaters have been stopped before.
    const logs = stack.services.map(({ instance }) => ({ instance, begin: readLocal(`logs/${instance}.log`).length }));
    await Promise.all(stack.services.map((service) => service.stop(120_000)));
    const story = readLocal('logs/supervisor.log');
    expect(story.split('\n').filter((line) => line.includes('did not stop'))).toEqual([]);
    for (const { instance, begin } of logs) {
      const log = readLocal(`logs/${instance}.log`).slice(begin);
      expect([instance, log]).toEqual([instance, expect.stringMatching(/"msg":"stopped"|"deadline_ms":15000\D/)]);
    }
  },
  MOST_MS,
);
