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
