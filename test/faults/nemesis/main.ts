/**
 * `npm run test:faults`: seeds one after another on one stack of processes with engines of its own. When a seed
 * ends, nothing is on its way and every process is ready. So the next seed begins on clean ground, with the database of
 * a system that has run for a while. After a violation a new stack is started.
 */
import { cpSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { ROOT } from '../../e2e/test-stack';
import { PAIRS, type Rig, startRig } from '../rig/rig';
import { createLimit } from './limited';
import { parseOptions } from './options';
import type { SetUp } from './plan';
import { runSeed, type SeedFigures, type SeedRun } from './run-seed';
import { toLine, toSummary, toTable } from './table';
import { type Amount, LITTLE, MUCH } from './workload';

const print = (text: string) => process.stderr.write(`${text}\n`);

async function main(): Promise<boolean> {
  const options = parseOptions(process.argv.slice(2));
  const until = performance.now() + options.minutes * 60_000;
  const runs: SeedFigures[] = [];
  let started: Promise<Rig> | undefined;
  const endAtOnce = () => {
    const killed = started?.then((rig) => rig.kill()) ?? Promise.resolve();
    killed.catch(() => undefined).finally(() => process.exit(130));
  };
  process.once('SIGINT', endAtOnce).once('SIGTERM', endAtOnce);
  try {
    for (let i = 0; i < options.seeds && (i === 0 || performance.now() < until); i++) {
      if (!started) print('starting two of each service, four nodes and engines …');
      started ??= startWarm(options.setUp, options.once ? LITTLE : MUCH);
      const rig = await started;
      const seed = options.seed + i;
      print(`seed ${seed} …`);
      const run = await runSeed(rig, seed, {
        isTimed: options.timed,
        isOnce: options.once,
        print: (text) => print(`  ${text}`),
      });
      runs.push(run.figures);
      print(toLine(run.figures));
      const { violations } = run.figures;
      if (violations.length === 0) continue;
      for (const { invariant, where, what } of violations.slice(0, 10)) print(`  ${invariant} ${where}: ${what}`);
      print(`  evidence: ${keepEvidence(run, rig)}`);
      print(`  again: npm run test:faults -- --set-up ${options.setUp} --seed ${seed}`);
      await rig.stop();
      started = undefined;
    }
  } finally {
    await (await started)?.stop();
  }
  process.stdout.write(
    `${options.json ? JSON.stringify(toSummary(runs, options.setUp)) : toTable(runs, options.setUp)}\n`,
  );
  return runs.every(({ violations }) => violations.length === 0);
}

/** A rig for the nemesis: with all queues there, for as long as RabbitMQ 3.10 takes to write that down. */
async function startWarm(setUp: SetUp, { scanned, capacity }: Amount): Promise<Rig> {
  const rig = await startRig({
    ownEngines: true,
    replicas: PAIRS,
    scanMs: 700,
    keepUpdates: true,
    scanned,
    nodeEnvironment: { CAPACITY: String(capacity) },
    // Jobs that `purge_jobs` took away fill the window of their pool until they are sent again: 30 s by default.
    serviceEnvironment: { 'retry-scheduler': { RESEND_AFTER_MS: '10000' } },
    brokerNodes: setUp === 'rabbitmq-cluster' ? 3 : 0,
  });
  await createLimit(rig);
  await rig.begin({ task_target: '127.100.0.1-200' });
  const recorded = await rig.begin({ task_target: '127.100.1.1-2' }, { recorded: true });
  await rig.recorder.send(rig.recorder.toUpdates(recorded.task_id, [0, 1]));
  const { violations } = await rig.verify();
  if (violations.length > 0) throw new Error(`the warm-up: ${JSON.stringify(violations[0])}`);
  // It takes half a second.
  await delay(5_000);
  return rig;
}

/**
 * Writes all that is known of a run to `.local/faults/<seed>/`: plan, report, dumps, dead letters, ledger, what was
 * published, logs. Returns where.
 */
function keepEvidence({ plan, figures, evidence }: SeedRun, { dir: stackDir, recordsDir }: Rig): string {
  const dir = join(ROOT, '.local/faults', String(figures.seed));
  rmSync(dir, { recursive: true, force: true });
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  const write = (name: string, value: unknown) => writeFileSync(join(dir, name), `${JSON.stringify(value, null, 1)}\n`);
  write('plan.json', plan);
  write('report.json', figures);
  if (evidence) {
    const { tasks, midway = [], replayed = [], deadLetters, calm } = evidence;
    write('dumps.json', { tasks, midway, replayed, calm });
    write('dead-letters.json', deadLetters);
  }
  cpSync(join(stackDir, 'ledger.jsonl'), join(dir, 'ledger.jsonl'));
  cpSync(recordsDir, join(dir, 'published'), { recursive: true });
  cpSync(join(stackDir, '.local/logs'), join(dir, 'logs'), { recursive: true });
  return dir;
}

main().then(
  (isGood) => process.exit(isGood ? 0 : 1),
  (error: unknown) => {
    print(`test:faults: ${error instanceof Error ? error.stack : String(error)}`);
    process.exit(1);
  },
);
