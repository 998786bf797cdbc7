import type { WaitingCode } from '@cyberstroll/contracts';

/** Why something unfinished does not continue, in Chinese. In English the API itself says it (`message`). */
export const CHINESE_WAITING_REASONS: Readonly<Record<WaitingCode, string>> = {
  not_queued: '分发器尚未接手该任务',
  paused: '操作者已将其暂停',
  dependency_down: '传送作业和上报的 RabbitMQ 不可用或处于告警状态',
  no_node_in_pool: '没有节点接受该节点池的工作',
  no_node_for_method: '该节点池中没有节点支持该任务的扫描方式',
  nodes_silent: '该节点池的所有节点都离线或无响应',
  fleet_busy: '该节点池的并发槽已全部占用',
  pending_dispatch: '尚未轮到它进入分发窗口',
  sent_to_queue: '已下发；尚无节点从作业队列取走',
  retries_backoff: '只剩下等待重试时间的地址',
  finishing: '所有子任务都已结束；任务即将结束',
  assigned_waiting_slot: '已分配给节点，但节点暂无空闲的并发槽',
  node_silent: '持有它的节点离线或无响应；将重新分配',
  retry_backoff: '等待重试时间',
  out_of_scope: '上一个节点不得扫描该地址；等待重试时间',
  retry_sent: '重试已下发；尚无节点取走',
  task_paused: '所属任务已暂停',
  task_ended: '所属任务已结束；正在取消',
};
