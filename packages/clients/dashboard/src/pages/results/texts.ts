import { defineTexts } from '../../language/define-texts';

export const t = defineTexts({
  title: ['Results', '结果'],
  which_hosts: ['Which hosts have this port open?', '哪些主机开放了此端口？'],
  port: ['Port', '端口'],
  service: ['Service contains', '服务包含'],
  target: ['Address or network', '地址或网段'],
  task: ['Task', '任务'],
  label: ['Label of the task', '任务标签'],
  after: ['Found from', '发现时间不早于'],
  before: ['Found before', '发现时间早于'],
  clear: ['Clear filters', '清除筛选'],
  address: ['Address', '地址'],
  open_ports: ['Open ports', '开放端口'],
  services: ['Services', '服务'],
  node: ['Node', '节点'],
  found: ['Found', '发现时间'],
  none: ['No host with an open port matches.', '没有符合条件的开放端口主机。'],
});
