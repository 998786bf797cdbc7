import { defineTexts } from '../../language/define-texts';

export const t = defineTexts({
  title: ['Exclusions', '排除规则'],
  none: [
    'No exclusion yet. An exclusion names an address or a network that no task scans, whoever creates it.',
    '还没有排除规则。排除规则指定任何任务都不得扫描的地址或网段，无论由谁创建。',
  ],
  none_such: ['No exclusion in this state.', '没有处于此状态的排除规则。'],
  not_ended: ['all that have not ended', '所有尚未结束的'],
  start: ['Start', '开始'],
  end: ['End', '结束'],
  of_ports: ['ports {ports}', '端口 {ports}'],
  only_ports: ['Only these ports; empty: whole addresses', '只限这些端口；留空则整个地址'],
  until_lifted: ['until it is lifted', '直到解除'],
  made: ['Made', '创建'],
  create: ['New exclusion', '新建排除规则'],
  create_what: [
    'Within two seconds nothing more of it is sent out, and what is open is cancelled. Cancelled is final: after the end of the exclusion, these addresses are scanned by a new task.',
    '两秒内不再下发相关地址，未完成的将被取消。取消不可撤销：排除规则结束后，需新建任务扫描这些地址。',
  ],
  start_at: ['From, in your time zone; empty: at once', '开始时间（本地时区）；留空则立即'],
  end_at: ['Until, in your time zone; empty: until it is lifted', '结束时间（本地时区）；留空则直到解除'],
  lift: ['Lift', '解除'],
  lift_what: [
    'Tasks that are created from now on scan {target} again. What it cancelled stays cancelled; the next page lists the tasks that can be completed.',
    '此后创建的任务可再次扫描 {target}。已取消的保持取消；下一页列出可补扫的任务。',
  ],
  lifted_by: ['Lifted by {operator}', '由 {operator} 解除'],
  all: ['All exclusions', '所有排除规则'],
  affected: ['Tasks that have lost addresses', '因此失去地址的任务'],
  affected_none: ['No task has lost an address to it.', '没有任务因此失去地址。'],
  affected_more: ['The newest {count} are listed.', '只列出最新的 {count} 个。'],
  left_out: ['Left out', '未纳入'],
  cancelled: ['Cancelled', '已取消'],
  scan: ['Scan just these', '只扫描这些地址'],
  scan_hint: [
    'What was cancelled stays cancelled. Scan just these addresses by a new task, with the settings of the old one.',
    '已取消的保持取消。可用新任务只扫描这些地址，沿用原任务的设置。',
  ],
  scan_later: [
    'After the exclusion has ended, these addresses can be scanned by a new task.',
    '排除规则结束后，可用新任务扫描这些地址。',
  ],
});
