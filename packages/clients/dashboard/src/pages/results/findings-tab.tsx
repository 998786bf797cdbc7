import { readChoices } from '../../browser/navigation';
import { ExportMenu } from '../../components/export-menu';
import { anyOf, ClearFilters, SelectFilter, TextFilter } from '../../components/filter';
import { FindingTable } from './finding-table';
import { t } from './finding-texts';

const FILTERS = ['severity', 'kind', 'target', 'task_id'] as const;
const SEVERITIES = ['critical', 'high', 'medium', 'low', 'info'] as const;

/** What scans found beside open ports, across all tasks. What the API refuses of a filter, it names. */
export function FindingsTab() {
  const filter = readChoices(FILTERS);
  return (
    <>
      <search class="filters narrow">
        <SelectFilter name="severity" label={t('severity')} options={anyOf(t('any_severity'), SEVERITIES, t)} />
        <TextFilter name="kind" label={t('kind')} />
        <TextFilter name="target" label={t('address')} placeholder="10.0.0.0/24" />
        <TextFilter name="task_id" label={t('task')} />
        <ClearFilters names={FILTERS} />
        <ExportMenu path="/api/findings" params={filter} name="findings" />
      </search>
      <FindingTable filter={filter as object} />
    </>
  );
}
