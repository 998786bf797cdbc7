/**
 * The alerts. Every change of a state is one write of one document. The same write notes that the change must be sent
 * to receivers, so a crash cannot separate the two. A document's `_id` contains the number of earlier alerts of the
 * same rule and subject, so that two processes that see the same condition raise one alert.
 *
 * If an operator resolves a state alert while its condition lasts, the alert stays `active`: it is not raised again
 * until the condition was over once.
 */
import {
  ALERT_RULES,
  type Alert,
  type AlertDocument,
  type AlertHistoryEntry,
  type AlertRule,
  type AlertState,
  isOccurrenceRule,
  type ListAlertsQuery,
  type Page,
  type Silence,
  toRunbook,
  toSentence,
} from '@cyberstroll/contracts';
import { AppError } from '@cyberstroll/runtime';
import { mongo } from 'mongoose';
import type { Database } from '../mongodb/models/database';
import { findFields } from '../mongodb/models/fields';
import { isDuplicateKey } from '../mongodb/queries/mongo-errors';
import { takePage } from '../mongodb/queries/take-page';
import { findSilence, type SilenceStore, whereNotSilenced, whereSilenced } from './silence-store';

/** What is known about a condition. `value` and `threshold` are present if its rule measures something. */
export interface AlertSighting {
  rule: AlertRule;
  subject: string;
  summary: string;
  value?: number;
  threshold?: number;
}

const ACTIVE = ['alert_id', 'rule', 'subject', 'state', 'updated_time', 'value'] as const;
export type ActiveAlert = Pick<Alert, (typeof ACTIVE)[number]>;

const KEEP_MS = 30 * 86_400_000;
/** Fields that only the store and its notices use are hidden. */
const SHOWN = { _id: 0, active: 0, muted: 0, predecessors: 0, notices: 0, deliveries: 0 };
/** Alerts that one pass notes after their silences; the next passes note the others. */
const MAX_UNSILENCED = 100;

type Step = AlertHistoryEntry & { state: 'acknowledged' | 'resolved' };
const OPEN: AlertState[] = ['firing', 'acknowledged'];
const FROM: Record<Step['state'], AlertState[]> = { acknowledged: ['firing'], resolved: OPEN };

