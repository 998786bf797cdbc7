/** The series of a metric that bear this label, where one is named, as a service reports them now. */
export async function readMetric(healthUrl: string, name: string, label = ''): Promise<number[]> {
  const answer = await fetch(healthUrl.replace('/readyz', '/metrics'), { signal: AbortSignal.timeout(30_000) });
  return (await answer.text())
    .split('\n')
    .filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `))
    .filter((line) => line.includes(label))
    .map((line) => Number(line.split(' ').at(-1)));
}
