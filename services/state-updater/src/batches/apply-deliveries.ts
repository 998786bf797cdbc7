import { EXCHANGES, queueMarkerSchema, type SubTaskTransition, toPortions } from '@cyberstroll/contracts';
import {
  type Delivery,
  DONE,
  type Publisher,
  publishEvent,
  sendLostLeases,
  type Verdict,
} from '@cyberstroll/messaging';
import type { Span } from '@cyberstroll/runtime';
import type { Store } from '@cyberstroll/store';
import { type FindImpostor, type IncomingUpdate, validateEnvelope } from '@cyberstroll/task-state';
import { findLostLeases } from '../core/find-lost-leases';
import { groupTransitions } from '../core/group-transitions';
import { takeAhead } from '../core/take-ahead';
import type { UpdateMetrics } from '../metrics/update-metrics';
import { BatchTrace } from './batch-trace';
import type { Lanes } from './lanes';
import { createPauseReminder } from './remind-of-pauses';
import { type RejectedUpdate, sendDeadLetters } from './send-dead-letters';

export interface ApplyDeps {
  /** That the deliveries come from. */
  store: Pick<Store, 'subTasks' | 'queueLag'>;
  publisher: Publisher;
  metrics: UpdateMetrics;
  /** Takes the tasks whose counters have changed, and the spans that changed the traced ones. */
  touch: (taskIds: Iterable<string>, spans: ReadonlyMap<string, Pick<Span, 'traceparent'>>) => void;
  /** Takes what was written, for the counts of the nodes. Default: nobody counts. */
  countClosed?: (transitions: readonly SubTaskTransition[], now: Date) => void;
  maxUpdates: number;
  lanes: Lanes;
  /** Refuses what a node says in the name of another. Default: it is not checked. */
  findImpostor?: FindImpostor | undefined;
  /** A fault test may end the process at these places. */
  failpoint?: (place: 'before_commit' | 'after_commit_before_ack') => Promise<void>;
}

/** An update of a delivery that is here. It may be applied before its turn, by a batch before its own. */
interface Incoming extends IncomingUpdate {
  delivery: Delivery;
  isApplied: boolean;
}

interface Part {
  lane: number;
  incoming: Incoming[];
}

/**
 * A batch under way. After an outage its handling is repeated: committed updates are not applied again, and each
 * update is counted once.
 */
