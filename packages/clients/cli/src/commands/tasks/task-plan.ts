import { toDurationText } from '@cyberstroll/contracts';
import type { ApiTaskPlan, CreateTaskRequest } from '../../api-types';
import { CliError } from '../../cli-error';
import type { CommandContext } from '../../command-context';
import { defineTexts, say } from '../../language/say';
import { createTable, toFieldLines, toFields } from '../../text/table';
import type { TimeText } from '../../text/time-text';

const t = defineTexts({
  task_would: ['this task would not be created', '不会创建这个任务'],
  no: ['no', '否'],
  all_slots: ['{duration} with all slots of the pool', '{duration}（占满节点池的并发槽）'],
  unknown: ['unknown', '未知'],
  lifted: ['when the freeze is lifted', '冻结解除之后'],
});

/** Prints what a task would be. Throws a CliError `usage` if it would not be created. */
export async function printPlan(request: CreateTaskRequest, context: CommandContext): Promise<void> {
  const { output } = context;
  const plan = await readPlan(request, context);
  await output.answer(plan, () => toPlanText(plan, output.toTimeText));
  if (!plan.would_create) throw new CliError('usage', t('task_would'));
}

export const readPlan = (body: CreateTaskRequest, { api }: CommandContext): Promise<ApiTaskPlan> =>
  api.call(api.POST('/api/tasks/dry-run', { body }), 'would_create');

/** What a task would be: its figures, and below them each refused entry and each warning. */
export function toPlanText(plan: ApiTaskPlan, toTimeText: TimeText): string {
  const { sample, estimate } = plan;
  const refused = createTable<ApiTaskPlan['refused'][number]>([
    { title: 'REFUSED', value: ({ entry }) => entry },
    { title: 'FIELD', value: ({ field }) => field },
    { title: 'ENTRY', value: ({ position }) => position, align: 'right' },
    { title: 'REASON', value: ({ reason }) => reason, max: 80 },
  ]);
  const warnings = createTable<ApiTaskPlan['warnings'][number]>([
    { title: 'WARNING', value: ({ code }) => code },
    { title: 'MESSAGE', value: ({ message }) => message, max: 200 },
  ]);
  const exclusions = createTable<ApiTaskPlan['exclusions']['by'][number]>([
    { title: 'EXCLUSION_ID', value: ({ exclusion_id }) => exclusion_id },
    { title: 'TARGET', value: ({ target }) => target, max: 45 },
    { title: 'COUNT', value: ({ count }) => count, align: 'right' },
    { title: 'REASON', value: ({ reason }) => reason, max: 80 },
  ]);
  const ports = createTable<ApiTaskPlan['exclusions']['ports'][number]>([
    { title: 'EXCLUSION_ID', value: ({ exclusion_id }) => exclusion_id },
    { title: 'TARGET', value: ({ target }) => target, max: 45 },
    { title: 'PORTS', value: (lost) => lost.ports, max: 40 },
    { title: 'COUNT', value: ({ count }) => count, align: 'right' },
    { title: 'REASON', value: ({ reason }) => reason, max: 80 },
  ]);
  return [
    toFieldLines([
      ['targets', plan.total_targets],
      ...toFields(plan, 'excluded'),
      ['exclusions', plan.exclusions?.count],
      ...toFields(plan, 'duplicates'),
      ['first', sample.first.join(', ')],
      ['last', sample.last.join(', ')],
      ...toFields(plan, 'ports', 'probes'),
      ['estimate', toEstimateText(estimate)],
      ['begins', plan.begins === null ? t('lifted') : toTimeText(plan.begins)],
      ['refused', plan.refused_count],
      ['would_create', plan.would_create ? say('yes') : t('no')],
    ]),
    ...(plan.exclusions?.by.length > 0 ? ['', exclusions.toText(plan.exclusions.by)] : []),
    ...(plan.exclusions?.ports?.length > 0 ? ['', ports.toText(plan.exclusions.ports)] : []),
    ...(plan.refused.length > 0 ? ['', refused.toText(plan.refused)] : []),
    ...(plan.warnings.length > 0 ? ['', warnings.toText(plan.warnings)] : []),
  ].join('\n');
}

const toEstimateText = (estimate: ApiTaskPlan['estimate']): string =>
  estimate ? t('all_slots', { duration: toDurationText(estimate.seconds) }) : t('unknown');
