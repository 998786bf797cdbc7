import type { FleetStatistics } from '@cyberstroll/client';
import { useRef } from 'preact/hooks';
import { Figure, SlotBar } from '../../components/figures';
import { formatNumber } from '../../language/define-texts';
import { NODE_LOOKS } from '../../states/states';
import { measureRate } from './rate';
import { t } from './texts';

/** The rate is over the last reads, which are 5 s apart. */
const READS = 4;
/** The slots are over the last minute: a read sees a moment, and a scan may be shorter than the time between two. */
const SLOT_READS = 12;
/** A lag below this many seconds is nothing to see. */
const LEAST_LAG = 1;

/** What the fleet does. What is zero, or stands under "Needs attention", has no figure. */
export function Figures({ statistics }: { statistics: FleetStatistics }) {
  const { tasks: byStatus, nodes, update_queue_lag: lag, max_capacity, queues } = statistics;
  const reads = useRef<FleetStatistics[]>([]);
  if (reads.current.at(-1) !== statistics) reads.current = [...reads.current, statistics].slice(-SLOT_READS);
  const used = toMeanOfSlots(reads.current.map((read) => read.active_tasks));
  const rate = measureRate(
    reads.current.slice(-READS).map((read) => ({ at: Date.parse(read.timestamp) / 1_000, counts: read.progress })),
  );
  const heard = nodes.online + nodes.busy + nodes.draining;
  return (
    <>
      {queues === null && (
        <p class="error" role="status">
          {t('rabbitmq_away')}
        </p>
      )}
      <dl class="figures">
        <Figure name={t('running')} href="/tasks?status=RUNNING">
          {formatNumber(byStatus.RUNNING)}
        </Figure>
        {byStatus.PAUSED > 0 && (
          <Figure name={t('paused')} href="/tasks?status=PAUSED">
            {formatNumber(byStatus.PAUSED)}
          </Figure>
        )}
        {rate !== null && (
          <Figure name={t('rate')}>{formatNumber(rate, { maximumFractionDigits: rate < 10 ? 1 : 0 })}</Figure>
        )}
        {(lag === null || lag >= LEAST_LAG) && (
          <Figure name={t('lag')} href="/fleet/queues">
            {toLagText(lag)}
          </Figure>
        )}
        <Figure name={t('slots')} href="/fleet" isWide>
          <SlotBar used={used} all={max_capacity} label={t('slots_of', { used, all: max_capacity })} />
        </Figure>
        <Figure name={t('nodes')} href={nodes.silent > 0 ? '/fleet?state=silent' : '/fleet'}>
          {formatNumber(heard)}
          {nodes.silent > 0 && (
            <span class="figure-trouble">
              {NODE_LOOKS.silent.glyph} {t('nodes_silent', { silent: nodes.silent })}
            </span>
          )}
        </Figure>
      </dl>
    </>
  );
}

/** Rounded up: a fleet that works is not shown as idle. */
const toMeanOfSlots = (used: readonly number[]): number =>
  Math.ceil(used.reduce((sum, each) => sum + each, 0) / used.length);

const toLagText = (lag: number | null) =>
  lag === null ? t('unknown') : t('seconds', { seconds: Math.round(lag * 10) / 10 });
