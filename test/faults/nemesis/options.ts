import { Command, InvalidArgumentError, Option } from 'commander';
import { SET_UPS, type SetUp } from './plan';

export interface NemesisOptions {
  /** The first one; the others follow it. */
  seed: number;
  seeds: number;
  /** No seed is begun after this number. */
  minutes: number;
  setUp: SetUp;
  /** Whether the promises in seconds are checked too. */
  timed: boolean;
  /** Whether each kind of fault is played once, instead of the common ones several times. */
  once: boolean;
  json: boolean;
}

const count = (least: number, most: number) => (text: string) => {
  const value = Number(text);
  if (Number.isInteger(value) && value >= least && value <= most) return value;
  throw new InvalidArgumentError(`must be a whole number from ${least} to ${most}`);
};

export function parseOptions(argv: readonly string[]): NemesisOptions {
  return new Command('test:faults')
    .description('Plays seeded faults over running tasks, and has the checker verify the result')
    .option('--seeds <count>', 'seeds, one after another', count(1, 10_000), 1)
    .option('--minutes <count>', 'no seed is begun after this number of minutes', count(1, 10_000), 60)
    .option('--seed <number>', 'the first seed; any by default', count(0, 2 ** 32 - 1), Date.now() % 1_000_000)
    .addOption(new Option('--set-up <name>', 'what it runs on').choices(SET_UPS).default('single' satisfies SetUp))
    .option('--no-timed', 'promises in seconds are reported only, not checked: for a machine with other work')
    .option('--once', 'each kind of fault once; without it the common ones come several times', false)
    .option('--json', 'one line of JSON on stdout instead of the table', false)
    .parse([...argv], { from: 'user' })
    .opts<NemesisOptions>();
}
