import { type Alert, type AlertNotice, isOccurrenceRule } from '@cyberstroll/contracts';

/**
 * Every receiver gets every change of an alert. Two exceptions: the component that sees an occurrence publishes it on
 * `cs.events` itself, and webhooks do not hear of what is muted.
 */
export function selectReceivers<Receiver extends { kind: string }>(
  { rule }: Pick<Alert, 'rule'>,
  { state }: Pick<AlertNotice, 'state'>,
  receivers: readonly Receiver[],
  isMuted: boolean,
): Receiver[] {
  const isPublished = state === 'firing' && isOccurrenceRule(rule);
  return receivers.filter(({ kind }) => (kind === 'events' ? !isPublished : !isMuted));
}
