import type { FleetEvent } from '@cyberstroll/client';
import { useSignal } from '@preact/signals';
import { useMemo } from 'preact/hooks';
import { Chart, type ChartFrame } from '../../components/chart';
import { countOf } from '../../components/figures';
import { withGaps } from '../../components/gaps';
import { NameLink } from '../../components/name-link';
import { Empty } from '../../components/notice';
import { formatTime, Time } from '../../components/time';
import { isTrouble, toEventPath, toEventText } from '../../fleet/fleet-events';
import type { FleetHistory } from '../../fleet/use-statistics';
import { formatNumber, stateName } from '../../language/define-texts';
import { language } from '../../language/language';
import { SUBTASK_LOOKS } from '../../states/states';
import { type EventGroup, groupEvents } from './event-groups';
import { t } from './texts';

/** From the highest to the lowest: what is done lies at the bottom. */
const STACKED = ['PENDING', 'ASSIGNED', 'SCANNING', 'RETRYING', 'CANCELLED', 'TIMEOUT', 'FAILED', 'COMPLETED'] as const;

interface HistoryProps {
  history: FleetHistory;
  events: readonly FleetEvent[];
}

export function History({ history: { samples, every }, events }: HistoryProps) {
  const frame = useSignal<ChartFrame | undefined>(undefined);
  const { times, lines } = useMemo(() => {
    const timed = samples.map(({ timestamp, subtasks }) => ({ at: Date.parse(timestamp) / 1_000, subtasks }));
    const { times, toValues } = withGaps(timed, every);
    const lines = STACKED.filter((status) => samples.some(({ subtasks }) => countOf(subtasks, status) > 0)).map(
      (status) => ({
        label: stateName(status),
        colour: `state-${SUBTASK_LOOKS[status].tone}`,
        values: toValues(({ subtasks }) => countOf(subtasks, status)),
      }),
    );
    return { times, lines };
  }, [samples, language.value]);
  const now = samples.at(-1);
  if (!now || samples.every(({ counted_tasks }) => counted_tasks === 0)) return <Empty>{t('history_none')}</Empty>;
  const counts = [...STACKED]
    .reverse()
    .filter((status) => countOf(now.subtasks, status) > 0)
    .map((status) => `${stateName(status)} ${formatNumber(countOf(now.subtasks, status))}`)
    .join(', ');
  return (
    <div class="with-marks">
      <Chart
        label={t('history_now', { counts })}
        times={times}
        lines={lines}
        fills
        isStacked
        format={formatNumber}
        onDrawn={(drawn) => {
          if (!isSame(drawn, frame.peek())) frame.value = drawn;
        }}
      />
      {frame.value && <EventMarks events={events} frame={frame.value} />}
    </div>
  );
}

const isSame = (one: ChartFrame, other: ChartFrame | undefined): boolean =>
  JSON.stringify(one) === JSON.stringify(other);

const MOST_IN_TOOLTIP = 6;
const MOST_IN_LIST = 200;

const GLYPHS: Record<FleetEvent['kind'], string> = {
  task_began: '▸',
  task_ended: '■',
  node_started: '+',
  node_restarted: '↻',
  node_left: '−',
  node_lost: '✕',
  node_back: '✓',
  freeze_began: '❄',
  freeze_ended: '○',
};

/** What just ended, failed, began, left or came back: the newest first. */
export const EventList = ({ events }: { events: readonly FleetEvent[] }) => (
  <ul class="event-list">
    {events
      .slice(-MOST_IN_LIST)
      .reverse()
      .map((event) => (
        <li key={`${event.time} ${event.kind} ${event.subject}`} class={isTrouble(event) ? 'trouble' : ''}>
          <span aria-hidden="true">{GLYPHS[event.kind]}</span>
          <NameLink href={toEventPath(event)} name={toEventText(event)} />
          <Time at={event.time} />
        </li>
      ))}
    {events.length > MOST_IN_LIST && <li class="weak">{t('more', { count: events.length - MOST_IN_LIST })}</li>}
  </ul>
);

/** The same as marks on a chart, one for several that are near each other. They are for the pointer. */
const EventMarks = ({ events, frame }: { events: readonly FleetEvent[]; frame: ChartFrame }) => (
  <div
    class="event-marks"
    aria-hidden="true"
    style={{ left: `${frame.left}px`, top: `${frame.top}px`, width: `${frame.width}px`, height: `${frame.height}px` }}
  >
    {groupEvents(events, frame).map((group) => (
      <Mark key={group.events[0]?.time} group={group} />
    ))}
  </div>
);

function Mark({ group: { x, events } }: { group: EventGroup }) {
  const [first] = events;
  if (!first) return null;
  return (
    <div class={`event-mark ${events.some(isTrouble) ? 'is-trouble' : ''}`} style={{ left: `${x}px` }}>
      <a class="event-flag" tabIndex={-1} title={toTooltip(events)} href={toEventPath(first)}>
        {events.length === 1 ? GLYPHS[first.kind] : formatNumber(events.length)}
      </a>
    </div>
  );
}

function toTooltip(events: readonly FleetEvent[]): string {
  const lines = events.slice(0, MOST_IN_TOOLTIP).map((event) => `${formatTime(event.time)} · ${toEventText(event)}`);
  const left = events.length - lines.length;
  return [...lines, ...(left > 0 ? [t('more', { count: left })] : [])].join('\n');
}
