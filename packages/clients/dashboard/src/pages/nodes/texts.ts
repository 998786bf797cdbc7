import { defineTexts } from '../../language/define-texts';

export const t = defineTexts({
  title: ['Nodes', '节点'],
  filters: ['Filter and sort', '筛选与排序'],
  state: ['State', '状态'],
  pool: ['Pool', '节点池'],
  sort: ['Sort by', '排序'],
  all: ['all', '全部'],
  trouble: ['trouble first', '异常优先'],
  name: ['name', '名称'],
  load: ['slots used', '已用并发槽'],
  heartbeat: ['oldest heartbeat', '心跳最久未更新'],
  shown: ['{shown} of {all} {all|node|nodes}', '{shown} / {all} 个节点'],
  slots_of_node: ['{used} of {all} slots of {node} are used', '{node} 已用 {used} / {all} 个并发槽'],
  last_heartbeat: ['Heartbeat', '心跳'],
  pools: ['Pools', '节点池'],
  version: ['Version', '版本'],
  machine: ['Machine', '机器'],
  load_of_machine: ['CPU {cpu} %, memory {memory} %', 'CPU {cpu} %，内存 {memory} %'],
  none: [
    'No nodes yet. A node appears here with its first heartbeat.',
    '尚未收到任何节点的心跳。节点发出第一个心跳后即显示在此。',
  ],
  no_match: ['No node matches.', '没有符合条件的节点。'],
  all_nodes: ['Show all nodes', '显示所有节点'],
});
