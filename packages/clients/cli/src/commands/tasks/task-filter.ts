import { type Task, taskStatusSchema } from '@cyberstroll/contracts';
import { InvalidArgumentError, Option } from 'commander';
import { pastTime } from '../../given-time';
import type { CliCommand } from '../../help/cli-command';
import { defineTexts } from '../../language/say';
import { repeated } from '../option-values';

const t = defineTexts({
  status: ['only tasks with this status; may be repeated', '只限此状态的任务；可重复'],
  id: ['only this task; may be repeated', '只限此任务；可重复'],
  label: ['only tasks with this label; if repeated, with all of them', '只限有此标签的任务；重复时须同时具备'],
  initiator: ['only tasks of this task_initiator', '只限此发起者（task_initiator）的任务'],
  category: ['only tasks of this task_category', '只限此类别（task_category）的任务'],
  type: ['only tasks of this task_type', '只限此类型（task_type）的任务'],
  pool: ['only tasks of this pool of nodes', '只限此节点池的任务'],
  schedule: ['only tasks of this schedule', '只限此计划的任务'],
  freeze: ['only tasks that this freeze or blackout holds now', '只限当前被此冻结或禁扫期暂缓的任务'],
  target: ['only tasks that scan this address, or addresses in this network', '只限扫描此地址或此网段中地址的任务'],
  after: [
    'only tasks created at this time or later, such as -2h, 22:00 or 2026-01-31',
    '只限在此时间或之后创建的任务，如 -2h、22:00 或 2026-01-31',
  ],
  before: ['only tasks created before this time', '只限在此时间之前创建的任务'],
});

interface TaskFilterOptions {
  id?: string[];
  status?: Task['status'][];
  type?: string;
  category?: string;
  initiator?: string;
  label?: string[];
  pool?: string;
  schedule?: string;
  freeze?: string;
  target?: string;
  after?: string;
  before?: string;
}

const STATUSES: readonly string[] = taskStatusSchema.options;

/** The options that choose tasks: those that match all of them. */
export const addTaskFilterOptions = (command: CliCommand): CliCommand =>
  command
    .addOption(new Option('--status <status>', t('status')).choices(STATUSES).argParser<string[]>(statuses))
    .option('--id <task_id>', t('id'), repeated)
    .option('--label <label>', t('label'), repeated)
    .option('--initiator <name>', t('initiator'))
    .option('--category <name>', t('category'))
    .option('--type <name>', t('type'))
    .option('--pool <pool>', t('pool'))
    .option('--schedule <schedule_id>', t('schedule'))
    .option('--freeze <freeze_id>', t('freeze'))
    .option('--target <target>', t('target'))
    .option('--after <time>', t('after'), pastTime)
    .option('--before <time>', t('before'), pastTime);

/** The filter as the API has it. */
export function toTaskFilter(options: TaskFilterOptions) {
  const { id, status, label, initiator, category, type, pool, schedule, freeze, target, after, before } = options;
  const names = { task_initiator: initiator, task_category: category, task_type: type };
  return {
    task_id: id,
    status,
    label,
    ...names,
    pool,
    schedule_id: schedule,
    freeze_id: freeze,
    target,
    after,
    before,
  };
}

/** Upper or lower case, several with commas between them or as several options. */
function statuses(text: string, before: string[] = []): string[] {
  const added = text.toUpperCase().split(',');
  const unknown = added.some((status) => !STATUSES.includes(status));
  if (unknown) throw new InvalidArgumentError(`Must be one of ${STATUSES.join(', ')}.`);
  return [...before, ...added];
}
