import type { Alert } from '@cyberstroll/client';
import { type AlertGroup, groupAlerts } from '../fleet/group-alerts';

interface Firing {
  alerts: readonly Alert[];
  /** False where there are more than were read. */
  isAll: boolean;
}

export interface NewGroups {
  /** A notification each, however many alerts a group has. */
  groups: AlertGroup[];
  /** The rules that fire: `before` of the next read. */
  known: string[];
}

/**
 * The groups that have begun to fire since the read before. What is acknowledged or silenced calls nobody. `before`:
 * the rules that fired then; undefined at the first read, after which nothing is new yet.
 */
export function findNewGroups({ alerts, isAll }: Firing, before: readonly string[] | undefined): NewGroups {
  const groups = groupAlerts(alerts.filter(({ state, silence }) => state === 'firing' && !silence));
  // A rule that is missing in a part of the alerts may fire still.
  const known = new Set<string>([...groups.map(({ rule }) => rule), ...(isAll ? [] : (before ?? []))]);
  return { groups: before ? groups.filter(({ rule }) => !before.includes(rule)) : [], known: [...known] };
}
