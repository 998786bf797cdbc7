import { setMaxListeners } from 'node:events';
import { startTimeLimit } from '@cyberstroll/runtime';
import type { AllFigures, BenchOptions, Part, PartName, StackKind } from './part';
import { toTextTable } from './report/table';
import { createBenchApi } from './stack/api';
import type { BenchStack } from './stack/bench-stack';

/** After this no part begins, and the one that runs is ended. */
const LIMIT_MINUTES = 45;

export interface BenchRun {
  figures: Partial<AllFigures>;
  /** Why a part has no figures. */
  failures: Partial<Record<PartName, string>>;
}

export interface RunPartsDeps {
  parts: { [Name in PartName]: Part<AllFigures[Name]> };
  startStack(kind: StackKind, options: BenchOptions): Promise<BenchStack>;
  /** What happens now. */
  print(text: string): void;
  /** The tables. */
  show(text: string): void;
}

/**
 * Runs the parts in their order. One that fails, or takes too long, is noted, and the next one gets a new stack. Shows
 * the tables of each part as soon as it has ended.
 */
export async function runParts(
  options: BenchOptions,
  { parts, startStack, print, show }: RunPartsDeps,
): Promise<BenchRun> {
  const run: BenchRun = { figures: {}, failures: {} };
  const whole = AbortSignal.timeout(LIMIT_MINUTES * 60_000);
  let current: BenchStack | undefined;

  async function runPart<Name extends PartName>(name: Name, part: Part<AllFigures[Name]>) {
    if (current?.kind !== part.stack) {
      await end('stop');
      print('starting a stack …');
      current = await startStack(part.stack, options);
    }
    print(`${name}: ${part.title} …`);
    const { stack, dir } = current;
    const limit = startTimeLimit(part.limitMinutes * 60_000, whole);
    const { signal } = limit;
    // Every open WebSocket listens.
    setMaxListeners(0, signal);
    const description = stack.describe();
    const api = createBenchApi(description, signal);
    const bench = { stack, dir, description, api, options, figures: run.figures, signal, print };
    const figures = await Promise.race([part.run(bench), rejectWhenAborted(signal)]).finally(limit.clear);
    run.figures[name] = figures;
    for (const table of part.toTables(figures, run.figures)) show(toTextTable(table));
  }

  async function end(how: 'stop' | 'kill') {
    const ended = current;
    current = undefined;
    await ended?.[how]().catch((error: Error) => print(`the stack did not end: ${error.message}`));
  }

  for (const name of options.parts) {
    const missing = parts[name].needs?.find((needed) => !(needed in run.figures));
    if (missing || whole.aborted) {
      run.failures[name] = missing ? `needs the figures of ${missing}` : `no time left of ${LIMIT_MINUTES} minutes`;
      continue;
    }
    try {
      await runPart(name, parts[name] as Part<AllFigures[PartName]>);
    } catch (error) {
      run.failures[name] = (error as Error).message;
      print(`${name}: ${(error as Error).stack}`);
      await end('kill');
    }
  }
  await end('stop');
  return run;
}

const rejectWhenAborted = (signal: AbortSignal) =>
  new Promise<never>((_, reject) => {
    const late = () => reject(new Error('took too long'));
    if (signal.aborted) late();
    signal.addEventListener('abort', late, { once: true });
  });
