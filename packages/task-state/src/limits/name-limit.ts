import { type Limit, toSentence } from '@cyberstroll/contracts';
import type { StandingLimit } from './headroom';

/** A limit as it stands, and where it is a stored one, that; without `stored` it is that of one task. */
export type KnownLimit = StandingLimit & { stored?: Limit };

/** What a sentence says of it: what it covers, or that it is the task's own. */
export function nameLimit({ stored }: Pick<KnownLimit, 'stored'>): string {
  if (!stored) return toSentence('own_limit');
  if (stored.covers.all) return toSentence('limit_of_all');
  const named = Object.entries(stored.covers).map(([kind, of]) => `${kind} ${of}`);
  return toSentence('limit_of', { covers: named.join() });
}
