import { defineTexts } from '../../language/define-texts';

export const t = defineTexts({
  title: ['Alerts', '告警'],
  any_state: ['any', '全部'],
  rule: ['Rule', '规则'],
  any_rule: ['any', '全部'],
  severity: ['Severity', '级别'],
  raised: ['Raised', '触发时间'],
  summary: ['What is wrong', '问题'],
  occurrences: ['Count', '次数'],
  critical: ['critical', '严重'],
  warning: ['warning', '警告'],
  none: ['No alert.', '没有告警。'],
  none_open: ['No alert is open.', '没有未解除的告警。'],
  open: ['open, by rule', '未解除，按规则分组'],
  open_of_rule: ['{count} open, {firing} of them not acknowledged', '{count} 条未解除，其中 {firing} 条未确认'],
  open_at_least: [
    'at least {count} open, {firing} of them not acknowledged',
    '至少 {count} 条未解除，其中 {firing} 条未确认',
  ],
  all_of_rule: ['All alerts of this rule', '此规则的全部告警'],
  acknowledge_all: ['Acknowledge all', '全部确认'],
  acknowledge_all_what: [
    'Marks {count} {count|alert|alerts} "{rule}" as seen. They stay until their causes are gone.',
    '表示已有人看到 {count} 条“{rule}”告警。原因消除前，告警不会关闭。',
  ],
  resolve_all: ['Resolve all', '全部解除'],
  resolve_all_what: [
    'Ends {count} {count|alert|alerts} "{rule}". Where the cause is still there, it fires again.',
    '结束 {count} 条“{rule}”告警。如果原因仍在，会再次触发。',
  ],
  acknowledge: ['Acknowledge', '确认'],
  acknowledge_what: [
    'Marks "{rule}" of {subject} as seen. It stays until its cause is gone.',
    '表示已有人看到 {subject} 的“{rule}”。原因消除前，告警不会关闭。',
  ],
  resolve: ['Resolve', '解除'],
  resolve_what: [
    'Ends the alert "{rule}" of {subject}. If its cause is still there, it fires again.',
    '结束 {subject} 的告警“{rule}”。如果原因仍在，会再次触发。',
  ],
  history: ['History', '历史'],
  operator: ['By', '操作者'],
  runbook: ['What to do', '处理手册'],
  value: ['Value {value}, threshold {threshold}', '数值 {value}，阈值 {threshold}'],
  back: ['All alerts', '全部告警'],
  system: ['the whole system', '整个系统'],
});
