import type { FunctionComponent } from 'preact';
import { lazyPage } from './lazy-page';
import type { Role } from './session';
import { t } from './texts';

export interface Page {
  /** A path with names in braces; the component gets what stands there. */
  path: string;
  component: FunctionComponent<Record<string, string>>;
  /** In the navigation: its name, and the key that opens it after `g`. */
  nav?: { name: () => string; key: string };
  /** Who may open it; everybody without it. */
  role?: Role;
}

/** Every page of the dashboard. The server answers the same paths (services/task-api, dashboard routes). */
export const PAGES: readonly Page[] = [
  {
    path: '/',
    component: lazyPage(() => import('../pages/overview/overview-page')),
    nav: { name: () => t('overview'), key: 'o' },
  },
  {
    path: '/tasks',
    component: lazyPage(() => import('../pages/tasks/tasks-page')),
    nav: { name: () => t('tasks'), key: 't' },
  },
  {
    path: '/tasks/new',
    component: lazyPage(() => import('../pages/new-task/new-task-page')),
    nav: { name: () => t('new_task'), key: 'c' },
    role: 'operator',
  },
  // After `/tasks/new`, which it would match, too.
  { path: '/tasks/{task_id}', component: lazyPage(() => import('../pages/task/task-page')) },
  {
    path: '/tasks/{task_id}/subtasks/{subtask_id}',
    component: lazyPage(() => import('../pages/subtask/subtask-page')),
  },
  {
    path: '/nodes',
    component: lazyPage(() => import('../pages/nodes/nodes-page')),
    nav: { name: () => t('nodes'), key: 'n' },
  },
  { path: '/nodes/{node_id}', component: lazyPage(() => import('../pages/node/node-page')) },
  {
    path: '/queues',
    component: lazyPage(() => import('../pages/queues/queues-page')),
    nav: { name: () => t('queues'), key: 'u' },
  },
  {
    path: '/dead-letters',
    component: lazyPage(() => import('../pages/dead-letters/dead-letters-page')),
    nav: { name: () => t('dead_letters'), key: 'd' },
  },
  {
    path: '/dead-letters/{dead_letter_id}',
    component: lazyPage(() => import('../pages/dead-letters/dead-letter-page')),
  },
  {
    path: '/alerts',
    component: lazyPage(() => import('../pages/alerts/alerts-page')),
    nav: { name: () => t('alerts'), key: 'a' },
  },
  { path: '/alerts/{alert_id}', component: lazyPage(() => import('../pages/alerts/alert-page')) },
  {
    path: '/keys',
    component: lazyPage(() => import('../pages/keys/keys-page')),
    nav: { name: () => t('keys'), key: 'k' },
    role: 'admin',
  },
  {
    path: '/audit',
    component: lazyPage(() => import('../pages/audit/audit-page')),
    nav: { name: () => t('audit'), key: 'l' },
    role: 'admin',
  },
];

/** The page of a path, with what stands in the places of its names; undefined if no page has it. */
export function findPage(path: string): { page: Page; params: Record<string, string> } | undefined {
  for (const page of PAGES) {
    const params = matchPath(page.path, path);
    if (params) return { page, params };
  }
  return undefined;
}

function matchPath(pattern: string, path: string): Record<string, string> | undefined {
  const wanted = pattern.split('/');
  const parts = path.replace(/(.)\/$/, '$1').split('/');
  if (wanted.length !== parts.length) return undefined;
  const params: Record<string, string> = {};
  for (const [i, part] of wanted.entries()) {
    const name = /^\{(\w+)\}$/.exec(part)?.[1];
    const given = parts[i] as string;
    if (name === undefined ? part !== given : given === '') return undefined;
    if (name !== undefined) params[name] = decodeURIComponent(given);
  }
  return params;
}
