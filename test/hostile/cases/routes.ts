import {
  findPathParameters,
  OPERATIONS,
  PATH_PARAMETERS,
  type PathParameterName,
  ROLES,
  type Role,
} from '@cyberstroll/contracts';
import { bearer, type HostileCase, show, type Target, toRequest } from '../hostile-case';

const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE'];

/** Each path of the API, with its methods and the least role of each. */
function toRoutes({ taskId, subTaskId }: Target): [path: string, roles: Map<string, Role>][] {
  const ids: Partial<Record<PathParameterName, string>> = { task_id: taskId, other_id: taskId, subtask_id: subTaskId };
  const toPath = (path: string) =>
    findPathParameters(path).reduce(
      (filled, name) => filled.replace(`{${name}}`, ids[name] ?? PATH_PARAMETERS[name].example),
      path,
    );
  const routes = new Map<string, Map<string, Role>>();
  for (const { method, path, role } of Object.values(OPERATIONS)) {
    routes.set(path, (routes.get(path) ?? new Map()).set(method, role));
  }
  return [...routes].map(([path, roles]) => [toPath(path), roles]);
}

/** Each route by methods that it has not, without a key, and with a role that is too low. */
export function toRouteCases(target: Target): HostileCase[] {
  const { keys } = target;
  const toCase = (
    method: string,
    path: string,
    key: string | undefined,
    status: number,
    code: string,
  ): HostileCase => ({
    title: `${method} ${path.replaceAll(target.taskId, ':id')} ${key ? `as ${key.split('-')[0]}` : 'without a key'}`,
    request: toRequest({ method, path, ...(key && { headers: bearer(key) }) }),
    status,
    code,
  });
  const cases = toRoutes(target).flatMap(([path, roles]) => [
    ...METHODS.filter((method) => !roles.has(method)).map((method) =>
      toCase(method, path, keys.admin, 405, 'method_not_allowed'),
    ),
    ...[...roles].flatMap(([method, least]) => [
      toCase(method, path, undefined, 401, 'unauthorised'),
      ...ROLES.slice(0, ROLES.indexOf(least)).map((role) => toCase(method, path, keys[role], 403, 'forbidden')),
    ]),
  ]);
  const NO_ROUTES = [
    '/',
    '/api',
    '/api/',
    '/api/nothing',
    '//evil/api/tasks',
    '/api//tasks',
    '/api/alerts/../nodes',
    '/API',
    '/API/tasks',
    '/api/Tasks',
    '/api/tasks/',
    `/api/tasks/${target.taskId}/`,
    '/api/tasks;x=1',
    '/.env',
    '/livez/x',
    '/metrics/x',
    `/api/tasks/${target.taskId}/steal`,
    '/ws/tasks/x/progress',
    '/ws/tasks/progress',
  ];
  return [
    ...cases,
    ...NO_ROUTES.flatMap((path) =>
      [keys.admin, undefined].map((key) => toCase('GET', path, key, 404, 'route_not_found')),
    ),
    ...['/livez', '/readyz', '/metrics'].map((path) => toCase('POST', path, keys.admin, 405, 'method_not_allowed')),
  ];
}

