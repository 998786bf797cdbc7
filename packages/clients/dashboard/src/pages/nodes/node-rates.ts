import type { NodeCountsAnswer } from '@cyberstroll/client';

export interface NodeRate {
  /** Addresses that it scanned per second, by interval, the oldest first. The last one is now. */
  rates: readonly number[];
  failures: number;
}

/** An interval that has just begun says little: it is shown from this many seconds on. */
const LEAST_SECONDS = 60;

/** By node. Undefined of a node that the answer may have left out; one that closed nothing did so at a rate of 0. */
export function toNodeRates(answer: NodeCountsAnswer): (nodeId: string) => NodeRate | undefined {
  const { since, timestamp, interval_seconds: seconds, items, more } = answer;
  const passed = (Date.parse(timestamp) - Date.parse(since)) / 1_000;
  const whole = Math.floor(passed / seconds);
  const begun = passed - whole * seconds;
  const toRates = (counts: readonly number[]) => [
    ...counts.slice(0, whole).map((count) => count / seconds),
    ...(begun >= LEAST_SECONDS ? counts.slice(whole).map((count) => count / begun) : []),
  ];
  const none = { rates: toRates(Array(whole + 1).fill(0)), failures: 0 };
  const known = new Map(
    items.map(({ node_id, completed, failed }) => [
      node_id,
      { rates: toRates(completed), failures: failed.reduce((sum, count) => sum + count, 0) },
    ]),
  );
  return (nodeId) => known.get(nodeId) ?? (more ? undefined : none);
}

export const toRateNow = ({ rates }: NodeRate): number => rates.at(-1) ?? 0;