export function createAlertStore(db: Database, silences: Pick<SilenceStore, 'findInForce'>) {
  async function getAlert(id: string): Promise<Alert> {
    const found = await db.alerts.findOne<Alert>({ alert_id: id }, { projection: SHOWN });
    if (found) return withSilence(found, await silences.findInForce(new Date()));
    throw new AppError('alert_not_found', { field: 'alert_id' });
  }

  /** False if the alert's state no longer allows the change. */
  async function change(filter: object, entry: Step, more: Partial<AlertDocument> = {}) {
    const { filter: open, update } = toChange(filter, entry, more);
    const written = await db.alerts.updateOne(open, update);
    return written.modifiedCount === 1;
  }

  return {
    /**
     * Opens an alert. If an alert of the rule and subject is active, that one is counted once more. True if a new one
     * was opened.
     */
    async raise(sighting: AlertSighting, operator: string, now: Date): Promise<boolean> {
      for (;;) {
        const last = await db.alerts.findOne(
          { rule: sighting.rule, subject: sighting.subject },
          { sort: { predecessors: -1 }, projection: { active: 1, predecessors: 1 } },
        );
        if (last?.active) {
          const seen = { $set: toSeen(sighting, now), $inc: { occurrences: 1 } };
          const written = await db.alerts.updateOne({ _id: last._id, active: true }, seen);
          if (written.matchedCount === 1) return false;
        } else {
          const predecessors = last ? last.predecessors + 1 : 0;
          try {
            await db.alerts.insertOne(toDocument(sighting, predecessors, operator, now));
            return true;
          } catch (error) {
            // Another process raised it at the same moment.
            if (!isDuplicateKey(error)) throw error;
          }
        }
      }
    },

    /** Updates the readings of open alerts. */
    async refresh(
      readings: readonly Required<Pick<Alert, 'alert_id' | 'summary' | 'value' | 'threshold'>>[],
      now: Date,
    ): Promise<void> {
      if (readings.length === 0) return;
      const writes = readings.map(({ alert_id, summary, value, threshold }) => ({
        updateOne: {
          filter: { alert_id, state: { $in: OPEN } },
          update: { $set: { summary, value, threshold, updated_time: now } },
        },
      }));
      await db.alerts.bulkWrite(writes, { ordered: false });
    },

    /** The condition is over. False if the alert was seen again since, or was resolved before. */
    async clear(
      { alert_id, updated_time }: ActiveAlert,
      reason: string,
      operator: string,
      now: Date,
    ): Promise<boolean> {
      // If the condition was seen again after the caller looked at it, it is not over.
      const filter = { alert_id, updated_time };
      const over = { active: false };
      if (await change(filter, { state: 'resolved', timestamp: now, reason, operator }, over)) return true;
      await db.alerts.updateOne({ ...filter, state: 'resolved' }, { $set: over });
      return false;
    },

    /**
     * Applies an operator's command. Repeating a command changes nothing. Rejects with AppError `missing`
     * `alert_not_found`, or `conflict` `illegal_transition` for an acknowledgement of a resolved alert.
     */
    async command(
      id: string,
      state: 'acknowledged' | 'resolved',
      { reason, operator }: { reason: string; operator: string },
      now: Date,
    ): Promise<Alert> {
      const { rule } = await getAlert(id);
      const entry = { state, timestamp: now, reason, operator };
      const done = await change({ alert_id: id }, entry, toOver(rule, state));
      const alert = await getAlert(id);
      if (done || alert.state === state) return alert;
      throw new AppError('illegal_transition', { detail: `the alert is ${alert.state} already`, allowed: [] });
    },

    /**
     * Applies an operator's command to the oldest `limit` alerts of a rule that it changes, and that are not newer than
     * the alert `up_to`. Repeating it changes nothing.
     */
    async commandAll(
      { rule, up_to }: { rule: AlertRule; up_to?: string | undefined },
      state: 'acknowledged' | 'resolved',
      { reason, operator }: { reason: string; operator: string },
      now: Date,
      limit: number,
    ): Promise<{ changed: number; more: boolean }> {
      const filter = { rule, state: { $in: FROM[state] }, ...(up_to !== undefined && { alert_id: { $lte: up_to } }) };
      const found = await findFields(db.alerts, filter, ['alert_id'])
        .sort({ alert_id: 1 })
        .limit(limit + 1)
        .toArray();
      const ids = found.slice(0, limit);
      if (ids.length === 0) return { changed: 0, more: false };
      const entry = { state, timestamp: now, reason, operator };
      const writes = ids.map(({ alert_id }) => ({ updateOne: toChange({ alert_id }, entry, toOver(rule, state)) }));
      const { modifiedCount: changed } = await db.alerts.bulkWrite(writes, { ordered: false });
      return { changed, more: found.length > limit };
    },

    /**
     * The alerts whose condition lasts: open ones, and ones that an operator resolved before the condition was over.
     */
    async findActive(): Promise<ActiveAlert[]> {
      return findFields(db.alerts, { active: true }, ACTIVE).toArray();
    },

    /** Newest first. */
    async findPage({ state, rule, silenced, limit, cursor }: ListAlertsQuery, now = new Date()): Promise<Page<Alert>> {
      const inForce = await silences.findInForce(now);
      const filter = {
        ...(state && { state }),
        ...(rule && { rule }),
        ...(cursor && { alert_id: { $lt: cursor } }),
        ...(silenced && (silenced === 'true' ? whereSilenced(inForce) : whereNotSilenced(inForce))),
      };
      const found = db.alerts.find<Alert>(filter, { projection: SHOWN }).sort({ alert_id: -1 });
      const page = await takePage(found, limit, ({ alert_id }) => alert_id);
      return { ...page, items: page.items.map((alert) => withSilence(alert, inForce)) };
    },

    /**
     * Whether no webhook is to hear of this change: a silence covers the alert as it is raised, or did when it was
     * raised and no webhook has heard of it since.
     */
    async mutes(alert: Pick<Alert, 'alert_id' | 'rule' | 'subject'>, state: AlertState, now: Date): Promise<boolean> {
      const { alert_id } = alert;
      if (state !== 'firing') return (await db.alerts.countDocuments({ alert_id, muted: true }, { limit: 1 })) > 0;
      if (!findSilence(await silences.findInForce(now), alert)) return false;
      await db.alerts.updateOne({ alert_id }, { $set: { muted: true } });
      return true;
    },

    /**
     * Notes that receivers must hear of alerts that fire, that were muted, and that no silence covers any more.
     * Resolves with how many.
     */
    async noteUnsilenced(operator: string, now: Date): Promise<number> {
      const filter = { muted: true, state: 'firing' as const };
      if (!(await db.alerts.findOne(filter, { projection: { _id: 1 } }))) return 0;
      const open = { ...filter, ...whereNotSilenced(await silences.findInForce(now)) };
      const found = await findFields(db.alerts, open, ['alert_id', 'summary']).limit(MAX_UNSILENCED).toArray();
      let noted = 0;
      for (const { alert_id, summary } of found) {
        const reason = toSentence('silence_ended', { summary });
        const written = await db.alerts.updateOne(
          { ...filter, alert_id },
          { $unset: { muted: true }, $push: toPush({ state: 'firing', timestamp: now, reason, operator }) },
        );
        noted += written.modifiedCount;
      }
      return noted;
    },

    /** Rejects with AppError `missing` `alert_not_found`. */
    getAlert,
  };
}