/** Ids that are no task's, no subtask's, no alert's. */
export function toIdCases(target: Target): HostileCase[] {
  const { keys, taskId } = target;
  const ids = [
    '0'.repeat(24),
    'x',
    'A'.repeat(24),
    '0'.repeat(23),
    '0'.repeat(25),
    `${taskId}%00`,
    `${taskId}%20`,
    '%24ne',
    '__proto__',
    'constructor',
    '%00',
    '..%2f..',
    '%7B%22$gt%22:%22%22%7D',
    '%E5%BC%A0',
    'x'.repeat(4_000),
  ];
  const toCase = (method: string, path: string, status: number, code?: string): HostileCase => ({
    title: `${method} ${show(path.replaceAll(taskId, ':id'))}`,
    request: toRequest({ method, path, headers: bearer(keys.admin) }),
    status,
    ...(code !== undefined && { code }),
  });
  return [
    ...ids.flatMap((id) => [
      toCase('GET', `/api/tasks/${id}`, 404, 'task_not_found'),
      toCase('GET', `/api/tasks/${id}/subtasks`, 404, 'task_not_found'),
      toCase('POST', `/api/tasks/${id}/cancel`, 404, 'task_not_found'),
      toCase('POST', `/api/tasks/${id}/ticket`, 404, 'task_not_found'),
      toCase('GET', `/api/tasks/${taskId}/subtasks/${id}`, 404, 'subtask_not_found'),
      toCase('GET', `/api/alerts/${id}`, 404, 'alert_not_found'),
    ]),
    ...['-1', '8', '01', '1e0', '99999999999'].map((index) =>
      toCase('GET', `/api/tasks/${taskId}/subtasks/${taskId}-${index}`, 404, 'subtask_not_found'),
    ),
    ...['%', '%ZZ', '%E5%BC', '%FF'].map((id) => toCase('GET', `/api/tasks/${id}`, 400, 'bad_request')),
  ];
}

/** Numbers that other parsers take, and what is no cursor and no filter. */
export function toQueryCases(target: Target): HostileCase[] {
  const { keys, taskId } = target;
  const lists = ['/api/tasks', `/api/tasks/${taskId}/subtasks`, '/api/nodes', '/api/alerts', '/api/dead-letters'];
  const LIMITS = [
    '',
    '0',
    '-1',
    '+5',
    '%2B5',
    '1001',
    '99999999999999999999',
    '0x10',
    '0b11',
    '0o7',
    '1e2',
    '5e0',
    '1.0',
    '5.',
    '%205',
    '5%20',
    '%0a5',
    '00005',
    'null',
    'NaN',
    'Infinity',
    '%D9%A5',
    '5,6',
    '1_0',
    '{}',
    '[5]',
  ];
  const toCase = (path: string, query: string, field: string, method = 'GET'): HostileCase => ({
    title: `${method} ${path.replaceAll(taskId, ':id')}?${show(query)}`,
    request: toRequest({ method, path: `${path}?${query}`, headers: bearer(keys.admin) }),
    status: 400,
    code: 'invalid_query',
    field,
  });
  const CURSORS = ['%00', '%24gt', '-1', `${'A'.repeat(101)}`, '%7B%7D'];
  const SECRETS = ['key', 'api_key', 'access_token', 'authorization'];
  return [
    ...lists.flatMap((path) => [
      ...LIMITS.map((limit) => toCase(path, `limit=${limit}`, 'limit')),
      ...CURSORS.map((cursor) => toCase(path, `cursor=${cursor}`, 'cursor')),
      toCase(path, 'limit=1&limit=2', 'limit'),
      toCase(path, 'limit[]=1', 'limit[]'),
      toCase(path, 'limit[$gt]=1', 'limit[$gt]'),
      toCase(path, '__proto__=1', '__proto__'),
      toCase(path, 'constructor=1', 'constructor'),
      ...SECRETS.map((name) => toCase(path, `${name}=${keys.admin}`, name)),
    ]),
    ...['/api/tasks', `/api/tasks/${taskId}/subtasks`, '/api/nodes'].map((path) =>
      toCase(path, 'status=%24ne', 'status'),
    ),
    ...['', '1', 'false', 'TRUE', '%24ne'].map((value) =>
      toCase(`/api/tasks/${taskId}/subtasks`, `has_open_ports=${value}`, 'has_open_ports'),
    ),
    ...['', 'x'.repeat(46)].map((ip) => toCase(`/api/tasks/${taskId}/subtasks`, `ip=${ip}`, 'ip')),
    ...['', '/status', '/progress', '/statistics'].map((rest) => toCase(`/api/tasks/${taskId}${rest}`, 'x=1', 'x')),
    ...['/cancel', '/ticket'].map((rest) => toCase(`/api/tasks/${taskId}${rest}`, 'force=1', 'force', 'POST')),
    toCase('/api/tasks', 'dry_run=1', 'dry_run', 'POST'),
    ...['', '%20', '%E3%80%80', '%09'].map((text) => toCase('/api/search', `q=${text}`, 'q')),
  ];
}
