import type { Task } from '@cyberstroll/client';
import { toNodePath } from '../fleet/standing';

/** `GET /api/search`. */
export interface Found {
  tasks: {
    task_id: string;
    found_by: 'task_id' | 'name' | 'label' | 'target';
    name?: string;
    labels: string[];
    status: Task['status'];
    task_target: string;
    created_time: string;
  }[];
  nodes: { node_id: string; status: string }[];
}

interface Named {
  name: string;
  path: string;
}

export type Option =
  | { kind: 'host'; path: string; address: string }
  | { kind: 'page'; path: string; name: string }
  | { kind: 'task'; path: string; task: Found['tasks'][number] }
  | { kind: 'node'; path: string; nodeId: string };

/** One address of either family; the API says whether it is a right one. */
const ADDRESS = /^(\d{1,3}(\.\d{1,3}){3}|[\da-f]*:[\da-f:.]*:[\da-f:.]*)$/;

/** What a text may mean: an address, pages whose name has a word that begins with it, then what the API has found. */
export function toOptions(text: string, pages: readonly Named[], found: Found | undefined): Option[] {
  const wanted = text.trim().toLowerCase();
  const isMeant = ({ name }: Named) => {
    const words = name.toLowerCase();
    return (
      words.startsWith(wanted) ||
      words.includes(` ${wanted}`) ||
      (/\p{Script=Han}/u.test(wanted) && words.includes(wanted))
    );
  };
  const address = ADDRESS.test(wanted) ? wanted : undefined;
  return [
    ...(address === undefined ? [] : [{ kind: 'host', path: `/findings/${address}`, address } as const]),
    ...pages.filter(isMeant).map(({ name, path }): Option => ({ kind: 'page', path, name })),
    ...(found?.tasks ?? []).map((task): Option => ({ kind: 'task', path: `/tasks/${task.task_id}`, task })),
    ...(found?.nodes ?? []).map(({ node_id: nodeId }): Option => ({ kind: 'node', path: toNodePath(nodeId), nodeId })),
  ];
}

/** The place after a key, in a list that is a ring; undefined if the key moves nothing. */
export function toPlace(key: string, place: number, count: number): number | undefined {
  if (count === 0) return undefined;
  if (key === 'ArrowDown') return (place + 1) % count;
  if (key === 'ArrowUp') return (place - 1 + count) % count;
  return undefined;
}
