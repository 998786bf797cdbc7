import type { AlertRule } from '@cyberstroll/contracts';
import type { Counts, Logger } from '@cyberstroll/runtime';
import type { Store } from '@cyberstroll/store';
import { OPERATOR } from '../operator';
import type { AlertReader } from './alert-readers';
import { type EvaluatedAlert, evaluateRules, type HysteresisRules, type PendingReadings } from './core/evaluate-rules';

/** The most alerts that one pass raises of a group; the next passes raise the others. */
const MAX_RAISED = 100;

/** Some rules, and what reads the subjects of them all. Each rule belongs to one group. */
export interface AlertGroup {
  rules: readonly AlertRule[];
  read: AlertReader;
}

export interface AlertSweepDeps {
  store: Pick<Store, 'alerts'>;
  logger: Logger;
  /** Called after alerts were raised or cleared. */
  onChange?: () => void;
  hysteresis: HysteresisRules;
  /** After a longer gap between two passes, in milliseconds, pending readings start again. */
  maxGapMs: number;
}

/**
 * A sweep that raises and clears the alerts of these groups, each whatever happens to another: the first error is
 * thrown at the end. The sweep `deliver-alerts` sends the changes to the receivers.
 */
export function createAlertSweep(deps: AlertSweepDeps, groups: readonly AlertGroup[]) {
  const { store, onChange } = deps;
  const evaluators = groups.map((group) => createEvaluator(deps, group));

  return async function raiseAlertsOnce(now: Date): Promise<Counts> {
    const all = await store.alerts.findActive();
    const counts = { raised: 0, cleared: 0 };
    const errors: unknown[] = [];
    for (const evaluate of evaluators) {
      try {
        const { raised, cleared } = await evaluate(all, now);
        counts.raised += raised;
        counts.cleared += cleared;
      } catch (error) {
        errors.push(error);
      }
    }
    if (counts.raised + counts.cleared > 0) onChange?.();
    if (errors.length > 0) throw errors[0];
    return counts;
  };
}

function createEvaluator({ store, logger, hysteresis, maxGapMs }: AlertSweepDeps, { rules, read }: AlertGroup) {
  let pending: PendingReadings = new Map();
  let passedAt: Date | undefined;

  return async function evaluate(
    all: Awaited<ReturnType<Store['alerts']['findActive']>>,
    now: Date,
  ): Promise<{ raised: number; cleared: number }> {
    const isFresh = passedAt !== undefined && now.getTime() - passedAt.getTime() <= maxGapMs;
    const before: PendingReadings = isFresh ? pending : new Map();
    passedAt = now;
    const active = all.filter(({ rule }) => rules.includes(rule));
    const readings = await read(toSubjects(active, before), now);
    const found = evaluateRules(readings, active, before, hysteresis, now);
    pending = found.pending;

    const counts = { raised: 0, cleared: 0 };
    for (const { rule, subject, summary, value, threshold } of found.raise.slice(0, MAX_RAISED)) {
      if (!(await store.alerts.raise({ rule, subject, summary, value, threshold }, OPERATOR, now))) continue;
      counts.raised++;
      logger.warn({ rule, subject, summary }, 'alert raised');
    }
    for (const { alert, reason } of found.clear) {
      if (!(await store.alerts.clear(alert, reason, OPERATOR, now))) continue;
      counts.cleared++;
      logger.info({ rule: alert.rule, subject: alert.subject, reason }, 'alert cleared');
    }
    const shown = found.stay.map(({ alert: { alert_id }, reading: { summary, value, threshold } }) => {
      return { alert_id, summary, value, threshold };
    });
    await store.alerts.refresh(shown, now);
    return counts;
  };
}

/** The subjects of active and pending alerts. */
const toSubjects = (
  active: readonly Pick<EvaluatedAlert, 'rule' | 'subject'>[],
  pending: PendingReadings,
): string[] => [
  ...new Set([...active, ...[...pending.values()].map(({ reading }) => reading)].map(({ subject }) => subject)),
];