function withSilence(alert: Alert, inForce: readonly Silence[]): Alert {
  const silence = findSilence(inForce, alert);
  return silence ? { ...alert, silence } : alert;
}

/** The change of an alert whose state allows it. */
function toChange(filter: object, entry: Step, more: Partial<AlertDocument>) {
  const { state, timestamp } = entry;
  const ended = state === 'resolved' && {
    resolved_time: timestamp,
    expires: new Date(timestamp.getTime() + KEEP_MS),
  };
  return {
    filter: { ...filter, state: { $in: FROM[state] } },
    update: { $set: { state, ...ended, ...more }, $push: toPush(entry) },
  };
}

/** What an operator resolves of an event is over; a condition may last. */
const toOver = (rule: AlertRule, state: Step['state']): Partial<AlertDocument> =>
  state === 'resolved' && isOccurrenceRule(rule) ? { active: false } : {};

const toNotice = (entry: AlertHistoryEntry) => ({ notice_id: new mongo.ObjectId().toHexString(), ...entry });
const toPush = (entry: AlertHistoryEntry) => ({ history: entry, notices: toNotice(entry) });

const toSeen = ({ summary, value, threshold }: AlertSighting, now: Date) => ({
  summary,
  updated_time: now,
  ...(value !== undefined && { value }),
  ...(threshold !== undefined && { threshold }),
});

function toDocument(sighting: AlertSighting, predecessors: number, operator: string, now: Date) {
  const { rule, subject, summary } = sighting;
  const entry: AlertHistoryEntry = { state: 'firing', timestamp: now, reason: summary, operator };
  const document: AlertDocument = {
    alert_id: new mongo.ObjectId().toHexString(),
    rule,
    subject,
    severity: ALERT_RULES[rule].severity,
    state: 'firing',
    occurrences: 1,
    runbook: toRunbook(rule),
    raised_time: now,
    history: [entry],
    predecessors,
    active: true,
    notices: [toNotice(entry)],
    deliveries: [],
    ...toSeen(sighting, now),
  };
  return { _id: `${rule}:${subject}:${predecessors}`, ...document };
}
