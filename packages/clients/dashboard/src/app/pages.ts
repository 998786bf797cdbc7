import {
  Ban,
  Bell,
  CalendarClock,
  CalendarDays,
  Gauge,
  KeyRound,
  Layers,
  LayoutDashboard,
  ListChecks,
  MailX,
  Plus,
  Radar,
  ScrollText,
  Server,
} from 'lucide-preact';
import type { FunctionComponent } from 'preact';
import { mayAct, type Role } from '../api/session';
import { lazyPage } from '../components/lazy-page';
import AlertPage from '../pages/alerts/alert-page';
import AlertsPage, { title as alerts } from '../pages/alerts/alerts-page';
import { t as ofAudit } from '../pages/audit/texts';
import { t as ofCalendar } from '../pages/calendar/texts';
import { t as ofDeadLetters } from '../pages/dead-letters/texts';
import { t as ofExclusions } from '../pages/exclusions/texts';
import HostPage from '../pages/host/host-page';
import { t as ofKeys } from '../pages/keys/texts';
import { t as ofLimits } from '../pages/limits/texts';
import NewTaskPage, { title as newTask } from '../pages/new-task/new-task-page';
import NodePage from '../pages/node/node-page';
import { t as ofNodes } from '../pages/nodes/texts';
import OverviewPage, { title as overview } from '../pages/overview/overview-page';
import { t as ofQueues } from '../pages/queues/texts';
import ResultsPage, { title as results } from '../pages/results/results-page';
import SchedulePage from '../pages/schedules/schedule-page';
import SchedulesPage, { title as schedules } from '../pages/schedules/schedules-page';
import SubtaskPage from '../pages/subtask/subtask-page';
import TaskPage from '../pages/task/task-page';
import { TaskListBeside } from '../pages/tasks/task-list-beside';
import TasksPage, { title as tasks } from '../pages/tasks/tasks-page';

// Large ones that few open often.
const AuditPage = lazyPage(() => import('../pages/audit/audit-page'));
const CalendarPage = lazyPage(() => import('../pages/calendar/calendar-page'));
const ComparePage = lazyPage(() => import('../pages/compare/compare-page'));
const DeadLetterPage = lazyPage(() => import('../pages/dead-letters/dead-letter-page'));
const DeadLettersPage = lazyPage(() => import('../pages/dead-letters/dead-letters-page'));
const ExclusionPage = lazyPage(() => import('../pages/exclusions/exclusion-page'));
const ExclusionsPage = lazyPage(() => import('../pages/exclusions/exclusions-page'));
const KeysPage = lazyPage(() => import('../pages/keys/keys-page'));
const LimitsPage = lazyPage(() => import('../pages/limits/limits-page'));
const NodesPage = lazyPage(() => import('../pages/nodes/nodes-page'));
const QueuesPage = lazyPage(() => import('../pages/queues/queues-page'));
const audit = () => ofAudit('title');
const calendar = () => ofCalendar('title');
const deadLetters = () => ofDeadLetters('title');
const exclusions = () => ofExclusions('title');
const keys = () => ofKeys('title');
const limits = () => ofLimits('title');
const nodes = () => ofNodes('title');
const queues = () => ofQueues('title');

/** In the navigation. */
interface PageLink {
  name: () => string;
  /** It opens the page after `g`. */
  key: string;
  icon: FunctionComponent<{ size: number; 'aria-hidden': true }>;
  /** Such links stand together under a name of their own. */
  group?: 'rules';
}

export interface Page {
  /** A path with names in braces; the component gets what stands there. */
  path: string;
  component: FunctionComponent<never>;
  nav?: PageLink;
  /** What is beside it where there is room. */
  beside?: FunctionComponent;
  /** Who may open it; everybody without it. */
  role?: Role;
}

/** Every page of the dashboard. The build reads the paths here, and task-api answers them. */
const PAGES: readonly Page[] = [
  { path: '/', component: OverviewPage, nav: { name: overview, key: 'o', icon: LayoutDashboard } },
  { path: '/tasks', component: TasksPage, nav: { name: tasks, key: 't', icon: ListChecks } },
  { path: '/tasks/new', component: NewTaskPage, nav: { name: newTask, key: 'c', icon: Plus }, role: 'operator' },
  // After `/tasks/new`, which it would match, too.
  { path: '/tasks/{task_id}', component: TaskPage, beside: TaskListBeside },
  { path: '/tasks/{task_id}/compare/{other_id}', component: ComparePage },
  { path: '/tasks/{task_id}/subtasks/{subtask_id}', component: SubtaskPage },
  { path: '/results', component: ResultsPage, nav: { name: results, key: 'r', icon: Radar } },
  { path: '/hosts/{address}', component: HostPage },
  {
    path: '/schedules',
    component: SchedulesPage,
    nav: { name: schedules, key: 's', icon: CalendarClock, group: 'rules' },
  },
  { path: '/schedules/{schedule_id}', component: SchedulePage },
  { path: '/calendar', component: CalendarPage, nav: { name: calendar, key: 'w', icon: CalendarDays, group: 'rules' } },
  { path: '/limits', component: LimitsPage, nav: { name: limits, key: 'm', icon: Gauge, group: 'rules' } },
  { path: '/exclusions', component: ExclusionsPage, nav: { name: exclusions, key: 'x', icon: Ban, group: 'rules' } },
  { path: '/exclusions/{exclusion_id}', component: ExclusionPage },
  { path: '/nodes', component: NodesPage, nav: { name: nodes, key: 'n', icon: Server } },
  { path: '/nodes/{node_id}', component: NodePage },
  { path: '/queues', component: QueuesPage, nav: { name: queues, key: 'u', icon: Layers } },
  { path: '/dead-letters', component: DeadLettersPage, nav: { name: deadLetters, key: 'd', icon: MailX } },
  { path: '/dead-letters/{dead_letter_id}', component: DeadLetterPage },
  { path: '/alerts', component: AlertsPage, nav: { name: alerts, key: 'a', icon: Bell } },
  { path: '/alerts/{alert_id}', component: AlertPage },
  { path: '/keys', component: KeysPage, nav: { name: keys, key: 'k', icon: KeyRound }, role: 'admin' },
  { path: '/audit', component: AuditPage, nav: { name: audit, key: 'l', icon: ScrollText }, role: 'admin' },
];

/** The pages in the navigation that the reader may open. */
export const findOpenPages = (): (PageLink & { path: string })[] =>
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
