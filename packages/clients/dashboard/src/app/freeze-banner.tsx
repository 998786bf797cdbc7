import { isOperator } from '../api/session';
import { useGet } from '../api/use-data';
import { serverNow } from '../browser/clock';
import { LiftFreeze, RuleActions, toCoversText } from '../components/rules';
import { Time } from '../components/time';
import { useReload, useStatistics } from '../fleet/use-statistics';
import { t } from './texts';

const LIMIT = 20;

/** What a freeze or a blackout stops now, on every page. A key with networks sees only its own. */
export function FreezeBanner() {
  const { value, reload } = useGet('/api/freezes', { query: { limit: LIMIT } }, 30_000);
  useReload({ reload }, useStatistics().value?.freezes);
  const inForce = value?.items.filter(({ from }) => Date.parse(from) <= serverNow.value) ?? [];
  if (inForce.length === 0) return null;
  return (
    <section class="freeze-banner" aria-label={t('freezes')}>
      <ul>
        {inForce.map((freeze) => (
          <li key={freeze.freeze_id}>
            <strong>{t(freeze.kind, { what: toCoversText(freeze.covers) })}</strong>
            <span>{t('freeze_why', { reason: freeze.reason, operator: freeze.operator })}</span>
            {freeze.running === 'abort' && <span>{t('freeze_aborts')}</span>}
            <span>
              {freeze.until === undefined ? t('until_lifted') : t('freeze_ends')}{' '}
              {freeze.until && <Time at={freeze.until} />}
            </span>
            {isOperator.value && (
              <RuleActions rule={freeze}>
                <LiftFreeze freeze={freeze} onDone={reload} />
              </RuleActions>
            )}
          </li>
        ))}
      </ul>
    </section>
  );
}
