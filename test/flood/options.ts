import { Command, InvalidArgumentError } from 'commander';

export interface FloodOptions {
  /** How many times the sustainable rate is offered. */
  factor: number;
  seconds: number;
  /** Milliseconds by which each answer of MongoDB to the updater comes later while it is slow. */
  slowMs: number;
  json: boolean;
}

const count = (least: number, most: number) => (text: string) => {
  const value = Number(text);
  if (Number.isInteger(value) && value >= least && value <= most) return value;
  throw new InvalidArgumentError(`must be a whole number from ${least} to ${most}`);
};

export function parseOptions(argv: readonly string[]): FloodOptions {
  return new Command('flood')
    .description('Offers a slow system many times what it can apply, lets it recover, and shows what became of it')
    .option('--factor <count>', 'times the sustainable rate', count(2, 100), 20)
    .option('--seconds <count>', 'how long the flood lasts', count(5, 120), 60)
    .option('--slow-ms <ms>', 'how much later MongoDB answers the updater', count(0, 1_000), 30)
    .option('--json', 'one line of JSON on stdout instead of the table', false)
    .parse([...argv], { from: 'user' })
    .opts<FloodOptions>();
}
