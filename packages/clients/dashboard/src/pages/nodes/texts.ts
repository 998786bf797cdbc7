import { defineTexts } from '../../language/define-texts';

export const t = defineTexts({
  title: ['Nodes', '节点'],
  filters: ['Filter', '筛选'],
  all: ['all', '全部'],
  shown: ['{shown} of {all} {all|node|nodes}', '{shown} / {all} 个节点'],
  first_ones: ['Only the first {count} nodes by name are shown.', '这里只有按名称排列的前 {count} 个节点。'],
  slots_of_node: ['{used} of {all} slots of {node} are used', '{node} 已用 {used} / {all} 个并发槽'],
  last_heartbeat: ['Heartbeat', '心跳'],
  slots: ['Slots used', '已用并发槽'],
  rate: ['Rate', '速率'],
  rate_line: ['Addresses per second in an hour: {least} to {most}', '一小时内每秒扫描的地址数：{least} 至 {most}'],
  failures: ['Failures, 1 h', '失败，1 小时'],
  machine: ['Machine', '机器'],
  load_of_machine: ['CPU {cpu} %, memory {memory} %', 'CPU {cpu} %，内存 {memory} %'],
  none: ['No nodes yet. One appears with its first heartbeat.', '还没有节点。发出第一个心跳后即显示。'],
  no_match: ['No node matches.', '没有符合条件的节点。'],
  all_nodes: ['Show all nodes', '显示所有节点'],
});
