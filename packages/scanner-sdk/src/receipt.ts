/** Counts down as the broker confirms; `settled` resolves at zero. */
export interface Receipt {
  readonly settled: Promise<void>;
  confirm(): void;
}

export function createReceipt(expected: number): Receipt {
  let left = expected;
  let resolve: () => void = () => undefined;
  const settled = new Promise<void>((done) => {
    resolve = done;
  });
  if (left === 0) resolve();
  return {
    settled,
    confirm() {
      left--;
      if (left === 0) resolve();
    },
  };
}
