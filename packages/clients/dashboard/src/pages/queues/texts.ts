import { defineTexts } from '../../language/define-texts';

export const t = defineTexts({
  title: ['Queues', '队列'],
  lag_help: ['How long updates wait until they are applied.', '更新在被应用之前等待的时间。'],
  lag_value: ['{seconds} s', '{seconds} 秒'],
  lag_chart: ['Update lag over time', '更新延迟（按时间）'],
  lag_history: ['Update lag over time, at most {most} s', '更新延迟，按时间，最高 {most} 秒'],
  dead_letters: ['dead letters waiting', '待处理的死信'],
  dead_letters_look: ['Show them', '查看'],
  away: [
    'RabbitMQ does not respond. Tasks are stalled until it does; nothing is lost.',
    'RabbitMQ 无响应。恢复之前任务停滞；数据不会丢失。',
  ],
  messages: ['Messages', '消息数'],
  not_empty: ['Not empty for', '未清空时长'],
  what_to_do: ['What to do', '处理方法'],
  empty: ['empty', '空'],
  history: ['Messages in {queue} over time: {least} to {most}', '{queue} 的消息数，按时间：{least} 到 {most}'],
  last_1h: ['The last hour', '最近一小时'],
  last_24h: ['The last 24 h', '最近 24 小时'],
  last_7d: ['The last 7 d', '最近 7 天'],
  no_samples: ['No samples yet.', '还没有采样。'],
  in_out: ['In / out per second', '每秒进 / 出'],
  for_updates: [
    'What nodes and services report about subtasks, for the state-updaters.',
    '节点和服务对子任务的上报，由 state-updater 处理。',
  ],
  for_heartbeats: [
    'Heartbeats that each node sends every 5 s, for the heartbeat-monitor.',
    '节点每 5 秒的心跳，由 heartbeat-monitor 处理。',
  ],
  for_dead_letters: [
    'Messages that could not be applied; the retry-scheduler stores them.',
    '无法应用的消息，由 retry-scheduler 存储。',
  ],
  for_jobs: ['Addresses to scan, for the nodes of the pool {pool}.', '待扫描的地址，由节点池 {pool} 的节点取走。'],
  for_other: ['This version does not use this queue.', '不属于当前版本的队列。'],
  do_updates: [
    'Check that every state-updater is ready, and add one; if that does not help, MongoDB is the bottleneck.',
    '确认每个 state-updater 都已就绪，并增加一个；若无改善，则瓶颈在 MongoDB。',
  ],
  do_heartbeats: [
    'Check that a heartbeat-monitor is ready; without one, silent nodes are not detected.',
    '确认 heartbeat-monitor 已就绪；没有它，无响应的节点不会被发现。',
  ],
  do_dead_letters: [
    'Check that the retry-scheduler is ready; messages here are not in the list of dead letters yet.',
    '确认 retry-scheduler 已就绪；此处的消息尚未出现在死信列表中。',
  ],
  do_jobs: [
    'The nodes of the pool are gone, full or stuck: check them, and add nodes.',
    '该节点池的节点已离开、已满或卡住：请检查并增加节点。',
  ],
  do_other: ['Find out who publishes to it.', '查明是谁向它发布消息。'],
  nodes_of_pool: ['Nodes of the pool', '该节点池的节点'],
});
