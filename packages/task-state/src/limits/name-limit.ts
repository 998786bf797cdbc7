import { type Limit, toSentence } from '@cyberstroll/contracts';

/** A limit by what it covers, as a sentence's text; undefined: the limit of a task itself. */
export function nameLimit(stored: Pick<Limit, 'covers'> | undefined): string {
  if (!stored) return toSentence('own_limit');
  if (stored.covers.all) return toSentence('limit_of_all');
  const named = Object.entries(stored.covers).map(([kind, of]) => `${kind} ${of}`);
  return toSentence('limit_of', { covers: named.join() });
}
