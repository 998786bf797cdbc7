import type {
  DeadLetterMark,
  DeadLetterOutcome,
  DeadLetterRecord,
  DeadLetterSummary,
  DiscardDeadLettersBody,
  ReplayDeadLettersBody,
  SkippedDeadLetter,
} from '@cyberstroll/contracts';
import type { Publisher } from '@cyberstroll/messaging';
import { type Logger, toAppError } from '@cyberstroll/runtime';
import type { DeadLetterQuery, Store } from '@cyberstroll/store';
import {
  findSkipReason,
  planDiscard,
  planReplay,
  toOutcome,
  toPages,
  toReplayMessage,
} from '../core/plan-dead-letters';
import { CONFIRM_WITHIN_MS } from './confirm-within';

interface Deps {
  store: Pick<Store, 'deadLetters'>;
  /** Each message names the services' RabbitMQ user: only then do state-updaters believe who had sent it. */
  namedPublisher: Publisher;
  logger: Logger;
}

interface By {
  operator: string;
  reason: string | undefined;
}

/**
 * Sends dead letters back to where they came from. They are marked once the broker has confirmed them. After a crash in
 * between they are replayed again, which does no harm: updates are fenced by attempt and lease.
 */
export async function replayDeadLetters(
  deps: Deps,
  { filter, dry_run, limit, reason }: ReplayDeadLettersBody,
  operator: string,
): Promise<DeadLetterOutcome & { replayed: number }> {
  // Dead letters that can be replayed come first, so that those replayed before do not use up the limit.
  const parts: DeadLetterQuery[] = filter.ids
    ? [filter]
    : [
        { ...filter, state: 'waiting', replayable: true },
        { ...filter, state: 'waiting', replayable: false },
        { ...filter, state: 'replayed' },
      ];
  const { found, more } = await find(deps, parts, limit);
  const plan = planReplay(found, filter.ids);
  if (dry_run) return { ...toOutcome(plan, dry_run, more), replayed: plan.take.length };
  let replayed = 0;
  const failed: SkippedDeadLetter[] = [];
  for (const ids of toPages(plan.take, found)) {
    const deadLetters = await deps.store.deadLetters.findWhole(ids);
    const page = await replayPage(deps, deadLetters, { operator, reason });
    replayed += page.replayed;
    failed.push(...page.failed);
  }
  deps.logger.info({ replayed, skipped: plan.skipped.length + failed.length, operator }, 'dead letters replayed');
  return { ...toOutcome(plan, dry_run, more), skipped: [...plan.skipped, ...failed], replayed };
}

async function replayPage({ store, namedPublisher }: Deps, deadLetters: readonly DeadLetterRecord[], by: By) {
  const now = new Date();
  const sent = await Promise.allSettled(
    deadLetters.map(async (deadLetter) => {
      const { exchange, routingKey, body, headers } = toReplayMessage(deadLetter, now);
      await namedPublisher.publish(exchange, routingKey, body, { headers, withinMs: CONFIRM_WITHIN_MS });
    }),
  );
  const done: string[] = [];
  const failed: SkippedDeadLetter[] = [];
  let outage: unknown;
  for (const [i, { dead_letter_id: id }] of deadLetters.entries()) {
    const result = sent[i]!;
    if (result.status === 'fulfilled') done.push(id);
    else {
      const why = findSkipReason(toAppError(result.reason));
      if (why === undefined) outage = result.reason;
      else failed.push({ id, why });
    }
  }
  if (done.length > 0) await store.deadLetters.markReplayed(done, toMark(by, now));
  if (outage) throw outage;
  return { replayed: done.length, failed };
}

/** Removes dead letters from the list and from every later replay. They are kept until they expire. */
export async function discardDeadLetters(
  deps: Deps,
  { filter, dry_run, limit, reason }: DiscardDeadLettersBody,
  operator: string,
): Promise<DeadLetterOutcome & { discarded: number }> {
  const { found, more } = await find(deps, [filter], limit);
  const plan = planDiscard(found, filter.ids);
  if (dry_run) return { ...toOutcome(plan, dry_run, more), discarded: plan.take.length };
  let discarded = 0;
  for (const ids of toPages(plan.take, found)) {
    discarded += await deps.store.deadLetters.markDiscarded(ids, toMark({ operator, reason }, new Date()));
  }
  deps.logger.info({ discarded, operator }, 'dead letters discarded');
  return { ...toOutcome(plan, dry_run, more), discarded };
}

const toMark = ({ operator, reason }: By, time: Date): DeadLetterMark => ({
  time,
  operator,
  ...(reason !== undefined && { reason }),
});

async function find({ store }: Deps, parts: readonly DeadLetterQuery[], limit: number) {
  const found: DeadLetterSummary[] = [];
  let more = false;
  for (const [i, part] of parts.entries()) {
    if (found.length > limit) break;
    found.push(...(await store.deadLetters.findMatching(part, limit + 1 - found.length)));
    // Only the first part is work. A caller that repeats the call until `more` is false must reach an end.
    if (i === 0) more = found.length > limit;
  }
  return { found: found.slice(0, limit), more };
}
