import type { FleetEvent } from '@cyberstroll/client';
import type { ReadonlySignal } from '@preact/signals';
import { useGet } from '../../api/use-data';
import type { ChartFrame } from '../../components/chart';
import { ErrorNotice } from '../../components/notice';
import { formatTime, Time } from '../../components/time';
import { isTrouble, toEventPath, toEventText } from '../../fleet/fleet-events';
import { RANGES, type Range } from '../../fleet/use-statistics';
import { defineTexts, formatNumber } from '../../language/define-texts';
import { type EventGroup, groupEvents } from './event-groups';
import './event-marks.css';

const t = defineTexts({
  events: ['{n} {n|event|events} in this time', '这段时间内有 {n} 个事件'],
  events_since: ['The newest {n} events, since {time}', '最新的 {n} 个事件，自 {time} 起'],
  more_events: ['{n} more', '另有 {n} 个'],
});

const READ_EVERY = { '1h': 30_000, '24h': 60_000, '7d': 300_000 } as const;
/** Events that a tooltip and the list name. */
const MOST_IN_TOOLTIP = 6;
const MOST_IN_LIST = 200;

interface EventMarksProps {
  range: Range;
  frame: ReadonlySignal<ChartFrame | undefined>;
  hasList: boolean;
}

/**
 * When tasks, nodes and freezes began and ended: a mark over the chart for each, or for several that are near each
 * other. The pointer shows what happened, a click opens it. The list below says the same by keyboard and aloud.
 */
export default function EventMarks({ range, frame, hasList }: EventMarksProps) {
  const { value, error, reload } = useGet(
    '/api/statistics/events',
    { query: { minutes: RANGES[range] } },
    READ_EVERY[range],
  );
  if (!value) return error ? <ErrorNotice error={error} onRetry={reload} /> : null;
  const { items, complete_since } = value;
  const since = Date.now() - Date.parse(complete_since);
  const isCut = since < (RANGES[range] - 1) * 60_000;
  return (
    <>
      {frame.value && <Marks events={items} frame={frame.value} />}
      {hasList && items.length > 0 && (
        <details class="event-list">
          <summary>
            {isCut
              ? t('events_since', { n: items.length, time: formatTime(complete_since) })
              : t('events', { n: items.length })}
          </summary>
          <ul>
            {items
              .slice(-MOST_IN_LIST)
              .reverse()
              .map((event) => (
                <li key={`${event.time} ${event.kind} ${event.subject}`}>
                  <Time at={event.time} />{' '}
                  <a href={toEventPath(event)} class={isTrouble(event) ? 'trouble' : ''}>
                    <bdi>{toEventText(event)}</bdi>
                  </a>
                </li>
              ))}
          </ul>
          {items.length > MOST_IN_LIST && <p class="weak">{t('more_events', { n: items.length - MOST_IN_LIST })}</p>}
        </details>
      )}
    </>
  );
}

const Marks = ({ events, frame }: { events: readonly FleetEvent[]; frame: ChartFrame }) => (
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

/** The list below is for the keyboard and aloud. */
function Mark({ group: { x, events } }: { group: EventGroup }) {
  const [first] = events;
  return (
    <div class={`event-mark ${events.some(isTrouble) ? 'is-trouble' : ''}`} style={{ left: `${x}px` }}>
      {events.length === 1 && first ? (
        <a class="event-flag" tabIndex={-1} title={toTooltip(events)} href={toEventPath(first)}>
          {GLYPHS[first.kind]}
        </a>
      ) : (
        <button type="button" class="event-flag" tabIndex={-1} title={toTooltip(events)} onClick={openList}>
          {formatNumber(events.length)}
        </button>
      )}
    </div>
  );
}

function openList({ currentTarget }: { currentTarget: Element }): void {
  currentTarget.closest('.with-marks')?.querySelector('details')?.setAttribute('open', '');
}

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

function toTooltip(events: readonly FleetEvent[]): string {
  const lines = events.slice(0, MOST_IN_TOOLTIP).map((event) => `${formatTime(event.time)} · ${toEventText(event)}`);
  const left = events.length - lines.length;
  return [...lines, ...(left > 0 ? [t('more_events', { n: left })] : [])].join('\n');
}
