import { defineTexts } from '../../language/define-texts';

export const t = defineTexts(
  { title: 'Overview', running: 'running tasks' },
  { title: '概览', running: '执行中的任务' },
);
