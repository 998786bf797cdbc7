import { formatAddress } from './address';
import { formatInterval } from './interval';
import { parseEntry } from './parse-targets';
import { TargetError } from './target-error';

/**
 * The canonical text of one address or one network: without host bits, in the shortest form. Throws a TargetError for
 * all that `parseTargets` refuses, and for a range or a list.
 */
export function toNetwork(text: string): string {
  if (text.includes('-')) throw new TargetError(text, 'malformed', 'not an address or a network');
  return toCanonicalEntry(text);
}

/** The same of one entry of `parseTargets`: a range, too. */
export function toCanonicalEntry(text: string): string {
  const [first, last] = parseEntry(text);
  if (first === last) return formatAddress(first);
  return formatInterval({ family: typeof first === 'number' ? 4 : 6, first: BigInt(first), last: BigInt(last) });
}
