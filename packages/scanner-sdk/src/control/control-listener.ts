import { controlSchema, EXCHANGES } from '@cyberstroll/contracts';
import { type Broker, DONE, type Publisher } from '@cyberstroll/messaging';
import type { Component, Logger } from '@cyberstroll/runtime';
import type { ScanRunner } from '../scans/scan-runner';
import type { TaskOrders } from './controlled-tasks';

/**
 * Hears cs.control. `ended` drops what is held of the task, `paused` keeps what has not started from starting, `running`
 * lifts both. Messages repeat; each says how the task stands. `lost` drops what is held under leases that count no more. `superseded`
 * ends the process that it names.
 * `repeated` says that every pause is known again after a lost connection.
 */
export function createControlListener({
  broker,
  publisher,
  orders,
  runner,
  identity,
  onChange,
  onSuperseded,
  logger,
}: {
  broker: Broker;
  publisher: Publisher;
  orders: TaskOrders;
  runner: ScanRunner;
  identity: { node_id: string; instance_id: string };
  onChange: () => void;
  onSuperseded: () => void;
  logger: Logger;
}): Component {
  return broker.createConsumer({
    queue: { exclusiveOn: EXCHANGES.control.name },
    prefetch: 100,
    onListening: (isListening) => orders.noteListening(isListening, Date.now()),
    publisher,
    logger,
    handle: async ({ body }) => {
      const parsed = controlSchema.safeParse(body);
      // Every node gets it: one dead letter each would be too many.
      if (!parsed.success) {
        logger.warn({ issue: parsed.error.issues[0]?.message }, 'control message not understood');
        return DONE;
      }
      if (parsed.data.state === 'lost') {
        const lost = new Set(parsed.data.lease_ids);
        const dropped = runner.dropAll(({ lease_id }) => lost.has(lease_id));
        if (dropped > 0) logger.warn({ dropped }, 'no longer held: the scans are dropped');
        return DONE;
      }
      if (parsed.data.state === 'superseded') {
        const { node_id, instance_id } = parsed.data;
        if (node_id === identity.node_id && instance_id === identity.instance_id) onSuperseded();
        return DONE;
      }
      if (parsed.data.state === 'repeated') {
        const wasComplete = orders.isComplete(Date.now());
        orders.noteRepeated(parsed.data.within_ms, Date.now());
        if (!wasComplete) onChange();
        return DONE;
      }
      const { task_id, state } = parsed.data;
      const before = orders.stateOf(task_id, Date.now());
      orders.note(parsed.data, Date.now());
      if (state === 'ended') {
        const dropped = runner.dropAll(({ plan }) => plan.task_id === task_id);
        if (dropped > 0) logger.info({ task_id, dropped }, 'task ended: its scans are dropped');
      }
      if (state !== before) onChange();
      return DONE;
    },
  });
}
