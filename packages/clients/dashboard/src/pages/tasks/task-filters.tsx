import type { Task } from '@cyberstroll/client';
import { query } from '../../browser/navigation';
import {
  ClearFilters,
  choose,
  FilterField,
  ManyFilter,
  SelectFilter,
  TextFilter,
  TimeFilter,
} from '../../components/filter';
import { TaskState } from '../../states/state-badge';
import { TASK_LOOKS } from '../../states/states';
import { FILTERS, SORTS } from './task-query';
import { t } from './texts';

const STATUSES = Object.keys(TASK_LOOKS) as Task['status'][];

/** Which tasks are listed, and in which order: all of it is in the address. */
export function TaskFilters() {
  const labels = query.value.getAll('label');
  return (
    <search class="filters narrow">
      <ManyFilter
        label={t('status')}
        name="status"
        options={Object.fromEntries(STATUSES.map((status) => [status, <TaskState key={status} status={status} />]))}
      />
      <TextFilter name="target" label={t('target')} placeholder="10.0.0.0/24" />
      <FilterField
        label={t('label')}
        value=""
        onChosen={(label) => choose({ label: [...labels.filter((each) => each !== label), label] })}
      />
      <TextFilter name="task_initiator" label={t('initiator')} />
      <TextFilter name="task_category" label={t('category')} />
      <TextFilter name="task_type" label={t('type')} />
      <TextFilter name="pool" label={t('pool')} />
      <TimeFilter name="after" label={t('after')} />
      <TimeFilter name="before" label={t('before')} />
      <SelectFilter name="sort" label={t('sort')} options={Object.fromEntries(SORTS.map((sort) => [sort, t(sort)]))} />
      <ClearFilters names={FILTERS} />
    </search>
  );
}
