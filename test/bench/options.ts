import { Command, InvalidArgumentError } from 'commander';

export interface BenchOptions {
  /** Subtasks of the task that is measured. */
  n: number;
  /** Milliseconds that each no-op scan lasts. */
  scanMs: number;
  nodes: number;
  /** Scans at once per node. */
  capacity: number;
  /** Updates per second of the latency run, and its seconds; 0 leaves it out. */
  latencyRate: number;
  latencySeconds: number;
  /** Updates of the thin run, one per envelope; 0 leaves it out. */
  thin: number;
  /** Seconds of each run of requests, and subscribers of the fan-out; 0 leaves it out. */
  apiSeconds: number;
  fanOut: number;
  /** The sizes of the growth run; none leaves it out. */
  growth: number[];
  scale: Record<string, number>;
  peer: boolean;
  json: boolean;
  /** Writes `docs/performance.md`. */
  report: boolean;
}

const count = (least: number, most: number) => (text: string) => {
  const value = Number(text);
  if (Number.isInteger(value) && value >= least && value <= most) return value;
  throw new InvalidArgumentError(`must be a whole number from ${least} to ${most}`);
};

const toSizes = (text: string) => text.split(',').map(count(1, 1_000_000));

export function parseOptions(argv: readonly string[]): BenchOptions {
  const command = new Command('bench')
    .description('Times one task through the whole stack beside its raw floor and a peer, all on this machine')
    .option('--n <count>', 'subtasks', count(1, 1_000_000), 20_000)
    .option('--scan-ms <ms>', 'milliseconds that each no-op scan lasts', count(0, 60_000), 0)
    .option('--nodes <count>', 'scanner nodes', count(1, 16), 2)
    .option('--capacity <count>', 'scans at once per node', count(1, 9_000), 256)
    .option('--updaters <count>', 'state-updater replicas', count(1, 8), 1)
    .option('--latency-rate <count>', 'updates per second of the latency run', count(0, 20_000), 500)
    .option('--latency-seconds <seconds>', 'how long the latency run lasts', count(1, 120), 10)
    .option('--thin <count>', 'updates of the thin run, one per envelope; 0: none', count(0, 100_000), 5_000)
    .option('--api-seconds <seconds>', 'how long each kind of request is sent; 0: none', count(0, 60), 3)
    .option('--fan-out <count>', 'subscribers of one task; 0: none', count(0, 10_000), 1_000)
    .option('--growth <sizes>', 'sizes of tasks for the growth run, as 1000,10000,100000', toSizes, [])
    .option('--no-peer', 'leave BullMQ out')
    .option('--json', 'one line of JSON on stdout instead of the table', false)
    .option('--report', 'writes the figures and plots into docs/performance.md', false)
    .parse([...argv], { from: 'user' });
  const { updaters, ...options } = command.opts<Omit<BenchOptions, 'scale'> & { updaters: number }>();
  return { ...options, scale: { 'state-updater': updaters, 'scanner-node': options.nodes } };
}
