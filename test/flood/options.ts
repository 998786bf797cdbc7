import { Command, InvalidArgumentError } from 'commander';

export interface FloodOptions {
  /** How many times the sustainable rate is offered. */
  factor: number;
  seconds: number;
  /** Milliseconds by which each answer of MongoDB to the updater comes later while it is slow. */
  slowMs: number;
  /** Updates that are timed first, to know what the slow system sustains. */
  sample: number;
}

const count = (least: number, most: number) => (text: string) => {
  const value = Number(text);
  if (Number.isInteger(value) && value >= least && value <= most) return value;
  throw new InvalidArgumentError(`must be a whole number from ${least} to ${most}`);
};

export function parseOptions(argv: readonly string[]): FloodOptions & { json: boolean } {
  return new Command('flood')
    .description(
      'Offers a system whose MongoDB is slow many times what it can apply, lets MongoDB recover, and shows what ' +
        'became of it. Exits 1 where a promise was broken, and names it.',
    )
    .option('--factor <count>', 'times the rate that is sustained while MongoDB is slow', count(2, 100), 20)
    .option('--seconds <count>', 'how long the flood lasts', count(5, 120), 60)
    .option('--slow-ms <ms>', 'how much later MongoDB answers the updater', count(0, 1_000), 30)
    .option('--sample <count>', 'updates that are timed first', count(100, 100_000), 6_000)
    .option('--json', 'one line of JSON on stdout instead of the table', false)
    .parse([...argv], { from: 'user' })
    .opts<FloodOptions & { json: boolean }>();
}
