import { formatDuration } from '../../components/time';
import { Waiting, type WaitingReason } from '../../components/waiting-reason';
import { formatNumber } from '../../language/define-texts';
import { t } from './texts';
import type { Plan } from './use-plan';

interface PlanViewProps {
  plan: Plan | undefined;
  /** It is about what the form has now. */
  isCurrent: boolean;
  hasTargets: boolean;
  /** The API cannot read the form. */
  isRefused: boolean;
}

/** What the task would be: how many addresses, what stands against it, how long it takes. */
export const PlanView = ({ plan, isCurrent, hasTargets, isRefused }: PlanViewProps) => (
  <>
    <h2>{t('plan')}</h2>
    <p role="status" class={isCurrent ? '' : 'weak'}>
      {toSummary({ plan, isCurrent, hasTargets, isRefused })}
    </p>
    {plan && (
      <dl class={`plan-figures ${isCurrent ? '' : 'is-stale'}`}>
        <Figure name={t('total')} value={formatNumber(plan.total_targets)} />
        <Figure name={t('excluded')} value={formatNumber(plan.excluded)} />
        <Figure name={t('duplicates')} value={formatNumber(plan.duplicates)} />
        <Figure name={t('refused')} value={formatNumber(plan.refused_count)} />
        <Figure name={t('ports_count')} value={formatNumber(plan.ports)} />
        <Figure name={t('probes')} value={formatNumber(plan.probes)} />
        <Figure
          name={t('estimate')}
          value={plan.estimate ? t('about', { duration: formatDuration(plan.estimate.seconds) }) : t('unknown')}
        />
        <Figure name={t('first')} value={toRange(plan.sample)} isAddress />
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

function toSummary({ plan, isCurrent, hasTargets, isRefused }: PlanViewProps): string {
  if (!hasTargets) return t('no_targets');
  if (!isCurrent) return t('checking');
  if (isRefused || !plan) return t('not_read');
  return plan.would_create ? t('would_create', { n: plan.total_targets }) : t('would_not_create');
}

const Figure = ({ name, value, isAddress = false }: { name: string; value: string; isAddress?: boolean }) => (
  <div>
    <dt>{name}</dt>
    <dd class={isAddress ? 'mono' : ''}>{value}</dd>
  </div>
);

function toRange({ first, last }: Plan['sample']): string {
  const [from, to] = [first[0], last.at(-1)];
  return from === undefined ? '–' : from === to ? from : `${from} … ${to}`;
}
