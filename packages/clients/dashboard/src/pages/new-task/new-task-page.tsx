import { session } from '../../api/session';
import { useGet } from '../../api/use-data';
import { query, setQuery } from '../../browser/navigation';
import { Loaded } from '../../components/notice';
import { NewTaskForm, RULES } from './new-task-form';
import { type Origin, toFirstValues, toValuesOf } from './task-form';
import { t } from './texts';
import './new-task.css';

/** A new scan, a schedule of it (`?repeat=yes`), or an old one again: `?from=<task_id>&only=failed`. */
export default function NewTaskPage() {
  const from = query.value.get('from');
  return (
    <>
      <h1>{t(from !== null ? 'again' : query.value.has('repeat') ? 'schedule' : 'title')}</h1>
      {from === null ? (
        <>
          <fieldset class="many">
            <legend>{t('when')}</legend>
            {([undefined, 'yes'] as const).map((repeat) => (
              <label key={repeat} class="check">
                <input
                  type="radio"
                  name="repeat"
                  checked={query.value.has('repeat') === (repeat !== undefined)}
                  onChange={() => setQuery({ repeat })}
                />
                {t(repeat ? 'again_and_again' : 'once')}
              </label>
            ))}
          </fieldset>
          <NewTaskForm first={findDefaults()} origin={{}} isRepeated={query.value.has('repeat')} />
        </>
      ) : (
        <ScanAgain key={from} from={from} />
      )}
    </>
  );
}

function ScanAgain({ from }: { from: string }) {
  const old = useGet('/api/tasks/{task_id}', { path: { task_id: from } });
  const only = ONLY.find((name) => name === query.value.get('only'));
  const origin: Origin = { from_task: from, ...(only && { only }) };
  return (
    <Loaded data={old}>
      {(task) => (
        <>
          <p>
            {t('again_of')} <a href={`/tasks/${from}`}>{task.name ?? task.task_target.slice(0, 80)}</a>
          </p>
          <fieldset class="many">
            <legend>{t('only')}</legend>
            {([undefined, ...ONLY] as const).map((name) => (
              <label key={name} class="check">
                <input type="radio" name="only" checked={only === name} onChange={() => setQuery({ only: name })} />
                {t(name === undefined ? 'only_all' : `only_${name}`)}
              </label>
            ))}
          </fieldset>
          <NewTaskForm first={toValuesOf(task, findDefaults())} origin={origin} />
        </>
      )}
    </Loaded>
  );
}

const ONLY = ['failed', 'open', 'excluded'] as const;
const findDefaults = () => toFirstValues(RULES, session.value?.key ?? '');
