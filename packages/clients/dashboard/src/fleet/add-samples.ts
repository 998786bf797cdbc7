interface Timed {
  timestamp: string;
}

/** As long as the API keeps samples, in minutes. */
const HOUR = 60;

/** How many minutes back an answer has to reach so that no sample is missed. `now`: the server's time. */
export function toMissingMinutes(known: readonly Timed[], now: number): number {
  const last = known.at(-1);
  if (!last) return HOUR;
  return Math.max(1, Math.min(HOUR, Math.ceil((now - Date.parse(last.timestamp)) / 60_000) + 1));
}

/** What was known and what is newer, of the last hour. */
export function addSamples<Sample extends Timed>(known: readonly Sample[], read: readonly Sample[]): readonly Sample[] {
  const last = known.at(-1)?.timestamp ?? '';
  const all = [...known, ...read.filter(({ timestamp }) => timestamp > last)];
  const since = Date.parse(all.at(-1)?.timestamp ?? '') - HOUR * 60_000;
  return all.filter(({ timestamp }) => Date.parse(timestamp) >= since);
}
