import { setTimeout as delay } from 'node:timers/promises';
import { isEndedTask } from '@cyberstroll/state-machine';
import { check } from '../checker/check';
import { type LimitFigures, measureLimited } from '../checker/check-limits';
import { measureRules, type RuleFigures } from '../checker/check-rules';
import type { Evidence, TaskDump, Violation } from '../checker/evidence';
import { PAIRS, type Rig } from '../rig/rig';
import { startSampling } from '../rig/sampler';
import { createSeededRandom } from '../rig/seeded-random';
import { createInflict } from './inflict';
import { type FaultKind, type PlannedFault, toPlan, type Victims } from './plan';
import { type RecoveryWatch, watchRecovery } from './recovery';
import { replayAll } from './replay';
import { beginWorkload, LITTLE, MUCH, type Workload } from './workload';

export interface SeedFigures {
  seed: number;
  /** Faults that found their victim, by kind. */
  faults: Partial<Record<FaultKind, number>>;
  /** Updates and poison that publishers had confirmed, of the fleet, the services and the rig. */
  confirmed: number;
  /** Updates sent again at the end. */
  replayed: number;
  lost: number;
  double_counted: number;
  /** Targets of tasks that nobody cancelled that did not end as completed. */
  not_completed: number;
  /** See `RecoveryWatch`. */
  worst_progress_ms: number;
  worst_ready_ms: number;
  /** From the commit of a task's end to the slowest follower's frame of it. */
  slowest_end_ms: number;
  largest_updater_mb: number;
  /** Of the tasks under a limit: scans that started, the most of them in ten seconds, and the most at once. */
  limited: LimitFigures;
  /** Of the tasks under rules: what listeners saw. */
  ruled: RuleFigures;
  seconds: number;
  violations: Violation[];
}

export interface SeedRun {
  plan: PlannedFault[];
  figures: SeedFigures;
  evidence: Evidence | undefined;
}

/** Nothing can continue without these engines. */
const HALTING: readonly FaultKind[] = ['kill_rabbitmq', 'kill_mongodb', 'stall_rabbitmq', 'stall_mongodb'];

/** Longer than the promise that the checker knows: it names what took longer. */
const SETTLED_WITHIN_MS = 300_000;
const RECOVERED_WITHIN_MS = 180_000;

const toVictims = ({ stack, brokerNodes }: Rig): Victims => {
  const instances = stack.services.map(({ instance }) => instance);
  const of = (name: string) => instances.filter((instance) => instance.startsWith(`${name}-`));
  const pairs = Object.keys(PAIRS);
  return {
    services: pairs.flatMap(of),
    nodes: [...of('node'), ...of('scanner')],
    updaters: of('state-updater'),
    dispatchers: of('dispatcher'),
    pairs,
    scanners: of('scanner'),
    brokerNodes: brokerNodes.map(({ node_name }) => node_name),
  };
};

