import { DAYS } from '@cyberstroll/contracts';
import { useSignal } from '@preact/signals';
import type { TargetedEvent } from 'preact';
import { useId, useRef } from 'preact/hooks';
import { assign, Field } from '../input';
import { toDayName, ZONES } from '../scan-windows';
import { t } from './texts';
import { findZone, fromPainted, paintBetween, toClock, toPainted } from './window-lines';
import './pace.css';

const CLOCK_HOURS = Array.from({ length: 24 }, (_, hour) => hour);
const MOVES: Readonly<Record<string, number>> = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -24, ArrowDown: 24 };

interface WeekFieldProps {
  label: string;
  /** A window a line. */
  lines: string;
  fault?: string | undefined;
  onTyped: (lines: string) => void;
}

export function WeekField({ label, lines, fault, onTyped }: WeekFieldProps) {
  const chosen = useSignal<string | undefined>(undefined);
  const zone = chosen.value ?? findZone(lines) ?? Intl.DateTimeFormat().resolvedOptions().timeZone;
  const { hours, rest } = toPainted(lines, zone);
  const zones = useId();
  const paint = (painted: ReadonlySet<number>) => onTyped(fromPainted({ hours: painted, rest }, zone));
  return (
    <fieldset class="week">
      <legend>{label}</legend>
      <p class="help">{t('windows_help')}</p>
      <WeekGrid label={label} hours={hours} onPainted={paint} />
      <div class="buttons">
        <label>
          {t('zone')}
          <input
            list={zones}
            value={zone}
            onChange={({ currentTarget: { value } }) => {
              if (!ZONES.includes(value)) return;
              assign(chosen, value);
              onTyped(fromPainted({ hours, rest }, value));
            }}
          />
        </label>
        <datalist id={zones}>
          {ZONES.map((each) => (
            <option key={each} value={each} />
          ))}
        </datalist>
        <button type="button" disabled={lines === ''} onClick={() => onTyped('')}>
          {t('clear')}
        </button>
      </div>
      {(lines !== '' || fault) && (
        <Field label={t('window_lines')} fault={fault}>
          {(ids) => (
            <textarea
              {...ids}
              class="mono"
              rows={Math.min(6, lines.split('\n').length + 1)}
              spellcheck={false}
              value={lines}
              onInput={({ currentTarget }) => onTyped(currentTarget.value)}
            />
          )}
        </Field>
      )}
    </fieldset>
  );
}

interface WeekGridProps {
  label: string;
  hours: ReadonlySet<number>;
  onPainted: (hours: ReadonlySet<number>) => void;
}

/** A drag paints the rectangle between its ends, or clears it if its first hour was painted. */
function WeekGrid({ label, hours, onPainted }: WeekGridProps) {
  const focused = useSignal(0);
  const drag = useRef<{ from: number; before: ReadonlySet<number> } | undefined>(undefined);
  const find = ({ clientX, clientY }: PointerEvent) => {
    const hour = document.elementFromPoint(clientX, clientY)?.closest<HTMLElement>('[data-hour]')?.dataset['hour'];
    return hour === undefined ? undefined : Number(hour);
  };
  const paintTo = (hour: number | undefined) => {
    if (drag.current && hour !== undefined) onPainted(paintBetween(drag.current.before, drag.current.from, hour));
  };
  const press = (event: TargetedEvent<HTMLElement, KeyboardEvent>) => {
    const { key, currentTarget } = event;
    const move = MOVES[key];
    if (key === ' ' || key === 'Enter') onPainted(paintBetween(hours, focused.value, focused.value));
    else if (move === undefined) return;
    else {
      const next = focused.value + move;
      if (next >= 0 && next < 168) assign(focused, next);
      currentTarget.querySelector<HTMLElement>(`[data-hour="${focused.value}"]`)?.focus();
    }
    event.preventDefault();
  };
  const stop = () => {
    drag.current = undefined;
  };
  return (
    <table
      class="week-grid"
      // biome-ignore lint/a11y/noNoninteractiveElementToInteractiveRole: a grid whose cells are selected
      role="grid"
      aria-label={label}
      aria-multiselectable
      onKeyDown={press}
      onPointerDown={(event) => {
        const from = find(event);
        if (from === undefined || event.button !== 0) return;
        event.currentTarget.setPointerCapture(event.pointerId);
        assign(focused, from);
        drag.current = { from, before: hours };
        paintTo(from);
      }}
      onPointerMove={(event) => drag.current && paintTo(find(event))}
      onPointerUp={stop}
      onPointerCancel={stop}
    >
      <thead>
        <tr>
          <th scope="col">
            <span class="visually-hidden">{t('zone')}</span>
          </th>
          {CLOCK_HOURS.map((hour) => (
            <th key={hour} scope="col">
              <span class={hour % 6 === 0 ? '' : 'visually-hidden'}>{hour}</span>
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {DAYS.map((day, row) => (
          <tr key={day}>
            <th scope="row">{toDayName(day)}</th>
            {CLOCK_HOURS.map((hour) => {
              const at = 24 * row + hour;
              return (
                // biome-ignore lint/a11y/useAriaPropsSupportedByRole: within a grid, it is a gridcell
                <td
                  key={hour}
                  data-hour={at}
                  tabIndex={at === focused.value ? 0 : -1}
                  aria-selected={hours.has(at)}
                  aria-label={`${toDayName(day)} ${toClock(hour)}–${toClock(hour + 1)}`}
                  onFocus={() => assign(focused, at)}
                />
              );
            })}
          </tr>
        ))}
      </tbody>
    </table>
  );
}
