import { type ApiAnswer, type Client, unwrap } from '@cyberstroll/client';
import { toReasonField, toShellWord } from '../../api/command';
import { client, isAdmin, isOperator } from '../../api/session';
import { useData } from '../../api/use-data';
import { ActionButton } from '../../components/action-button';
import { Loaded } from '../../components/notice';
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

interface DeadLetterActionProps {
  name: Name;
  label: string;
  filter: DeadLetterChoice;
  onDone: () => void;
}

/** Replays or discards dead letters. The API counts them first. */
export function DeadLetterAction({ name, label, filter, onDone }: DeadLetterActionProps) {
  if (!(name === 'replay' ? isOperator : isAdmin).value) return null;
  return (
    <ActionButton
      label={label}
      isDangerous={name === 'discard'}
      onDone={onDone}
      command={{
        send: (by, reason) => send(by, name, filter, toReasonField(reason)),
        toCli: (reason) => toCli(name, filter, reason),
      }}
    >
      <Plan name={name} filter={filter} />
    </ActionButton>
  );
}

function Plan({ name, filter }: { name: Name; filter: DeadLetterChoice }) {
  const plan = useData(() => unwrap(send(client, name, filter, { dry_run: true })), {
    key: JSON.stringify([name, filter]),
  });
  return (
    <Loaded data={plan}>
      {(outcome) => {
        const count = 'replayed' in outcome ? outcome.replayed : outcome.discarded;
        const skipped = outcome.skipped.length;
        return (
          <>
            <p>{name === 'replay' ? t('would_replay', { count, skipped }) : t('would_discard', { count, skipped })}</p>
            {outcome.more && <p>{t('more')}</p>}
            {skipped > 0 && (
              <ul class="mono">
                {outcome.skipped.slice(0, 20).map(({ id, why }) => (
                  <li key={id}>{t('skipped', { id, why })}</li>
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
