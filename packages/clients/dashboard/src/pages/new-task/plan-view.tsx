import { ApiError, type operations, unwrap } from '@cyberstroll/client';
import { DAY_MS } from '@cyberstroll/contracts';
import { addOpenSeconds } from '@cyberstroll/task-state';
import { client } from '../../api/session';
import { type Check, useCheck } from '../../api/use-check';
import { serverNow } from '../../browser/clock';
import { Fact } from '../../components/figures';
import { times } from '../../components/format-time';
import { inWords, nameFault } from '../../components/in-words';
import { toDetail } from '../../components/notice';
import type { PaceTexts } from '../../components/pace/pace-texts';
import { readWindowLines } from '../../components/pace/window-lines';
import { formatDuration } from '../../components/time';
import { Waiting, type WaitingReason } from '../../components/waiting-reason';
import { formatNumber } from '../../language/define-texts';
import { locale } from '../../language/language';
import type { CreateScheduleBody } from './schedule-form';
import type { CreateBody } from './task-form';
import { t } from './texts';

interface PlanViewProps {
  plan: Plan | undefined;
  pace: PaceTexts;
  /** It is about what the form has now. */
  isCurrent: boolean;
  hasTargets: boolean;
  /** The API cannot read the form. */
  isRefused: boolean;
}

/** What the task would be: how many addresses, what stands against it, how long it takes. */
export const PlanView = ({ plan, pace, isCurrent, hasTargets, isRefused }: PlanViewProps) => (
  <>
    <h2>{t('plan')}</h2>
    <p role="status" class={isCurrent ? '' : 'weak'}>
      {toSummary({ plan, isCurrent, hasTargets, isRefused })}
      {isCurrent && plan && !isRefused && <strong class="plan-pace">{toPaceText(plan, pace)}</strong>}
    </p>
    {plan && (
      <dl class={`facts ${isCurrent ? '' : 'is-stale'}`}>
        <Fact name={t('total')}>{formatNumber(plan.total_targets)}</Fact>
        {plan.excluded > 0 && <Fact name={t('excluded')}>{formatNumber(plan.excluded)}</Fact>}
        {plan.duplicates > 0 && <Fact name={t('duplicates')}>{formatNumber(plan.duplicates)}</Fact>}
        {plan.refused_count > 0 && <Fact name={t('refused')}>{formatNumber(plan.refused_count)}</Fact>}
        <Fact name={t('ports_count')}>{formatNumber(plan.ports)}</Fact>
        <Fact name={t('probes')}>{formatNumber(plan.probes)}</Fact>
        <Fact name={t('estimate')}>
          {plan.estimate ? t('about', { duration: formatDuration(plan.estimate.seconds) }) : t('unknown')}
        </Fact>
        <Fact name={t('first')}>
          <span class="mono">{toRange(plan.sample)}</span>
        </Fact>
      </dl>
    )}
    {isCurrent && plan && plan.warnings.length > 0 && (
      <ul class="warnings">
        {plan.warnings.map((warning) => (
          <li key={warning.code}>
            <span aria-hidden="true">⚠ </span>
            <Waiting reason={warning as WaitingReason} />
          </li>
        ))}
      </ul>
    )}
  </>
);

function toSummary({ plan, isCurrent, hasTargets, isRefused }: Omit<PlanViewProps, 'pace'>): string {
  if (!hasTargets) return t('no_targets');
  if (!isCurrent) return t('checking');
  if (isRefused || !plan) return t('not_read');
  return plan.would_create ? t('would_create', { n: plan.total_targets }) : t('would_not_create');
}

/** `Begins Sat 02:00, 20 a second at most, done about Sun 03:10`. Nothing says how long an address takes. */
function toPaceText({ begins, times: planned, estimate, total_targets }: Plan, pace: PaceTexts): string {
  const first = planned ? planned[0] : begins;
  if (first === undefined) return t('no_next');
  if (first === null) return t('begins_when_lifted');
  const rate = Number(pace.max_starts_per_second);
  const windows = readWindowLines(pace.windows);
  const begin = addOpenSeconds(windows, new Date(first), 0.001).getTime();
  const seconds = Math.max(estimate?.seconds ?? 0, rate > 0 ? total_targets / rate : 0);
  const done = addOpenSeconds(windows, new Date(begin), seconds).getTime();
  const isBounded = pace.max_concurrent !== '' || pace.per_prefix !== '';
  return [
    begin - serverNow.peek() < 60_000 ? t('begins_now') : t('begins_at', { time: formatWeekTime(begin) }),
    rate > 0 && t('per_second', { n: rate }),
    seconds > 0 && t(isBounded ? 'done_earliest' : 'done', { time: formatWeekTime(done) }),
  ]
    .filter(Boolean)
    .join(t('comma'));
}

/** `Sat 02:00`; further away with its date. */
function formatWeekTime(at: number): string {
  const isFar = at - serverNow.peek() > 6 * DAY_MS;
  return new Date(at).toLocaleString(locale.value, {
    weekday: 'short',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
    ...(isFar && { day: 'numeric', month: 'short' }),
    ...(times.value === 'utc' && { timeZone: 'UTC' }),
  });
}

function toRange({ first, last }: Plan['sample']): string {
  const [from, to] = [first[0], last.at(-1)];
  return from === undefined ? '–' : from === to ? from : `${from} … ${to}`;
}

export type Plan = operations['planTask']['responses'][200]['content']['application/json'] & {
  /** Of a schedule: its first planned times. */
  times?: string[];
};

/** What the API says of a task, or of a schedule of it, that is not created yet. Nothing is asked without a body. */
export const usePlan = (body: CreateBody | undefined, schedule?: CreateScheduleBody): Check<Plan> =>
  useCheck(body === undefined ? '' : JSON.stringify(schedule ?? body), (signal) =>
    readPlan(body as CreateBody, schedule, signal),
  );

async function readPlan(
  body: CreateBody,
  schedule: CreateScheduleBody | undefined,
  signal: AbortSignal,
): Promise<Plan> {
  const plan = await unwrap(client.POST('/api/tasks/dry-run', { body, signal }));
  if (!schedule) return plan;
  const { next_times: times } = await unwrap(client.POST('/api/schedules/dry-run', { body: schedule, signal }));
  return { ...plan, times };
}

export function toFaults(error: unknown): { field?: string | undefined; message: string }[] {
  if (error === undefined) return [];
  if (!(error instanceof ApiError)) return [{ message: toDetail(error) }];
  const { errors } = error.problem ?? {};
  if (!errors?.length) return [{ field: error.field, message: nameFault(error) }];
  return errors.map(({ field, message, sentence }) => ({ field, message: inWords(message, sentence) }));
}
