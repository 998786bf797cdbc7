/**
 * The bench is a list of parts. Each measures one thing on a running stack and says what stands in the report. A part
 * may compare its figures with those of parts that ran before it.
 */
import type { Stack, StackDescription } from '@cyberstroll/local';
import type { Table } from './report/table';
import type { BenchApi } from './stack/api';

/** By the name of the part. Each part adds its own. */
// biome-ignore lint/suspicious/noEmptyInterface: it is filled by the parts
export interface AllFigures {}
export type PartName = keyof AllFigures;

/**
 * `noop`: two nodes whose scans take no time. `crowd`: the same, but a new stack. Other parts leave much in the
 * database, and when it writes a checkpoint of that, commits take half a second longer. `seconds`: nodes with many
 * slots, whose scans last a second.
 */
export type StackKind = 'noop' | 'crowd' | 'seconds';

export interface BenchOptions {
  parts: PartName[];
  /** Subtasks of the task that is measured, and jobs of the peers. */
  n: number;
  /** Subtasks, and jobs of each peer, that come before and are not measured: V8 compiles the code while they run. */
  warmUp: number;
  nodes: number;
  /** Scans at once per node. */
  capacity: number;
  updaters: number;
  peers: string[];
  /** Tasks at once. */
  tasks: number;
  /** Updates per second of the first latency run, and the seconds of each. */
  latencyRate: number;
  latencySeconds: number;
  /** Envelopes of one update. */
  thin: number;
  /** Seconds of each kind of request. */
  apiSeconds: number;
  /** Subscribers of one task; tasks with one subscriber each. */
  fanOut: number;
  fanOutTasks: number;
  /** Subscribers of many tasks. */
  dashboards: number;
  openTasks: number;
  growth: number[];
  /** Scans of a second at once, and how many each slot does. */
  slots: number;
  seconds: number;
  json: boolean;
  /** Writes `docs/performance.md`. */
  report: boolean;
}

export interface Bench {
  stack: Stack;
  /** The directory with the logs of the stack. */
  dir: string;
  description: StackDescription;
  api: BenchApi;
  options: BenchOptions;
  /** Of the parts that ran before. */
  figures: Partial<AllFigures>;
  /** Aborts when the time of the part is over. */
  signal: AbortSignal;
  print(text: string): void;
}

export interface Plot {
  file: string;
  title: string;
  svg: string;
}

export interface Part<Figures> {
  title: string;
  /** A part of another kind of stack gets a new stack. */
  stack: StackKind;
  /** Parts whose figures it needs. */
  needs?: readonly PartName[];
  limitMinutes: number;
  /** Parts that take long run only when they are named. */
  isDefault: boolean;
  run(bench: Bench): Promise<Figures>;
  toTables(figures: Figures, all: Partial<AllFigures>): Table[];
  toPlots?(figures: Figures, all: Partial<AllFigures>): Plot[];
}
