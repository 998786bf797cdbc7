import type { FleetStatistics } from '@cyberstroll/client';
import { useSamples } from '../../api/use-samples';
import { Figure } from '../../components/figures';
import { SlotBar } from '../../components/progress-bar';
import { isStanding } from '../../components/waiting-reason';
import { formatNumber } from '../../language/define-texts';
import type { LiveTask } from '../../live/with-progress';
import { NODE_LOOKS } from '../../states/states';
import { measureRate } from './rate';
import { t } from './texts';

/** The rate is over the last reads, which are 2 s apart. */
const READS = 8;
/** The slots are over the last minute: a read sees a moment, and a scan may be shorter than the time between two. */
const SLOT_READS = 30;

interface FiguresProps {
  statistics: FleetStatistics;
  /** Undefined where they are not known. */
  tasks: readonly LiveTask[] | undefined;
  /** Task ids of those that move. */
  moving: ReadonlySet<string>;
  /** False where there are more open tasks than were read. */
  isAll: boolean;
}

export function Figures({ statistics, tasks, moving, isAll }: FiguresProps) {
  const { tasks: byStatus, alerts_active, nodes, active_tasks, max_capacity, queues } = statistics;
  const samples = useSamples(statistics, { most: SLOT_READS });
  const used = toMeanOfSlots(samples.map(({ value }) => value.active_tasks));
  const rate = measureRate(
    samples.slice(-READS).map(({ value }) => ({ at: Date.parse(value.timestamp) / 1_000, counts: value.progress })),
  );
  const still = tasks?.filter(
    ({ task_id, status, waiting_reason: reason }) =>
      status === 'RUNNING' && reason && isStanding(reason, moving.has(task_id)),
  ).length;
  const alerts = Object.values(alerts_active).reduce((sum, count) => sum + count, 0);
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
        <Figure name={t('paused')} href="/tasks?status=PAUSED">
          {formatNumber(byStatus.PAUSED)}
        </Figure>
        <Figure name={t('standing_still')} help={t('standing_still_help')} isTrouble={still !== undefined && still > 0}>
          {still === undefined ? '–' : isAll ? formatNumber(still) : t('at_least', { count: still })}
        </Figure>
        <Figure name={t('alerts')} href="/problems" isTrouble={alerts > 0}>
          {formatNumber(alerts)}
        </Figure>
        <Figure name={t('rate')}>
          {rate === null ? '–' : formatNumber(rate, { maximumFractionDigits: rate < 10 ? 1 : 0 })}
        </Figure>
        <Figure name={t('lag')} href="/fleet/queues">
          {toLagText(statistics.update_queue_lag)}
        </Figure>
        <Figure name={t('slots')} href="/fleet" isWide>
          <SlotBar
            used={used ?? active_tasks}
            all={max_capacity}
            label={t('slots_of', { used: used ?? active_tasks, all: max_capacity })}
          />
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

/** Rounded up: a fleet that works is not shown as idle. Undefined of none. */
const toMeanOfSlots = (used: readonly number[]): number | undefined =>
  used.length === 0 ? undefined : Math.ceil(used.reduce((sum, each) => sum + each, 0) / used.length);

const toLagText = (lag: number | null) =>
  lag === null ? t('unknown') : t('seconds', { seconds: Math.round(lag * 10) / 10 });
