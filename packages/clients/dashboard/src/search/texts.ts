import { defineTexts } from '../language/define-texts';

export const t = defineTexts({
  title: ['Search', '搜索'],
  what: ['Task (id, name or label), address or network, node, page', '任务（ID、名称或标签）、地址或网段、节点、页面'],
  options: ['Found', '搜索结果'],
  page: ['page', '页面'],
  task: ['task', '任务'],
  node: ['node', '节点'],
  none: ['Nothing found.', '没有找到。'],
  count: ['{count} found', '找到 {count} 项'],
  how: ['Arrows choose, Enter opens, Escape closes.', '方向键选择，回车打开，Esc 关闭。'],
  failed: ['Search failed: {detail}', '无法搜索：{detail}'],
});
