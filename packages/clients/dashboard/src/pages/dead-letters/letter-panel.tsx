import type { DeadLetter } from '@cyberstroll/client';
import { useGet } from '../../api/use-data';
import { inWords } from '../../components/in-words';
import { NameLink, toTaskName } from '../../components/name-link';
import { Loaded } from '../../components/notice';
import { HostileText } from '../../components/scroll-box';
import { SidePanel } from '../../components/side-panel';
import { Time } from '../../components/time';
import { nameDeadLetterReason, stateName } from '../../language/define-texts';
import { DeadLetterAction } from './dead-letter-actions';
import { findFaultPaths, toMarkedLines } from './marked-lines';
import { t } from './texts';

export function LetterPanel({ dead_letter_id, onDone }: { dead_letter_id: string; onDone: () => void }) {
  const letter = useGet('/api/dead-letters/{dead_letter_id}', { path: { dead_letter_id } });
  const reload = () => {
    letter.reload();
    onDone();
  };
  const filter = { ids: [dead_letter_id] };
  return (
    <SidePanel
      title={letter.value ? nameDeadLetterReason(letter.value.reason) : t('title')}
      base="/problems/dead-letters"
    >
      <Loaded data={letter}>
        {(read) => (
          <>
            <p>
              {stateName(read.state)} · {read.queue} · <Time at={read.first_seen} />
              {read.task_id !== undefined && (
                <>
                  {' '}
                  · <TaskLink taskId={read.task_id} />
                </>
              )}
            </p>
            <HostileText text={inWords(read.detail, read.sentence)} />
            {read.sender !== undefined && (
              <p>
                {t('sender') + t('colon')}
                <HostileText text={read.sender} most={100} />
              </p>
            )}
            {!read.replayable && (
              <p>{t('not_replayable', { why: nameDeadLetterReason(read.unreplayable_reason ?? '') })}</p>
            )}
            <div class="buttons">
              {read.replayable && read.state !== 'discarded' && (
                <DeadLetterAction name="replay" label={t('replay')} filter={filter} onDone={reload} />
              )}
              {read.state !== 'discarded' && (
                <DeadLetterAction name="discard" label={t('discard')} filter={filter} onDone={reload} />
              )}
            </div>
            {read.replayed_times.map((mark) => (
              <Mark key={mark.time} what={t('replayed')} mark={mark} />
            ))}
            {read.discarded && <Mark what={t('discarded')} mark={read.discarded} />}
            <h3>{t('body')}</h3>
            <Body letter={read} />
          </>
        )}
      </Loaded>
    </SidePanel>
  );
}

/** The task by its name. What strangers wrote may name one that does not exist. */
function TaskLink({ taskId }: { taskId: string }) {
  const { value } = useGet('/api/tasks/{task_id}', { path: { task_id: taskId } });
  return <NameLink href={`/tasks/${taskId}`} name={value ? toTaskName(value) : t('task')} />;
}

function Mark({
  what,
  mark: { time, operator, reason },
}: {
  what: string;
  mark: NonNullable<DeadLetter['discarded']>;
}) {
  return (
    <p class="weak">
      {what} <Time at={time} /> {t('by', { operator })}
      {reason !== undefined && (
        <>
          : <HostileText text={reason} most={200} />
        </>
      )}
    </p>
  );
}

/** The content. It is from strangers: shown as text alone. */
function Body({ letter: { content, content_type, content_bytes, detail } }: { letter: DeadLetter }) {
  const value = content_type === 'json' ? parse(content) : undefined;
  const lines = value === undefined ? [] : toMarkedLines(value, findFaultPaths(detail));
  return (
    <>
      {content_bytes > content.length * 4 && <p class="weak">{t('cut', { bytes: content_bytes })}</p>}
      {value === undefined ? (
        <HostileText text={content} most={64_000} />
      ) : (
        <pre class="letter-body" tabIndex={0} dir="ltr">
          {lines.map(({ text, isMarked }, i) =>
            isMarked ? (
              <mark key={i}>
                <span class="visually-hidden">{t('marked') + t('colon')}</span>
                {`${text}\n`}
              </mark>
            ) : (
              `${text}\n`
            ),
          )}
        </pre>
      )}
    </>
  );
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
