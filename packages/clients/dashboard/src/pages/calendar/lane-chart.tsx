import { formatDay, toLaneName, toLaneRemark } from './lane-name';
import { t } from './texts';
import type { Lane } from './to-lanes';
import type { Week } from './week';

export interface WeekProps {
  lanes: readonly Lane[];
  week: Week;
  zone: string;
  now: number;
}

const GROUPS = {
  holds: ['freeze', 'blackout'],
  windows: ['window'],
  hours: ['limit', 'exclusion'],
  planned: ['schedule'],
} as const;

/** The week as rows of bars and marks. The list of days says the same in words, and has the links. */
export function LaneChart({ lanes, week, zone, now }: WeekProps) {
  const toPlace = (at: number) => `${(100 * (at - week.from)) / (week.until - week.from)}%`;
  const isNow = now >= week.from && now < week.until;
  return (
    <div class="lanes" aria-hidden="true">
      <div class="lane">
        <span />
        <div class="lane-track lane-days">
          {week.days.map(({ date, from, until }) => (
            <span key={date} class={now >= from && now < until ? 'lane-today' : ''} style={{ left: toPlace(from) }}>
              {formatDay(from, zone)}
            </span>
          ))}
        </div>
      </div>
      {Object.entries(GROUPS).map(([group, kinds]) => {
        const shown = lanes.filter(({ kind }) => (kinds as readonly string[]).includes(kind));
        if (shown.length === 0) return null;
        return (
          <div key={group}>
            <div class="lane-group">{t(group as keyof typeof GROUPS)}</div>
            {shown.map((lane) => (
              <div key={lane.key} class="lane">
                <span class="lane-name" title={`${toLaneName(lane)} ${toLaneRemark(lane)}`}>
                  {toLaneName(lane)} <span class="weak">{toLaneRemark(lane)}</span>
                </span>
                <div class={`lane-track lane-${lane.kind}`}>
                  {week.days.slice(1).map(({ date, from }) => (
                    <i key={date} class="lane-line" style={{ left: toPlace(from) }} />
                  ))}
                  {lane.spans.map(({ from, until }) => (
                    <i
                      key={from}
                      class="lane-bar"
                      style={{ left: toPlace(from), width: toPlace(week.from + until - from) }}
                    />
                  ))}
                  {lane.runs.map(({ at, outcome }) => (
                    <i key={at} class={`lane-mark lane-${outcome ?? 'planned'}`} style={{ left: toPlace(at) }} />
                  ))}
                  {isNow && <i class="lane-now" style={{ left: toPlace(now) }} />}
                </div>
              </div>
            ))}
          </div>
        );
      })}
    </div>
  );
}
