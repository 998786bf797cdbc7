import type {
  ALERT_STATES,
  DEAD_LETTER_STATES,
  HostChange,
  NODE_STANDINGS,
  PortChange,
  SubTask,
  Task,
} from '@cyberstroll/contracts';
import type { InBoth } from './define-texts';

type Listed = typeof NODE_STANDINGS | typeof ALERT_STATES | typeof DEAD_LETTER_STATES;
type State = Task['status'] | SubTask['status'] | Listed[number];

/** The states of tasks, subtasks, nodes, alerts and dead letters. */
export const STATES = {
  CREATED: ['created', '已创建'],
  QUEUED: ['queued', '已入队'],
  RUNNING: ['running', '执行中'],
  PAUSED: ['paused', '已暂停'],
  PENDING: ['pending', '等待扫描'],
  ASSIGNED: ['assigned', '已分配'],
  SCANNING: ['scanning', '扫描中'],
  RETRYING: ['retrying', '重试中'],
  COMPLETED: ['completed', '已完成'],
  FAILED: ['failed', '失败'],
  TIMEOUT: ['timed out', '超时'],
  CANCELLED: ['cancelled', '已取消'],
  online: ['online', '在线'],
  busy: ['busy', '繁忙'],
  draining: ['draining', '退出中'],
  offline: ['offline', '离线'],
  silent: ['silent', '无响应'],
  firing: ['firing', '触发'],
  acknowledged: ['acknowledged', '已确认'],
  resolved: ['resolved', '已解除'],
  waiting: ['waiting', '待处理'],
  replayed: ['replayed', '已重放'],
  discarded: ['discarded', '已丢弃'],
} as const satisfies Record<State, InBoth>;

/** How hosts and ports of two tasks differ. */
export const CHANGES = {
  appeared: ['appeared', '新出现'],
  gone: ['gone', '已消失'],
  changed: ['changed', '有变化'],
  opened: ['opened', '新开放'],
  closed: ['closed', '已关闭'],
  service_changed: ['service changed', '服务变化'],
  banner_changed: ['banner changed', 'Banner 变化'],
  not_scanned: ['not scanned', '未扫描'],
} as const satisfies Record<HostChange | PortChange, InBoth>;
