/** Nodes in the test's own process, made with the SDK like any other, whose scans last until the test ends them. */
import { createLogger } from '@cyberstroll/runtime';
import { createScannerNode, type ScanFunction } from '@cyberstroll/scanner-sdk';
import { DEFAULT_SCOPE, parseScope } from '@cyberstroll/targets';

const NOTHING = { open_ports: [], services: [], response_time: 0 };

interface HeldScan {
  taskId: string;
  finish(): void;
}

export interface HeldFleet {
  /** Scans that run now, all or a task's, in the order of their start. */
  find(taskId?: string): HeldScan[];
  /** How many scans of a task have started so far. */
  countStarted(taskId: string): number;
  /** From now on a task's scans are held no longer: those that run end, and others as soon as they start. */
  open(taskId: string): void;
  /** Hands back what is left. */
  stop(): Promise<void>;
}

/** One node each of these names. Resolves when they take jobs. */
export async function startHeldFleet(
  rabbitmqUrl: string,
  nodes: Record<string, { pool: string; capacity: number }>,
): Promise<HeldFleet> {
  const running = new Set<HeldScan>();
  const opened = new Set<string>();
  const started = new Map<string, number>();

  const scan: ScanFunction = ({ task_id }, { signal }) =>
    new Promise((resolve) => {
      const held: HeldScan = {
        taskId: task_id,
        finish() {
          running.delete(held);
          resolve(NOTHING);
        },
      };
      started.set(task_id, (started.get(task_id) ?? 0) + 1);
      if (opened.has(task_id)) return held.finish();
      running.add(held);
      signal.addEventListener('abort', held.finish);
    });

  const fleet = Object.entries(nodes).map(([nodeId, { pool, capacity }]) =>
    createScannerNode({
      rabbitmqUrl,
      nodeId,
      pools: [pool],
      capacity,
      scan,
      scope: parseScope(DEFAULT_SCOPE),
      logger: createLogger({ service: 'faults', instance: nodeId, level: 'silent' }),
      heartbeatIntervalMs: 500,
      drainTimeoutMs: 0,
    }),
  );
  const stop = async () => void (await Promise.all(fleet.map((node) => node.stop())));
  const find = (taskId?: string) => [...running].filter((held) => taskId === undefined || held.taskId === taskId);
  try {
    await Promise.all(fleet.map((node) => node.start()));
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    find,
    countStarted: (taskId) => started.get(taskId) ?? 0,
    open(taskId) {
      opened.add(taskId);
      for (const held of find(taskId)) held.finish();
    },
    stop,
  };
}
