import type { AuditEntry } from '@cyberstroll/client';
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
