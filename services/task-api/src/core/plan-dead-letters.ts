import {
  type DeadLetterOutcome,
  type DeadLetterRecord,
  type DeadLetterSummary,
  type ErrorKind,
  EXCHANGES,
  type ExchangeName,
  QUEUES,
  REPLAYED_USER,
  type SkippedDeadLetter,
} from '@cyberstroll/contracts';

export interface DeadLetterPlan {
  /** The ids of the dead letters to replay or discard, oldest first. */
  take: string[];
  skipped: SkippedDeadLetter[];
}

type Candidate = Pick<DeadLetterSummary, 'dead_letter_id' | 'state' | 'replayable' | 'unreplayable_reason'>;

/**
 * Which of the found dead letters are replayed. One that was replayed before is replayed again only if its id is given.
 */
export function planReplay(found: readonly Candidate[], ids?: readonly string[]): DeadLetterPlan {
  return plan(found, ids, ({ state, replayable, unreplayable_reason }) => {
    if (state === 'discarded') return 'discarded';
    if (!replayable) return unreplayable_reason ?? 'not_replayable';
    return state === 'replayed' && !ids ? 'already_replayed' : undefined;
  });
}

export const planDiscard = (found: readonly Candidate[], ids?: readonly string[]): DeadLetterPlan =>
  plan(found, ids, ({ state }) => (state === 'discarded' ? 'discarded' : undefined));

function plan(
  found: readonly Candidate[],
  ids: readonly string[] | undefined,
  whyNot: (deadLetter: Candidate) => string | undefined,
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
 * The message that sends a dead letter back to where it came from: a whole message unchanged, a single rejected update
 * in an envelope of its sender. Its header names the RabbitMQ user that had sent it. Throws if the dead letter is not
 * replayable or its content is not JSON.
 */
export function toReplayMessage(
  deadLetter: DeadLetterRecord,
  now: Date,
): { exchange: ExchangeName; routingKey: string; body: unknown; headers: Record<string, string> } {
  const { exchange, routing_key: routingKey, update_sender, user_id } = deadLetter;
  const name = Object.values(EXCHANGES).find((each) => each.name === exchange)?.name;
  if (!deadLetter.replayable || name === undefined || routingKey === undefined) throw new RangeError('not replayable');
  const content: unknown = JSON.parse(deadLetter.content);
  const isUpdate = update_sender !== undefined && deadLetter.queue === QUEUES.stateUpdates.name;
  const body = isUpdate ? { ...update_sender, sent_time: now.toISOString(), updates: [content] } : content;
  return { exchange: name, routingKey, body, headers: user_id === undefined ? {} : { [REPLAYED_USER]: user_id } };
}

/** Dead letters are published, and then marked, in pages of at most this size. */
const PAGE = { deadLetters: 100, bytes: 8 * 1024 * 1024 };

/** The ids in pages: each holds at most 100 dead letters and 8 MiB of content, but at least one dead letter. */
export function toPages(
  ids: readonly string[],
  found: readonly Pick<DeadLetterSummary, 'dead_letter_id' | 'content_bytes'>[],
): string[][] {
  const bytesOf = new Map(found.map(({ dead_letter_id, content_bytes }) => [dead_letter_id, content_bytes]));
  const pages: string[][] = [];
  let left = { deadLetters: 0, bytes: 0 };
  for (const id of ids) {
    const bytes = bytesOf.get(id) ?? 0;
    if (left.deadLetters === 0 || left.bytes < bytes) {
      pages.push([]);
      left = { ...PAGE };
    }
    pages.at(-1)!.push(id);
    left = { deadLetters: left.deadLetters - 1, bytes: left.bytes - bytes };
  }
  return pages;
}

/**
 * Why a dead letter whose publish failed is skipped. Undefined if the broker is unavailable or overloaded: that is not
 * the dead letter's own fault, and the whole call fails.
 */
export function findSkipReason({ kind, code }: { kind: ErrorKind; code: string }): string | undefined {
  if (code === 'unroutable' || kind === 'invalid') return code;
  return kind === 'transient' || kind === 'overloaded' ? undefined : 'bad_content';
}

export const toOutcome = ({ take, skipped }: DeadLetterPlan, dry_run: boolean, more: boolean): DeadLetterOutcome => ({
  matched: take.length + skipped.filter(({ why }) => why !== 'not_found').length,
  skipped,
  dry_run,
  more,
});
