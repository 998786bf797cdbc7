import { type Heartbeat, heartbeatSchema } from '@cyberstroll/contracts';

/** A heartbeat, or what is wrong with it, naming the field. */
export function parseHeartbeat(body: unknown): { heartbeat: Heartbeat } | { problem: string } {
  const parsed = heartbeatSchema.safeParse(body);
  if (parsed.success) return { heartbeat: parsed.data };
  const issue = parsed.error.issues[0]!;
  return { problem: `${issue.path.join('.') || 'heartbeat'}: ${issue.message}` };
}
