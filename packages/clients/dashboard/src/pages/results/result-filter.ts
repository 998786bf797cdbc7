import type { operations } from '@cyberstroll/client';
import { readChoices } from '../../browser/navigation';

export type ResultQuery = NonNullable<operations['listResults']['parameters']['query']>;

/** Filters of the API, which have the same names in the address. */
export const RESULT_FILTERS = ['port', 'service', 'target', 'task_id', 'label', 'after', 'before'] as const;
type FilterName = (typeof RESULT_FILTERS)[number];
export type ResultFilter = Partial<Record<FilterName, string>>;

/** The filters of these names that an address has. */
export const readResultFilter = (
  address: URLSearchParams,
  names: readonly FilterName[] = RESULT_FILTERS,
): ResultFilter => readChoices(names, address);

/** Whether the API takes the name of a service as a filter: hosts call theirs what they like. */
export const isServiceFilter = (name: string): boolean => /^[\x21-\x7e]{1,100}$/.test(name);

/** A page of the results that match. What is no port, no address or no time, the API refuses by name. */
export const toResultQuery = (filter: ResultFilter, address: URLSearchParams): ResultQuery =>
  ({ ...filter, ...readSort(address), ...readChoices(['cursor'], address) }) as object;

/** By address, or as the API has them. */
export const readSort = (address: URLSearchParams): Record<string, string> =>
  address.get('sort') === 'address' ? { sort: 'address' } : {};

/** What the file of an export is called: `results-port22-label-prod`. */
export const toExportName = (filter: ResultFilter): string =>
  ['results', ...RESULT_FILTERS.flatMap((name) => (filter[name] ? `${EXPORT_NAMES[name]}${filter[name]}` : []))].join(
    '-',
  );

const EXPORT_NAMES: Readonly<Record<FilterName, string>> = {
  port: 'port',
  service: '',
  target: '',
  task_id: '',
  label: '',
  after: 'after-',
  before: 'before-',
};
