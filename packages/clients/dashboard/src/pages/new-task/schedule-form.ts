import type { operations } from '@cyberstroll/client';
import { toShellWord } from '../../api/command';
import type { CreateBody } from './task-form';

export type CreateScheduleBody = operations['createSchedule']['requestBody']['content']['application/json'];

/** The fields of a schedule beside its task, and the option of the command line for each. */
const OPTIONS = {
  cron: 'cron',
  every: 'every',
  time_zone: 'time-zone',
  overlap: 'overlap',
  jitter: 'jitter',
  catch_up: 'catch-up',
  pause_after_failures: 'pause-after-failures',
  alert_threshold: 'alert-changes',
  alert_ports: 'alert-ports',
} as const;
export type ScheduleField = keyof typeof OPTIONS;
export type ScheduleTexts = Record<ScheduleField, string>;
export const SCHEDULE_FIELDS = Object.keys(OPTIONS) as ScheduleField[];
const WORDS: readonly ScheduleField[] = ['cron', 'time_zone', 'overlap', 'alert_ports'];

/** An empty text stands for what the API takes without it. */
export const toFirstTexts = (): ScheduleTexts => ({
  ...(Object.fromEntries(SCHEDULE_FIELDS.map((name) => [name, ''])) as ScheduleTexts),
  cron: '30 2 * * *',
  time_zone: Intl.DateTimeFormat().resolvedOptions().timeZone,
  overlap: 'skip',
});

const toGiven = (texts: ScheduleTexts): [ScheduleField, string][] =>
  SCHEDULE_FIELDS.map((name): [ScheduleField, string] => [name, texts[name].trim()]).filter(([, text]) => text !== '');

/** What cannot be read goes as it is: the API says what is wrong with it. */
export function toScheduleBody(texts: ScheduleTexts, template: CreateBody): CreateScheduleBody {
  const {
    alert_threshold: threshold,
    alert_ports: ports,
    ...times
  } = Object.fromEntries(
    toGiven(texts).map(([name, text]) => [
      name,
      WORDS.includes(name) || !Number.isFinite(Number(text)) ? text : Number(text),
    ]),
  );
  const hasAlert = threshold !== undefined || ports !== undefined;
  return {
    name: template.name ?? '',
    template,
    ...times,
    ...(hasAlert && {
      alert: { ...(threshold !== undefined && { threshold }), ...(ports !== undefined && { ports }) },
    }),
  } as CreateScheduleBody;
}

/** `words`: those of the task on the command line. */
export const toScheduleCliText = (texts: ScheduleTexts, name: string, words: readonly string[]): string =>
  [
    `cyberstroll schedule create ${toShellWord(name)}`,
    ...words,
    ...toGiven(texts).map(([field, text]) => `--${OPTIONS[field]} ${toShellWord(text)}`),
  ].join(' ');

/** The field of the form that a fault of the API is about; of the task's fields, their own path. */
export function toScheduleField(field: string): { own?: ScheduleField; ofTask?: string } {
  if (field.startsWith('template.')) return { ofTask: field.slice('template.'.length) };
  const name = field.replace('.', '_');
  const own = SCHEDULE_FIELDS.find((each) => each === name || (field === 'alert' && each === 'alert_threshold'));
  return own ? { own } : { ofTask: field };
}
