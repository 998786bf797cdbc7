import type { Evidence, Violation } from './evidence';

/**
 * I14: nothing is dead-lettered that nobody forged: services and conforming nodes publish nothing that cannot be
 * applied.
 */
export function checkDeadLetters({ deadLetters, ledger }: Evidence): Violation[] {
  const markers = ledger.flatMap((entry) =>
    entry.kind === 'poison' || entry.kind === 'forgery' ? [entry.marker] : [],
  );
  return deadLetters
    .filter((deadLetter) => !markers.some((marker) => deadLetter.includes(marker)))
    .map((deadLetter) => ({ invariant: 'I14', where: 'cs.dead-letters', what: deadLetter.slice(0, 500) }));
}
