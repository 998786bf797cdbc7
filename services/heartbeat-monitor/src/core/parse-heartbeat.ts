import { describeFaults, type Heartbeat, sentHeartbeatSchema } from '@cyberstroll/contracts';

/** A heartbeat with its defaults, or all that is wrong with it, naming the fields. */
export function parseHeartbeat(body: unknown): { heartbeat: Heartbeat } | { problem: string } {
  const parsed = sentHeartbeatSchema.safeParse(body);
  return parsed.success ? { heartbeat: parsed.data } : { problem: describeFaults(parsed.error, [], 'heartbeat') };
}
