import type { AuditEntry, operations } from '@cyberstroll/client';
import { nameCommand } from '../../language/define-texts';
import { language } from '../../language/language';

/** Verbs that do not end as others do. */
const PAST: Readonly<Record<string, string>> = {
  cancel: 'cancelled',
  log: 'logged',
  plan: 'planned',
  refused: 'refused',
  retry: 'retried',
  run: 'ran',
  stop: 'stopped',
};

/** What somebody did: "pause task" as "paused task". In Chinese a verb has no past. What was refused was not done. */
export function nameDeed({ operation, status = 0 }: Pick<AuditEntry, 'operation' | 'status'>): string {
  const command = nameCommand(operation);
  if (language.value === 'zh' || status < 200 || status > 299) return command;
  return command.replace(/^[a-z]+/, (verb) => PAST[verb] ?? `${verb}${verb.endsWith('e') ? 'd' : 'ed'}`);
}

/** Entries that follow each other and say the same of the same subject are one, with the newest first. */
export function toRows(entries: readonly AuditEntry[]): { entry: AuditEntry; count: number }[] {
  const rows: { entry: AuditEntry; count: number }[] = [];
  for (const entry of entries) {
    const last = rows.at(-1);
    if (last && toTopic(last.entry) === toTopic(entry)) last.count++;
    else rows.push({ entry, count: 1 });
  }
  return rows;
}

/** With a subject, tasks may differ: one command for many, or the runs of one schedule. */
function toTopic({ audit_id, time, request_id, task_id, task_name, ...said }: AuditEntry): string {
  return JSON.stringify([said, said.subject ?? task_id]);
}

/** The pages of what commands are about, by the last word of the command. */
const PAGES: Readonly<Record<string, string>> = {
  Alert: '/problems/alerts/',
  Exclusion: '/plan/exclusions/',
  Node: '/fleet/nodes/',
  Operation: '/tasks?operation=',
  Schedule: '/plan/schedules/',
};

interface Subject {
  operation: string;
  task_id?: string | undefined;
  subject?: string | undefined;
}

/** The page of what a command was about, or what it created. Undefined if it has none, or is gone by the command. */
export function toSubjectPath({ operation, task_id, subject }: Subject): string | undefined {
  if (subject === undefined || /^(delete|remove)/.test(operation)) return undefined;
  if (operation === 'retrySubTask') return `/tasks/${task_id}/subtasks/${subject}`;
  if (operation === 'bulkTasks') return `${PAGES['Operation']}${subject}`;
  const page = PAGES[/[A-Z][a-z]+$/.exec(operation)?.[0] ?? ''];
  return page && page + encodeURIComponent(subject);
}

type AuditQuery = NonNullable<operations['listAudit']['parameters']['query']>;

/** Filters of the API, which have the same names in the address. */
export const AUDIT_FILTERS = [
  'operator',
  'operation',
  'task_id',
  'subject',
  'after',
  'before',
] as const satisfies readonly (keyof AuditQuery)[];
export type AuditFilter = Partial<Record<(typeof AUDIT_FILTERS)[number], string>>;

/** The name of a file, but for the time: `audit-cancelTask-alice`. */
export const toAuditFileName = ({ operation, operator, task_id, subject, after, before }: AuditFilter): string =>
  ['audit', operation, operator, task_id, subject, after && `after-${after}`, before && `before-${before}`]
    .filter(Boolean)
    .join('-');
