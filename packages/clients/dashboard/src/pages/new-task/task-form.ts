import type { operations, Task } from '@cyberstroll/client';
import { needsPorts } from '@cyberstroll/contracts';
import { toShellWord } from '../../api/command';
import { isPaceName, readPace, toPaceTexts, toPaceWords } from '../../components/pace/pace-texts';

/** What the API says of a field in docs/openapi.json: built in, so that no default is written twice. */
export interface FieldRule {
  default?: string | number;
  minimum?: number;
  maximum?: number;
}

/** The fields of a new task, and where each stands in the body of `POST /api/tasks`. */
export const FIELD_PATHS = {
  targets: 'task_target',
  exclude: 'exclude_target',
  ports: 'scan.ports',
  method: 'scan.method',
  options: 'scan.options',
  name: 'name',
  labels: 'labels',
  category: 'task_category',
  type: 'task_type',
  initiator: 'task_initiator',
  priority: 'config.priority',
  max_retries: 'config.max_retries',
  retry_delay: 'config.retry_delay',
  max_retry_delay: 'config.max_retry_delay',
  subtask_timeout: 'config.subtask_timeout',
  timeout: 'config.timeout',
  pool: 'config.pool',
  order: 'config.order',
  max_concurrent: 'config.max_concurrent',
  max_starts_per_second: 'config.max_starts_per_second',
  per_prefix: 'config.per_prefix',
  windows: 'config.windows',
  at_close: 'config.at_close',
  error_threshold: 'error_info.error_threshold',
  retryable: 'config.retryable',
} as const;

export type FieldName = keyof typeof FIELD_PATHS;
export type FieldValues = Record<FieldName, string>;
const FIELD_NAMES = Object.keys(FIELD_PATHS) as FieldName[];

/** The ports that are open most often on the Internet, by the table of nmap 7.93; and those of web servers. */
export const PORT_PRESETS = {
  top_20: '21-23,25,53,80,110-111,135,139,143,443,445,993,995,1723,3306,3389,5900,8080',
  top_100: 'top-100',
  web: '80-81,443,3000,5000,8000,8008,8080-8081,8088,8443,8888,9000,9443',
  all: '1-65535',
} as const;

export type CreateBody = operations['createTask']['requestBody']['content']['application/json'];

export interface Origin {
  from_task?: string;
  only?: 'failed' | 'open' | 'excluded';
}

/** What a form begins with. A field that keeps it is left out of the body. */
export function toFirstValues(rules: Partial<Record<string, FieldRule>>, initiator: string): FieldValues {
  const values = Object.fromEntries(
    FIELD_NAMES.map((name) => [name, String(rules[FIELD_PATHS[name]]?.default ?? '')]),
  ) as FieldValues;
  return { ...values, ports: PORT_PRESETS.top_20, initiator };
}

export function toValuesOf(task: Task, first: FieldValues): FieldValues {
  const { config, error_info: errors, scan } = task;
  const threshold = errors.error_threshold_share ?? errors.error_threshold;
  return {
    ...first,
    ports: scan.ports,
    method: scan.method,
    options: scan.options ? JSON.stringify(scan.options) : '',
    name: task.name ?? '',
    labels: (task.labels ?? []).join(', '),
    category: task.task_category,
    type: task.task_type,
    exclude: task.exclude_target ?? '',
    priority: String(config.priority),
    max_retries: String(config.max_retries),
    retry_delay: String(config.retry_delay),
    max_retry_delay: String(config.max_retry_delay),
    subtask_timeout: String(config.subtask_timeout),
    timeout: String(config.timeout),
    pool: config.pool,
    order: config.order,
    ...toPaceTexts(config),
    error_threshold: threshold === task.progress.total_targets ? '' : String(threshold),
    retryable: Object.entries(config.retryable)
      .map(([code, isRetried]) => `${code}=${isRetried ? 'yes' : 'no'}`)
      .join(', '),
  };
}

const NUMBERS: readonly FieldName[] = [
  'priority',
  'max_retries',
  'retry_delay',
  'max_retry_delay',
  'subtask_timeout',
  'timeout',
];

