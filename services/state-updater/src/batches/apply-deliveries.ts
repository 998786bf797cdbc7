import { QUEUES } from '@cyberstroll/contracts';
import {
  type Delivery,
  DONE,
  type Publisher,
  publishEvent,
  sendLostLeases,
  type Verdict,
} from '@cyberstroll/messaging';
import type { Span } from '@cyberstroll/runtime';
import type { BatchOutcome, Store } from '@cyberstroll/store';
import { type IncomingUpdate, validateEnvelope } from '@cyberstroll/task-state';
import { findLostLeases } from '../core/find-lost-leases';
import { findMarker } from '../core/find-marker';
import { groupTransitions } from '../core/group-transitions';
import type { UpdateMetrics } from '../metrics/update-metrics';
import { BatchTrace } from './batch-trace';
import { type RejectedUpdate, sendDeadLetters } from './send-dead-letters';

export interface ApplyDeps {
  store: Pick<Store, 'subTasks' | 'queueLag'>;
  publisher: Publisher;
  metrics: UpdateMetrics;
  /** Takes the tasks whose counters have changed, and the spans that changed the traced ones. */
  touch: (taskIds: Iterable<string>, spans: ReadonlyMap<string, Pick<Span, 'traceparent'>>) => void;
  maxUpdates: number;
  /** A fault test may end the process at these places. */
  failpoint?: (place: 'before_commit' | 'after_commit_before_ack') => Promise<void>;
}

type Incoming = IncomingUpdate & { delivery: Delivery };

/**
 * The batch under way. After an outage its handling is repeated: committed updates are not applied again, and each
 * update is counted once.
 */
interface Batch {
  deliveries: readonly Delivery[];
  incoming: Incoming[];
  /** The number of updates of `incoming` that are committed. */
  committed: number;
  rejected: RejectedUpdate[];
  sentTimes: Date[];
  /** The newest marker in the batch. */
  marker: Date | undefined;
  trace: BatchTrace;
}

/**
 * Applies a batch of envelopes. The verdicts, and so the acks, come after every transaction has committed and every
 * dead letter is confirmed. After a crash before that, RabbitMQ delivers the batch again, and its updates are
 * duplicates. Calls must not overlap.
 */
export function createDeliveryApplier({ store, publisher, metrics, touch, maxUpdates, failpoint }: ApplyDeps) {
  async function applyTraced(part: readonly IncomingUpdate[], spans: ReadonlyMap<string, Span>, now: Date) {
    const endAll = (error?: unknown) => {
      for (const span of spans.values()) span.end({ error });
    };
    try {
      const outcome: BatchOutcome = await store.subTasks.batchUpdateSubTasks(part, now);
      endAll();
      return outcome;
    } catch (error) {
      endAll(error);
      throw error;
    }
  }

  async function applyPart(part: readonly Incoming[], trace: BatchTrace, now: Date): Promise<RejectedUpdate[]> {
    const end = metrics.startBatch(part.length);
    const spans = trace.startSpans(part);
    const { results, steps, implausible, retried } = await applyTraced(part, spans, now);
    end(retried);
    metrics.countImplausible(implausible);
    metrics.countTransitions(steps);
    touch(new Set(steps.map((step) => step.task_id)), spans);
    for (const { status, facts } of groupTransitions(steps)) publishEvent(publisher, 'subtask', status, facts, now);
    sendLostLeases(publisher, findLostLeases(part, results));
    return results.flatMap((result, i): RejectedUpdate[] => {
      const { sender, delivery, update } = part[i]!;
      if (result.outcome !== 'rejected') {
        metrics.count(result.outcome, update);
        return [];
      }
      return [{ sender, delivery, rejection: { reason: result.reason, detail: result.detail, content: update } }];
    });
  }

  let current: Batch | undefined;

  return async function applyDeliveries(deliveries: readonly Delivery[]): Promise<Verdict[]> {
    const now = new Date();
    if (!current || !isSame(current.deliveries, deliveries)) current = openBatch(deliveries);
    const { incoming, rejected, sentTimes, marker, trace } = current;
    // A batch of markers alone commits nothing.
    const mayFail = incoming.length + rejected.length > 0 ? failpoint : undefined;
    await mayFail?.('before_commit');
    while (current.committed < incoming.length) {
      const part = incoming.slice(current.committed, current.committed + maxUpdates);
      rejected.push(...(await applyPart(part, trace, new Date())));
      current.committed += part.length;
    }
    if (marker) await store.queueLag.noteBack(QUEUES.stateUpdates.name, marker);
    await sendDeadLetters(publisher, rejected, now);
    for (const _ of rejected) metrics.count('rejected');
    for (const sent of sentTimes) metrics.observeLag(sent);
    current = undefined;
    await mayFail?.('after_commit_before_ack');
    return deliveries.map(() => DONE);
  };
}

function openBatch(deliveries: readonly Delivery[]): Batch {
  const batch: Batch = {
    deliveries,
    incoming: [],
    committed: 0,
    rejected: [],
    sentTimes: [],
    marker: undefined,
    trace: new BatchTrace(),
  };
  for (const delivery of deliveries) {
    const marker = findMarker(delivery.body, delivery.exchange);
    if (marker) {
      batch.marker = marker;
      continue;
    }
    const { sender, sentTime, traces, updates, rejections } = validateEnvelope(delivery.body, delivery.exchange);
    batch.trace.add(traces);
    if (sentTime) batch.sentTimes.push(sentTime);
    for (const update of updates) batch.incoming.push({ sender, update, sentTime, delivery });
    for (const rejection of rejections) batch.rejected.push({ sender, rejection, delivery });
  }
  return batch;
}

const isSame = (some: readonly Delivery[], others: readonly Delivery[]) =>
  some.length === others.length && some.every((delivery, i) => delivery === others[i]);
