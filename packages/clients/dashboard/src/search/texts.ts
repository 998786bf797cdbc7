import { defineTexts } from '../language/define-texts';

export const t = defineTexts(
  {
    title: 'Search',
    what: 'Task (id, name or label), address or network, node, page',
    options: 'Found',
    page: 'page',
    task: 'task',
    node: 'node',
    none: 'Nothing found.',
    count: '{count} found',
    how: 'Arrows choose, Enter opens, Escape closes.',
    failed: 'Could not be searched: {detail}',
  },
  {
    title: '搜索',
    what: '任务（ID、名称或标签）、地址或网段、节点、页面',
    options: '搜索结果',
    page: '页面',
    task: '任务',
    node: '节点',
    none: '没有找到。',
    count: '找到 {count} 项',
    how: '方向键选择，回车打开，Esc 关闭。',
    failed: '无法搜索：{detail}',
  },
);
