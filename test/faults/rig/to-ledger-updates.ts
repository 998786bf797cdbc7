import type { UpdateEnvelope } from '@cyberstroll/contracts';
import type { LedgerUpdate } from '../checker/evidence';
import type { Published } from './published';

/** The updates in published messages; with a copy of all that the broker took in, whether it has taken each. */
export function toLedgerUpdates(published: readonly Published[], copy?: readonly string[]): LedgerUpdate[] {
  const taken = copy && new Set(copy);
  return published.flatMap(({ content, confirmed }) => {
    const { node_id, updates } = JSON.parse(content) as UpdateEnvelope;
    return updates.map(({ subtask_id, attempt, lease_id, status }): LedgerUpdate => {
      return {
        kind: 'update',
        node_id,
        subtask_id,
        attempt,
        lease_id,
        status,
        confirmed,
        ...(taken && { taken: taken.has(content) }),
      };
    });
  });
}
