import type { Freeze } from '@cyberstroll/client';
import type { ComponentChildren } from 'preact';
import { toReasonField, toReasonOption, toShellWord } from '../api/command';
import { session } from '../api/session';
import { ActionButton } from './action-button';
import { Select } from './input';
import { t } from './texts';
import { Time } from './time';

/** What a limit, a freeze or a blackout covers: exactly one of these. */
type Covers = Freeze['covers'];
const KINDS = ['network', 'pool', 'label', 'all'] as const;

export function toCoversText({ all, pool, label, network }: Covers): string {
  if (all) return t('covers_all');
  if (pool !== undefined) return t('covers_pool', { name: pool });
  if (label !== undefined) return t('covers_label', { name: label });
  return t('covers_network', { name: network ?? '' });
}

export interface ChosenCovers {
  kind: (typeof KINDS)[number];
  /** Of the pool, the label or the network. */
  name: string;
}
export const NOTHING_CHOSEN: ChosenCovers = { kind: 'network', name: '' };

export const toCovers = ({ kind, name }: ChosenCovers): Covers =>
  kind === 'all' ? { all: true } : { [kind]: name.trim() };

/** The same as an option of the command line. */
export const toCoversOption = ({ kind, name }: ChosenCovers): string =>
  kind === 'all' ? '--all' : `--${kind} ${toShellWord(name.trim())}`;

interface CoversFieldsProps {
  chosen: ChosenCovers;
  onChosen: (chosen: ChosenCovers) => void;
}

export const CoversFields = ({ chosen, onChosen }: CoversFieldsProps) => (
  <div class="buttons">
    <Select
      label={t('covers')}
      value={chosen.kind}
      options={Object.fromEntries(KINDS.map((kind) => [kind, t(`by_${kind}`)]))}
      onChosen={(kind) => onChosen({ ...chosen, kind: kind as ChosenCovers['kind'] })}
    />
    {chosen.kind !== 'all' && (
      <label>
        {t('covers_name')}
        <input
          required
          maxLength={100}
          autocomplete="off"
          placeholder={chosen.kind === 'network' ? '10.1.0.0/16' : ''}
          value={chosen.name}
          onInput={({ currentTarget }) => onChosen({ ...chosen, name: currentTarget.value })}
        />
      </label>
    )}
  </div>
);

interface RuleLevelProps {
  rule: Pick<Freeze, 'level'>;
}

/** Behind the name of who set it, in one word that it was an admin. */
export const RuleLevel = ({ rule: { level } }: RuleLevelProps) => (level === 'admin' ? ' (admin)' : null);

export const RuleMade = ({ rule }: { rule: Pick<Freeze, 'level' | 'operator' | 'created_time'> }) => (
  <>
    <bdi>{t('by', { operator: rule.operator })}</bdi>
    <RuleLevel rule={rule} />, <Time at={rule.created_time} />
  </>
);

/** What changes a rule; or that an admin set it: a key with networks may not change that. */
export const RuleActions = ({
  rule: { level },
  children,
}: RuleLevelProps & { children: ComponentChildren }): ComponentChildren =>
  level === 'admin' && session.value?.networks ? <span class="weak">{t('only_admins')}</span> : children;

export const LiftFreeze = ({ freeze: { freeze_id }, onDone }: { freeze: Freeze; onDone: () => void }) => (
  <ActionButton
    label={t('lift')}
    onDone={onDone}
    command={{
      send: (by, reason) =>
        by.DELETE('/api/freezes/{freeze_id}', { params: { path: { freeze_id }, query: toReasonField(reason) } }),
      toCli: (reason) => `cyberstroll freeze lift ${freeze_id}${toReasonOption(reason)}`,
    }}
  >
    <p>{t('lift_does')}</p>
  </ActionButton>
);

export type Running = NonNullable<Freeze['running']>;

interface RunningScansProps {
  label?: string;
  value: Running;
  onChosen: (value: Running) => void;
}

/** What becomes of scans that run when no other may begin. */
export const RunningScans = ({ label = t('running_scans'), value, onChosen }: RunningScansProps) => (
  <Select
    label={label}
    value={value}
    options={{ end: t('scans_end'), abort: t('scans_abort') }}
    onChosen={(chosen) => onChosen(chosen as Running)}
  />
);
