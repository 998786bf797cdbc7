import type { ClosedSample } from '../../live/task-progress';

/** Rates are measured over spans of this many milliseconds. */
const SPAN_MS = 20_000;
/** With fewer spans there is no band. */
const LEAST_SPANS = 3;

/** Addresses a second over the last minute; undefined until enough was seen. */
export function toRate(samples: readonly ClosedSample[], now: number): number | undefined {
  const recent = samples.filter(({ time }) => now - time <= 60_000);
  const first = recent[0];
  const last = recent.at(-1);
  if (!first || !last || now - first.time < 5_000) return undefined;
  return ((last.closed - first.closed) * 1_000) / (now - first.time);
}

/**
 * When a task with `open` addresses left will have ended, in seconds from now: at the quicker and at the slower of its
 * rates in the last minutes. Undefined while too little was seen, or nothing moves.
 */
export function toEtaBand(
  samples: readonly ClosedSample[],
  open: number,
  now: number,
): { from: number; to: number } | undefined {
  const rates = toRates(samples, now).sort((a, b) => a - b);
  if (rates.length < LEAST_SPANS) return undefined;
  const slow = rates[Math.floor((rates.length - 1) * 0.2)] as number;
  const quick = rates[Math.ceil((rates.length - 1) * 0.8)] as number;
  if (slow <= 0) return undefined;
  return { from: open / quick, to: open / slow };
}

/** Addresses a second in each span of the last minutes, back from now. */
function toRates(samples: readonly ClosedSample[], now: number): number[] {
  const first = samples[0];
  if (!first) return [];
  const rates: number[] = [];
  for (let end = now; end - SPAN_MS >= first.time; end -= SPAN_MS) {
    rates.push(((closedAt(samples, end) - closedAt(samples, end - SPAN_MS)) * 1_000) / SPAN_MS);
  }
  return rates;
}

/** How many were closed at a time: nothing changed since the last sample before it. */
const closedAt = (samples: readonly ClosedSample[], time: number): number =>
  samples.findLast((sample) => sample.time <= time)?.closed ?? samples[0]?.closed ?? 0;

const UNITS = [
  { unit: 'days', seconds: 86_400 },
  { unit: 'hours', seconds: 3_600 },
  { unit: 'minutes', seconds: 60 },
  { unit: 'seconds', seconds: 1 },
] as const;

/** Both ends of a band in one unit, rounded as nobody knows it better: `{unit: 'minutes', from: 12, to: 16}`. */
export function roundBand({ from, to }: { from: number; to: number }) {
  const { unit, seconds } = UNITS.find(({ seconds }) => to >= 1.5 * seconds) ?? UNITS[3];
  const step = unit === 'seconds' ? 5 : unit === 'minutes' ? 1 : 0.5;
  const round = (value: number) => Math.max(step, Math.round(value / seconds / step) * step);
  return { unit, from: round(from), to: round(to) };
}
