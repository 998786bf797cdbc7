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
import type { Lanes } from './lanes';
import { type RejectedUpdate, sendDeadLetters } from './send-dead-letters';

export interface ApplyDeps {
  /** That the deliveries come from. */
  queue: string;
  store: Pick<Store, 'subTasks' | 'queueLag'>;
  publisher: Publisher;
  metrics: UpdateMetrics;
  /** Takes the tasks whose counters have changed, and the spans that changed the traced ones. */
  touch: (taskIds: Iterable<string>, spans: ReadonlyMap<string, Pick<Span, 'traceparent'>>) => void;
  maxUpdates: number;
  lanes: Lanes;
  /** A fault test may end the process at these places. */
  failpoint?: (place: 'before_commit' | 'after_commit_before_ack') => Promise<void>;
}

type Incoming = IncomingUpdate & { delivery: Delivery };

interface Part {
  lane: number;
  incoming: Incoming[];
}

/**
 * A batch under way. After an outage its handling is repeated: committed updates are not applied again, and each
 * update is counted once.
 */
interface Batch {
  deliveries: readonly Delivery[];
  /** What is not yet committed, one transaction each. */
  parts: Set<Part>;
  rejected: RejectedUpdate[];
  sentTimes: Date[];
  /** The newest marker in the batch. */
  marker: Date | undefined;
  trace: BatchTrace;
}

/**
 * Applies batches of envelopes. Updates of the same subtask are in the same lane, so they are applied one after the
 * other, in the order of their batches; lanes read, decide and write side by side. The verdicts of a batch, and so the
 * acks, come after every transaction of it has committed and every dead letter is confirmed. After a crash before that,
 * RabbitMQ delivers the batch again, and its updates are duplicates.
 */
export function createDeliveryApplier(deps: ApplyDeps) {
  const { queue, store, publisher, metrics, touch, maxUpdates, lanes, failpoint } = deps;

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
    metrics.countCommitted(part, results);
    return results.flatMap((result, i): RejectedUpdate[] => {
      if (result.outcome !== 'rejected') return [];
      const { sender, delivery, update } = part[i]!;
      return [{ sender, delivery, rejection: { reason: result.reason, detail: result.detail, content: update } }];
    });
  }

  /** Applies what is not yet committed. After a fault it waits for the parts of the other lanes. */
  async function applyParts({ parts, rejected, trace }: Batch): Promise<void> {
    const applied = [...parts].map((part) =>
      lanes.run(part.lane, async () => {
        rejected.push(...(await applyPart(part.incoming, trace, new Date())));
        parts.delete(part);
      }),
    );
    const failed = (await Promise.allSettled(applied)).find((result) => result.status === 'rejected');
    if (failed) throw failed.reason;
  }

  /** The batches under way, by their first delivery. */
  const underWay = new WeakMap<Delivery, Batch>();

  return async function applyDeliveries(deliveries: readonly Delivery[]): Promise<Verdict[]> {
    const now = new Date();
    const known = underWay.get(deliveries[0]!);
    const batch = known && isSame(known.deliveries, deliveries) ? known : openBatch(deliveries, lanes, maxUpdates);
    underWay.set(deliveries[0]!, batch);
    const { parts, rejected, sentTimes, marker } = batch;
    // A batch of markers alone commits nothing.
    const mayFail = parts.size + rejected.length > 0 ? failpoint : undefined;
    await mayFail?.('before_commit');
    await applyParts(batch);
    if (marker) await store.queueLag.noteBack(queue, marker);
    await sendDeadLetters(publisher, rejected, now);
    metrics.countDeadLetters(rejected.length);
    for (const sent of sentTimes) metrics.observeLag(sent);
    underWay.delete(deliveries[0]!);
    await mayFail?.('after_commit_before_ack');
    return deliveries.map(() => DONE);
  };
}

function openBatch(deliveries: readonly Delivery[], lanes: Lanes, maxUpdates: number): Batch {
  const incoming: Incoming[] = [];
  const batch: Batch = {
    deliveries,
    parts: new Set(),
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
    for (const update of updates) incoming.push({ sender, update, sentTime, delivery });
    for (const rejection of rejections) batch.rejected.push({ sender, rejection, delivery });
  }
  for (const [lane, ofLane] of lanes.split(incoming, ({ update }) => update.subtask_id)) {
    for (let first = 0; first < ofLane.length; first += maxUpdates)
      batch.parts.add({ lane, incoming: ofLane.slice(first, first + maxUpdates) });
  }
  return batch;
}

const isSame = (some: readonly Delivery[], others: readonly Delivery[]) =>
  some.length === others.length && some.every((delivery, i) => delivery === others[i]);
