import type { UpdateEnvelope } from '@cyberstroll/contracts';
import type { LedgerUpdate } from '../checker/evidence';

/** The updates of nodes in messages that the broker took in, in its order; nothing of what is no envelope. */
export const toAccepted = (messages: readonly string[]): LedgerUpdate[] =>
  messages.flatMap((message): LedgerUpdate[] => {
    try {
      const { node_id, updates = [] } = JSON.parse(message) as UpdateEnvelope;
      if (node_id === undefined) return [];
      return updates.flatMap(({ subtask_id, attempt, lease_id, status }) =>
        lease_id === undefined
          ? []
          : [{ kind: 'update', node_id, subtask_id, attempt, lease_id, status, confirmed: true } as const],
      );
    } catch {
      return [];
    }
  });
