import { type operations, type Task, unwrap } from '@cyberstroll/client';
import { useSignal } from '@preact/signals';
import { client } from '../../api/session';
import { useData } from '../../api/use-data';
import { navigate } from '../../browser/navigation';
import { Dialog, OpenButton } from '../../components/action-button';
import { assign } from '../../components/input';
import { NameLink, toTaskName } from '../../components/name-link';
import { Loaded } from '../../components/notice';
import { Time } from '../../components/time';
import { defineTexts } from '../../language/define-texts';
import { TaskState } from '../../states/state-badge';
import { findBefore, toCandidates, toComparePath, toFirstTarget } from './candidates';

const t = defineTexts({
  compare_with: ['Compare with …', '对比任务……'],
  compare: ['Compare', '比较'],
  no_candidates: ['No other task scans its first target.', '没有其他任务扫描它的第一个目标。'],
  by_id: ['Id of another task', '另一任务的 ID'],
  origin: ['this task is a rescan of it', '本任务是它的重扫'],
  again: ['it is a rescan of this task', '它是本任务的重扫'],
  same_targets: ['same targets', '目标相同'],
  other: ['other targets', '目标不同'],
});

const MOST_CANDIDATES = 50;

/** Compares a task with the run before it; where there is none, with one that is chosen. */
export function CompareBefore({ task }: { task: Task }) {
  const isOpen = useSignal(false);
  async function find(): Promise<void> {
    const before = findBefore(task, await readCandidates(task).catch(() => []));
    if (before) navigate(toComparePath(task.task_id, before.task_id));
    else isOpen.value = true;
  }
  return (
    <>
      <button type="button" onClick={find}>
        {t('compare')}
      </button>
      {isOpen.value && <CompareDialog task={task} onClose={() => assign(isOpen, false)} />}
    </>
  );
}

export const CompareWith = ({ task }: { task: Task }) => (
  <OpenButton label={t('compare_with')}>{(onClose) => <CompareDialog task={task} onClose={onClose} />}</OpenButton>
);

const CompareDialog = ({ task, onClose }: { task: Task; onClose: () => void }) => (
  <Dialog title={t('compare_with')} onClose={onClose}>
    <Candidates task={task} />
    <form
      onSubmit={(event) => {
        event.preventDefault();
        const other = new FormData(event.currentTarget).get('other') as string;
        navigate(toComparePath(task.task_id, other.trim()));
      }}
    >
      <label>
        {t('by_id')}
        <input name="other" required pattern="\s*[0-9a-f]{24}\s*" spellcheck={false} />
      </label>
      <div class="buttons">
        <span class="space" />
        <button type="button" onClick={onClose}>
          {t('back')}
        </button>
        <button type="submit" class="primary">
          {t('compare')}
        </button>
      </div>
    </form>
  </Dialog>
);

function Candidates({ task }: { task: Task }) {
  const found = useData((signal) => readCandidates(task, signal), { key: task.task_id });
  return (
    <Loaded data={found}>
      {(tasks) => {
        const candidates = toCandidates(task, tasks);
        if (candidates.length === 0) return <p class="weak">{t('no_candidates')}</p>;
        return (
          <ul class="candidates">
            {candidates.map(({ task: other, relation }) => (
              <li key={other.task_id}>
                <NameLink href={toComparePath(task.task_id, other.task_id)} name={toTaskName(other)} />
                <TaskState status={other.status} />
                <Time at={other.created_time} />
                <span class="weak">{t(relation)}</span>
              </li>
            ))}
          </ul>
        );
      }}
    </Loaded>
  );
}

type ListQuery = NonNullable<operations['listTasks']['parameters']['query']>;

/** The task that this one scans again, and tasks with its first target. */
async function readCandidates({ from_task: from, task_target }: Task, signal?: AbortSignal): Promise<Task[]> {
  const target = toFirstTarget(task_target);
  const read = async (query: ListQuery) =>
    (
      await unwrap(
        client.GET('/api/tasks', {
          params: { query: { ...query, limit: MOST_CANDIDATES } },
          ...(signal && { signal }),
        }),
      )
    ).items;
  const lists = await Promise.all([
    from === undefined ? [] : read({ task_id: [from] }),
    read(target === undefined ? {} : { target }),
  ]);
  return lists.flat();
}
