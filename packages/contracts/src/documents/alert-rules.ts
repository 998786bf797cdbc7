import * as z from 'zod';

/**
 * The closed list of alert rules. The heartbeat-monitor evaluates a rule of kind `state` from the present state, and
 * the alert ends when the state is good again. A rule of kind `occurrence` is reported by the service that saw it, and
 * the alert ends when it has not happened again for a while.
 */
export const ALERT_RULES = {
  task_failure_rate: { kind: 'state', of: 'task', severity: 'warning', text: 'many scans of a task fail' },
  task_overlong: { kind: 'state', of: 'task', severity: 'warning', text: 'a task takes longer than expected' },
  node_silent: { kind: 'state', of: 'node', severity: 'warning', text: 'a node has sent no heartbeat for long' },
  queue_backlog: {
    kind: 'state',
    of: 'queue',
    severity: 'critical',
    text: 'messages arrive faster than they are consumed',
  },
  operation_stalled: {
    kind: 'state',
    of: 'operation',
    severity: 'warning',
    text: 'a command for many tasks does not continue',
  },
  exclusion_ending: {
    kind: 'state',
    of: 'exclusion',
    severity: 'warning',
    text: 'an exclusion ends within a week; its addresses are scanned again from then on',
  },
  schedule_stopped: {
    kind: 'state',
    of: 'schedule',
    severity: 'warning',
    text: 'the system has paused a schedule; it creates no tasks until it is resumed',
  },
  schedule_late: {
    kind: 'state',
    of: 'schedule',
    severity: 'warning',
    text: 'a run of a schedule is due for five minutes and has no task, or the last one was missed',
  },
  schedule_key_expires: {
    kind: 'state',
    of: 'key',
    severity: 'warning',
    text: 'an API key that schedules act for expires within a week; they are paused then',
  },
  limit_starves: {
    kind: 'state',
    of: 'task',
    severity: 'warning',
    text: 'a task has something to scan, and a limit has let it begin nothing for an hour',
  },
  document_unreadable: {
    kind: 'state',
    of: 'document',
    severity: 'critical',
    text: 'a stored rule or document cannot be read: it is set aside, and a rule does not apply',
  },
  fleet_silent: {
    kind: 'occurrence',
    of: 'system',
    severity: 'critical',
    text: 'most of the fleet fell silent at once; nothing is reassigned for a while',
  },
  zombie: {
    kind: 'occurrence',
    of: 'node',
    severity: 'warning',
    text: 'a node no longer lists work that it claimed; the work was reassigned',
  },
  node_id_shared: {
    kind: 'occurrence',
    of: 'node',
    severity: 'warning',
    text: 'two processes run under one node id; the later one gets the message to end',
  },
  consistency: {
    kind: 'occurrence',
    of: 'task',
    severity: 'critical',
    text: 'counters or states did not agree; they were corrected',
  },
  schedule_changed: {
    kind: 'occurrence',
    of: 'task',
    severity: 'warning',
    text: 'a run of a schedule found other services than the run before it',
  },
  dead_letter: { kind: 'occurrence', of: 'system', severity: 'warning', text: 'something could not be applied' },
} as const satisfies Record<string, AlertRuleFacts>;

export interface AlertRuleFacts {
  kind: 'state' | 'occurrence';
  /**
   * Its subject: the id of a task, node, operation, exclusion, schedule or key, a queue's name, a document's kind and
   * id, or the system, which has no name.
   */
  of: 'task' | 'node' | 'queue' | 'operation' | 'exclusion' | 'schedule' | 'key' | 'document' | 'system';
  severity: 'warning' | 'critical';
  text: string;
}

export type AlertRule = keyof typeof ALERT_RULES;
export type StateRule = {
  [Rule in AlertRule]: (typeof ALERT_RULES)[Rule]['kind'] extends 'state' ? Rule : never;
}[AlertRule];
export type OccurrenceRule = Exclude<AlertRule, StateRule>;

export const ALERT_RULE_NAMES = Object.keys(ALERT_RULES) as [AlertRule, ...AlertRule[]];
export const alertRuleSchema = z.enum(ALERT_RULE_NAMES).describe('Which rule raises an alert: docs/runbooks');
export const isOccurrenceRule = (rule: AlertRule): rule is OccurrenceRule => ALERT_RULES[rule].kind === 'occurrence';

/** The subject of an alert that is about the system as a whole. */
export const SYSTEM_SUBJECT = 'system';

/** The page that says what the operator can do, in this repository. */
export const toRunbook = (rule: AlertRule): string => `docs/runbooks/${rule}.md`;
