import { type AlertRule, isOccurrenceRule } from '@cyberstroll/contracts';
import type { Counts, Logger } from '@cyberstroll/runtime';
import type { Store } from '@cyberstroll/store';
import { OPERATOR } from '../operator';
import type { AlertReader } from './alert-readers';
import { type ActiveAlert, evaluateRules, type HysteresisRules, type Pending } from './core/evaluate-rules';

/** More than so many at once are raised by the passes after. */
const MAX_RAISED = 100;

export interface AlertSweepDeps {
  store: Store;
  logger: Logger;
  /** The rules that are judged here: each by one sweep alone. */
  ofRules: readonly AlertRule[];
  read: AlertReader;
  hysteresis: HysteresisRules;
  /** What stood at its threshold before a gap between two passes longer than this says nothing. */
  maxGapMs: number;
}

/** The sweep over some of the alert rules. What is raised or over is told by another sweep, from where it is noted. */
export function createAlertSweep({ store, logger, ofRules, read, hysteresis, maxGapMs }: AlertSweepDeps) {
  let pending: Pending = new Map();
  let passedAt: Date | undefined;

  return async function raiseAlertsOnce(now: Date): Promise<Counts> {
    const isFresh = passedAt !== undefined && now.getTime() - passedAt.getTime() <= maxGapMs;
    const before: Pending = isFresh ? pending : new Map();
    passedAt = now;
    const active = (await store.alerts.findActive()).filter(({ rule }) => ofRules.includes(rule));
    const found = evaluateRules(await read(toSubjects(active, before), now), active, before, hysteresis, now);
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
      logger.info({ rule: alert.rule, subject: alert.subject, reason }, 'alert over');
    }
    const readings = found.stay.map(({ alert: { alert_id }, reading: { summary, value, threshold } }) => {
      return { alert_id, summary, value, threshold };
    });
    await store.alerts.refresh(readings, now);
    return counts;
  };
}

/** What alerts are about, or will be. */
const toSubjects = (active: readonly Pick<ActiveAlert, 'rule' | 'subject'>[], pending: Pending): string[] => {
  const standing = active.filter(({ rule }) => !isOccurrenceRule(rule));
  return [
    ...new Set([...standing, ...[...pending.values()].map(({ reading }) => reading)].map(({ subject }) => subject)),
  ];
};
