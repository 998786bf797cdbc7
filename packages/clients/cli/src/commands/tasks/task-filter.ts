import { type Task, taskStatusSchema } from '@cyberstroll/contracts';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { isoTime, repeated } from '../option-values';

interface TaskFilterOptions {
  id?: string[];
  status?: Task['status'][];
  type?: string;
  category?: string;
  initiator?: string;
  label?: string[];
  target?: string;
  after?: string;
  before?: string;
}

const STATUSES: readonly string[] = taskStatusSchema.options;

/** The options that choose tasks: those that match all of them. */
export const addTaskFilterOptions = (command: Command): Command =>
  command
    .addOption(
      new Option('--status <status>', 'only tasks with this status; may be repeated')
        .choices(STATUSES)
        .argParser<string[]>(statuses),
    )
    .option('--id <task_id>', 'only this task; may be repeated', repeated)
    .option('--label <label>', 'only tasks with this label; if repeated, with all of them', repeated)
    .option('--initiator <name>', 'only tasks of this task_initiator')
    .option('--category <name>', 'only tasks of this task_category')
    .option('--type <name>', 'only tasks of this task_type')
    .option('--target <target>', 'only tasks that scan this address, or addresses in this network')
    .option('--after <time>', 'only tasks created at this time or later, such as 2026-01-31T12:00:00Z', isoTime)
    .option('--before <time>', 'only tasks created before this time', isoTime);

/** The filter as the API has it. */
export function toTaskFilter(options: TaskFilterOptions) {
  const { id, status, label, initiator, category, type, target, after, before } = options;
  const names = { task_initiator: initiator, task_category: category, task_type: type };
  return { task_id: id, status, label, ...names, target, after, before };
}

/** Upper or lower case, several with commas between them or as several options. */
function statuses(text: string, before: string[] = []): string[] {
  const added = text.toUpperCase().split(',');
  const unknown = added.some((status) => !STATUSES.includes(status));
  if (unknown) throw new InvalidArgumentError(`Must be one of ${STATUSES.join(', ')}.`);
  return [...before, ...added];
}
