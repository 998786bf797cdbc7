import { computed } from '@preact/signals';
import { serverNow } from '../../browser/clock';
import { query, setQuery, withQuery } from '../../browser/navigation';
import { FilterField } from '../../components/filter';
import { FirstStep } from '../../components/first-step';
import { Loaded } from '../../components/notice';
import { ZONES } from '../../components/scan-windows';
import { locale } from '../../language/language';
import { t } from './texts';
import { MOST_RULES, MOST_SCHEDULES, MOST_TASKS, useCalendar } from './to-lanes';
import { isZone, toWeek, type Week } from './week';
import { DayList, LaneChart } from './week-view';
import './calendar.css';

const FIRST =
  'cyberstroll freeze create --network 10.1.0.0/16 --from 2099-12-31T22:00:00Z --until 2100-01-01T04:00:00Z ' +
  '--reason maintenance';

/** A week is drawn again once a minute, not once a second. */
const minute = computed(() => Math.floor(serverNow.value / 60_000) * 60_000);

/** A week: when scans may begin, when nothing begins, and what is planned. `?week=2026-11-30&zone=Europe/Berlin` */
export default function CalendarPage() {
  const own = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const given = query.value.get('zone') ?? own;
  const zone = isZone(given) ? given : own;
  const week = toWeek(query.value.get('week'), zone, minute.value);
  const { data, lanes } = useCalendar(week);
  return (
    <>
      <h1>{t('title')}</h1>
      <div class="filters calendar-head">
        <nav class="buttons" aria-label={t('weeks')}>
          <a class="button" href={withQuery({ week: week.previous })}>
            ‹ {t('previous')}
          </a>
          <a class="button" href={withQuery({ week: undefined })}>
            {t('present')}
          </a>
          <a class="button" href={withQuery({ week: week.next })}>
            {t('next_week')} ›
          </a>
        </nav>
        <strong class="calendar-week">{formatWeek(week, zone)}</strong>
        <span class="space" />
        <FilterField
          label={t('zone')}
          value={given}
          options={ZONES}
          onChosen={(chosen) => setQuery({ zone: chosen === own ? undefined : chosen }, { replace: false })}
        />
      </div>
      {given !== zone && (
        <p class="error" role="alert">
          <bdi>{t('no_zone', { zone: given, used: zone })}</bdi>
        </p>
      )}
      <Loaded data={data}>
        {({ isCut }) => (
          <>
            {isCut && (
              <p class="remark">{t('cut', { tasks: MOST_TASKS, schedules: MOST_SCHEDULES, rules: MOST_RULES })}</p>
            )}
            {lanes.length === 0 ? (
              <FirstStep
                button={
                  <a class="button" href="/tasks/new?repeat=yes">
                    {t('to_schedules')}
                  </a>
                }
                cli={FIRST}
              >
                {t('none')}
                <br />
                {t('how')}
              </FirstStep>
            ) : (
              <>
                <LaneChart lanes={lanes} week={week} zone={zone} now={minute.value} />
                <h2>{t('days')}</h2>
                <DayList lanes={lanes} week={week} zone={zone} now={minute.value} />
              </>
            )}
          </>
        )}
      </Loaded>
    </>
  );
}

/** `30 Nov – 6 Dec 2026` */
function formatWeek({ days }: Week, timeZone: string): string {
  const format = new Intl.DateTimeFormat(locale.value, { day: 'numeric', month: 'short', year: 'numeric', timeZone });
  return format.formatRange(days[0]?.from ?? 0, (days[6]?.until ?? 1) - 1);
}
