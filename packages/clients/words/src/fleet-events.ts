import type { FleetEventKind } from '@cyberstroll/contracts';
import type { InBoth } from './define-texts';

/** What happened to tasks, nodes and freezes. */
export const FLEET_EVENT_WORDS = {
  task_began: ['task began', '任务开始'],
  task_ended: ['task ended', '任务结束'],
  node_started: ['node started', '节点启动'],
  node_restarted: ['node restarted', '节点重启'],
  node_left: ['node left', '节点退出'],
  node_lost: ['node lost', '节点失联'],
  node_back: ['node came back', '节点恢复'],
  freeze_began: ['freeze began', '冻结开始'],
  freeze_ended: ['freeze ended', '冻结结束'],
} as const satisfies Record<FleetEventKind, InBoth>;
