import { hostname } from 'node:os';

/**
 * The name of this replica if none is configured: unique among the processes that run in a deployment at the same
 * time.
 */
export const toInstanceId = (service: string, configured?: string): string =>
  configured ?? `${service}-${hostname()}-${process.pid}`;
