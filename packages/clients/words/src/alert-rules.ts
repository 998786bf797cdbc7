import type { AlertRule } from '@cyberstroll/contracts';
import type { InBoth } from './define-texts';

/** The rules of alerts, as names. */
export const ALERT_RULE_WORDS = {
  task_failure_rate: ['many failed scans', '扫描大量失败'],
  task_overlong: ['task takes too long', '任务耗时过长'],
  node_silent: ['silent node', '节点无响应'],
  queue_backlog: ['queue grows', '队列积压'],
  operation_stalled: ['stalled operation', '批量操作停滞'],
  fleet_silent: ['silent fleet', '大批节点失联'],
  zombie: ['lost claims', '节点已不再上报的子任务'],
  node_id_shared: ['shared node id', '节点 ID 重复'],
  consistency: ['counters corrected', '计数已纠正'],
  dead_letter: ['dead letter', '出现死信'],
} as const satisfies Record<AlertRule, InBoth>;
