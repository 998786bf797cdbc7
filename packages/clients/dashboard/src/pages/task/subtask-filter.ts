import type { operations } from '@cyberstroll/client';
import type { SubTaskStatus } from '@cyberstroll/state-machine';
import { SUBTASK_LOOKS } from '../../states/states';

/** Which subtasks are shown: the choices of the address. */
export interface SubTaskFilter {
  status: readonly SubTaskStatus[];
  error_code: string;
  has_open_ports: boolean;
  target: string;
  /** In the order of addresses, not as they are sent out. */
  by_address: boolean;
}

export const STATUSES = Object.keys(SUBTASK_LOOKS) as SubTaskStatus[];

export const readFilter = (query: URLSearchParams): SubTaskFilter => ({
  status: STATUSES.filter((status) => query.getAll('status').includes(status)),
  error_code: query.get('error_code') ?? '',
  has_open_ports: query.get('open') === 'true',
  target: query.get('target') ?? '',
  by_address: query.get('sort') === 'address',
});

export const hasFilter = ({ status, error_code, has_open_ports, target }: SubTaskFilter): boolean =>
  status.length > 0 || error_code !== '' || has_open_ports || target !== '';

type ListQuery = NonNullable<operations['listSubTasks']['parameters']['query']>;

/** As the API's query. */
export const toListQuery = ({ status, error_code, has_open_ports, target, by_address }: SubTaskFilter): ListQuery =>
  ({
    ...(status.length > 0 && { status }),
    ...(error_code !== '' && { error_code }),
    ...(has_open_ports && { has_open_ports: 'true' }),
    ...(target !== '' && { target }),
    ...(by_address && { sort: 'address' }),
  }) as ListQuery;
