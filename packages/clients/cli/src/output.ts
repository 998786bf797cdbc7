import type { Writable } from 'node:stream';
import type { Text } from './language/say';
import { toPrintableJson } from './printable';
import type { TimeText } from './text/time-text';
import type { ScreenStream } from './top/terminal-screen';
import type { ProgressStream } from './watch/progress-view';

/** The output of a command: data on stdout, everything else on stderr. */
export interface Output {
  /** Whether data is JSON. */
  readonly json: boolean;
  /** Whether data has colours, and whether messages and progress have. */
  readonly color: boolean;
  readonly messageColor: boolean;
  /** How times are shown; JSON keeps them as the API gives them. */
  readonly toTimeText: TimeText;
  readonly progress: ProgressStream;
  /** Where data goes, for what redraws it. */
  readonly screen: ScreenStream;
  /** Text on stdout as it is; the caller ends the line. */
  write(text: string): Promise<void>;
  line(text: string): Promise<void>;
  jsonLine(value: unknown): Promise<void>;
  /** What a command answers: a line of JSON, or as text. */
  answer<Answer>(value: Answer, toText: (value: Answer) => string): Promise<void>;
  /** A line on stderr. */
  message(text: Text): void;
}

export interface OutputStreams {
  stdout: ScreenStream;
  stderr: Writable & { isTTY?: boolean; columns?: number };
}

export function createOutput(
  { stdout, stderr }: OutputStreams,
  { isDumb, ...style }: Pick<Output, 'json' | 'color' | 'messageColor' | 'toTimeText'> & { isDumb: boolean },
): Output {
  const write = async (text: string) => {
    if (!stdout.write(text)) await new Promise<void>((resolve) => stdout.once('drain', resolve));
  };
  const line = (text: string) => write(`${text}\n`);
  const jsonLine = (value: unknown) => line(toPrintableJson(value));
  return {
    ...style,
    // A terminal that cannot redraw a line gets progress as a pipe does.
    progress: isDumb ? { write: (text) => stderr.write(text) } : stderr,
    screen: isDumb ? Object.create(stdout, { isTTY: { value: false } }) : stdout,
    write,
    line,
    jsonLine,
    answer: (value, toText) => (style.json ? jsonLine(value) : line(toText(value))),
    message: (text) => void stderr.write(`${text}\n`),
  };
}
