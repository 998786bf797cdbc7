import type { FleetStatistics } from '@cyberstroll/client';
import { useGet } from '../api/use-data';
import { t } from './texts';

/** Milliseconds between two reads. Pages that are about these figures read them more often. */
const EVERY_MS = 10_000;

interface Count {
  count: number;
  /** What is counted, for those who hear the page. */
  label: string;
}

/** What waits for a person, by the path of the page where it is worked on. */
export function useNavCounts(): ReadonlyMap<string, Count> {
  const { value } = useGet('/api/statistics', {}, EVERY_MS);
  return new Map(value ? toCounts(value) : []);
}

function toCounts({ alerts_active, dead_letters_waiting: waiting }: FleetStatistics): [string, Count][] {
  const alerts = Object.values(alerts_active).reduce((sum, count) => sum + count, 0);
  const counts: [string, Count][] = [
    ['/alerts', { count: alerts, label: t('count_alerts', { count: alerts }) }],
    ['/dead-letters', { count: waiting, label: t('count_dead_letters', { count: waiting }) }],
  ];
  return counts.filter(([, { count }]) => count > 0);
}
