/**
 * `npm run test:faults`: seeds one after another on one stack of processes with engines of its own. When a seed
 * ends, nothing is on its way and every process is ready. So the next seed begins on clean ground, with the database of
 * a system that has run for a while. After a violation a new stack is started.
 */
import type { Rig } from '../rig/rig';
import { keepEvidence } from './keep-evidence';
import { parseOptions } from './options';
import { runSeed, type SeedFigures } from './run-seed';
import { startWarm } from './start-warm';
import { toLine, toSummary, toTable } from './table';

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
      started ??= startWarm(options.setUp);
      const rig = await started;
      const seed = options.seed + i;
      print(`seed ${seed} …`);
      const run = await runSeed(rig, seed, { isTimed: options.timed, print: (text) => print(`  ${text}`) });
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

main().then(
  (isGood) => process.exit(isGood ? 0 : 1),
  (error: unknown) => {
    print(`test:faults: ${error instanceof Error ? error.stack : String(error)}`);
    process.exit(1);
  },
);
