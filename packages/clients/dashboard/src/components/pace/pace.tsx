import { Field } from '../input';
import { RunningScans } from '../rules';
import type { PaceName, PaceTexts } from './pace-texts';
import { t } from './texts';
import { WeekField } from './week-field';

const NUMBERS = {
  max_concurrent: { type: 'number', min: 1, max: 1_000_000, step: '1' },
  max_starts_per_second: { type: 'number', min: 0.01, max: 100_000, step: 'any' },
  per_prefix: { type: 'text', pattern: '[0-9]+(/[0-9]+/[0-9]+)?', placeholder: '4/24/64' },
} as const;

interface PaceProps {
  texts: PaceTexts;
  onTyped: (change: Partial<PaceTexts>) => void;
  faults?: Partial<Record<PaceName, string>>;
  hours?: string;
  /** A limit does nothing to running scans. */
  hasAtClose?: boolean;
}

/** How hard, and when: three numbers, and the hours of a week. */
export const Pace = ({ texts, onTyped, faults = {}, hours = t('windows'), hasAtClose = false }: PaceProps) => (
  <>
    <div class="pace-numbers">
      {(Object.keys(NUMBERS) as (keyof typeof NUMBERS)[]).map((name) => (
        <Field key={name} label={t(name)} help={name === 'per_prefix' && t('per_prefix_help')} fault={faults[name]}>
          {(ids) => (
            <input
              {...(NUMBERS[name] as { type: 'text' })}
              {...ids}
              autocomplete="off"
              value={texts[name]}
              onInput={({ currentTarget }) => onTyped({ [name]: currentTarget.value })}
            />
          )}
        </Field>
      ))}
    </div>
    <WeekField label={hours} lines={texts.windows} fault={faults.windows} onTyped={(windows) => onTyped({ windows })} />
    {hasAtClose && texts.windows !== '' && (
      <RunningScans
        label={t('at_close')}
        value={texts.at_close === 'abort' ? 'abort' : 'end'}
        onChosen={(at_close) => onTyped({ at_close })}
      />
    )}
  </>
);
