import type { Alert } from '@cyberstroll/client';

/** What the subject of a rule is, where it has a page. */
export const KINDS: Partial<Record<Alert['rule'], keyof typeof PAGES>> = {
  task_failure_rate: 'task',
  task_overlong: 'task',
  limit_starves: 'task',
  consistency: 'task',
  schedule_changed: 'task',
  node_silent: 'node',
  zombie: 'node',
  node_id_shared: 'node',
  operation_stalled: 'operation',
  exclusion_ending: 'exclusion',
  schedule_stopped: 'schedule',
  schedule_late: 'schedule',
};

/** Where the page of a subject is. */
export const PAGES = {
  task: '/tasks/',
  node: '/fleet/nodes/',
  operation: '/tasks?operation=',
  exclusion: '/plan/exclusions/',
  schedule: '/plan/schedules/',
};

/** The commands of a runbook with the real id. Only what is surely an id gets into HTML. */
export function withIds(html: string, { rule, subject }: Pick<Alert, 'rule' | 'subject'>): string {
  const kind = KINDS[rule];
  if (kind === undefined || !/^[\w.:-]+$/.test(subject)) return html;
  return html.replace(new RegExp(`&lt;${kind}(?:_id)?&gt;`, 'g'), () => subject);
}