/** Plays a seed's plan over running tasks, and verifies. A run that cannot be finished is a violation, too. */
export async function runSeed(
  rig: Rig,
  seed: number,
  { isTimed, isOnce, print }: { isTimed: boolean; isOnce: boolean; print: (text: string) => void },
): Promise<SeedRun> {
  const begun = performance.now();
  const printTime = (what: string) => print(`${((performance.now() - begun) / 1_000).toFixed(1)} s ${what}`);
  const where = `seed ${seed}`;
  const plan = toPlan(seed, toVictims(rig), { isOnce });
  const figures: SeedFigures = {
    seed,
    faults: {},
    confirmed: 0,
    replayed: 0,
    lost: 0,
    double_counted: 0,
    not_completed: 0,
    worst_progress_ms: 0,
    worst_ready_ms: 0,
    slowest_end_ms: 0,
    largest_updater_mb: 0,
    limited: { starts: 0, most_starts: 0, most_at_once: 0 },
    ruled: { connections: 0, held: 0, latest_ms: 0 },
    seconds: 0,
    violations: [],
  };
  const run: SeedRun = { plan, figures, evidence: undefined };
  const stopSampling = startSampling(rig, rig.ledger);
  let workload: Workload | undefined;
  let recovery: RecoveryWatch | undefined;
  try {
    rig.forgetUpdates();
    const random = createSeededRandom(seed + 1);
    workload = await beginWorkload(rig, random, isOnce ? LITTLE : MUCH);
    recovery = watchRecovery(rig, workload);
    const { taskIds } = workload;
    const during = [1, 2, 3].map((quarter) =>
      delay(plan[(quarter * plan.length) >> 2]!.at_ms)
        .then(() => dumpOpen(rig, taskIds))
        // The database may be what is down.
        .catch(() => []),
    );
    await play(plan, { rig, workload, recovery, figures, printTime });
    const midway = [...(await Promise.all(during)).flat(), ...(await dumpOpen(rig, taskIds))];
    await workload.finish();
    printTime('the last is handed over');
    const evidence = await rig.collect(SETTLED_WITHIN_MS);
    printTime('all is settled');
    const calm = { since: Math.max(recovery.lastEnd, workload.ruled.lastEnd), until: Date.now() };
    const ruled = await workload.ruled.read();
    run.evidence = { ...evidence, limited: workload.limited, ruled, midway, isTimed, calm };
    figures.ruled = measureRules(ruled);
    figures.limited = measureLimited(evidence, workload.limited);
    if (!(await recovery.stop(RECOVERED_WITHIN_MS))) {
      figures.violations.push({ invariant: 'I11', where, what: 'no progress, or a process that is not ready' });
    }
    figures.worst_progress_ms = recovery.worst.progress_ms;
    figures.worst_ready_ms = recovery.worst.ready_ms;
    if (evidence.tasks.every(({ task }) => task.settled)) {
      figures.replayed = await replayAll(rig, (await rig.updates?.read()) ?? [], random);
      run.evidence.replayed = await Promise.all(evidence.tasks.map(({ task }) => rig.database.dump(task.task_id)));
      run.evidence.deadLetters.push(...(await rig.readDeadLetters()));
    }
    printTime('all was sent again');
    const samples = await stopSampling();
    run.evidence.ledger.push(...samples);
    const { violations, ...counts } = check(run.evidence);
    figures.violations.push(...violations);
    const rss = samples.filter(({ what }) => what === 'rss_mb').map(({ value }) => value);
    Object.assign(figures, counts, { largest_updater_mb: Math.max(0, ...rss) });
    Object.assign(figures, toEndFigures(run.evidence));
  } catch (error) {
    const failure = error instanceof Error ? (error.stack ?? error.message) : String(error);
    figures.violations.push({ invariant: 'I11', where, what: `the run could not be finished: ${failure}` });
    run.evidence ??= await rig.collect(0).catch(() => undefined);
  } finally {
    workload?.stop();
    await workload?.ruled.close();
    await recovery?.stop(0);
    await stopSampling();
  }
  figures.seconds = Math.round((performance.now() - begun) / 1_000);
  return run;
}

interface Play {
  rig: Rig;
  workload: Workload;
  recovery: RecoveryWatch;
  figures: SeedFigures;
  printTime: (what: string) => void;
}

async function play(plan: readonly PlannedFault[], { rig, workload, recovery, figures, printTime }: Play) {
  const inflict = createInflict(rig, workload);
  const played = await Promise.allSettled(
    plan.map(async (planned) => {
      await delay(planned.at_ms);
      const { fault, victim } = planned;
      recovery.faultBegins();
      try {
        printTime(`${fault} ${victim}`);
        const isDone = await inflict(planned);
        if (isDone) figures.faults[fault] = (figures.faults[fault] ?? 0) + 1;
        printTime(`${fault} ${victim} ${isDone ? 'is over' : 'found nothing to disturb'}`);
      } finally {
        recovery.faultEnds({ halted: HALTING.includes(fault) });
      }
    }),
  );
  for (const one of played) if (one.status === 'rejected') throw one.reason;
}

/** The tasks that are open, as they are now. */
async function dumpOpen(rig: Rig, taskIds: readonly string[]): Promise<TaskDump[]> {
  const dumps: TaskDump[] = [];
  for (const id of taskIds) dumps.push(await rig.database.dump(id));
  return dumps.filter(({ task }) => !isEndedTask(task.status));
}

function toEndFigures({ tasks, ledger }: Evidence): Pick<SeedFigures, 'not_completed' | 'slowest_end_ms'> {
  const firstReported = new Map<string, number>();
  for (const entry of ledger) {
    if (entry.kind !== 'frame') continue;
    const { task_id, status } = entry.update;
    const key = `${task_id} ${status}`;
    firstReported.set(key, Math.min(entry.received_at, firstReported.get(key) ?? Number.POSITIVE_INFINITY));
  }
  const took = tasks.flatMap(({ task }) => {
    const reportedAt = firstReported.get(`${task.task_id} ${task.status}`);
    const endedAt = task.completed_time && task.status_history.at(-1)?.timestamp;
    return reportedAt !== undefined && endedAt ? [reportedAt - endedAt.getTime()] : [];
  });
  return {
    not_completed: tasks.reduce((sum, { task, total, counters }) => {
      return task.status === 'CANCELLED' ? sum : sum + total - counters.completed_count;
    }, 0),
    slowest_end_ms: Math.max(0, ...took),
  };
}
