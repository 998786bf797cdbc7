import { useEffect } from 'preact/hooks';
import { query, setQuery } from '../../browser/navigation';
import { readPreference, writePreference } from '../../browser/stored';
import { ExportLinks, Menu } from '../../components/menu';
import { ViewList } from '../../components/saved-views';
import { COLUMNS, readColumns, type TaskColumn, toColumnsText, toggleColumn } from './columns';
import { toTaskExport, toTaskFileName } from './task-query';
import { t } from './texts';

/** An address that names no columns gets those that were chosen last in this browser: a shared view brings its own. */
export function useColumns(): readonly TaskColumn[] {
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
export const ListMenu = ({ columns }: { columns: readonly TaskColumn[] }) => (
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
