import type { AlertRule } from '@cyberstroll/contracts';
import type { Counts, Logger } from '@cyberstroll/runtime';
import type { Store } from '@cyberstroll/store';
import { OPERATOR } from '../operator';
import type { AlertReader } from './alert-readers';
import { type EvaluatedAlert, evaluateRules, type HysteresisRules, type PendingReadings } from './core/evaluate-rules';

/** The most alerts that one pass raises; the next passes raise the others. */
const MAX_RAISED = 100;

export interface AlertSweepDeps {
  store: Pick<Store, 'alerts'>;
  logger: Logger;
  /** The rules of this sweep. Each rule belongs to one sweep. */
  ofRules: readonly AlertRule[];
  read: AlertReader;
  hasUnsettled: () => Promise<boolean>;
  /** Called after alerts were raised or cleared. */
  onChange?: () => void;
  hysteresis: HysteresisRules;
  /** After a longer gap between two passes, in milliseconds, pending readings start again. */
  maxGapMs: number;
}

/**
 * The sweep that raises and clears the alerts of some rules. The sweep `deliver-alerts` sends the changes to the
 * receivers. A pass resolves with undefined if it can wait: every task is settled, no alert of these rules is
 * active, and each reading is far from its threshold.
 */
export function createAlertSweep(deps: AlertSweepDeps) {
  const { store, logger, ofRules, read, hysteresis, maxGapMs, hasUnsettled, onChange } = deps;
  let pending: PendingReadings = new Map();
  let passedAt: Date | undefined;

  return async function raiseAlertsOnce(now: Date): Promise<Counts | undefined> {
    const isFresh = passedAt !== undefined && now.getTime() - passedAt.getTime() <= maxGapMs;
    const before: PendingReadings = isFresh ? pending : new Map();
    passedAt = now;
    const active = (await store.alerts.findActive()).filter(({ rule }) => ofRules.includes(rule));
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
    if (counts.raised + counts.cleared > 0) onChange?.();
    const isFar = readings.every(({ value, threshold }) => value < threshold * FAR_SHARE);
    return active.length === 0 && isFar && !(await hasUnsettled()) ? undefined : counts;
  };
}

/** A reading below this share of its threshold is far from it. */
const FAR_SHARE = 1 / 2;

/** The subjects of active and pending alerts. */
const toSubjects = (
  active: readonly Pick<EvaluatedAlert, 'rule' | 'subject'>[],
  pending: PendingReadings,
): string[] => [
  ...new Set([...active, ...[...pending.values()].map(({ reading }) => reading)].map(({ subject }) => subject)),
];
