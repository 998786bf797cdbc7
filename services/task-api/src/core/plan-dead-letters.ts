import {
  type DeadLetterRecord,
  type DeadLetterSummary,
  EXCHANGES,
  type ExchangeName,
  QUEUES,
  type SkippedDeadLetter,
} from '@cyberstroll/contracts';

export interface DeadLetterPlan {
  /** The ids of those to be taken, oldest first. */
  take: string[];
  skipped: SkippedDeadLetter[];
}

type Letter = Pick<DeadLetterSummary, 'dead_letter_id' | 'state' | 'replayable' | 'unreplayable_reason'>;

/** Which of the dead letters found are replayed. One that was already is replayed again only where it was named by its id. */
export function planReplay(found: readonly Letter[], ids?: readonly string[]): DeadLetterPlan {
  return plan(found, ids, ({ state, replayable, unreplayable_reason }) => {
    if (state === 'discarded') return 'discarded';
    if (!replayable) return unreplayable_reason ?? 'not_replayable';
    return state === 'replayed' && !ids ? 'already_replayed' : undefined;
  });
}

export const planDiscard = (found: readonly Letter[], ids?: readonly string[]): DeadLetterPlan =>
  plan(found, ids, ({ state }) => (state === 'discarded' ? 'discarded' : undefined));

function plan(
  found: readonly Letter[],
  ids: readonly string[] | undefined,
  whyNot: (deadLetter: Letter) => string | undefined,
): DeadLetterPlan {
  const take: string[] = [];
  const skipped: SkippedDeadLetter[] = [];
  for (const deadLetter of found) {
    const why = whyNot(deadLetter);
    if (why === undefined) take.push(deadLetter.dead_letter_id);
    else skipped.push({ id: deadLetter.dead_letter_id, why });
  }
  const known = new Set(found.map(({ dead_letter_id }) => dead_letter_id));
  for (const id of new Set(ids)) if (!known.has(id)) skipped.push({ id, why: 'not_found' });
  return { take, skipped };
}

/**
 * The message that brings a dead letter back to where it came from: a whole message as it was; an update that was rejected alone
 * in an envelope of its sender's. Throws where the content is not what it was kept as.
 */
export function toReplayMessage(
  deadLetter: DeadLetterRecord,
  now: Date,
): { exchange: ExchangeName; routingKey: string; body: unknown } {
  const { exchange, routing_key: routingKey, update_sender } = deadLetter;
  const name = Object.values(EXCHANGES).find((each) => each.name === exchange)?.name;
  if (!deadLetter.replayable || name === undefined || routingKey === undefined) throw new RangeError('not replayable');
  const content: unknown = JSON.parse(deadLetter.content);
  const isUpdate = update_sender !== undefined && deadLetter.queue === QUEUES.stateUpdates.name;
  const body = isUpdate ? { ...update_sender, sent_time: now.toISOString(), updates: [content] } : content;
  return { exchange: name, routingKey, body };
}
