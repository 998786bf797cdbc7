import { describeFaults, readSafely, subTaskUpdateSchema, updateEnvelopeSchema } from '@cyberstroll/contracts';
import type { Bench, SeenUpdate } from '../bench/bench';

const NODE_STATUSES: ReadonlySet<string> = new Set(['ASSIGNED', 'SCANNING', 'COMPLETED', 'FAILED', 'TIMEOUT']);

export const parse = (body: Buffer): unknown => {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    return undefined;
  }
};

/** All that the server would refuse of an envelope, each fault once, as one text; undefined if it is valid. */
export function findFaults(bench: Bench, body: Buffer): string | undefined {
  const message = parse(body);
  const envelope = readSafely(updateEnvelopeSchema, message);
  const faults = new Set<string>();
  if (!envelope.success) faults.add(describeFaults(envelope.error));
  else if (envelope.data.node_id !== bench.nodeId) faults.add(`node_id: ${envelope.data.node_id}`);
  // Beside a fault of the envelope, those of its updates are named, too.
  const { updates } = (message ?? {}) as { updates?: unknown };
  for (const update of Array.isArray(updates) ? updates : []) {
    const fault = findUpdateFault(bench, update);
    if (fault) faults.add(fault);
  }
  return faults.size > 0 ? [...faults].join('; ') : undefined;
}

function findUpdateFault(bench: Bench, update: unknown): string | undefined {
  const parsed = readSafely(subTaskUpdateSchema, update);
  if (!parsed.success) return describeFaults(parsed.error);
  const { lease_id, status, subtask_id, attempt } = parsed.data;
  if (lease_id === undefined) return 'lease_id is missing';
  if (!NODE_STATUSES.has(status)) return `status ${status} is not a node's`;
  return wasSent(bench, parsed.data) ? undefined : `${subtask_id}, attempt ${attempt}: no job has it`;
}

function wasSent({ tap }: Bench, { task_id, subtask_id, attempt, ip }: Omit<SeenUpdate, 'publish'>): boolean {
  return tap.deliveries.some(({ body }) => {
    if (!body.includes(task_id)) return false;
    const job = parse(body) as { subtasks?: { subtask_id: string; attempt: number; ip: string }[] } | undefined;
    return job?.subtasks?.some(
      (each) => each.subtask_id === subtask_id && each.attempt === attempt && (ip === undefined || each.ip === ip),
    );
  });
}
