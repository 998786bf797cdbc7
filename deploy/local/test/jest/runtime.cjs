// What jest loads test files with: Node's own `require`. A worker loads mongoose, amqplib, zod and the workspace once,
// not once for each test file: this loading was most of the CPU time of a run.
//
// - jest's transform compiles sources in TypeScript, and keeps the result in its cache.
// - Only the test file itself and the state of jest-circus are loaded again for each file. Test files share the state
//   of all other modules.
// - There is no `it.concurrent`.
// - Modules cannot be mocked: there is no `jest.mock`. `jest.fn`, `jest.spyOn` and fake timers work.
const asyncHooks = require('node:async_hooks');
const Module = require('node:module');

const CIRCUS_STATE = 'JEST_STATE_SYMBOL';

/**
 * For jest-circus, instead of the AsyncLocalStorage in which it keeps the running test: tests of a file run one after
 * another. Node 20 hands on every AsyncLocalStorage that was ever used at every promise, and each test file brings
 * another jest-circus.
 */
class RunningTest {
  getStore() {
    return this.store;
  }

  run(store, callback) {
    const before = this.store;
    const end = () => {
      this.store = before;
    };
    this.store = store;
    let result;
    try {
      result = callback();
    } catch (error) {
      end();
      throw error;
    }
    if (result instanceof Promise) return result.finally(end);
    end();
    return result;
  }
}

/** The loader that is in force. Hooks are set once for a worker, and ask it. */
let loader;

function setHooks() {
  // jest ends a worker with SIGTERM if something is still open in it. What listens to `exit` is called all the same.
  if (process.send) process.once('SIGTERM', () => process.exit());
  const resolve = Module._resolveFilename;
  Module._resolveFilename = (request, ...rest) => resolve.call(Module, loader.toPath(request), ...rest);
  Module._extensions['.ts'] = (module, path) => module._compile(loader.compile(path), path);
}

class NodeRuntime {
  constructor(config, environment, _resolver, transformer) {
    if (!loader) setHooks();
    this.environment = environment;
    this.sourceMaps = loader?.sourceMaps ?? new Map();
    const names = config.moduleNameMapper.map(([pattern, target]) => [new RegExp(pattern), target]);
    loader = {
      sourceMaps: this.sourceMaps,
      toPath(request) {
        for (const [pattern, target] of names) {
          const match = pattern.exec(request);
          if (match) return target.replace(/\$(\d)/g, (_, group) => match[group]);
        }
        return request;
      },
      compile: (path) => {
        const { code, sourceMapPath } = transformer.transform(path, {
          isInternalModule: false,
          supportsDynamicImport: true,
          supportsExportNamespaceFrom: false,
          supportsStaticESM: false,
          supportsTopLevelAwait: false,
        });
        if (sourceMapPath) this.sourceMaps.set(path, sourceMapPath);
        return code;
      },
    };
  }

  requireModule(path) {
    delete require.cache[path];
    return require(path);
  }

  /** jest-circus keeps its state in the module and in globals: each test file gets its own. */
  requireInternalModule(path) {
    delete require.cache[path];
    delete globalThis[Symbol.for('EVENT_HANDLERS')];
    for (const symbol of Object.getOwnPropertySymbols(globalThis)) {
      if (symbol.description === CIRCUS_STATE) delete globalThis[symbol];
    }
    const { AsyncLocalStorage } = asyncHooks;
    asyncHooks.AsyncLocalStorage = RunningTest;
    try {
      return require(path);
    } finally {
      asyncHooks.AsyncLocalStorage = AsyncLocalStorage;
    }
  }

  setGlobalsForRuntime() {
    const { moduleMocker, fakeTimersModern: timers } = this.environment;
    globalThis.jest = {
      fn: moduleMocker.fn.bind(moduleMocker),
      spyOn: moduleMocker.spyOn.bind(moduleMocker),
      restoreAllMocks: () => moduleMocker.restoreAllMocks(),
      useFakeTimers: (options) => timers.useFakeTimers(options),
      useRealTimers: () => timers.useRealTimers(),
      setSystemTime: (now) => timers.setSystemTime(now),
      advanceTimersByTime: (ms) => timers.advanceTimersByTime(ms),
      advanceTimersByTimeAsync: (ms) => timers.advanceTimersByTimeAsync(ms),
    };
  }

  getSourceMaps() {
    return this.sourceMaps;
  }

  unstable_shouldLoadAsEsm() {
    return false;
  }

  getAllCoverageInfoCopy() {}
  enterTestCode() {}
  leaveTestCode() {}
  teardown() {}
}

module.exports = NodeRuntime;
