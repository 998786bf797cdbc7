import type { SubTaskUpdate } from '@cyberstroll/contracts';

/** When an attempt was assigned, started and completed, according to the node's report. */
export interface AttemptTimes {
  assigned: Date;
  started: Date;
  completed: Date;
  /** Measured on the node's own clock. Undefined if the node did not report both the start and the end. */
  scanSeconds: number | undefined;
  /** The node reported impossible times. Nothing that is computed from them should be added up. */
  implausible: boolean;
}

/** If a clock is off by more than this, nothing that it shows is of use. */
const PLAUSIBLE_MS = 3_600_000;

/**
 * The times of an update. All of them lie between the sending of its job and its receipt: no cause comes after its
 * effect, whatever the node's clock shows. The times of a clock that is minutes ahead or behind are shifted together,
 * so that the intervals between them stay the same. Impossible times (1999, 2099, an end before its start) are cut to
 * the limits.
 */
export function toAttemptTimes(update: SubTaskUpdate, sent: Date, received: Date): AttemptTimes {
  const assigned = toMs(update.assigned_time);
  const started = toMs(update.started_time);
  const completed = toMs(update.completed_time);
  const to = received.getTime();
  const from = Math.min(sent.getTime(), to);
  const earliest = Math.min(assigned ?? to, started ?? to, completed ?? to, to);
  const latest = Math.max(assigned ?? from, started ?? from, completed ?? from, from);
  const scanMs = started !== undefined && completed !== undefined ? completed - started : undefined;
  const implausible = earliest < from - PLAUSIBLE_MS || latest > to + PLAUSIBLE_MS || (scanMs ?? 0) < 0;
  const shift = implausible ? 0 : latest > to ? to - latest : Math.max(0, from - earliest);
  // What was not reported was at the receipt.
  const unreported = to - shift;
  return {
    assigned: new Date(fit(from, to, (assigned ?? started ?? completed ?? unreported) + shift)),
    started: new Date(fit(from, to, (started ?? completed ?? unreported) + shift)),
    completed: new Date(fit(from, to, (completed ?? unreported) + shift)),
    scanSeconds: scanMs === undefined ? undefined : Math.min(Math.max(0, scanMs), to - from) / 1_000,
    implausible,
  };
}

const fit = (from: number, to: number, ms: number) => Math.min(to, Math.max(from, ms));

const toMs = (text: string | undefined) => (text === undefined ? undefined : Date.parse(text));
