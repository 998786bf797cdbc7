import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { QUEUES } from '@cyberstroll/contracts';
import type { ServiceProcess } from '@cyberstroll/local';
import { eventually, upTo } from '@cyberstroll/testkit';
import { check } from './checker/check';
import { type DeliveryTrace, traceDeliveries } from './rig/delivery-trace';
import { MOST_MS, PAIRS, type Rig, startRig } from './rig/rig';

let rig: Rig;
/**
 * Not of the jobs: those that a node holds and has not claimed go back to their queue when it stops, and cost nothing.
 */
let trace: DeliveryTrace;

beforeAll(async () => {
  // Some 400 addresses a second: a task is under way when its processes stop.
  rig = await startRig({ replicas: PAIRS, nodes: 2, scanMs: 150 });
  const { managementUrl, stack } = rig;
  const queues = Object.values(QUEUES).map(({ name }) => name);
  trace = await traceDeliveries({ url: stack.describe().rabbitmq_url, managementUrl }, queues);
}, MOST_MS);

afterAll(async () => {
  await trace?.stop();
  await rig?.stop();
}, MOST_MS);

/** Few at once: a process has 15 s to stop, on a busy machine too, and those that start compete with it. */
const AT_ONCE = 3;

/** Ends a process by SIGTERM and waits for the next one to be ready. */
async function restart(service: ServiceProcess): Promise<void> {
  const { pid } = service.identity!;
  process.kill(pid, 'SIGTERM');
  await eventually(() => expect(service.identity?.pid).not.toBe(pid));
  await eventually(() => expect(service.identity).toBeDefined());
  await service.waitUntilReady(180_000);
}

/** Queues that a process left before it was done, as it said: the machine is too slow for its limits. */
function findHurried(): Set<unknown> {
  const dir = join(rig.dir, '.local/logs');
  const lines = readdirSync(dir).flatMap((file) => readFileSync(join(dir, file), 'utf8').split('\n'));
  const said = lines.filter((line) => /"stopped (before all was handled|without an answer)/.test(line));
  return new Set(said.map((line) => JSON.parse(line.slice(line.indexOf('{'))).queue));
}

it(
  'F29: SIGTERM to every process in turn: drained in time, exit 0, nothing redelivered, and every target counts once',
  async () => {
    const { services } = rig.stack;
    const recorded = await rig.begin({ task_target: '127.84.0.0-127.84.1.243' }, { recorded: true });
    const updates = rig.recorder.toUpdates(recorded.task_id, upTo(500));
    const sending: Promise<void>[] = [];
    const fleets: string[] = [];

    // One replica of each service, and half of the fleet, before the others.
    const inTurn = [0, 1].flatMap((round) =>
      services.filter(({ name }, i) => {
        const replica = services.slice(0, i).filter((other) => other.name === name).length;
        return name.startsWith('node-') ? Number(name.slice(5)) % 2 === round : replica === round;
      }),
    );
    expect(new Set(inTurn).size).toBe(services.length);
    for (let first = 0; first < inTurn.length; first += AT_ONCE) {
      // All have their hands full.
      const { task_id, watch } = await rig.begin(
        { task_target: `127.83.${first}.0-127.83.${first + 1}.243` },
        { followed: true },
      );
      fleets.push(task_id);
      await watch.waitFor(({ counts }) => counts.completed_count >= 50);
      sending.push(rig.recorder.send(updates.splice(0, 200), { perEnvelope: 1 }));
      await Promise.all(inTurn.slice(first, first + AT_ONCE).map(restart));
    }
    sending.push(rig.recorder.send(updates));

    await Promise.all(sending);
    const evidence = await rig.collect();
    expect(check(evidence)).toMatchObject({ violations: [], lost: 0, double_counted: 0 });
    const deliveries = trace.count();
    const hurried = findHurried();
    for (const [queue, { repeated }] of Object.entries(deliveries))
      if (!hurried.has(queue)) expect({ queue, repeated }).toEqual({ queue, repeated: 0 });
    for (const { name } of [QUEUES.stateUpdates, QUEUES.heartbeats])
      expect(deliveries[name]!.messages).toBeGreaterThan(20);
    for (const taskId of fleets) {
      // One who connects again, to the other pusher, saw no step back, and the end.
      expect(evidence.openConnections).toContainEqual(expect.stringContaining(`${taskId}#`));
      // What a node hands back costs no attempt, and none is taken for lost.
      const { subTasks } = await rig.database.dump(taskId);
      expect(subTasks.filter(({ node_losses, retry_count }) => node_losses > 0 || retry_count > 0)).toEqual([]);
      expect((await rig.api.getTask(taskId)).progress).toMatchObject({ total_targets: 500, completed_count: 500 });
    }
    expect((await rig.api.getTask(recorded.task_id)).progress).toMatchObject({ completed_count: 500 });
    const log = readFileSync(join(rig.dir, '.local/logs/supervisor.log'), 'utf8');
    for (const { instance } of services) expect(log).toContain(`${instance} ended (exit code 0)`);
    expect(log).not.toMatch(/ended \((?!exit code 0)/);
  },
  MOST_MS,
);
