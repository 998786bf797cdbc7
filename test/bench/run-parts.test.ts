import { parseOptions } from './options';
import type { Bench, Part, PartName, StackKind } from './part';
import { type RunPartsDeps, runParts } from './run-parts';

type Run = (bench: Pick<Bench, 'figures' | 'signal'>) => Promise<unknown>;

/** A list of the parts that are given, on stacks that are not there. */
function setup(parts: Partial<Record<PartName, Partial<Part<unknown>> & { run: Run }>>) {
  const seen: string[] = [];
  const base = { title: '', stack: 'noop', limitMinutes: 1, isDefault: true, toTables: () => [] };
  const deps = {
    parts: Object.fromEntries(Object.entries(parts).map(([name, part]) => [name, { ...base, ...part }])),
    async startStack(kind: StackKind) {
      seen.push(`start ${kind}`);
      return {
        kind,
        dir: '',
        stack: { describe: () => ({}) },
        stop: async () => void seen.push('stop'),
        kill: async () => void seen.push('kill'),
      };
    },
    print: () => undefined,
    show: () => undefined,
  } as unknown as RunPartsDeps;
  const options = { ...parseOptions([]), parts: Object.keys(parts) as PartName[] };
  return { seen, run: () => runParts(options, deps) };
}

it('runs the parts of one kind on one stack, and hands each the figures of those before', async () => {
  const { seen, run } = setup({
    task: { run: async () => 1 },
    floor: { run: async ({ figures }) => ({ ...figures }) },
    seconds: { stack: 'seconds', run: async () => 3 },
  });
  expect(await run()).toEqual({ figures: { task: 1, floor: { task: 1 }, seconds: 3 }, failures: {} });
  expect(seen).toEqual(['start noop', 'stop', 'start seconds', 'stop']);
});

it('starts a new stack after a part that failed, and says why it has no figures', async () => {
  const { seen, run } = setup({
    task: { run: () => Promise.reject(new Error('a crash')) },
    thin: { run: async () => 2 },
  });
  expect(await run()).toEqual({ figures: { thin: 2 }, failures: { task: 'a crash' } });
  expect(seen).toEqual(['start noop', 'kill', 'start noop', 'stop']);
});

it('leaves out a part whose figures to compare with are missing, and keeps the stack', async () => {
  const { seen, run } = setup({
    thin: { run: async () => 2 },
    floor: { needs: ['task'], run: async () => 3 },
  });
  expect(await run()).toEqual({ figures: { thin: 2 }, failures: { floor: 'needs the figures of task' } });
  expect(seen).toEqual(['start noop', 'stop']);
});

it('ends a part that takes too long, and aborts its signal', async () => {
  let aborted = false;
  const { run } = setup({
    task: {
      limitMinutes: 0.001,
      run: ({ signal }) =>
        new Promise(() => {
          signal.addEventListener('abort', () => {
            aborted = true;
          });
        }),
    },
    thin: { run: async () => 2 },
  });
  expect(await run()).toEqual({ figures: { thin: 2 }, failures: { task: 'took too long' } });
  expect(aborted).toBe(true);
});
