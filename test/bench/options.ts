import { Command, InvalidArgumentError } from 'commander';
import type { BenchOptions, PartName } from './part';
import { PARTS } from './parts';
import { PEER_NAMES } from './parts/peers';

const count = (least: number, most: number) => (text: string) => {
  const value = Number(text);
  if (Number.isInteger(value) && value >= least && value <= most) return value;
  throw new InvalidArgumentError(`must be a whole number from ${least} to ${most}`);
};

const toSizes = (text: string) => text.split(',').map(count(1, 1_000_000));

/** Names from a list, as `floor,peers`; `all`, and what `groups` says, stand for several; `-peers` leaves one out. */
function choose<Name extends string>(names: readonly Name[], groups: Record<string, readonly Name[]> = {}) {
  const known: Record<string, readonly Name[]> = { ...groups, all: names, none: [] };
  for (const name of names) known[name] = [name];
  return (text: string): Name[] => {
    const chosen = new Set<Name>();
    for (const word of text.split(',')) {
      const isLeftOut = word.startsWith('-');
      const some = known[isLeftOut ? word.slice(1) : word];
      if (!some) throw new InvalidArgumentError(`"${word}" is not one of ${Object.keys(known).join(', ')}`);
      for (const name of some) isLeftOut ? chosen.delete(name) : chosen.add(name);
    }
    return names.filter((name) => chosen.has(name));
  };
}

const PART_NAMES = Object.keys(PARTS) as PartName[];
const DEFAULT_PARTS = PART_NAMES.filter((name) => PARTS[name].isDefault);

export function parseOptions(argv: readonly string[]): BenchOptions {
  const command = new Command('bench')
    .description('Measures the whole stack beside floors and peers, all on this machine, in one run of separate parts')
    .option(
      '--parts <names>',
      `what is measured: ${PART_NAMES.join(', ')}; also default, all, and -name to leave one out`,
      choose(PART_NAMES, { default: DEFAULT_PARTS }),
      DEFAULT_PARTS,
    )
    .option('--n <count>', 'subtasks of one task, and jobs of the peers', count(1, 1_000_000), 20_000)
    .option('--warm-up <count>', 'subtasks, and jobs of each peer, that come before', count(1, 1_000_000), 50_000)
    .option('--nodes <count>', 'scanner nodes', count(1, 16), 2)
    .option('--capacity <count>', 'scans at once per node', count(1, 9_000), 256)
    .option('--updaters <count>', 'state-updater replicas', count(1, 8), 1)
    .option('--peers <names>', `of the part peers: ${PEER_NAMES.join(', ')}, or all`, choose(PEER_NAMES), ['bullmq'])
    .option('--tasks <count>', 'tasks of the part many-tasks', count(1, 1_000), 200)
    .option('--latency-rate <count>', 'updates per second of the part latency', count(1, 20_000), 500)
    .option('--latency-seconds <seconds>', 'how long each run of the part latency lasts', count(1, 60), 10)
    .option('--thin <count>', 'envelopes of the part thin', count(1, 100_000), 5_000)
    .option('--api-seconds <seconds>', 'how long the part requests sends each kind', count(1, 30), 3)
    .option('--fan-out <count>', 'subscribers of one task in the part fan-out', count(1, 8_000), 5_000)
    .option('--fan-out-tasks <count>', 'tasks with one subscriber each in the part fan-out', count(1, 5_000), 2_000)
    .option('--dashboards <count>', 'subscribers of many tasks in the part dashboards', count(1, 2_000), 200)
    .option('--open-tasks <count>', 'tasks of the part open-tasks', count(1, 20_000), 10_000)
    .option('--growth <sizes>', 'sizes of the part growth', toSizes, [1_000, 10_000, 100_000, 1_000_000])
    .option('--slots <count>', 'scans at once of the part seconds', count(2, 16_000), 10_000)
    .option('--seconds <count>', 'scans of each slot in the part seconds', count(1, 30), 5)
    .option('--profile', "adds the part profile: where each service's CPU time goes", false)
    .option('--json', 'one line of JSON on stdout instead of tables', false)
    .option('--report', 'writes the figures and plots into docs/performance.md', false)
    .parse([...argv], { from: 'user' });
  const { profile, ...options } = command.opts<BenchOptions & { profile: boolean }>();
  const chosen = new Set<PartName>([...options.parts, ...(profile ? (['profile'] as const) : [])]);
  // No part needs a part that needs another.
  for (const name of Array.from(chosen)) for (const needed of PARTS[name].needs ?? []) chosen.add(needed);
  return { ...options, parts: PART_NAMES.filter((name) => chosen.has(name)) };
}
