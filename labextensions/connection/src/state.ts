/** What is known of the user's server: it answers, the hub says that it has stopped, or neither. */
export type ServerState = 'there' | 'stopped' | 'unreachable';

/** How time passes; tests have a clock of their own. */
export interface Clock {
  now: () => number;
  sleep: (ms: number) => Promise<void>;
}

/**
 * Milliseconds for which a server may be lost before anybody is told.
 *
 * A proxy that starts again, a network that changes or a hub that is upgraded lose a request or
 * two, and nothing else.
 */
const PATIENCE_MS = { stopped: 3_000, unreachable: 10_000 };
const EVERY_MS = 1_000;

/** The state of which an answer to a request speaks; null is no answer. */
export function stateOf(status: number | null): ServerState {
  if (status === 424) {
    // What JupyterHub answers to requests for a server that does not run.
    return 'stopped';
  }
  return status === null || [502, 503, 504].includes(status) ? 'unreachable' : 'there';
}

/** Ask until the server answers, or has been lost for long enough to say so. */
export async function settled(ask: () => Promise<ServerState>, clock: Clock): Promise<ServerState> {
  const begun = clock.now();
  for (;;) {
    const state = await ask();
    if (state === 'there' || clock.now() - begun >= PATIENCE_MS[state]) {
      return state;
    }
    await clock.sleep(EVERY_MS);
  }
}

/** Ask until the state is another than this one; return that. */
export async function changed(
  from: ServerState,
  ask: () => Promise<ServerState>,
  clock: Clock
): Promise<ServerState> {
  for (;;) {
    await clock.sleep(EVERY_MS);
    const state = await ask();
    if (state !== from) {
      return state;
    }
  }
}
