import { defineTexts } from '../../language/define-texts';

export const t = defineTexts({
  findings: ['Findings', '发现'],
  finding: ['Finding', '发现'],
  severity: ['Severity', '严重程度'],
  any_severity: ['Any', '全部'],
  kind: ['Kind', '类型'],
  found: ['Found', '发现时间'],
  none: ['No finding matches.', '没有符合条件的发现。'],
  critical: ['Critical', '严重'],
  high: ['High', '高'],
  medium: ['Medium', '中'],
  low: ['Low', '低'],
  info: ['Info', '信息'],
});
