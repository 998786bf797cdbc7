import type { ApiError, Problem } from '@cyberstroll/client';
import { effect, signal } from '@preact/signals';
import { formatNumber, nameState } from '../language/define-texts';
import { language } from '../language/language';
import { formatDuration, formatTime } from './format-time';
import { t } from './texts';

/** A text of a service as a code and values. */
type Sentence = NonNullable<NonNullable<Problem['errors']>[number]['sentence']>;

/** Until it is loaded, what services say is shown in English. */
export const chinese = signal<typeof import('../language/chinese') | undefined>(undefined);
effect(() => {
  if (language.value !== 'zh' || chinese.peek()) return;
  import('../language/chinese').then(
    (loaded) => {
      chinese.value = loaded;
    },
    () => undefined,
  );
});

const FORMS = { number: formatNumber, time: formatTime, duration: formatDuration, state: nameState };

/** A text of a service in the reader's language; one of a person or of a node as it is. */
export function inWords(text: string, sentence: Sentence | undefined): string {
  if (!sentence) return text;
  // The change that follows says why.
  if (sentence.code === 'on_the_way') return '';
  const said = language.value === 'zh' ? chinese.value?.toChinese(sentence, FORMS) : undefined;
  return said ?? withLocalTimes(text);
}

/** The API's times are in UTC; a reader's are not. Those in quotes are of a document, which stays as it is. */
export const withLocalTimes = (text: string): string => text.replace(/(?<!")\b\d{4}-\d\d-\d\dT[\d:.]+Z/g, formatTime);

/** Why the API refused a request. */
export function nameFault({ code, detail, problem }: ApiError): string {
  if (problem?.errors?.length) return problem.errors.map(nameFieldFault).join(t('between_faults'));
  if (code === 'unauthorised') return t('key_refused');
  const words = code !== undefined && language.value === 'zh' && chinese.value?.CHINESE_ERRORS[code];
  return words ? [words, ...nameFacts(problem)].join(t('between_faults')) : withLocalTimes(detail);
}

type FieldFault = NonNullable<Problem['errors']>[number];
const nameFieldFault = ({ field, message, sentence }: FieldFault): string => {
  const fault = inWords(message, sentence);
  return field === '' ? fault : t('fault_of_field', { field, fault });
};

/** What the answer names besides its code. */
const nameFacts = ({ field, entry, limit, allowed }: Partial<Problem> = {}): string[] => [
  ...(field ? [t('fault_field', { field })] : []),
  ...(typeof entry === 'string' ? [t('fault_entry', { entry })] : []),
  ...(limit !== undefined && limit !== null ? [t('fault_limit', { limit: Number(limit) })] : []),
  ...(allowed?.length ? [t('fault_allowed', { allowed: allowed.map(nameState).join(t('between_names')) })] : []),
];