/** The parts of a text with commas or white space between them. */
const toParts = (text: string): string[] => text.split(/[\s,，;；]+/).filter(Boolean);
/** Labels may have spaces in them. */
const toLabels = (text: string): string[] =>
  text
    .split(/[,，]/)
    .map((label) => label.trim())
    .filter(Boolean);

/** A field as the API takes it. What cannot be read goes as it is, so that the API says what is wrong with it. */
function toValue(name: FieldName, text: string): unknown {
  if (NUMBERS.includes(name)) return Number.isFinite(Number(text)) ? Number(text) : text;
  if (isPaceName(name)) return readPace(name, text);
  if (name === 'labels') return toLabels(text);
  if (name === 'options') return toJson(text);
  if (name === 'error_threshold') return /^\d+$/.test(text) ? Number(text) : text;
  if (name === 'retryable') {
    return Object.fromEntries(
      toParts(text).map((part) => [part.split('=')[0] ?? '', toYesOrNo(part.split('=')[1] ?? '')]),
    );
  }
  return text;
}

function toJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

const toYesOrNo = (text: string): unknown => (text === 'yes' ? true : text === 'no' ? false : text);

/** Needed even if they are as they were. */
const findRequired = ({ from_task }: Origin): readonly FieldName[] =>
  from_task === undefined ? ['targets', 'initiator', 'ports'] : ['initiator'];

/** The fields that say something: the required ones, and those that differ from what the API takes without them. */
function findGiven(values: FieldValues, first: FieldValues, origin: Origin): FieldName[] {
  const required = findRequired(origin);
  return FIELD_NAMES.filter((name) => {
    if (name === 'targets' && origin.only !== undefined) return false;
    if (name === 'ports' && values.ports.trim() === '' && !needsPorts(values.method)) return false;
    if (required.includes(name)) return true;
    // An empty field is one that is not given; labels and windows can be taken away.
    const canBeEmpty = name === 'labels' || name === 'windows';
    return values[name].trim() !== first[name].trim() && (values[name].trim() !== '' || canBeEmpty);
  });
}

export function toBody(values: FieldValues, first: FieldValues, origin: Origin): CreateBody {
  const body: Record<string, unknown> = { ...origin };
  for (const name of findGiven(values, first, origin)) {
    const [outer = '', inner] = FIELD_PATHS[name].split('.');
    const value = toValue(name, values[name].trim());
    body[outer] = inner === undefined ? value : { ...(body[outer] as object), [inner]: value };
  }
  return body as unknown as CreateBody;
}

const OPTIONS: Partial<Record<FieldName, string>> = { labels: 'label' };

export function toCliText(values: FieldValues, first: FieldValues, origin: Origin): string {
  const from = origin.from_task === undefined ? [] : [`--from ${origin.from_task}`];
  const only = origin.only === undefined ? [] : [`--only ${origin.only}`];
  return ['cyberstroll task create', ...from, ...only, ...toCliWords(values, first, origin)].join(' ');
}

export const toCliWords = (values: FieldValues, first: FieldValues, origin: Origin): string[] =>
  findGiven(values, first, origin).flatMap((name) => {
    const text = values[name].trim();
    if (name === 'targets') return toParts(text).map(toShellWord);
    if (isPaceName(name)) return toPaceWords(name, text);
    const option = `--${OPTIONS[name] ?? name.replaceAll('_', '-')}`;
    const parts = name === 'labels' ? toLabels(text) : name === 'retryable' ? toParts(text) : [text];
    return parts.map((part) => `${option} ${toShellWord(part)}`);
  });

interface Fault {
  field?: string | undefined;
  message: string;
}

/** What the API says of each field. What names no field of the form stands under ''. */
export function sortFaults(faults: readonly Fault[]): Partial<Record<FieldName | '', string>> {
  const sorted: Partial<Record<FieldName | '', string>> = {};
  for (const { field = '', message } of faults) {
    const name = FIELD_NAMES.find((each) => isWithin(FIELD_PATHS[each], field)) ?? '';
    sorted[name] = sorted[name] === undefined ? message : `${sorted[name]}; ${message}`;
  }
  return sorted;
}

const isWithin = (path: string, field: string): boolean =>
  field === path ||
  field.startsWith(`${path}.`) ||
  (path === 'error_info.error_threshold' && field === 'config.error_threshold');
