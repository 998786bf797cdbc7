interface Load {
  cpu_usage: number;
  memory_usage: number;
}
interface Stored extends Load {
  timestamp: string;
  slots: { used: number };
}
/** `at`: seconds since 1970, on the server's clock. */
interface Heard extends Load {
  at: number;
  used: number;
}

const HOUR = 3_600;

/** What the API has of the time before the page was opened, and what was heard since: an hour in all. */
export function joinHistory(stored: readonly Stored[], heard: readonly Heard[]): Heard[] {
  const all = stored.map(({ timestamp, slots, ...load }) => ({
    ...load,
    at: Date.parse(timestamp) / 1_000,
    used: slots.used,
  }));
  const opened = heard[0]?.at ?? Number.POSITIVE_INFINITY;
  const joined = [...all.filter(({ at }) => at < opened), ...heard];
  return joined.filter(({ at }) => at > joined.at(-1)!.at - HOUR);
}
