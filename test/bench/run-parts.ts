import { setMaxListeners } from 'node:events';
import type { BenchOptions } from './options';
import type { AllFigures, Part, PartName } from './part';
import { PARTS } from './parts';
import { toTextTable } from './report/table';
import { createBenchApi } from './stack/api';
import { type BenchStack, startBenchStack } from './stack/bench-stack';

/** No part begins, and none goes on, after this. */
const LIMIT_MINUTES = 45;

export interface BenchRun {
  figures: Partial<AllFigures>;
  /** Why a part has no figures. */
  failures: Partial<Record<PartName, string>>;
}

/**
 * Runs the parts in their order. One that fails, or takes too long, is noted, and the next one gets a new stack. Prints
 * the tables of each part as soon as it has ended.
 */
export async function runParts(options: BenchOptions, print: (text: string) => void): Promise<BenchRun> {
  const run: BenchRun = { figures: {}, failures: {} };
  const whole = AbortSignal.timeout(LIMIT_MINUTES * 60_000);
  let current: BenchStack | undefined;

  async function runPart<Name extends PartName>(name: Name, part: Part<AllFigures[Name]>) {
    const missing = part.needs?.find((needed) => !(needed in run.figures));
    if (missing) throw new Error(`needs the figures of ${missing}`);
    whole.throwIfAborted();
    if (current?.kind !== part.stack) {
      await current?.stop();
      current = undefined;
      print('starting a stack …');
      current = await startBenchStack(part.stack, options);
    }
    print(`${name}: ${part.title} …`);
    const { stack, dir } = current;
    const signal = AbortSignal.any([whole, AbortSignal.timeout(part.limitMinutes * 60_000)]);
    // Every open WebSocket listens.
    setMaxListeners(0, signal);
    const description = stack.describe();
    const api = createBenchApi(description, signal);
    const bench = { stack, dir, description, api, options, figures: run.figures, signal, print };
    const figures = await Promise.race([part.run(bench), rejectWhenAborted(signal)]);
    run.figures[name] = figures;
    for (const table of part.toTables(figures, run.figures)) print(toTextTable(table));
  }

  try {
    for (const name of options.parts) {
      await runPart(name, PARTS[name] as Part<AllFigures[PartName]>).catch(async (error: Error) => {
        run.failures[name] = error.message;
        print(`${name}: ${error.stack}`);
        await current?.kill();
        current = undefined;
      });
    }
  } finally {
    await current?.stop();
  }
  return run;
}

const rejectWhenAborted = (signal: AbortSignal) =>
  new Promise<never>((_, reject) => {
    const late = () => reject(new Error('took too long'));
    if (signal.aborted) late();
    signal.addEventListener('abort', late, { once: true });
  });
