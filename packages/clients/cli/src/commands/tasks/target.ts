import type { Command } from 'commander';
import type { CommandContext } from '../../command-context';
import { toExamples } from '../../help/examples';
import { addTaskOptions, readTargets, toRequest } from './task-create';
import { printPlan } from './task-plan';

const EXAMPLES = toExamples(
  ['target check 10.0.0.0/8 --exclude 10.1.0.0/16 --ports 1-1024', 'how many addresses, and how long they take'],
  ['target check - < targets.txt', 'each entry of a file that is refused'],
);

export function addTargetCommands(program: Command, toContext: (command: Command) => CommandContext): void {
  const target = program
    .command('target')
    .description('look at targets before they are scanned')
    .addHelpText('before', EXAMPLES);
  addTaskOptions(
    target
      .command('check')
      .description('count targets, list each entry that is refused, and estimate the time; creates nothing')
      .argument('<targets...>', 'as of task create; "-" reads them from stdin'),
  )
    .addHelpText('before', EXAMPLES)
    .action(async (targets: string[], options, command: Command) => {
      const context = toContext(command);
      await printPlan(toRequest(await readTargets(targets, context.stdin), options), context);
    });
}
