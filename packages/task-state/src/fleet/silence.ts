import { NODE_SILENT_AFTER_MS, type Node } from '@cyberstroll/contracts';

/** Silence after which a node counts as gone, in milliseconds: it is no longer missed. */
export const NODE_GONE_AFTER_MS = 86_400_000;

/** Whether a node is not counted on: it is offline, or has been silent for longer than `afterMs`. */
export const isSilent = (
  { status, last_seen }: Pick<Node, 'status' | 'last_seen'>,
  now: Date,
  afterMs: number = NODE_SILENT_AFTER_MS,
): boolean => status === 'offline' || now.getTime() - last_seen.getTime() > afterMs;

/** Processes of a node that live beside its present one, as far as is known. They still work on what they hold. */
export const findLivingRivals = (
  { rivals = [] }: Pick<Node, 'rivals'>,
  now: Date,
  afterMs: number = NODE_SILENT_AFTER_MS,
): string[] =>
  rivals
    .filter(({ last_seen }) => now.getTime() - last_seen.getTime() <= afterMs)
    .map(({ instance_id }) => instance_id);
