import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { QUEUES } from '@cyberstroll/contracts';
import type { ServiceProcess } from '@cyberstroll/local';
import { eventually } from '@cyberstroll/testkit';
import { check } from './checker/check';
import { type DeliveryTrace, traceDeliveries } from './rig/delivery-trace';
import { type Rig, startRig } from './rig/rig';

let rig: Rig;
/**
 * Not of the jobs: those that a node holds and has not claimed go back to their queue when it stops, and cost nothing.
 */
let trace: DeliveryTrace;

beforeAll(async () => {
  // Some 400 addresses a second: a task outlasts the restarts.
  rig = await startRig({ scanMs: 300 });
  const { managementUrl, stack } = rig;
  const queues = Object.values(QUEUES).map(({ name }) => name);
  trace = await traceDeliveries({ url: stack.describe().rabbitmq_url, managementUrl }, queues);
}, 120_000);

afterAll(async () => {
  await trace?.stop();
  await rig?.stop();
}, 60_000);

/** From SIGTERM to the end of the process. */
const DRAINED_MS = 10_000;

/**
 * Ends a process by SIGTERM and waits for the next one to be ready; resolves with the milliseconds that it took to end.
 */
async function restart(service: ServiceProcess): Promise<number> {
  const { pid } = service.identity!;
  const begun = performance.now();
  process.kill(pid, 'SIGTERM');
  await eventually(() => expect(service.identity?.pid).not.toBe(pid), { timeoutMs: DRAINED_MS + 5_000 });
  const tookMs = performance.now() - begun;
  await eventually(() => expect(service.identity).toBeDefined());
  await service.waitUntilReady(20_000);
  return tookMs;
}

it('F29: SIGTERM to every process in turn: drained in time, exit 0, nothing redelivered, and every target counts once', async () => {
  const { services } = rig.stack;
  const fleet = await rig.begin({ task_target: '127.83.0.0-127.83.11.183' }, { followed: true });
  const recorded = await rig.begin({ task_target: '127.84.0.0-127.84.1.243' }, { recorded: true });
  const updates = rig.recorder.toUpdates(
    recorded.task_id,
    Array.from({ length: 500 }, (_, i) => i),
  );
  const sending: Promise<void>[] = [];
  await fleet.watch.waitFor(({ counts }) => counts.completed_count >= 200);

  // One replica of each service at a time, and half of the fleet.
  const tookMs: number[] = [];
  const lines: string[] = [];
  for (const round of [0, 1]) {
    const chosen = services.filter(({ name }, i) => {
      const replica = services.slice(0, i).filter((other) => other.name === name).length;
      return name.startsWith('node-') ? Number(name.slice(5)) % 2 === round : replica === round;
    });
    // Its updater has its hands full.
    sending.push(rig.recorder.send(updates.splice(0, 500), { perEnvelope: 1 }));
    const took = await Promise.all(chosen.map(restart));
    tookMs.push(...took);
    lines.push(...chosen.map(({ instance }, i) => `${instance.padEnd(22)} ${(took[i]! / 1_000).toFixed(1)} s`));
  }
  expect(tookMs).toHaveLength(services.length);
  expect(Math.max(...tookMs)).toBeLessThan(DRAINED_MS);

  await Promise.all(sending);
  const evidence = await rig.collect(60_000);
  expect(check(evidence)).toMatchObject({ violations: [], lost: 0, double_counted: 0 });
  const deliveries = trace.count();
  for (const [queue, { repeated }] of Object.entries(deliveries))
    expect({ queue, repeated }).toEqual({ queue, repeated: 0 });
  for (const { name } of [QUEUES.stateUpdates, QUEUES.heartbeats])
    expect(deliveries[name]!.messages).toBeGreaterThan(100);
  // One who connects again, to the other pusher, saw no step back, and the end.
  expect(evidence.openConnections).toContainEqual(expect.stringContaining(`${fleet.task_id}#`));
  // What a node hands back costs no attempt, and none is taken for lost.
  const { subTasks } = await rig.database.dump(fleet.task_id);
  expect(subTasks.filter(({ node_losses, retry_count }) => node_losses > 0 || retry_count > 0)).toEqual([]);
  expect((await rig.api.getTask(fleet.task_id)).progress).toMatchObject({
    total_targets: 3_000,
    completed_count: 3_000,
  });
  expect((await rig.api.getTask(recorded.task_id)).progress).toMatchObject({ completed_count: 500 });
  const log = readFileSync(join(rig.dir, '.local/logs/supervisor.log'), 'utf8');
  for (const { instance } of services) expect(log).toContain(`${instance} ended (exit code 0)`);
  expect(log).not.toMatch(/ended \((?!exit code 0)/);
  console.info(`from SIGTERM to the end, each with exit code 0:\n${lines.sort().join('\n')}`);
}, 120_000);
