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
