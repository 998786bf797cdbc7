import type { CliCommand, Example } from '../../help/cli-command';
import { defineTexts } from '../../language/say';
import { addTaskOptions, readTargets, toRequest } from './task-create';
import { printPlan } from './task-plan';

const t = defineTexts({
  how_many: ['how many addresses, and how long they take', '有多少地址，需要多久'],
  each_entry: ['each entry of a file that is refused', '文件中每个被拒绝的条目'],
  target: ['look at targets before they are scanned', '在扫描之前检查目标'],
  check: [
    'count targets, list each entry that is refused, and estimate the time; creates nothing',
    '统计目标数量，列出每个被拒绝的条目，并估算用时；不创建任何东西',
  ],
  targets: ['as of task create; "-" reads them from stdin', '同 task create；"-" 表示从标准输入读取'],
});

const toTargetExamples = (): Example[] => [
  ['target check 10.0.0.0/8 --exclude 10.1.0.0/16 --ports 1-1024', t('how_many')],
  ['target check - < targets.txt', t('each_entry')],
];

export function addCommands(program: CliCommand): void {
  program
    .add('target', t('target'))
    .examples(...toTargetExamples())
    .add('check', t('check'))
    .argument('<targets...>', t('targets'))
    .with(addTaskOptions)
    .examples(...toTargetExamples())
    .run(async (context, options, targets: string[]) => {
      await printPlan(toRequest(await readTargets(targets, context.stdin), options), context);
    });
}
