import { type Alert, type AlertNotice, isOccurrenceRule } from '@cyberstroll/contracts';

/**
 * Every receiver gets every change of an alert. One exception: the component that sees an occurrence publishes it on
 * `cs.events` itself.
 */
export function selectReceivers<Receiver extends { kind: string }>(
  { rule }: Pick<Alert, 'rule'>,
  { state }: Pick<AlertNotice, 'state'>,
  receivers: readonly Receiver[],
): Receiver[] {
  const isPublished = state === 'firing' && isOccurrenceRule(rule);
  return receivers.filter(({ kind }) => !(isPublished && kind === 'events'));
}
