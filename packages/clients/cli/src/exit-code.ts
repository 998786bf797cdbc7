import type { InBoth } from '@cyberstroll/words';
import { defineTexts } from './language/say';

/** The exit codes: one table for code, help and README. */
export const EXIT_CODES = {
  ok: 0,
  error: 1,
  usage: 2,
  notFound: 3,
  illegalTransition: 5,
  endedOtherwise: 6,
  unreachable: 7,
  different: 8,
  interrupted: 130,
} as const;

export type ExitName = keyof typeof EXIT_CODES;

export const sayExit = defineTexts({
  ok: ['done; a watched task COMPLETED', '完成；被跟踪的任务为 COMPLETED（已完成）'],
  error: ['any other error (key refused, server error)', '其他错误（密钥被拒绝、服务器错误）'],
  usage: ['wrong arguments, or a value that the API refuses', '参数错误，或取值被 API 拒绝'],
  notFound: [
    'the named task, subtask, node, alert or dead letter does not exist',
    '指定的任务、子任务、节点、告警或死信不存在',
  ],
  illegalTransition: ['the status does not allow the command', '当前状态不允许该命令'],
  endedOtherwise: [
    'a watched task ended as FAILED, CANCELLED or TIMEOUT',
    '被跟踪的任务以 FAILED、CANCELLED 或 TIMEOUT 结束',
  ],
  unreachable: [
    'no stack found, no connection, or the API is unavailable (502, 503, 504)',
    '没有找到环境、无法连接，或 API 不可用（502、503、504）',
  ],
  different: ['task diff found a difference', 'task diff 发现差异'],
  interrupted: ['Ctrl-C; a watched task continues', 'Ctrl-C；被跟踪的任务继续执行'],
} satisfies Record<ExitName, InBoth>);

/** The exit code for the HTTP status of a refused request. */
export function toExitName(httpStatus: number): ExitName {
  if (httpStatus === 400 || httpStatus === 413 || httpStatus === 422) return 'usage';
  if (httpStatus === 404) return 'notFound';
  if (httpStatus === 409) return 'illegalTransition';
  if (httpStatus === 502 || httpStatus === 503 || httpStatus === 504) return 'unreachable';
  return 'error';
}
