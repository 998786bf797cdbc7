import { type ScanWindow, toDurationText, toWindowText } from '@cyberstroll/contracts';
import type { ApiTask, BodyOf } from '../api-types';
import { defineTexts, joinTexts, sayCode, type Text, verbatim } from '../language/say';
import { toCounts } from './progress-bar';
import { createTable, type Field, toFieldLines, toFields } from './table';
import type { TimeText } from './time-text';
import { toWaitingSentence } from './waiting-text';

const t = defineTexts({
  only: ['{task}, only {only}', '{task}，只限 {only}'],
  ports: ['ports {ports}', '端口 {ports}'],
  by: [' by {method}', '，方式 {method}'],
  task: ['task {task} {status}', '任务 {task} {status}'],
  after: [' after {duration}', '，用时 {duration}'],
  targets: [': {count} targets, {counts}', '：{count} 个目标，{counts}'],
  addresses_failed: ['{failed} of {total} addresses failed', '{total} 个地址中有 {failed} 个失败'],
  most_often: [', most often {code} ({count} {count|attempt|attempts})', '，最常见的是 {code}（{count} 次尝试）'],
  percent_count: ['{percent}% of {count}: {counts}', '{count} 个中的 {percent}%：{counts}'],
  excluded: ['{count} by exclusions: {target}', '被排除规则去掉 {count} 个：{target}'],
  none: ['none', '无'],
  characters: ['{text}… ({count} characters)', '{text}…（共 {count} 个字符）'],
});

const MAX_TARGET_SHOWN = 200;

/** A task's contract fields in readable form, with its history. */
export function toTaskText(task: ApiTask, toTimeText: TimeText): string {
  const { progress, config, error_info: errors } = task;
  const fields = toFieldLines([
    ['task_id', task.task_id],
    ['name', task.name],
    ['labels', task.labels?.join(', ') || undefined],
    ['metadata', task.metadata && JSON.stringify(task.metadata)],
    ['status', sayCode(task.status)],
    ['waits', toWaitingSentence(task, toTimeText)],
    ['progress', progress && toProgressText(task)],
    ['from_task', task.only ? t('only', { task: task.from_task ?? '', only: task.only }) : task.from_task],
    ['next_task', task.next_task],
    ['on_end', toStepMethods(task).join(' → ')],
    ['on_end_error', task.on_end_error?.detail],
    ['schedule_id', task.schedule_id],
    ['planned_time', toTimeText(task.planned_time)],
    ...toTargetFields(task),
    ['excluded', task.excluded && t('excluded', { ...task.excluded, target: shorten(task.excluded.target) ?? '' })],
    ...toScanFields(task),
    ['created_time', toTimeText(task.created_time)],
    ['queued_time', toTimeText(task.queued_time)],
    ['started_time', toTimeText(task.started_time)],
    ['estimated_completion', toTimeText(task.estimated_completion)],
    ['completed_time', toTimeText(task.completed_time)],
    ['actual_duration', task.actual_duration === undefined ? undefined : toDurationText(task.actual_duration)],
    ['config', config && toConfigText(config)],
    ['error_count', errors?.error_count],
    ['failed_attempts', errors?.failed_attempts],
    ['error_threshold', errors && toThresholdText(errors)],
    ['last_error', errors?.last_error],
  ]);
  const history = createTable<NonNullable<ApiTask['status_history']>[number]>([
    { title: 'STATUS', value: (entry) => entry.status, isState: true },
    { title: 'TIMESTAMP', value: (entry) => toTimeText(entry.timestamp) },
    { title: 'OPERATOR', value: (entry) => entry.operator, max: 30 },
    { title: 'REASON', value: (entry) => entry.reason, max: 80 },
  ]);
  return task.status_history?.length ? `${fields}\n\n${history.toText(task.status_history)}` : fields;
}

