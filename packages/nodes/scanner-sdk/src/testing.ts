/**
 * For tests of a scan function, without RabbitMQ: `import { runScan } from '@cyberstroll/scanner-sdk/testing'`. It runs
 * the same parts as a node: job consumer, claims, scan runner.
 */
import type { Job, SubTaskUpdate } from '@cyberstroll/contracts';
import { delay } from '@cyberstroll/runtime';
import { DEFAULT_SCOPE, parseScope, type Scope } from '@cyberstroll/targets';
import { createJobConsumer } from './jobs/job-consumer';
import { ClaimBoard } from './scans/claim-board';
import { createRunClock } from './scans/run-clock';
import type { ScanAbortCode } from './scans/scan-errors';
import type { ScanFunction } from './scans/scan-function';
import { createScanRunner, type ScanRunner } from './scans/scan-runner';
import { createWakeSignal } from './signals';
import { RecentReports } from './updates/recent-reports';

/** A job of one address. */
export interface ScanJob {
  /** Default: 127.0.0.1. */
  ip?: string;
  /** Ports and ranges. Default: 80. */
  ports?: string;
  /** Default: connect. */
  method?: string;
  /** Default: none. */
  options?: Record<string, unknown>;
  /** Milliseconds that the scan may take. Default: 60,000. */
  timeoutMs?: number;
}

export interface RunScanOptions {
  /** Aborts the scan for this reason. Default: only its time-out does. */
  abort?: Exclude<ScanAbortCode, 'timed_out'>;
  /** Milliseconds from the start of the scan to that abort. Default: 0. */
  abortAfterMs?: number;
  /** The networks that may be scanned. Default: loopback, `DEFAULT_SCOPE`. */
  scope?: Scope;
  /** The node's `methods`. Default: `['connect']`. */
  methods?: readonly string[];
  /** Milliseconds that the scan function may take to end after its signal aborted. Default: 1,000. */
  endWithinMs?: number;
}

export interface ScanRun {
  /** What the node would report, in its order: ASSIGNED or SCANNING first. */
  updates: SubTaskUpdate[];
  /** The last of them: the result. It is SCANNING after `cancelled`, because the node then reports nothing more. */
  last: SubTaskUpdate;
  /** The percents that the scan gave to `progress`. */
  progress: number[];
  /** False if the scan function was still running `endWithinMs` after its abort: it ignores its signal. */
  ended: boolean;
}

const TASK = '0'.repeat(24);

const ABORT: Record<NonNullable<RunScanOptions['abort']>, (runner: ScanRunner) => unknown> = {
  cancelled: (runner) => runner.dropAll(() => true, 'cancelled'),
  lease_lost: (runner) => runner.giveUpAll('the node was cut off'),
  draining: (runner) => runner.drain(0),
};

/** Runs a scan function for one address as a node does, and resolves with what the node would report. */
export async function runScan(
  scan: ScanFunction,
  { ip = '127.0.0.1', ports = '80', method = 'connect', options, timeoutMs = 60_000 }: ScanJob = {},
  {
    abort,
    abortAfterMs = 0,
    scope = parseScope(DEFAULT_SCOPE),
    methods = ['connect'],
    endWithinMs = 1_000,
  }: RunScanOptions = {},
): Promise<ScanRun> {
  const updates: SubTaskUpdate[] = [];
  const progress: number[] = [];
  const board = new ClaimBoard();
  const clock = createRunClock();
  const left = new AbortController();
  const whenLeft = new Promise((resolve) => left.signal.addEventListener('abort', resolve));
  const returned = new AbortController();
  let started = false;

  const runner = createScanRunner({
    board,
    capacity: 1,
    clock,
    mayStart: () => true,
    report: (update) => updates.push(update),
    onFreed: () => left.abort(),
    scan(target, context) {
      started = true;
      const watched = {
        clock,
        get signal() {
          return context.signal;
        },
        progress(percent: number) {
          progress.push(percent);
          context.progress(percent);
        },
      };
      const running = (async () => scan(target, watched))();
      return running.finally(() => returned.abort());
    },
  });
  const jobs = createJobConsumer({
    nodeId: 'test',
    board,
    recent: new RecentReports(),
    scope,
    methods,
    wake: createWakeSignal(),
    stateOf: () => 'running',
    hasRoom: () => true,
    report(update, receipt) {
      updates.push(update);
      receipt?.confirm();
    },
    onClaimed: runner.pump,
    onTraced: () => undefined,
    drop: () => undefined,
  });

  const job: Job = {
    task_id: TASK,
    scan: { ports, method, ...(options && { options }) },
    subtask_timeout: timeoutMs / 1_000,
    subtasks: [{ subtask_id: `${TASK}-0`, ip, attempt: 1 }],
  };
  // Every other node has returned it.
  await jobs.handle({ body: job, headers: { 'x-delivery-count': Number.POSITIVE_INFINITY }, ending: left.signal });
  if (runner.runningCount > 0) {
    if (abort) void delay(abortAfterMs, left.signal).then(() => ABORT[abort](runner));
    await whenLeft;
    await delay(endWithinMs, returned.signal);
  }
  clock.stop();
  return { updates, last: updates.at(-1)!, progress, ended: !started || returned.signal.aborted };
}
