/**
 * The bench is a list of parts. Each measures one thing on a running stack and says what stands in the report. A part
 * may compare its figures with those of parts that ran before it.
 */
import type { Stack, StackDescription } from '@cyberstroll/local';
import type { BenchOptions } from './options';
import type { FanOutFigures } from './parts/fan-out';
import type { FloorFigures } from './parts/floor';
import type { GrowthFigures } from './parts/growth';
import type { LatencyFigures } from './parts/latency';
import type { ManyTasksFigures } from './parts/many-tasks';
import type { OpenTasksFigures } from './parts/open-tasks';
import type { PeersFigures } from './parts/peers';
import type { ProfileFigures } from './parts/profile';
import type { RequestsFigures } from './parts/requests';
import type { SecondsFigures } from './parts/seconds';
import type { TaskFigures } from './parts/task';
import type { ThinFigures } from './parts/thin';
import type { WideTaskFigures } from './parts/wide-task';
import type { Table } from './report/table';
import type { BenchApi } from './stack/api';

/** By the name of the part. */
export interface AllFigures {
  task: TaskFigures;
  floor: FloorFigures;
  'many-tasks': ManyTasksFigures;
  latency: LatencyFigures;
  thin: ThinFigures;
  requests: RequestsFigures;
  'fan-out': FanOutFigures;
  'wide-task': WideTaskFigures;
  peers: PeersFigures;
  growth: GrowthFigures;
  'open-tasks': OpenTasksFigures;
  profile: ProfileFigures;
  seconds: SecondsFigures;
}
export type PartName = keyof AllFigures;

/** `noop`: two nodes whose scans take no time. `seconds`: nodes with many slots, whose scans last a second. */
export type StackKind = 'noop' | 'seconds';

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
