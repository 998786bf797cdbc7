import type { FunctionComponent } from 'preact';
import { mayAct, type Role } from '../api/session';
import AlertPage from '../pages/alerts/alert-page';
import AlertsPage from '../pages/alerts/alerts-page';
import { t as alerts } from '../pages/alerts/texts';
import AuditPage from '../pages/audit/audit-page';
import { t as audit } from '../pages/audit/texts';
import ComparePage from '../pages/compare/compare-page';
import DeadLetterPage from '../pages/dead-letters/dead-letter-page';
import DeadLettersPage from '../pages/dead-letters/dead-letters-page';
import { t as deadLetters } from '../pages/dead-letters/texts';
import KeysPage from '../pages/keys/keys-page';
import { t as keys } from '../pages/keys/texts';
import NewTaskPage from '../pages/new-task/new-task-page';
import { t as newTask } from '../pages/new-task/texts';
import NodePage from '../pages/node/node-page';
import NodesPage from '../pages/nodes/nodes-page';
import { t as nodes } from '../pages/nodes/texts';
import OverviewPage from '../pages/overview/overview-page';
import { t as overview } from '../pages/overview/texts';
import QueuesPage from '../pages/queues/queues-page';
import { t as queues } from '../pages/queues/texts';
import ResultsPage from '../pages/results/results-page';
import { t as results } from '../pages/results/texts';
import SubtaskPage from '../pages/subtask/subtask-page';
import TaskPage from '../pages/task/task-page';
import TasksPage from '../pages/tasks/tasks-page';
import { t as tasks } from '../pages/tasks/texts';

export interface Page {
  /** A path with names in braces; the component gets what stands there. */
  path: string;
  component: FunctionComponent<never>;
  /** In the navigation: its name, and the key that opens it after `g`. */
  nav?: { name: () => string; key: string };
  /** Who may open it; everybody without it. */
  role?: Role;
}

/** Every page of the dashboard. The build reads the paths here, and task-api answers them. */
const PAGES: readonly Page[] = [
  {
    path: '/',
    component: OverviewPage,
    nav: { name: () => overview('title'), key: 'o' },
  },
  {
    path: '/tasks',
    component: TasksPage,
    nav: { name: () => tasks('title'), key: 't' },
  },
  {
    path: '/tasks/new',
    component: NewTaskPage,
    nav: { name: () => newTask('title'), key: 'c' },
    role: 'operator',
  },
  // After `/tasks/new`, which it would match, too.
  { path: '/tasks/{task_id}', component: TaskPage },
  { path: '/tasks/{task_id}/compare/{other_id}', component: ComparePage },
  {
    path: '/tasks/{task_id}/subtasks/{subtask_id}',
    component: SubtaskPage,
  },
  {
    path: '/results',
    component: ResultsPage,
    nav: { name: () => results('title'), key: 'r' },
  },
  {
    path: '/nodes',
    component: NodesPage,
    nav: { name: () => nodes('title'), key: 'n' },
  },
  { path: '/nodes/{node_id}', component: NodePage },
  {
    path: '/queues',
    component: QueuesPage,
    nav: { name: () => queues('title'), key: 'u' },
  },
  {
    path: '/dead-letters',
    component: DeadLettersPage,
    nav: { name: () => deadLetters('title'), key: 'd' },
  },
  {
    path: '/dead-letters/{dead_letter_id}',
    component: DeadLetterPage,
  },
  {
    path: '/alerts',
    component: AlertsPage,
    nav: { name: () => alerts('title'), key: 'a' },
  },
  { path: '/alerts/{alert_id}', component: AlertPage },
  {
    path: '/keys',
    component: KeysPage,
    nav: { name: () => keys('title'), key: 'k' },
    role: 'admin',
  },
  {
    path: '/audit',
    component: AuditPage,
    nav: { name: () => audit('title'), key: 'l' },
    role: 'admin',
  },
];

/** The pages in the navigation that the reader may open. */
export const findOpenPages = (): { path: string; name: () => string; key: string }[] =>
  PAGES.flatMap(({ path, nav, role }) => (nav && (role === undefined || mayAct(role)) ? [{ path, ...nav }] : []));

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
