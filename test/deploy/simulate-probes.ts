/**
 * What a kubelet makes of the probes of a container, second by second. As in Kubernetes: an answer of 200 to 399 within
 * `timeoutSeconds` is good. Until the startup probe has got one, nothing else is probed. A pod is ready from its first
 * good answer on, until `failureThreshold` bad ones in a row; after as many of another probe the container is started
 * again. A Service leads to the pods that are ready.
 */
export interface Probe {
  httpGet: { path: string };
  periodSeconds?: number;
  timeoutSeconds?: number;
  failureThreshold?: number;
}

export type ProbeKind = 'startupProbe' | 'livenessProbe' | 'readinessProbe';

export interface Answer {
  status: number;
  afterSeconds: number;
}

export interface PodHistory {
  /** By second. */
  ready: boolean[];
  restarts: number;
}

export interface Simulation {
  container: Record<ProbeKind, Probe>;
  answer: (path: string, second: number) => Answer;
  seconds: number;
}

/** One pod, whose probes are sent `offset` seconds earlier than those of a pod that began with the clock. */
function simulatePod({ container, answer, seconds }: Simulation, offset: number): PodHistory {
  const ready: boolean[] = [];
  const failures: Record<ProbeKind, number> = { startupProbe: 0, livenessProbe: 0, readinessProbe: 0 };
  let isStarted = false;
  let isReady = false;
  let restarts = 0;

  /** Whether the last answers are enough of the same kind to change anything. */
  function ask(kind: ProbeKind, second: number): 'good' | 'failed' | undefined {
    const { httpGet, periodSeconds = 10, timeoutSeconds = 1, failureThreshold = 3 } = container[kind];
    if ((second + offset) % periodSeconds !== 0) return undefined;
    const { status, afterSeconds } = answer(httpGet.path, second);
    const isGood = status >= 200 && status < 400 && afterSeconds < timeoutSeconds;
    failures[kind] = isGood ? 0 : failures[kind] + 1;
    if (isGood) return 'good';
    return failures[kind] >= failureThreshold ? 'failed' : undefined;
  }

  function restart() {
    restarts++;
    isStarted = false;
    isReady = false;
    Object.assign(failures, { startupProbe: 0, livenessProbe: 0, readinessProbe: 0 });
  }

  for (let second = 0; second < seconds; second++) {
    if (!isStarted) {
      const started = ask('startupProbe', second);
      if (started === 'good') isStarted = true;
      if (started === 'failed') restart();
    } else {
      const readiness = ask('readinessProbe', second);
      if (readiness) isReady = readiness === 'good';
      if (ask('livenessProbe', second) === 'failed') restart();
    }
    ready.push(isReady);
  }
  return { ready, restarts };
}

/** Pods whose probes are sent at all the different moments that there are. */
export function simulatePods(simulation: Simulation): PodHistory[] {
  const periods = Object.values(simulation.container).map(({ periodSeconds = 10 }) => periodSeconds);
  return Array.from({ length: Math.max(...periods) }, (_, offset) => simulatePod(simulation, offset));
}
