import type { ApiAnswer } from '@cyberstroll/client';

/** What one call has done, of all that match. */
export interface Outcome {
  done: number;
  /** More wait for it than one call takes. */
  more: boolean;
}

interface Repeat<Answer> {
  toOutcome: (answer: Answer) => Outcome;
  /** Called after each call, with what all of them have done. */
  noteDone: (done: number) => void;
  /** Asked before each call but the first. */
  isStopped: () => boolean;
}

/**
 * Repeats a call that carries out a part, until nothing is left. A call that has done nothing is the last: what is left
 * cannot be done. Answers as the last call did.
 */
export async function repeatUntilDone<Answer>(
  call: () => Promise<ApiAnswer<Answer>>,
  { toOutcome, noteDone, isStopped }: Repeat<Answer>,
): Promise<ApiAnswer<Answer>> {
  let all = 0;
  for (;;) {
    const answer = await call();
    if (answer.data === undefined) return answer;
    const { done, more } = toOutcome(answer.data);
    all += done;
    noteDone(all);
    if (!more || done === 0 || isStopped()) return answer;
  }
}
