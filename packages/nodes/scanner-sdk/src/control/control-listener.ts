import { controlSchema, EXCHANGES, readSafely } from '@cyberstroll/contracts';
import { type Broker, DONE, type Publisher } from '@cyberstroll/messaging';
import type { Component, Logger } from '@cyberstroll/runtime';
import type { ExcludedNow } from '../scans/excluded';
import type { ScanRunner } from '../scans/scan-runner';
import type { ControlledTasks } from './controlled-tasks';
import type { ServerClock } from './server-clock';

/**
 * Listens on cs.control. Messages are repeated, and each says how some tasks stand:
 * - `ended` drops the claims of the tasks, `paused` starts none of those that wait, `running` lifts both.
 * - `lost` drops the claims under leases that no longer count.
 * - `superseded` stops the node if it names this process.
 * - `excluded` drops the claims of what is excluded now. A scan of a port that is excluded now is handed back.
 * - `repeated` says that all that holds was repeated, and the time of the server: scans may begin for 2 s.
 */
export function createControlListener({
  broker,
  publisher,
  serverClock,
  tasks,
  excluded,
  runner,
  identity,
  onChange,
  onSuperseded,
  logger,
}: {
  broker: Broker;
  publisher: Publisher;
  serverClock: ServerClock;
  tasks: ControlledTasks;
  excluded: ExcludedNow;
  runner: ScanRunner;
  identity: { node_id: string; instance_id: string };
  onChange: () => void;
  onSuperseded: () => void;
  logger: Logger;
}): Component {
  function obeyExcluded() {
    const portsLeft = (ip: string, ports: readonly number[]) => excluded.portsLeft(ip, ports, performance.now());
    const dropped = runner.dropAll(
      ({ ip, plan }) => portsLeft(ip, plan.excluded.portsLeft(ip, plan.ports)).length === 0,
      'cancelled',
    );
    const returned = runner.handBack(
      ({ ip, ports = [] }) => portsLeft(ip, ports).length < ports.length,
      'NODE_DRAINING',
      'some of its ports are excluded now',
    );
    if (dropped + returned > 0) logger.info({ dropped, returned }, 'excluded: scans dropped');
    onChange();
  }

  return broker.createConsumer({
    queue: { exclusiveOn: EXCHANGES.control.name },
    prefetch: 100,
    onListening: (isListening) => serverClock.noteListening(isListening, performance.now()),
    publisher,
    logger,
    handle: async ({ body }) => {
      const parsed = readSafely(controlSchema, body);
      // Every node gets the message: a dead letter from each would be too many.
      if (!parsed.success) {
        logger.warn({ issue: parsed.error.issues[0]?.message }, 'control message is not valid: ignored');
        return DONE;
      }
      if (parsed.data.state === 'lost') {
        const lost = new Set(parsed.data.lease_ids);
        const dropped = runner.dropAll(({ lease_id }) => lost.has(lease_id), 'lease_lost');
        if (dropped > 0) logger.warn({ dropped }, 'leases lost: scans dropped');
        return DONE;
      }
      if (parsed.data.state === 'superseded') {
        const { node_id, instance_id } = parsed.data;
        if (node_id === identity.node_id && instance_id === identity.instance_id) onSuperseded();
        return DONE;
      }
      if (parsed.data.state === 'excluded') {
        try {
          if (excluded.note(parsed.data, performance.now())) obeyExcluded();
        } catch (err) {
          logger.warn({ err }, 'what is excluded cannot be read: control message ignored');
        }
        return DONE;
      }
      if (parsed.data.state === 'repeated') {
        serverClock.noteRepeated(parsed.data, performance.now());
        onChange();
        return DONE;
      }
      const { task_ids, state } = parsed.data;
      const changed = task_ids.filter((taskId) => tasks.stateOf(taskId, performance.now()) !== state);
      tasks.note(parsed.data, performance.now());
      if (state === 'ended') {
        const ended = new Set(task_ids);
        const dropped = runner.dropAll(({ plan }) => ended.has(plan.task_id), 'cancelled');
        if (dropped > 0) logger.info({ task_ids: changed, dropped }, 'tasks ended: scans dropped');
      }
      if (changed.length > 0) onChange();
      return DONE;
    },
  });
}
