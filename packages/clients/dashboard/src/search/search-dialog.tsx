import { unwrap } from '@cyberstroll/client';
import { useSignal } from '@preact/signals';
import { useEffect, useId } from 'preact/hooks';
import { client } from '../api/session';
import { useCheck } from '../api/use-check';
import { isSearchOpen } from '../browser/keyboard';
import { navigate } from '../browser/navigation';
import { Dialog } from '../components/action-button';
import { assign } from '../components/input';
import { toTaskName } from '../components/name-link';
import { toDetail } from '../components/notice';
import { HostileText } from '../components/scroll-box';
import { Time } from '../components/time';
import { defineTexts } from '../language/define-texts';
import { TaskState } from '../states/state-badge';
import { type Found, type Option, toOptions, toPlace } from './to-options';
import './search.css';

const t = defineTexts({
  node: ['node', '节点'],
  title: ['Search', '搜索'],
  what: ['Task (id, name or label), address or network, node, page', '任务（ID、名称或标签）、地址或网段、节点、页面'],
  options: ['Found', '搜索结果'],
  host: ['address', '地址'],
  page: ['page', '页面'],
  task: ['task', '任务'],
  none: ['Nothing found.', '没有找到。'],
  count: ['{count} found', '找到 {count} 项'],
  failed: ['Search failed: {detail}', '无法搜索：{detail}'],
});

/** Nothing is asked while the reader still types, in milliseconds. */
const TYPING_MS = 150;

const close = () => {
  isSearchOpen.value = false;
};

interface SearchProps {
  pages: () => { path: string; name: () => string }[];
}

/** Ctrl-K: opens a task, a node or a page by what the reader types. A combobox, whose list is below it. */
export function SearchDialog({ pages }: SearchProps) {
  return isSearchOpen.value ? <OpenSearch pages={pages} /> : null;
}

function OpenSearch({ pages }: SearchProps) {
  const text = useSignal('');
  const place = useSignal(0);
  const { answer: found, error: fault } = useCheck<Found>(text.value.trim(), readFound, TYPING_MS);
  const id = useId();
  const named = pages().map(({ path, name }) => ({ path, name: name() }));
  const options = toOptions(text.value, named, found);
  const chosen = options[place.value];
  useEffect(() => assign(place, 0), [text.value]);
  useEffect(() => {
    document.getElementById(`${id}-${place.value}`)?.scrollIntoView({ block: 'nearest' });
  }, [place.value]);

  function open({ path }: Option): void {
    close();
    navigate(path);
  }

  function onKeyDown(event: KeyboardEvent): void {
    if (event.isComposing) return;
    if (event.key === 'Enter' && chosen) {
      event.preventDefault();
      open(chosen);
      return;
    }
    const next = toPlace(event.key, place.value, options.length);
    if (next === undefined) return;
    event.preventDefault();
    place.value = next;
  }

  return (
    <Dialog title={t('title')} onClose={close} class="search">
      <label for={id}>
        {t('what')}
        <input
          id={id}
          role="combobox"
          autocomplete="off"
          spellcheck={false}
          maxLength={200}
          aria-autocomplete="list"
          aria-expanded={options.length > 0}
          aria-controls={`${id}-list`}
          aria-activedescendant={chosen && `${id}-${place.value}`}
          value={text.value}
          onInput={({ currentTarget }) => assign(text, currentTarget.value)}
          onKeyDown={onKeyDown}
        />
      </label>
      {fault !== undefined && (
        <p class="error" role="alert">
          {t('failed', { detail: toDetail(fault) })}
        </p>
      )}
      <div id={`${id}-list`} role="listbox" aria-label={t('options')} class="search-options">
        {options.map((option, i) => (
          // biome-ignore lint/a11y/useKeyWithClickEvents: the keyboard chooses in the field, which keeps the focus
          // biome-ignore lint/a11y/useFocusableInteractive: as above
          <div
            key={option.path}
            id={`${id}-${i}`}
            role="option"
            aria-selected={i === place.value}
            onClick={() => open(option)}
          >
            <span class="weak">{t(option.kind)}</span>
            <OptionText option={option} />
          </div>
        ))}
      </div>
      <p class="weak" role="status">
        {options.length > 0 ? t('count', { count: options.length }) : found && t('none')}
      </p>
    </Dialog>
  );
}

function OptionText({ option }: { option: Option }) {
  if (option.kind === 'page') return <span>{option.name}</span>;
  if (option.kind === 'host') return <span class="mono">{option.address}</span>;
  if (option.kind === 'node') return <HostileText text={option.nodeId} most={100} />;
  const { name, task_id, status, task_target, labels, found_by, created_time } = option.task;
  return (
    <>
      <span class="search-task">
        <bdi>{toTaskName(option.task)}</bdi>
        {found_by === 'label' && <bdi class="weak"> {labels.join(', ')}</bdi>}
        {name !== undefined && found_by === 'target' && <bdi class="weak"> {task_target.slice(0, 100)}</bdi>}
        {name !== undefined && found_by === 'task_id' && <span class="weak mono"> {task_id}</span>}
      </span>
      <span class="weak">
        <Time at={created_time} />
      </span>
      <TaskState status={status} />
    </>
  );
}

const readFound = (signal: AbortSignal, q: string) =>
  unwrap(client.GET('/api/search', { params: { query: { q } }, signal }));
