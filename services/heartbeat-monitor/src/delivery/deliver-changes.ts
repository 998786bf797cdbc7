import { toChangeWebhookBody } from '@cyberstroll/contracts';
import { backoffMs, type Counts, type Logger } from '@cyberstroll/runtime';
import type { DueWebhook, Store } from '@cyberstroll/store';
import { TRIES_OF_REFUSED } from './core/plan-delivery';
import type { CountTry } from './delivery-counter';
import { CAP_MS, postWebhook } from './webhooks';

export interface ChangeDeliveryDeps {
  store: Pick<Store, 'hosts' | 'webhooks'>;
  countTry: CountTry;
  logger: Logger;
}

/** Changes in one request. */
const BATCH = 100;
const BASE_MS = 1_000;
/** A pass begins no further request to a webhook after this time. */
const PASS_MS = 2_000;

/**
 * The sweep that sends changes of the inventory to the webhooks that the API made. A webhook is a place in the numbered
 * changes: it moves when a request arrived, so nothing is left out, and after a crash the last request comes again.
 * Webhooks do not wait for each other. Resolves with undefined if every webhook has all changes.
 */
export function createChangeDelivery(
  { store: { hosts, webhooks }, countTry, logger }: ChangeDeliveryDeps,
  { TASK_WEBHOOK_TIMEOUT_MS: timeoutMs }: { TASK_WEBHOOK_TIMEOUT_MS: number },
) {
  async function deliver(webhook: DueWebhook): Promise<number> {
    const untilMs = performance.now() + PASS_MS;
    let delivered = 0;
    for (let place = webhook; ; ) {
      const { kind, target, ports, severity, label } = webhook;
      const filter = { kind, target, ports, severity, label };
      const { items, next, is_complete } = await hosts.findChanges({
        ...filter,
        from: `${place.change}`,
        limit: BATCH,
      });
      const now = new Date();
      if (items.length > 0 && !(await send(place, items, now))) return delivered;
      delivered += items.length;
      const change = Number(next);
      if (change !== place.change) await webhooks.notePlace(place, change, items.length > 0 ? now : undefined);
      if (is_complete || performance.now() > untilMs) return delivered;
      place = { ...place, change, tries: 0 };
    }
  }

  /** Whether the place moves on: they arrived, or are given up. */
  async function send(webhook: DueWebhook, changes: Parameters<typeof toChangeWebhookBody>[1], now: Date) {
    const { url, secret, name, webhook_id, tries } = webhook;
    const body = toChangeWebhookBody(webhook, changes, now);
    const fault = await postWebhook(url, body, { id: body.delivery_id, secrets: [secret], timeoutMs });
    const isGivenUp = fault?.isRefusal === true && tries + 1 >= TRIES_OF_REFUSED;
    countTry('change_webhook', !fault ? 'delivered' : isGivenUp ? 'given_up' : 'failed');
    if (!fault) return true;
    const facts = { webhook: name, webhook_id, delivery_id: body.delivery_id, tries: tries + 1, fault: fault.text };
    if (isGivenUp) {
      logger.error(facts, 'changes not delivered, given up');
      return true;
    }
    logger.warn(facts, 'changes not delivered');
    const waitMs = backoffMs(tries + 1, { baseMs: BASE_MS, capMs: CAP_MS }, Math.random());
    await webhooks.noteFault(webhook, fault.text, new Date(Date.now() + waitMs), now);
    return false;
  }

  return async function deliverOnce(now: Date): Promise<Counts | undefined> {
    const due = await webhooks.findDue(await hosts.findLastChange(), now);
    if (due.length === 0) return undefined;
    const delivered = await Promise.all(due.map(deliver));
    return { delivered: delivered.reduce((sum, count) => sum + count, 0) };
  };
}
