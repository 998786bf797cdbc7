import type { SubTaskUpdate } from '@cyberstroll/contracts';

/** When an attempt was taken and scanned, by what its node told. */
export interface AttemptTimes {
  assigned: Date;
  started: Date;
  completed: Date;
  /** By the node's own clock; undefined where it did not tell both ends. */
  scanSeconds: number | undefined;
  /** It told times that cannot be. Nobody should add up what follows from them. */
  implausible: boolean;
}

/** A clock that is off by more is not merely wrong: nothing that it says is of use. */
const PLAUSIBLE_MS = 3_600_000;

/**
 * The times of an update, all from the sending of its job to its receipt: no cause comes after its effect, whatever the
 * node's clock says. One that is ahead or behind by minutes is moved as a whole, so that the spans between its times
 * stay. One that tells nonsense (1999, 2099, an end before its start) is cut to the limits.
 */
export function toAttemptTimes(update: SubTaskUpdate, sent: Date, received: Date): AttemptTimes {
  const assigned = toMs(update.assigned_time);
  const started = toMs(update.started_time);
  const completed = toMs(update.completed_time);
  const told = [assigned, started, completed].filter((ms) => ms !== undefined);
  const to = received.getTime();
  const from = Math.min(sent.getTime(), to);
  const earliest = Math.min(...told, to);
  const latest = Math.max(...told, from);
  const scanMs = started !== undefined && completed !== undefined ? completed - started : undefined;
  const implausible = earliest < from - PLAUSIBLE_MS || latest > to + PLAUSIBLE_MS || (scanMs ?? 0) < 0;
  const shift = implausible ? 0 : latest > to ? to - latest : Math.max(0, from - earliest);
  const fit = (ms = to - shift) => new Date(Math.min(to, Math.max(from, ms + shift)));
  return {
    assigned: fit(assigned ?? started ?? completed),
    started: fit(started ?? completed),
    completed: fit(completed),
    scanSeconds: scanMs === undefined ? undefined : Math.min(Math.max(0, scanMs), to - from) / 1_000,
    implausible,
  };
}

const toMs = (text: string | undefined) => (text === undefined ? undefined : new Date(text).getTime());
