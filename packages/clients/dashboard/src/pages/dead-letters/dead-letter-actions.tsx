import { type ApiAnswer, type Client, unwrap } from '@cyberstroll/client';
import { type Signal, useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { toReasonField, toShellWord } from '../../api/command';
import { client, isAdmin, isOperator } from '../../api/session';
import { useData } from '../../api/use-data';
import { ActionButton } from '../../components/action-button';
import { assign } from '../../components/input';
import { Loaded } from '../../components/notice';
import { formatNumber, nameDeadLetterReason } from '../../language/define-texts';
import { repeatUntilDone } from './repeat-until-done';
import { t } from './texts';

export interface DeadLetterChoice {
  ids?: string[];
  reason?: string;
  queue?: string;
  task_id?: string;
}

type Name = 'replay' | 'discard';

type Outcome = { skipped: { id: string; why: string }[]; more: boolean } & (
  | { replayed: number }
  | { discarded: number }
);

const send = (
  by: Client,
  name: Name,
  filter: DeadLetterChoice,
  how: { dry_run?: true; reason?: string },
): Promise<ApiAnswer<Outcome>> => {
  const body = { filter, ...how };
  return name === 'replay'
    ? by.POST('/api/dead-letters/replay', { body })
    : by.POST('/api/dead-letters/discard', { body });
};

/** None where it is not sent, but shown as curl. */
const countDone = (outcome: Outcome): number => ('replayed' in outcome ? outcome.replayed : (outcome.discarded ?? 0));

interface DeadLetterActionProps {
  name: Name;
  label: string;
  filter: DeadLetterChoice;
  /** How many match, where it is known. */
  total?: number;
  onDone: () => void;
}

/** Replays or discards dead letters, as many calls as it takes. The API counts them first. */
export function DeadLetterAction({ name, label, filter, total, onDone }: DeadLetterActionProps) {
  const done = useSignal(0);
  const isOpen = useRef(false);
  if (!(name === 'replay' ? isOperator : isAdmin).value) return null;
  return (
    <ActionButton
      label={label}
      isDangerous={name === 'discard'}
      onDone={onDone}
      command={{
        send: (by, reason) =>
          repeatUntilDone(() => send(by, name, filter, toReasonField(reason)), {
            toOutcome: (outcome) => ({ done: countDone(outcome), more: outcome.more }),
            noteDone: (count) => assign(done, count),
            isStopped: () => !isOpen.current,
          }),
        toCli: (reason) => toCli(name, filter, reason),
      }}
    >
      <Plan name={name} filter={filter} />
      <Done done={done} total={total} isOpen={isOpen} />
    </ActionButton>
  );
}

interface DoneProps {
  done: Signal<number>;
  total: number | undefined;
  /** Whether the dialog is: without it nothing more is sent. */
  isOpen: { current: boolean };
}

/** How far a command of several calls is. */
function Done({ done, total, isOpen }: DoneProps) {
  useEffect(() => {
    assign(done, 0);
    isOpen.current = true;
    return () => {
      isOpen.current = false;
    };
  }, []);
  if (done.value === 0) return null;
  return (
    <div role="status">
      {t('done_so_far', { done: done.value })}
      {total !== undefined && total >= done.value && (
        <progress max={total} value={done.value} aria-label={t('progress')} />
      )}
    </div>
  );
}

function Plan({ name, filter }: { name: Name; filter: DeadLetterChoice }) {
  const plan = useData(() => unwrap(send(client, name, filter, { dry_run: true })), {
    key: JSON.stringify([name, filter]),
  });
  return (
    <Loaded data={plan}>
      {(outcome) => {
        const count = countDone(outcome);
        const skipped = outcome.skipped.length;
        return (
          <>
            <p>{name === 'replay' ? t('would_replay', { count, skipped }) : t('would_discard', { count, skipped })}</p>
            {outcome.more && <p>{t('more')}</p>}
            {skipped > 0 && (
              <ul>
                {[...new Set(outcome.skipped.map(({ why }) => why))].map((why) => (
                  <li key={why}>
                    {nameDeadLetterReason(why)}
                    {t('colon')}
                    {formatNumber(outcome.skipped.filter((each) => each.why === why).length)}
                  </li>
                ))}
              </ul>
            )}
          </>
        );
      }}
    </Loaded>
  );
}

const OPTIONS = { reason: '--reason', queue: '--queue', task_id: '--task' } as const;

function toCli(name: Name, { ids = [], ...filter }: DeadLetterChoice, why: string): string {
  const options = Object.entries(OPTIONS).flatMap(([field, option]) => {
    const value = filter[field as keyof typeof OPTIONS];
    return value === undefined ? [] : [`${option} ${toShellWord(value)}`];
  });
  const whyOption = why === '' ? [] : [`--why ${toShellWord(why)}`];
  return ['cyberstroll dead-letter', name, ...ids.map((id) => `--id ${id}`), ...options, ...whyOption].join(' ');
}
