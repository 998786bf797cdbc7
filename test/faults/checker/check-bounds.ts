import type { Evidence, Violation } from './evidence';

/** I9: nothing was ever seen to hold more than it may; the worst of each place. */
export function checkBounds({ ledger }: Evidence): Violation[] {
  const worst = new Map<string, Violation & { value: number }>();
  for (const entry of ledger) {
    if (entry.kind !== 'sample' || entry.value <= entry.limit) continue;
    const { what, where, value, limit } = entry;
    const key = `${what} ${where}`;
    if (value <= (worst.get(key)?.value ?? 0)) continue;
    worst.set(key, { invariant: 'I9', where, what: `${what} was ${value}, at most ${limit} may be`, value });
  }
  return [...worst.values()].map(({ invariant, where, what }) => ({ invariant, where, what }));
}
