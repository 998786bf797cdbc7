import type { Task } from '@cyberstroll/client';
import { useEffect, useMemo, useRef } from 'preact/hooks';
import { keepEqual } from '../../api/keep-equal';
import { isOperator, session } from '../../api/session';
import { useGet } from '../../api/use-data';
import { useShortcuts } from '../../browser/keyboard';
import { navigate, query, setQuery } from '../../browser/navigation';
import { readPreference, writePreference } from '../../browser/stored';
import { FirstTask } from '../../components/first-step';
import { assign } from '../../components/input';
import { Pager } from '../../components/list-table';
import { ExportLinks, Menu } from '../../components/menu';
import { Empty, Loaded } from '../../components/notice';
import { ViewList } from '../../components/saved-views';
import { useReload, useStatistics } from '../../fleet/use-statistics';
import { useFollowed } from '../../live/progress-of';
import { BulkBar, OperationPanel, RecentOperations } from './bulk-bar';
import { COLUMNS, readColumns, type TaskColumn, toColumnsText, toggleColumn } from './columns';
import { SearchField, TaskFilters } from './search-field';
import { lastList, readSelection, toFilter, toggle, toTaskExport, toTaskFileName, toTaskQuery } from './task-query';
import { TaskTable } from './task-table';
import { t } from './texts';
import './tasks.css';

/** What began or ended is read at once, and how far a task is comes by WebSocket. */
const READ_EVERY = 10_000;
const NOTHING: readonly Task[] = [];

export const title = () => t('title');

export default function TasksPage() {
  const tasks = useGet('/api/tasks', { query: toTaskQuery(query.value) }, READ_EVERY);
  useReload(tasks, useStatistics().value?.tasks);
  useEffect(() => assign(lastList, new URLSearchParams(query.value)), [query.value]);
  const items = useSame(tasks.value?.items ?? NOTHING);
  useFollowed(items.map(({ task_id }) => task_id));
  const columns = useColumns();
  const selection = readSelection(query.value);
  const operation = query.value.get('operation');
  const rows = useRef<HTMLTableSectionElement>(null);
  useRowKeys(rows);
  // A key with networks may command none but its own tasks, one by one.
  const maySelect = isOperator.value && session.value?.networks === undefined;
  return (
    <>
      <div class="title">
        <h1>{t('title')}</h1>
        <span class="space" />
        {isOperator.value && (
          <a class="button primary" href="/tasks/new">
            {t('new_task')}
          </a>
        )}
      </div>
      <div class="search-line">
        <SearchField tasks={items} />
        <Menu name={t('filter')}>
          <TaskFilters />
        </Menu>
        <ListMenu columns={columns} />
      </div>
      {operation !== null && <OperationPanel id={operation} onDone={tasks.reload} />}
      <Loaded data={tasks}>
        {({ next_cursor }) => (
          <>
            {items.length === 0 && next_cursor === undefined && Object.keys(toFilter(query.value)).length === 0 ? (
              <FirstTask />
            ) : items.length === 0 ? (
              <Empty>{next_cursor === undefined ? t('none') : t('none_here')}</Empty>
            ) : (
              <TaskTable
                tasks={items}
                columns={columns}
                rows={rows}
                selection={maySelect ? selection : undefined}
                onToggle={toggleSelected}
              />
            )}
            {maySelect && selection.length > 0 && <BulkBar selection={selection} />}
            <Pager next={next_cursor} also={{ selected: undefined }} />
          </>
        )}
      </Loaded>
      <RecentOperations />
    </>
  );
}

/** Selects a row, or no longer. A click while all are selected begins anew. */
function toggleSelected(id: string): void {
  const selection = readSelection(query.value);
  setQuery({ selected: selection === 'all' ? id : toggle(selection, id).join(',') });
}

/** Tasks that say the same as at the read before are the same objects. */
function useSame(read: readonly Task[]): readonly Task[] {
  const before = useRef(read);
  return useMemo(() => {
    before.current = keepEqual(before.current, read, ({ task_id }) => task_id);
    return before.current;
  }, [read]);
}

/** `j` and `k` or the arrows move from row to row; the focus is on a row's link, so Enter opens it. */
function useRowKeys(rows: { current: HTMLTableSectionElement | null }): void {
  const findLinks = () => [...(rows.current?.querySelectorAll<HTMLAnchorElement>('a.row-link') ?? [])];
  const findRow = () => findLinks().findIndex((link) => link.closest('tr')?.contains(document.activeElement));
  const move = (by: 1 | -1) => {
    const links = findLinks();
    const at = findRow();
    links[at === -1 ? (by === 1 ? 0 : links.length - 1) : Math.min(links.length - 1, Math.max(0, at + by))]?.focus();
  };
  useShortcuts([
    { key: 'j', name: () => t('key_down'), run: () => move(1) },
    { key: 'k', name: () => t('key_up'), run: () => move(-1) },
    { key: 'ArrowDown', name: () => t('key_down'), run: () => move(1) },
    { key: 'ArrowUp', name: () => t('key_up'), run: () => move(-1) },
    {
      key: 'x',
      name: () => t('key_select'),
      run: () => rows.current?.rows[findRow()]?.querySelector('input')?.click(),
    },
    { key: 'n', name: () => t('new_task'), run: () => isOperator.value && navigate('/tasks/new') },
  ]);
}

/** An address that names no columns gets those that were chosen last in this browser: a shared view brings its own. */
function useColumns(): readonly TaskColumn[] {
  const named = query.value.get('columns');
  useEffect(() => {
    const chosen = toColumnsText(readColumns(readPreference('columns')));
    if (named === null && chosen !== undefined) setQuery({ columns: chosen });
  }, [named]);
  return readColumns(named);
}

function choose(columns: readonly TaskColumn[]): void {
  writePreference('columns', toColumnsText(columns) ?? '');
  setQuery({ columns: toColumnsText(columns) });
}

/** What is rarely changed: saved views, the columns of the list, and its files. */
const ListMenu = ({ columns }: { columns: readonly TaskColumn[] }) => (
  <Menu name="⋯" label={t('list_menu')}>
    <h2>{t('views')}</h2>
    <ViewList />
    <h2>{t('columns')}</h2>
    <fieldset class="many">
      <legend>{t('columns_help')}</legend>
      {COLUMNS.map((column) => (
        <label key={column} class="check">
          <input
            type="checkbox"
            checked={columns.includes(column)}
            disabled={columns.length === 1 && columns.includes(column)}
            onChange={() => choose(toggleColumn(columns, column))}
          />
          {t(column)}
        </label>
      ))}
    </fieldset>
    <button type="button" class="quiet" onClick={() => choose(readColumns(''))}>
      {t('usual_columns')}
    </button>
    <h2>{t('files')}</h2>
    <ExportLinks path="/api/tasks" params={toTaskExport(query.value)} name={toTaskFileName(query.value)} />
  </Menu>
);
