import { describeFaults, type Heartbeat, sentHeartbeatSchema } from '@cyberstroll/contracts';

/** The heartbeat with its defaults, or every problem in it, each with the name of its field. */
export function parseHeartbeat(body: unknown): { heartbeat: Heartbeat } | { problem: string } {
  const parsed = sentHeartbeatSchema.safeParse(body);
  return parsed.success ? { heartbeat: parsed.data } : { problem: describeFaults(parsed.error, [], 'heartbeat') };
}
