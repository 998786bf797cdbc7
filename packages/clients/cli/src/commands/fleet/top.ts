import { delay } from '@cyberstroll/runtime';
import type { CliCommand } from '../../help/cli-command';
import { defineTexts } from '../../language/say';
import { withScreen } from '../../top/terminal-screen';
import { renderFrame } from '../../top/top-frame';
import { createTopSource, type TopView } from '../../top/top-source';

const t = defineTexts({
  top: [
    'show the open tasks and the nodes, once a second; q or Ctrl-C ends it',
    '每秒刷新未结束的任务和节点；按 q 或 Ctrl-C 退出',
  ],
  once: ['one frame, as in a pipe or with --json', '只输出一帧；用于管道或带 --json 时也是如此'],
  tasks_nodes: ['tasks and nodes, live', '实时查看任务和节点'],
  they_now: ['as they are now', '当前的情况'],
});

const REFRESH_MS = 1_000;

export function addCommands(program: CliCommand): void {
  program
    .add('top', t('top'))
    .option('--once', t('once'))
    .examples(['top', t('tasks_nodes')], ['top --once > now.txt', t('they_now')])
    .run(async ({ output, signal, connect, stdin }, { once }) => {
      const leave = new AbortController();
      const stopped = AbortSignal.any([signal, leave.signal]);
      const ask = createTopSource(connect(stopped));
      const first = await ask();
      if (output.json) return output.jsonLine(toJson(first));
      const { color, toTimeText, screen } = output;
      if (once || !screen.isTTY) {
        const columns = screen.isTTY ? (screen.columns ?? 80) : Number.POSITIVE_INFINITY;
        return output.line(renderFrame(first, { columns, color, toTimeText, now: Date.now() }).join('\n'));
      }
      let view = first;
      await withScreen(
        {
          screen,
          keyboard: stdin,
          render: (size) => renderFrame(view, { ...size, color, toTimeText, now: Date.now() }),
          onLeave: () => leave.abort(),
        },
        (draw) =>
          follow(ask, stopped, (next) => {
            view = next ?? view;
            draw();
          }),
      );
    });
}

/** Asks once a second, but not before the last answer; shows each answer, and each second without one. */
async function follow(
  ask: () => Promise<TopView>,
  stopped: AbortSignal,
  show: (view?: TopView) => void,
): Promise<void> {
  let isAsking = false;
  let failure: unknown;
  async function askAndShow(): Promise<void> {
    isAsking = true;
    try {
      const view = await ask();
      if (!stopped.aborted) show(view);
    } catch (error) {
      failure = error;
    }
    isAsking = false;
  }
  while (!stopped.aborted) {
    if (failure !== undefined) throw failure;
    if (!isAsking) void askAndShow();
    show();
    await delay(REFRESH_MS, stopped);
  }
}

const toJson = ({ tasks, nodes, statistics, answeredAt }: TopView) => ({
  timestamp: new Date(answeredAt).toISOString(),
  tasks,
  nodes,
  statistics,
});
