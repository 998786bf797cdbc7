import type { FleetStatistics } from '@cyberstroll/client';
import type { Data } from '../../api/use-data';
import { now } from '../../browser/clock';
import { locale } from '../../language/language';
import { Badge } from '../../states/state-badge';
import { t } from './texts';

/** What a wall needs besides the figures: the time, and whether they can be trusted. */
export function WallHead({ statistics }: { statistics: Data<FleetStatistics> }) {
  const { value, error } = statistics;
  return (
    <div class="wall-head">
      <Part name={t('part_api')} works={value === undefined && !error ? undefined : !error} />
      <Part name="RabbitMQ" works={error || !value ? undefined : value.queues !== null} />
      <time dateTime={new Date(now.value).toISOString()}>{formatClock(now.value)}</time>
    </div>
  );
}

/** `works`: undefined if it is not known. */
function Part({ name, works }: { name: string; works: boolean | undefined }) {
  if (works === undefined) return <Badge tone="off" glyph="?" name={name} />;
  return works ? <Badge tone="good" glyph="✓" name={name} /> : <Badge tone="bad" glyph="✕" name={name} />;
}

const formatClock = (at: number) => new Date(at).toLocaleTimeString(locale.value, { timeStyle: 'medium' });
