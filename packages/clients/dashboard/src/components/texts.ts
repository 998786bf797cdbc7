import { defineTexts } from '../language/define-texts';

export const t = defineTexts({
  loading: ['Loading …', '加载中……'],
  failed: ['Could not be read: {detail}', '无法读取：{detail}'],
  again: ['Try again', '重试'],
  old: ['Not live: {age} old.', '非实时：{age}前的数据。'],
  gone: ['no response from the server', '服务器没有响应'],
  copied: ['Copied', '已复制'],
  reason: ['Reason, for the history', '原因（记入历史）'],
  refused: ['Refused: {detail}', '被拒绝：{detail}'],
  pages: ['Pages', '分页'],
  none_yet: ['Nothing found so far: see the next page', '目前没有找到：请继续看下一页'],
  first_page: ['First page', '第一页'],
  no_chart: ['The chart cannot be drawn. Load the page again.', '无法绘制图表，请重新加载页面。'],
  previous_page: ['Previous page', '上一页'],
  next_page: ['Next page', '下一页'],
  days: ['{n} d', '{n} 天'],
  hours: ['{n} h', '{n} 小时'],
  minutes: ['{n} min', '{n} 分'],
  seconds: ['{n} s', '{n} 秒'],
});
