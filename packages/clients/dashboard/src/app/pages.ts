import { Bell, CalendarDays, LayoutDashboard, ListChecks, Radar, Server, Settings } from 'lucide-preact';
import type { FunctionComponent } from 'preact';
import { mayAct, type Role } from '../api/session';
import { lazyPage } from '../components/lazy-page';
import { t as ofAlerts } from '../pages/alerts/texts';
import { t as ofAudit } from '../pages/audit/texts';
import { t as ofCalendar } from '../pages/calendar/texts';
import { t as ofDeadLetters } from '../pages/dead-letters/texts';
import { t as ofExclusions } from '../pages/exclusions/texts';
import { t as ofFreezes } from '../pages/freezes/texts';
import { t as ofKeys } from '../pages/keys/texts';
import { t as ofLimits } from '../pages/limits/texts';
import { t as ofNewTask } from '../pages/new-task/texts';
import { t as ofNodes } from '../pages/nodes/texts';
import OverviewPage, { title as overview } from '../pages/overview/overview-page';
import { t as ofQueues } from '../pages/queues/texts';
import { t as ofSchedules } from '../pages/schedules/texts';
import { TaskListBeside } from '../pages/tasks/task-list-beside';
import TasksPage, { title as tasks } from '../pages/tasks/tasks-page';
import { t as ofWebhooks } from '../pages/webhooks/texts';
import { PreferencesPage } from './preferences';
import { t } from './texts';

// All but the first ones that a reader opens.
const AuditPage = lazyPage(() => import('../pages/audit/audit-page'));
const CalendarPage = lazyPage(() => import('../pages/calendar/calendar-page'));
const ComparePage = lazyPage(() => import('../pages/compare/compare-page'));
const DeadLettersPage = lazyPage(() => import('../pages/dead-letters/dead-letters-page'));
const ExclusionsPage = lazyPage(() => import('../pages/exclusions/exclusions-page'));
const FreezesPage = lazyPage(() => import('../pages/freezes/freezes-page'));
const KeysPage = lazyPage(() => import('../pages/keys/keys-page'));
const LimitsPage = lazyPage(() => import('../pages/limits/limits-page'));
const ProblemsPage = lazyPage(() => import('../pages/alerts/problems-page'));
const NodesPage = lazyPage(() => import('../pages/nodes/nodes-page'));
const QueuesPage = lazyPage(() => import('../pages/queues/queues-page'));
const HostPage = lazyPage(() => import('../pages/host/host-page'));
const NewTaskPage = lazyPage(() => import('../pages/new-task/new-task-page'));
const NodePage = lazyPage(() => import('../pages/node/node-page'));
const ResultsPage = lazyPage(() => import('../pages/results/results-page'));
const SchedulesPage = lazyPage(() => import('../pages/schedules/schedules-page'));
const TaskPage = lazyPage(() => import('../pages/task/task-page'));
const WebhooksPage = lazyPage(() => import('../pages/webhooks/webhooks-page'));

/** One entry of the navigation: the pages whose paths begin as its own does. */
export interface Section {
  path: string;
  name: () => string;
  icon: FunctionComponent<{ size: number; 'aria-hidden': true }>;
}

export const SECTIONS: readonly Section[] = [
  { path: '/', name: overview, icon: LayoutDashboard },
  { path: '/tasks', name: tasks, icon: ListChecks },
  { path: '/findings', name: () => t('findings'), icon: Radar },
  { path: '/plan', name: () => t('plan'), icon: CalendarDays },
  { path: '/fleet', name: () => t('fleet'), icon: Server },
  { path: '/problems', name: () => t('problems'), icon: Bell },
  { path: '/settings', name: () => t('settings'), icon: Settings },
];

export interface Page {
  /** A path with names in braces; the component gets what stands there. */
  path: string;
  component: FunctionComponent<never>;
  /** Where the same page has a panel open beside it. */
  panel?: string;
  /** It is found by its name, and opened by this key after `g`. */
  named?: { name: () => string; key: string };
  /** It is a tab of its section. */
  isTab?: true;
  /** What is beside it where there is room. */
  beside?: FunctionComponent;
  /** Who may open it; everybody without it. */
  role?: Role;
}

