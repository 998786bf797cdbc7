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

/** What waits for a person, by the path of the section where it is worked on. */
export function useNavCounts(): ReadonlyMap<string, Count> {
  const { value } = useGet('/api/statistics', {}, EVERY_MS);
  return new Map(value ? toCounts(value) : []);
}

function toCounts({ alerts_active, dead_letters_waiting: dead }: FleetStatistics): [string, Count][] {
  const alerts = Object.values(alerts_active).reduce((sum, count) => sum + count, 0);
  const count = alerts + dead;
  return count > 0 ? [['/problems', { count, label: t('count_problems', { alerts, dead }) }]] : [];
}
