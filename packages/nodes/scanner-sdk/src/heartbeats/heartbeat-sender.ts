import { cpus, freemem, totalmem } from 'node:os';
import {
  EXCHANGES,
  type Heartbeat,
  MAX_CURRENT_TASKS,
  type NodeStatus,
  QUEUES,
  type SubTaskUpdate,
} from '@cyberstroll/contracts';
import type { Publisher } from '@cyberstroll/messaging';
import { type Component, createComponent } from '@cyberstroll/runtime';
import type { Claim } from '../scans/claim';

type CurrentTask = Heartbeat['current_tasks'][number];

/**
 * What the node holds: its claims, and the subtasks it has finished whose last update is unconfirmed. If a subtask is
 * missing here, the server counts it as a zombie and gives it to another node.
 */
export function toCurrentTasks(held: Iterable<Claim>, unconfirmed: Iterable<SubTaskUpdate>): CurrentTask[] {
  const tasks = new Map<string, CurrentTask>();
  for (const { subtask_id } of unconfirmed) tasks.set(subtask_id, { subtask_id, status: 'scanning', progress: 100 });
  for (const { subtask_id, started_time, progress } of held) {
    tasks.set(subtask_id, { subtask_id, status: started_time ? 'scanning' : 'assigned', progress });
  }
  return [...tasks.values()].slice(0, MAX_CURRENT_TASKS);
}

export interface HeartbeatSender extends Component {
  /** Sends one heartbeat now, besides the regular ones. False if the broker cannot take it now. */
  beat(status?: NodeStatus): boolean;
}

/**
 * Sends a heartbeat at start, every `intervalMs`, soon after the broker is back, and a last one, `offline`, at stop.
 */
export function createHeartbeatSender({
  publisher,
  intervalMs,
  identity,
  now,
  onConfirmed,
}: {
  publisher: Publisher;
  intervalMs: number;
  identity: Pick<Heartbeat, 'node_id' | 'instance_id' | 'capacity' | 'pools' | 'methods' | 'version' | 'contract'>;
  /** The fields that change from one heartbeat to the next. */
  now: () => { status: NodeStatus; running: number; current_tasks: CurrentTask[] };
  /** The broker has confirmed the heartbeat that was sent at `sentAt`, on the clock of `performance.now`. */
  onConfirmed: (sentAt: number) => void;
}): HeartbeatSender {
  const sampleLoad = createSystemLoad();
  let timer: NodeJS.Timeout | undefined;

  function beat(as?: NodeStatus): boolean {
    const { status, running, current_tasks } = now();
    const heartbeat: Heartbeat = {
      ...identity,
      timestamp: Date.now(),
      status: as ?? status,
      current_tasks,
      system_info: { ...sampleLoad(), active_threads: running },
    };
    const sentAt = performance.now();
    return publisher.tryPublish(EXCHANGES.heartbeats.name, QUEUES.heartbeats.routingKey, heartbeat, () =>
      onConfirmed(sentAt),
    );
  }

  function beatOn() {
    timer = setTimeout(beatOn, beat() ? intervalMs : intervalMs / 10);
  }

  return {
    ...createComponent('heartbeats', {
      start: beatOn,
      stop() {
        clearTimeout(timer);
        beat('offline');
      },
    }),
    beat,
  };
}

export interface SystemLoad {
  /** Percent of the machine's processors, since the previous sample. */
  cpu_usage: number;
  /** Percent of the machine's memory. */
  memory_usage: number;
}

/** Samples the load of the machine. The first sample covers the time since the sampler was created. */
function createSystemLoad(): () => SystemLoad {
  let before = sumCpuTimes();
  return () => {
    const now = sumCpuTimes();
    const total = now.total - before.total;
    const busy = total - (now.idle - before.idle);
    before = now;
    return {
      cpu_usage: total > 0 ? toPercent(busy / total) : 0,
      memory_usage: toPercent(1 - freemem() / totalmem()),
    };
  };
}

function sumCpuTimes(): { idle: number; total: number } {
  let idle = 0;
  let total = 0;
  for (const { times } of cpus()) {
    idle += times.idle;
    total += times.user + times.nice + times.sys + times.irq + times.idle;
  }
  return { idle, total };
}

const toPercent = (share: number): number => Math.round(Math.min(Math.max(share, 0), 1) * 1_000) / 10;
