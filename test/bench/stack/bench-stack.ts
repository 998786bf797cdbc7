import type { BenchOptions, StackKind } from '../part';
import { createBenchApi } from './api';
import { type OwnStack, startOwnStack } from './own-stack';
import { runTask } from './run-task';

export type BenchStack = OwnStack & { readonly kind: StackKind };

/** Nodes of the stack whose scans last a second. */
const SECONDS_NODES = 2;

const MANY = '1000000';

/** A stack without limits on its clients, with no-op nodes, after a warm-up. */
export async function startBenchStack(kind: StackKind, options: BenchOptions): Promise<BenchStack> {
  const isNoop = kind !== 'seconds';
  const own = await startOwnStack({
    // With `--inspect-port`, a process that gets SIGUSR1 can be profiled. It costs nothing before.
    environment: { ...process.env, LOG_LEVEL: 'warn', NODE_OPTIONS: '--inspect-port=127.0.0.1:0' },
    scale: { 'state-updater': options.updaters, 'scanner-node': isNoop ? options.nodes : SECONDS_NODES },
    serviceEnvironment: {
      'task-api': { RATE_LIMIT_PER_MINUTE: MANY },
      'progress-pusher': { MAX_CONNECTIONS: MANY, MAX_CONNECTIONS_PER_ADDRESS: MANY, MAX_CONNECTIONS_PER_KEY: MANY },
      'scanner-node': {
        SCANNER: 'noop',
        SCAN_MS: isNoop ? '0' : '1000',
        CAPACITY: String(isNoop ? options.capacity : Math.ceil(options.slots / SECONDS_NODES)),
      },
    },
  });
  try {
    await runTask(own.stack, createBenchApi(own.stack.describe()), options.warmUp);
    return { ...own, kind };
  } catch (error) {
    await own.kill();
    throw error;
  }
}
