import { toDurationText } from '@cyberstroll/contracts';
import type { ApiTaskPlan } from '../api-types';
import { defineTexts } from '../language/say';
import { say } from '../language/texts';
import { createTable, toFieldLines } from './table';

const t = defineTexts({
  no: ['no', '否'],
  all_slots: ['{duration} with all slots of the pool', '{duration}（占满节点池的并发槽）'],
  unknown: ['unknown', '未知'],
});

/** What a task would be: its figures, and below them each refused entry and each warning. */
export function toPlanText(plan: ApiTaskPlan): string {
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
  return [
    toFieldLines([
      ['targets', plan.total_targets],
      ['excluded', plan.excluded],
      ['duplicates', plan.duplicates],
      ['first', sample.first.join(', ')],
      ['last', sample.last.join(', ')],
      ['ports', plan.ports],
      ['probes', plan.probes],
      ['estimate', toEstimateText(estimate)],
      ['refused', plan.refused_count],
      ['would_create', plan.would_create ? say('yes') : t('no')],
    ]),
    ...(plan.refused.length > 0 ? ['', refused.toText(plan.refused)] : []),
    ...(plan.warnings.length > 0 ? ['', warnings.toText(plan.warnings)] : []),
  ].join('\n');
}

const toEstimateText = (estimate: ApiTaskPlan['estimate']): string =>
  estimate ? t('all_slots', { duration: toDurationText(estimate.seconds) }) : t('unknown');
