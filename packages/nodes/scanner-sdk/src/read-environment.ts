import { hostname } from 'node:os';
import { AppError } from '@cyberstroll/runtime';
import { DEFAULT_SCOPE, parseScope } from '@cyberstroll/targets';
import type { ScannerNodeOptions } from './scanner-node';

/** The options that the variables of the node contract say. One that has no variable set and no default is absent. */
export type EnvironmentOptions = Required<
  Pick<ScannerNodeOptions, 'rabbitmqUrl' | 'nodeId' | 'pools' | 'capacity' | 'scope'>
> &
  Pick<ScannerNodeOptions, 'heartbeatIntervalMs' | 'leaseMs' | 'drainTimeoutMs'>;

/**
 * Reads RABBITMQ_URL (default: `amqp://127.0.0.1`), NODE_ID (host and process id), POOLS (`default`), CAPACITY (64),
 * SCAN_SCOPE (loopback), HEARTBEAT_INTERVAL_MS, LEASE_MS and DRAIN_TIMEOUT_MS. A variable that is empty counts as
 * absent. Throws AppError invalid `bad_option`, which names the variable.
 */
export function readEnvironment(environment: NodeJS.ProcessEnv = process.env): EnvironmentOptions {
  const read = <Value>(name: string, parse: (text: string) => Value): Value | undefined => {
    const text = environment[name]?.trim();
    if (!text) return undefined;
    try {
      return parse(text);
    } catch (error) {
      throw new AppError(
        'bad_option',
        { detail: `${name} ${(error as Error).message}`, field: name },
        { cause: error },
      );
    }
  };
  const milliseconds = {
    heartbeatIntervalMs: read('HEARTBEAT_INTERVAL_MS', parseNumber),
    leaseMs: read('LEASE_MS', parseNumber),
    drainTimeoutMs: read('DRAIN_TIMEOUT_MS', parseNumber),
  };
  return {
    rabbitmqUrl: read('RABBITMQ_URL', String) ?? 'amqp://127.0.0.1',
    nodeId: read('NODE_ID', String) ?? makeNodeId(),
    pools: read('POOLS', (text) => text.split(/[\s,]+/).filter((pool) => pool !== '')) ?? ['default'],
    capacity: read('CAPACITY', parseNumber) ?? 64,
    scope: read('SCAN_SCOPE', parseScope) ?? parseScope(DEFAULT_SCOPE),
    ...Object.fromEntries(Object.entries(milliseconds).filter(([, value]) => value !== undefined)),
  };
}

function parseNumber(text: string): number {
  if (!/^\d{1,12}$/.test(text)) throw new TypeError(`must be a whole number, not ${text.slice(0, 40)}`);
  return Number(text);
}

const makeNodeId = () =>
  `${hostname()
    .replace(/[^A-Za-z0-9.-]/g, '-')
    .slice(0, 80)}-${process.pid}`.replace(/^[.-]+/, '');
