import { hostname } from 'node:os';

/** The name of this replica where none was configured: unique among the processes of a deployment at any one time. */
export const toInstanceId = (service: string, configured?: string): string =>
  configured ?? `${service}-${hostname()}-${process.pid}`;
