import type { Counts } from '@cyberstroll/runtime';
import { type FailDeps, failHeld } from './fail-held';

/** Nodes unseen for longer are not looked at: the deadlines of their subtasks have long passed. */
const HORIZON_MS = 3_600_000;

/**
 * What slipped in behind a loss: a claim that was still on its way when its node went offline or was started anew, or
 * that a crash of ours left. No node may be shown holding what its present process does not.
 */
export async function failOrphansOnce(deps: FailDeps, now: Date): Promise<Counts> {
  let failed = 0;
  for (const { node_id, instance_id, status, last_seen } of await deps.store.nodes.findNodes()) {
    if (now.getTime() - last_seen.getTime() > HORIZON_MS) continue;
    const held =
      status === 'offline'
        ? ({ node_id, reason: 'offline' } as const)
        : ({ node_id, exceptInstance: instance_id, reason: 'restarted' } as const);
    failed += (await failHeld(deps, held, now)).failed;
  }
  return { failed };
}
