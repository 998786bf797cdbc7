import type { Freeze } from '@cyberstroll/client';
import { toShellWord } from '../api/command';
import { Select } from './input';
import { t } from './texts';

/** What a limit, a freeze or a blackout covers: exactly one of these. */
type Covers = Freeze['covers'];
const KINDS = ['network', 'pool', 'label', 'all'] as const;

export function toCoversText({ all, pool, label, network }: Covers): string {
  if (all) return t('covers_all');
  if (pool !== undefined) return t('covers_pool', { name: pool });
  if (label !== undefined) return t('covers_label', { name: label });
  return t('covers_network', { name: network ?? '' });
}

/** What a form has chosen to cover. */
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