/** Every page of the dashboard. The build reads the paths here, and task-api answers them. */
const PAGES: readonly Page[] = [
  { path: '/', component: OverviewPage, named: { name: overview, key: 'o' } },
  { path: '/tasks', component: TasksPage, named: { name: tasks, key: 't' } },
  { path: '/tasks/new', component: NewTaskPage, named: { name: () => ofNewTask('title'), key: 'c' }, role: 'operator' },
  // After `/tasks/new`, which it would match, too.
  {
    path: '/tasks/{task_id}',
    component: TaskPage,
    panel: '/tasks/{task_id}/subtasks/{subtask_id}',
    beside: TaskListBeside,
  },
  { path: '/tasks/{task_id}/compare/{other_id}', component: ComparePage },
  { path: '/findings', component: ResultsPage, named: { name: () => t('results'), key: 'r' } },
  { path: '/findings/{address}', component: HostPage },
  { path: '/plan', component: CalendarPage, named: { name: () => ofCalendar('title'), key: 'w' }, isTab: true },
  {
    path: '/plan/schedules',
    panel: '/plan/schedules/{schedule_id}',
    component: SchedulesPage,
    named: { name: () => ofSchedules('title'), key: 's' },
    isTab: true,
  },
  { path: '/plan/limits', component: LimitsPage, named: { name: () => ofLimits('title'), key: 'm' }, isTab: true },
  {
    path: '/plan/exclusions',
    panel: '/plan/exclusions/{exclusion_id}',
    component: ExclusionsPage,
    named: { name: () => ofExclusions('title'), key: 'x' },
    isTab: true,
  },
  { path: '/plan/freezes', component: FreezesPage, named: { name: () => ofFreezes('title'), key: 'f' }, isTab: true },
  { path: '/fleet', component: NodesPage, named: { name: () => ofNodes('title'), key: 'n' }, isTab: true },
  { path: '/fleet/queues', component: QueuesPage, named: { name: () => ofQueues('title'), key: 'u' }, isTab: true },
  { path: '/fleet/nodes/{node_id}', component: NodePage },
  {
    path: '/problems',
    component: ProblemsPage,
    panel: '/problems/alerts/{alert_id}',
    named: { name: () => ofAlerts('problems'), key: 'a' },
    isTab: true,
  },
  {
    path: '/problems/dead-letters',
    component: DeadLettersPage,
    panel: '/problems/dead-letters/{dead_letter_id}',
    named: { name: () => ofDeadLetters('title'), key: 'd' },
    isTab: true,
  },
  { path: '/settings', component: PreferencesPage, named: { name: () => t('preferences'), key: 'p' }, isTab: true },
  {
    path: '/settings/keys',
    component: KeysPage,
    named: { name: () => ofKeys('title'), key: 'k' },
    isTab: true,
    role: 'admin',
  },
  {
    path: '/settings/audit',
    component: AuditPage,
    named: { name: () => ofAudit('title'), key: 'l' },
    isTab: true,
    role: 'admin',
  },
  {
    path: '/settings/webhooks',
    component: WebhooksPage,
    named: { name: () => ofWebhooks('title'), key: 'h' },
    isTab: true,
    role: 'admin',
  },
];

/** Addresses of before, in bookmarks and messages, and where their page is now. */
const MOVED: readonly { path: string; to: string }[] = [
  { path: '/results', to: '/findings' },
  { path: '/hosts/{address}', to: '/findings/{address}' },
  { path: '/calendar', to: '/plan' },
  { path: '/schedules', to: '/plan/schedules' },
  { path: '/schedules/{schedule_id}', to: '/plan/schedules/{schedule_id}' },
  { path: '/limits', to: '/plan/limits' },
  { path: '/exclusions', to: '/plan/exclusions' },
  { path: '/exclusions/{exclusion_id}', to: '/plan/exclusions/{exclusion_id}' },
  { path: '/nodes', to: '/fleet' },
  { path: '/nodes/{node_id}', to: '/fleet/nodes/{node_id}' },
  { path: '/queues', to: '/fleet/queues' },
  { path: '/alerts', to: '/problems' },
  { path: '/alerts/{alert_id}', to: '/problems/alerts/{alert_id}' },
  { path: '/dead-letters', to: '/problems/dead-letters' },
  { path: '/dead-letters/{dead_letter_id}', to: '/problems/dead-letters/{dead_letter_id}' },
  { path: '/keys', to: '/settings/keys' },
  { path: '/audit', to: '/settings/audit' },
];

const isOpen = ({ role }: Page) => role === undefined || mayAct(role);
const toSection = (path: string) => path.split('/')[1];

/** The named pages that the reader may open. */
export const findOpenPages = (): { path: string; name: () => string; key: string }[] =>
  PAGES.flatMap((page) => (page.named && isOpen(page) ? [{ path: page.path, ...page.named }] : []));

export const findSection = (path: string): Section | undefined =>
  SECTIONS.find((section) => toSection(section.path) === toSection(path));

export const findTabs = (path: string): Page[] =>
  PAGES.filter((page) => page.isTab && isOpen(page) && toSection(page.path) === toSection(path));

interface Found {
  page: Page;
  params: Record<string, string>;
  /** The path of the page without its panel. */
  base: string;
}

/** The page of a path, with what stands in the places of its names; undefined if no page has it. */
export function findPage(path: string): Found | undefined {
  for (const page of PAGES) {
    const params = matchPath(page.path, path) ?? (page.panel && matchPath(page.panel, path));
    if (params) return { page, params, base: fillPath(page.path, params) };
  }
  return undefined;
}

/** Where the page of an old address is; undefined for an address of today. */
export function findMoved(path: string): string | undefined {
  for (const moved of MOVED) {
    const params = matchPath(moved.path, path);
    if (params) return fillPath(moved.to, params);
  }
  return undefined;
}

const fillPath = (pattern: string, params: Record<string, string>) =>
  pattern.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(params[name] ?? ''));

function matchPath(pattern: string, path: string): Record<string, string> | undefined {
  const wanted = pattern.split('/');
  const parts = path.replace(/(.)\/$/, '$1').split('/');
  if (wanted.length !== parts.length) return undefined;
  const params: Record<string, string> = {};
  for (const [i, part] of wanted.entries()) {
    const name = /^\{(\w+)\}$/.exec(part)?.[1];
    const given = parts[i] as string;
    if (name === undefined ? part !== given : given === '') return undefined;
    if (name === undefined) continue;
    const value = decode(given);
    if (value === undefined) return undefined;
    params[name] = value;
  }
  return params;
}

function decode(part: string): string | undefined {
  try {
    return decodeURIComponent(part);
  } catch {
    return undefined;
  }
}
