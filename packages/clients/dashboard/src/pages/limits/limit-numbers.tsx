import type { LimitWithUse } from '@cyberstroll/client';
import { t } from './texts';

type PerPrefix = NonNullable<LimitWithUse['per_prefix']>;

/** The numbers of a limit, as the form of a dialog has them: an empty text stands for no number. */
const OPTIONS = {
  max_concurrent: '--max-concurrent',
  max_starts_per_second: '--max-starts-per-second',
  per_prefix: '--per-prefix',
} as const;
type NumberName = keyof typeof OPTIONS;
const NAMES = Object.keys(OPTIONS) as NumberName[];
export type NumberTexts = Record<NumberName, string>;

export const toNumberTexts = (limit?: LimitWithUse): NumberTexts => ({
  max_concurrent: String(limit?.max_concurrent ?? ''),
  max_starts_per_second: String(limit?.max_starts_per_second ?? ''),
  per_prefix: limit?.per_prefix ? toPrefixText(limit.per_prefix) : '',
});

export const hasNumber = (texts: NumberTexts): boolean => NAMES.some((name) => texts[name] !== '');

/** `4/24/64`: at most 4 in each /24 of IPv4 and each /64 of IPv6. */
const toPrefixText = ({ max_concurrent, ipv4_length, ipv6_length }: PerPrefix): string =>
  `${max_concurrent}/${ipv4_length}/${ipv6_length}`;

/** The lengths may be left out. */
function readPrefix(text: string) {
  const [max_concurrent = 0, ipv4_length, ipv6_length] = text.split('/').map(Number);
  return {
    max_concurrent,
    ...(ipv4_length !== undefined && { ipv4_length }),
    ...(ipv6_length !== undefined && { ipv6_length }),
  };
}

type Changes = Partial<Record<'max_concurrent' | 'max_starts_per_second', number | null>> & {
  per_prefix?: ReturnType<typeof readPrefix> | null;
};

/** The numbers that differ from before; null removes one. */
export const toNumberChanges = (texts: NumberTexts, before: NumberTexts): Changes =>
  Object.fromEntries(findChanged(texts, before).map((name) => [name, readNumber(name, texts[name])]));

function readNumber(name: NumberName, text: string) {
  if (text === '') return null;
  return name === 'per_prefix' ? readPrefix(text) : Number(text);
}

/** The same as options of the command line. */
export const toNumberOptions = (texts: NumberTexts, before: NumberTexts): string =>
  findChanged(texts, before)
    .map((name) => ` ${OPTIONS[name]} ${texts[name] || 'none'}`)
    .join('');

const findChanged = (texts: NumberTexts, before: NumberTexts): NumberName[] =>
  NAMES.filter((name) => texts[name] !== before[name]);

const ATTRIBUTES = {
  max_concurrent: { type: 'number', min: 1, max: 1_000_000, step: '1' },
  max_starts_per_second: { type: 'number', min: 0.01, max: 100_000, step: 'any' },
  per_prefix: { type: 'text', pattern: '[0-9]+(/[0-9]+/[0-9]+)?', placeholder: '4/24/64' },
} as const;

interface NumberFieldsProps {
  texts: NumberTexts;
  onTyped: (texts: NumberTexts) => void;
}

export const NumberFields = ({ texts, onTyped }: NumberFieldsProps) => (
  <>
    {NAMES.map((name) => (
      <label key={name}>
        {t(name)}
        <input
          {...(ATTRIBUTES[name] as { type: 'text' })}
          value={texts[name]}
          onInput={({ currentTarget }) => onTyped({ ...texts, [name]: currentTarget.value })}
        />
      </label>
    ))}
  </>
);
