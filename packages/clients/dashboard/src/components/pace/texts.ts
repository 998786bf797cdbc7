import { defineTexts } from '../../language/define-texts';

export const t = defineTexts({
  max_concurrent: ['Addresses under scan at once, at most', '同时扫描的地址数上限'],
  max_starts_per_second: ['Scans that start per second, at most', '每秒开始的扫描数上限'],
  per_prefix: ['In each prefix, at most', '每个前缀的上限'],
  per_prefix_help: ['4 means in each /24 and /64, 4/28/56 in others.', '4 表示每个 /24 和 /64；4/28/56 表示其他长度。'],
  windows: ['Hours in which scans may begin', '可以开始扫描的时段'],
  windows_help: ['Empty: at any time. Drag, or use arrow keys and Space.', '留空：任何时间。拖动，或用方向键和空格。'],
  window_lines: ['The same as text, a window a line', '文字形式，每行一个时段'],
  clear: ['Clear', '清除'],
  at_close: ['When the hours end, running scans', '时段结束时，正在执行的扫描'],
});
