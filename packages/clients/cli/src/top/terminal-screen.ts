import type { Readable, Writable } from 'node:stream';

export interface ScreenStream extends Writable {
  isTTY?: boolean;
  columns?: number;
  rows?: number;
}

export type KeyboardStream = Readable & { isTTY?: boolean; setRawMode?(isRaw: boolean): unknown };

const ENTER = '\u001b[?1049h\u001b[?25l\u001b[?7l'; // alternate screen, no cursor, no line wrap
const LEAVE = '\u001b[?7h\u001b[?25h\u001b[?1049l';
const CTRL_C = '\u0003';

export interface ScreenWork {
  screen: ScreenStream;
  keyboard: KeyboardStream;
  /** The lines to show now. */
  render(size: { columns: number; rows: number }): string[];
  /** Called at q and Ctrl-C. */
  onLeave(): void;
}

/**
 * Shows lines on the alternate screen while `work` runs, at each `draw` and after a change of size. Whatever ends it,
 * the terminal is as it was.
 */
export async function withScreen(
  { screen, keyboard, render, onLeave }: ScreenWork,
  work: (draw: () => void) => Promise<void>,
): Promise<void> {
  const draw = () => {
    const lines = render({ columns: screen.columns ?? 80, rows: screen.rows ?? 24 });
    screen.write(`\u001b[H${lines.map((line) => `\u001b[2K${line}`).join('\r\n')}\u001b[J`);
  };
  const onKey = (keys: Buffer | string) => {
    if (/^q/i.test(String(keys)) || String(keys).includes(CTRL_C)) onLeave();
  };
  const isKeyboard = keyboard.isTTY === true;
  screen.write(ENTER);
  try {
    if (isKeyboard) keyboard.setRawMode?.(true);
    if (isKeyboard) keyboard.on('data', onKey);
    screen.on('resize', draw);
    await work(draw);
  } finally {
    screen.off('resize', draw);
    if (isKeyboard) keyboard.off('data', onKey).pause();
    if (isKeyboard) keyboard.setRawMode?.(false);
    screen.write(LEAVE);
  }
}