interface Batch {
  deliveries: ReadonlySet<Delivery>;
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
 *
 * A batch with claims also applies what later deliveries say of its subtasks (`takeAhead`). Such a delivery is still
 * acked with its own batch. If an update of it is rejected, its own batch sends the dead letter. Without `findAhead`
 * nothing is taken ahead: only what the deliveries say can make that fail.
 */
export function createDeliveryApplier(deps: ApplyDeps) {
  const { store, publisher, metrics, touch, countClosed, maxUpdates, lanes, findImpostor, failpoint } = deps;
  const remindOfPauses = createPauseReminder(publisher);

  async function applyTraced(part: readonly IncomingUpdate[], spans: ReadonlyMap<string, Span>, now: Date) {
    const endAll = (error?: unknown) => {
      for (const span of spans.values()) span.end({ error });
    };
    try {
      const outcome = await store.subTasks.tryUpdateSubTasks(part, now);
      endAll();
      return outcome;
    } catch (error) {
      endAll(error);
      throw error;
    }
  }

  /** Undefined if other updaters have interfered twice: then nothing is applied. */
  async function applyAtOnce(
    part: readonly Incoming[],
    { deliveries, trace }: Batch,
    now: Date,
  ): Promise<RejectedUpdate[] | undefined> {
    const end = metrics.startBatch(part.length);
    const spans = trace.startSpans(part);
    const outcome = await applyTraced(part, spans, now);
    if (!outcome) return undefined;
    const { results, transitions, implausible, pausedTasks, retried } = outcome;
    end(retried);
    metrics.countImplausible(implausible);
    metrics.countTransitions(transitions);
    countClosed?.(transitions, now);
    touch(new Set(transitions.map(({ task_id }) => task_id)), spans);
    for (const { status, facts } of groupTransitions(transitions)) {
      publishEvent(publisher, 'subtask', status, facts, now);
    }
    sendLostLeases(publisher, findLostLeases(part, results));
    remindOfPauses(pausedTasks);
    metrics.countCommitted(part, results);
    const rejected: RejectedUpdate[] = [];
    part.forEach((incoming, i) => {
      const result = results[i]!;
      if (result.outcome !== 'rejected') incoming.isApplied = true;
      else if (deliveries.has(incoming.delivery)) {
        const { sender, delivery, update: content } = incoming;
        rejected.push({ sender, delivery, rejection: { reason: result.reason, detail: result.detail, content } });
      }
    });
    return rejected;
  }

  /** Applies what is left of a part; in halves, one after the other, if it collides with other updaters. */
  async function applyPart(part: Part, batch: Batch): Promise<void> {
    const left = part.incoming.filter(({ isApplied }) => !isApplied);
    const rejected = left.length > 0 ? await applyAtOnce(left, batch, new Date()) : [];
    batch.parts.delete(part);
    if (rejected) {
      batch.rejected.push(...rejected);
      return;
    }
    metrics.countSplit();
    const halves = toPortions(left, Math.ceil(left.length / 2)).map((incoming) => ({ lane: part.lane, incoming }));
    for (const half of halves) batch.parts.add(half);
    for (const half of halves) await applyPart(half, batch);
  }

  /** Applies what is not yet committed. After a fault it waits for the parts of the other lanes. */
  async function applyParts(batch: Batch): Promise<void> {
    const applied = [...batch.parts].map((part) => lanes.run(part.lane, () => applyPart(part, batch)));
    const failed = (await Promise.allSettled(applied)).find((result) => result.status === 'rejected');
    if (failed) throw failed.reason;
  }

  const readEnvelope = createEnvelopeReader(findImpostor);
  /** The batches under way, by their first delivery. */
  const underWay = new WeakMap<Delivery, Batch>();

  function openBatch(deliveries: readonly Delivery[], findAhead: () => readonly Delivery[] = () => []): Batch {
    const envelopes = deliveries.map(readEnvelope);
    const trace = new BatchTrace();
    for (const { traces } of envelopes) trace.add(traces);
    const own = envelopes.flatMap(({ incoming }) => incoming);
    const incoming = takeAhead(own, () => findAhead().flatMap((delivery) => readEnvelope(delivery).incoming));
    return {
      deliveries: new Set(deliveries),
      parts: new Set(toParts(incoming, lanes, maxUpdates)),
      rejected: envelopes.flatMap(({ rejected }) => rejected),
      sentTimes: envelopes.flatMap(({ sentTime }) => sentTime ?? []),
      marker: envelopes.findLast(({ marker }) => marker)?.marker,
      trace,
    };
  }

  return async function applyDeliveries(
    deliveries: readonly Delivery[],
    findAhead?: () => readonly Delivery[],
  ): Promise<Verdict[]> {
    const now = new Date();
    // A delivery on its own begins again: what its batch had taken ahead may be what failed.
    const known = findAhead && underWay.get(deliveries[0]!);
    const batch = known && isSame(known.deliveries, deliveries) ? known : openBatch(deliveries, findAhead);
    underWay.set(deliveries[0]!, batch);
    const { parts, rejected, sentTimes, marker } = batch;
    // A batch of markers alone commits nothing.
    const mayFail = parts.size + rejected.length > 0 ? failpoint : undefined;
    await mayFail?.('before_commit');
    await applyParts(batch);
    if (marker) {
      // An older batch may still be in another lane.
      await lanes.whenPassed();
      await store.queueLag.noteBack(marker);
    }
    await sendDeadLetters(publisher, rejected, now);
    metrics.countDeadLetters(rejected.length);
    for (const sent of sentTimes) metrics.observeLag(sent);
    underWay.delete(deliveries[0]!);
    await mayFail?.('after_commit_before_ack');
    return deliveries.map(() => DONE);
  };
}

/** What a delivery says. */
interface Envelope {
  marker?: Date;
  sentTime?: Date | undefined;
  traces?: Record<string, unknown> | undefined;
  incoming: readonly Incoming[];
  rejected: readonly RejectedUpdate[];
}

/** Reads each delivery once, though batches before its own look at it. */
function createEnvelopeReader(findImpostor: FindImpostor | undefined): (delivery: Delivery) => Envelope {
  const known = new WeakMap<Delivery, Envelope>();
  return (delivery) => {
    const envelope = known.get(delivery) ?? readEnvelope(delivery, findImpostor);
    known.set(delivery, envelope);
    return envelope;
  };
}

function readEnvelope(delivery: Delivery, findImpostor: FindImpostor | undefined): Envelope {
  const { body, exchange } = delivery;
  const marker = findMarker(body, exchange);
  if (marker) return { marker, incoming: [], rejected: [] };
  const findFault = findImpostor && ((nodeId: string) => findImpostor(nodeId, delivery));
  const { sender, sentTime, traces, updates, rejections } = validateEnvelope(body, exchange, findFault);
  return {
    sentTime,
    traces,
    incoming: updates.map((update) => ({ sender, update, sentTime, delivery, isApplied: false })),
    rejected: rejections.map((rejection) => ({ sender, rejection, delivery })),
  };
}

function toParts(incoming: readonly Incoming[], lanes: Lanes, maxUpdates: number): Part[] {
  return Array.from(lanes.split(incoming, ({ update }) => update.subtask_id)).flatMap(([lane, ofLane]) =>
    Array.from({ length: Math.ceil(ofLane.length / maxUpdates) }, (_, i) => ({
      lane,
      incoming: ofLane.slice(i * maxUpdates, (i + 1) * maxUpdates),
    })),
  );
}

const isSame = (some: ReadonlySet<Delivery>, others: readonly Delivery[]) =>
  some.size === others.length && others.every((delivery) => some.has(delivery));

/** When the marker was sent; undefined if the message is not a marker. Only an exchange for services brings markers. */
function findMarker(body: unknown, exchange: string): Date | undefined {
  const { updates } = Object(body) as { updates?: unknown };
  if (exchange !== EXCHANGES.serviceUpdates.name || !Array.isArray(updates) || updates.length > 0) return undefined;
  const { success, data } = queueMarkerSchema.safeParse(body);
  return success ? new Date(data.sent_time) : undefined;
}
