import { formatInterval } from './interval';
import { parseEntries, toEntries } from './parse-targets';
import { TargetError } from './target-error';
import type { TargetSet } from './target-set';

/** The addresses that may be scanned: those that an entry allows and none denies. Deny wins. */
export type Scope = ReturnType<typeof parseScope>;

/** Loopback only. */
export const DEFAULT_SCOPE = '127.0.0.0/8, ::1';

/**
 * Reads entries as parseTargets() does, separated by commas or white space; `!` in front of one denies it. A text that
 * allows nothing, the empty one too, is a scope with everything outside. Throws a TargetError that names a refused
 * entry.
 */
export function parseScope(text: string) {
  const entries = toEntries(text);
  const allowed = parseEntries(entries.filter((entry) => !entry.startsWith('!')));
  const denied = parseEntries(entries.filter((entry) => entry.startsWith('!')).map(toDeniedEntry));
  const inside = allowed.minus(denied);
  return {
    /** Any valid form of an address; false for any other text. */
    allows: (address: string): boolean => inside.has(address),
    /** The first address or interval of `set` that is outside, as text; undefined if all of it is inside. */
    findOutside(set: TargetSet): string | undefined {
      const outside = set.minus(inside).intervals[0];
      return outside === undefined ? undefined : formatInterval(outside);
    },
    /** All addresses of `set` that are outside. */
    findAllOutside: (set: TargetSet): TargetSet => set.minus(inside),
    /** Compact text that parseScope() reads back to the same scope. */
    toText: (): string =>
      [
        ...allowed.intervals.map(formatInterval),
        ...denied.intervals.map((denial) => `!${formatInterval(denial)}`),
      ].join(', '),
  };
}

function toDeniedEntry(entry: string): string {
  if (entry === '!')
    throw new TargetError(entry, 'malformed', 'nothing follows the "!"; write the entry directly after it');
  return entry.slice(1);
}
