import { context, propagation, trace } from '@opentelemetry/api';
import { NodeTracerProvider, SimpleSpanProcessor, type SpanExporter } from '@opentelemetry/sdk-trace-node';

/** Gives this process an SDK that hands each span on when it ends. Returns what takes it away again. */
export function register(exporter: SpanExporter): () => Promise<void> {
  const provider = new NodeTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });
  provider.register();
  return async () => {
    for (const api of [trace, context, propagation]) api.disable();
    await provider.shutdown();
  };
}