/** The method of each task that is to follow this one and has not begun. */
export function toStepMethods({ on_end = [], next_task, scan }: ApiTask): string[] {
  if (next_task !== undefined) return [];
  const methods: string[] = [];
  for (const step of on_end as { scan?: { method?: string } }[]) {
    methods.push(step.scan?.method ?? methods.at(-1) ?? scan.method);
  }
  return methods;
}

type Template = BodyOf<'createSchedule'>['template'];
type Asked = Partial<
  Pick<Template, 'task_target' | 'exclude_target' | 'scan' | 'task_type' | 'task_category' | 'task_initiator'>
>;

/** The tasks of a schedule. */
export const toTemplateText = (template: Template): string =>
  toFieldLines([
    ['name', template.name],
    ['labels', template.labels?.join(', ')],
    ...toTargetFields(template),
    ...toScanFields(template),
    ['config', template.config && toConfigText(template.config)],
  ]);

const toTargetFields = ({ task_target, exclude_target }: Asked): Field[] => [
  ['task_target', shorten(task_target)],
  ['exclude_target', shorten(exclude_target)],
];

const toScanFields = (task: Asked): Field[] => [
  ['scan', task.scan && toScanText(task.scan)],
  ...toFields(task, 'task_type', 'task_category', 'task_initiator'),
];

const toScanText = ({ ports, method, options }: Template['scan']): Text =>
  joinTexts(
    ports === undefined ? undefined : t('ports', { ports: shorten(ports) ?? '' }),
    method === undefined ? undefined : t('by', { method }),
    options && verbatim(` ${JSON.stringify(options)}`),
  );

/** How a task ended, on one line. */
export function toEndText(task: ApiTask): Text {
  const { actual_duration: seconds, progress } = task;
  return joinTexts(
    t('task', { task: task.task_id, status: sayCode(task.status) }),
    seconds === undefined ? undefined : t('after', { duration: toDurationText(seconds) }),
    progress && t('targets', { count: progress.total_targets, counts: toCountsText(task) }),
  );
}

/** Addresses that failed or timed out for good. */
export const countFailedAddresses = ({ progress }: ApiTask): number =>
  (progress?.failed_count ?? 0) + (progress?.timeout_count ?? 0);

/** How many addresses failed, and the error code of most failed attempts, those that were retried included. */
export function toFailureText(task: ApiTask, errorCodes: Record<string, number>): Text {
  const [most] = Object.entries(errorCodes).sort(([, a], [, b]) => b - a);
  const failed = t('addresses_failed', {
    failed: countFailedAddresses(task),
    total: task.progress?.total_targets ?? '?',
  });
  if (!most) return failed;
  const [code, count] = most;
  return joinTexts(failed, t('most_often', { code, count }));
}

const toProgressText = (task: ApiTask): Text =>
  t('percent_count', {
    percent: task.progress.progress_percentage,
    count: task.progress.total_targets,
    counts: toCountsText(task),
  });

const toCountsText = (task: ApiTask): string => toCounts({ counts: task.progress }).join(', ') || t('none');

const toConfigText = (config: Record<string, unknown>): string =>
  Object.entries(config)
    .flatMap(([name, value]) =>
      name === 'windows'
        ? [[name, (value as ScanWindow[]).map((each) => toWindowText(each)).join('; ')]]
        : typeof value === 'object' && value !== null
          ? Object.entries(value).map(([part, one]) => [`${name}.${part}`, one])
          : [[name, value]],
    )
    .map(([name, value]) => `${name}=${value}`)
    .join(' ');

const toThresholdText = ({ error_threshold, error_threshold_share: share }: ApiTask['error_info']): string =>
  share === undefined ? String(error_threshold) : `${error_threshold} (${share})`;

const shorten = (text: string | undefined): string | undefined =>
  text && text.length > MAX_TARGET_SHOWN
    ? t('characters', { text: text.slice(0, MAX_TARGET_SHOWN), count: text.length })
    : text;
